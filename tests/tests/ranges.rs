//! Ranges against plain loops over the pairs that they name.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::ops::Range;

use keops::cluster::{Clusters, near};
use keops::{ErrorKind, Level, NO_INDEX, Ranges, every, keops};
use keops_tests::{cloud, noise, square as distance};

/// That numbers are equal up to an error relative to 1 + their size.
#[track_caller]
fn agree(found: &[f64], expected: &[f64], tolerance: f64) {
    keops_tests::agree("numbers", &found.to_vec(), &expected.to_vec(), tolerance);
}

keops! {
    fn field<T>(x_i: [T; 2], y_j: [T; 2], b_j: [T; 2], gamma: T) -> [T; 2] {
        sum_j exp(-gamma * |x_i - y_j|^2) * b_j
    }

    fn many<T>(x_i: [T; 2], y_j: [T; 2], b_j: T) -> (T, T, T, u32, T, u32, T) {
        let (least, at) = min_argmin_j(|x_i - y_j|^2);
        (sum_j b_j, logsumexp_j(dot(x_i, y_j)), least, at, max_j(x_i[0] * b_j), argmax_j(x_i[0] * b_j), sum_j float(j - i))
    }

    fn hidden<T>(x_i: [T; 2], y_j: [T; 2], b_j: T) -> T { x_i[0] * sum_j exp(b_j) * x_i[1] / sum_j 1 }

    fn over_i<T>(x_i: [T; 2], y_j: [T; 2], b_i: T) -> (T, u32) {
        (sum_i exp(-|x_i - y_j|^2) * b_i, argmin_i(|x_i - y_j|^2))
    }

    fn least<T>(x_i: [T; 2], y_j: [T; 2]) -> T { min_j(|x_i - y_j|^2) }

    fn mixture<T>(x_i: [T; 2], y_j: [T; 2], w_j: T, s_i: T) -> T {
        log(sum_j exp(-|x_i - y_j|^2 * s_i) * w_j) + logsumexp_j(dot(x_i, y_j) * w_j)
    }
}

const M: usize = 310;
const N: usize = 570;

type Blocks = Vec<(Range<usize>, Range<usize>)>;

/// Rows in no block, in one, in several; runs of columns that touch and that do not.
fn blocks() -> Blocks {
    vec![
        (0..3, 0..N),
        (3..5, 10..11),
        (5..280, 64..128),
        (5..40, 130..300),
        (20..280, 300..301),
        (100..280, 128..129),
        (300..310, 0..64),
        (300..301, 64..570),
    ]
}

fn meets(i: usize, j: usize) -> bool {
    blocks()
        .iter()
        .any(|(rows, columns)| rows.contains(&i) && columns.contains(&j))
}

struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    b: Vec<f64>,
    v: Vec<[f64; 2]>,
    e: Vec<[f64; 2]>,
    s: Vec<f64>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 3),
        y: cloud(N, 13),
        b: noise(N, 23),
        v: cloud(N, 33),
        e: cloud(M, 43),
        s: noise(M, 53),
    }
}

fn ranges() -> Ranges {
    Ranges::from_blocks(M, N, &blocks()).unwrap()
}

/// Row for row, the columns that it meets, reduced.
fn each(reduce: impl Fn(usize, &[usize]) -> f64) -> Vec<f64> {
    (0..M)
        .map(|i| {
            let met: Vec<usize> = (0..N).filter(|&j| meets(i, j)).collect();
            reduce(i, &met)
        })
        .collect()
}

fn lse(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + terms.map(|t| (t - most).exp()).sum::<f64>().ln()
}

#[test]
fn reductions_are_over_the_pairs_of_the_blocks() {
    let d = data();
    let ranges = ranges();
    for level in Level::available() {
        for dev in [false, true] {
            let (sum, lse_, least, at, most, at2, ij) = many(&d.x, &d.y, &d.b)
                .ranges(&ranges)
                .level(level)
                .with_options(|options| options.dev = dev)
                .run()
                .unwrap();
            agree(&sum, &each(|_, js| js.iter().map(|&j| d.b[j]).sum()), 1e-12);
            let dot = |i: usize, j: usize| d.x[i][0] * d.y[j][0] + d.x[i][1] * d.y[j][1];
            agree(
                &lse_,
                &each(|i, js| lse(js.iter().map(|&j| dot(i, j)))),
                1e-12,
            );
            let nearest = each(|i, js| {
                js.iter()
                    .map(|&j| distance(&d.x[i], &d.y[j]))
                    .fold(f64::INFINITY, f64::min)
            });
            agree(&least, &nearest, 1e-12);
            let product = |i: usize, j: usize| d.x[i][0] * d.b[j];
            let largest = each(|i, js| {
                js.iter()
                    .map(|&j| product(i, j))
                    .fold(f64::NEG_INFINITY, f64::max)
            });
            agree(&most, &largest, 1e-12);
            for i in 0..M {
                let empty = (0..N).all(|j| !meets(i, j));
                assert_eq!(at[i] == NO_INDEX, empty);
                assert_eq!(at2[i] == NO_INDEX, empty);
                if !empty {
                    assert!(meets(i, at[i] as usize) && meets(i, at2[i] as usize));
                    agree(
                        &[distance(&d.x[i], &d.y[at[i] as usize])],
                        &[nearest[i]],
                        1e-12,
                    );
                    agree(&[product(i, at2[i] as usize)], &[largest[i]], 1e-12);
                }
            }
            let differences = each(|i, js| js.iter().map(|&j| j as f64 - i as f64).sum());
            agree(&ij, &differences, 1e-12);
        }
    }
}

#[test]
fn what_depends_on_the_column_alone_is_summed_over_the_row_s_columns() {
    let d = data();
    let ranges = ranges();
    let mean = each(|i, js| {
        d.x[i][0] * d.x[i][1] * js.iter().map(|&j| d.b[j].exp()).sum::<f64>() / js.len() as f64
    });
    let found = hidden(&d.x, &d.y, &d.b).ranges(&ranges).run().unwrap();
    for (found, wanted) in found.iter().zip(&mean) {
        assert!(found.is_nan() && wanted.is_nan() || (found - wanted).abs() < 1e-12);
    }
}

#[test]
fn formulas_over_i_visit_the_same_pairs() {
    let d = data();
    let ranges = ranges();
    let (sum, at) = over_i(&d.x, &d.y, &d.s).ranges(&ranges).run().unwrap();
    for j in 0..N {
        let met: Vec<usize> = (0..M).filter(|&i| meets(i, j)).collect();
        let wanted: f64 = met
            .iter()
            .map(|&i| (-distance(&d.x[i], &d.y[j])).exp() * d.s[i])
            .sum();
        agree(&[sum[j]], &[wanted], 1e-12);
        let nearest = met
            .iter()
            .copied()
            .min_by(|&a, &b| distance(&d.x[a], &d.y[j]).total_cmp(&distance(&d.x[b], &d.y[j])));
        assert_eq!(at[j], nearest.map_or(NO_INDEX, |i| i as u32));
    }
    // The same, with the axes exchanged.
    let transposed = ranges.transposed();
    let field = field(&d.y, &d.x, &d.e, 1.0)
        .ranges(&transposed)
        .run()
        .unwrap();
    assert_eq!(field.len(), N);
}

#[test]
fn gradients_visit_the_same_pairs() {
    let d = data();
    let ranges = ranges();
    let gamma = 0.7;
    let call = field(&d.x, &d.y, &d.v, gamma).ranges(&ranges);
    let k = |i: usize, j: usize| {
        if meets(i, j) {
            (-gamma * distance(&d.x[i], &d.y[j])).exp()
        } else {
            0.0
        }
    };
    let eb = |i: usize, j: usize| d.e[i][0] * d.v[j][0] + d.e[i][1] * d.v[j][1];
    let (mut gx, mut gy) = (vec![[0.0; 2]; M], vec![[0.0; 2]; N]);
    let (mut gb, mut gg) = (vec![[0.0; 2]; N], 0.0);
    for (i, gx) in gx.iter_mut().enumerate() {
        for j in 0..N {
            let (k, eb) = (k(i, j), eb(i, j));
            gg -= eb * k * distance(&d.x[i], &d.y[j]);
            for c in 0..2 {
                let slope = -2.0 * gamma * (d.x[i][c] - d.y[j][c]) * k * eb;
                gx[c] += slope;
                gy[j][c] -= slope;
                gb[j][c] += k * d.e[i][c];
            }
        }
    }
    let forward = call.forward();
    assert_eq!(forward.run().unwrap(), call.run().unwrap());
    for all in [
        call.vjp(&d.e).run().unwrap(),
        forward.vjp(&d.e).run().unwrap(),
    ] {
        agree(all.x.as_flattened(), gx.as_flattened(), 1e-11);
        agree(all.y.as_flattened(), gy.as_flattened(), 1e-11);
        agree(all.b.as_flattened(), gb.as_flattened(), 1e-11);
        agree(&[all.gamma], &[gg], 1e-11);
    }
    agree(
        call.grad_y(&d.e).run().unwrap().as_flattened(),
        gy.as_flattened(),
        1e-11,
    );
    // A gradient may be given its ranges, too.
    let other = field(&d.x, &d.y, &d.v, gamma)
        .grad_x(&d.e)
        .ranges(&ranges)
        .run()
        .unwrap();
    agree(other.as_flattened(), gx.as_flattened(), 1e-11);
    // Other ranges than those of which states are kept.
    let none = Ranges::from_blocks(M, N, &[]).unwrap();
    let other = forward.grad_x(&d.e).ranges(&none).run().unwrap();
    assert!(other.as_flattened().iter().all(|&g| g == 0.0));
    // Forward mode.
    let (tx, ty, tb, tg) = (cloud::<2>(M, 70), cloud::<2>(N, 80), cloud::<2>(N, 90), 0.3);
    let change = call.jvp(&tx, &ty, &tb, tg).run().unwrap();
    let along = |g: &[[f64; 2]], t: &[[f64; 2]]| -> f64 {
        g.as_flattened()
            .iter()
            .zip(t.as_flattened())
            .map(|(g, t)| g * t)
            .sum()
    };
    let wanted = along(&gx, &tx) + along(&gy, &ty) + along(&gb, &tb) + gg * tg;
    agree(&[along(&change, &d.e)], &[wanted], 1e-11);
}

#[test]
fn gradients_through_epilogues_are_slopes() {
    let d = data();
    let ranges = Ranges::from_blocks(M, N, &[(0..100, 0..9), (100..M, 5..N)]).unwrap();
    let weights: Vec<f64> = d.b.iter().map(|b| b * b + 0.1).collect();
    let loss = |x: &[[f64; 2]], y: &[[f64; 2]], w: &[f64], s: &[f64]| -> f64 {
        let values = mixture(x, y, w, s).ranges(&ranges).run().unwrap();
        let nearest = least(x, y).ranges(&ranges).run().unwrap();
        values.iter().sum::<f64>() + nearest.iter().sum::<f64>()
    };
    let all = mixture(&d.x, &d.y, &weights, &d.s)
        .ranges(&ranges)
        .vjp(every(1.0))
        .run()
        .unwrap();
    let near = least(&d.x, &d.y)
        .ranges(&ranges)
        .vjp(every(1.0))
        .run()
        .unwrap();
    let (tx, ty, tw, ts) = (
        cloud::<2>(M, 70),
        cloud::<2>(N, 80),
        noise(N, 90),
        noise(M, 60),
    );
    let moved = |h: f64| {
        let step2 = |a: &[[f64; 2]], t: &[[f64; 2]]| -> Vec<[f64; 2]> {
            let add = |(a, t): (&[f64; 2], &[f64; 2])| [a[0] + h * t[0], a[1] + h * t[1]];
            a.iter().zip(t).map(add).collect()
        };
        let step = |a: &[f64], t: &[f64]| -> Vec<f64> {
            a.iter().zip(t).map(|(a, t)| a + h * t).collect()
        };
        loss(
            &step2(&d.x, &tx),
            &step2(&d.y, &ty),
            &step(&weights, &tw),
            &step(&d.s, &ts),
        )
    };
    let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
    let along = |g: &[[f64; 2]], t: &[[f64; 2]]| -> f64 {
        g.as_flattened()
            .iter()
            .zip(t.as_flattened())
            .map(|(g, t)| g * t)
            .sum()
    };
    let dot = |g: &[f64], t: &[f64]| -> f64 { g.iter().zip(t).map(|(g, t)| g * t).sum() };
    let found = along(&all.x, &tx)
        + along(&all.y, &ty)
        + dot(&all.w, &tw)
        + dot(&all.s, &ts)
        + along(&near.x, &tx)
        + along(&near.y, &ty);
    assert!(
        (found - slope).abs() < 1e-6 * (1.0 + slope.abs()),
        "{found} and {slope}"
    );
}

#[test]
fn ranges_of_everything_give_the_same_bits() {
    let d = data();
    let dense = many(&d.x, &d.y, &d.b).run().unwrap();
    let all = Ranges::from_blocks(M, N, &[(0..M, 0..N)]).unwrap();
    assert_eq!(many(&d.x, &d.y, &d.b).ranges(&all).run().unwrap(), dense);
    let none = Ranges::from_blocks(M, N, &[]).unwrap();
    let (sum, lse, least, at, ..) = many(&d.x, &d.y, &d.b).ranges(&none).run().unwrap();
    assert!(sum.iter().all(|&s| s == 0.0) && at.iter().all(|&at| at == NO_INDEX));
    assert!(lse.iter().all(|&l| l == f64::NEG_INFINITY));
    assert!(least.iter().all(|&l| l == f64::INFINITY));
    let zero: [[f64; 2]; 0] = [];
    let empty = Ranges::from_blocks(0, 0, &[]).unwrap();
    let call = field(&zero, &zero, &zero, 1.0).ranges(&empty);
    assert!(call.run().unwrap().is_empty());
    assert_eq!(call.vjp(&zero).run().unwrap().gamma, 0.0);
}

#[test]
fn the_plan_says_what_is_visited() {
    let d = data();
    let ranges = ranges();
    let plan = field(&d.x, &d.y, &d.v, 1.0).ranges(&ranges).plan().unwrap();
    let pairs = (0..M)
        .flat_map(|i| (0..N).filter(move |&j| meets(i, j)))
        .count();
    assert_eq!(plan.pairs(), pairs as u128);
    assert!(plan.to_string().contains("pairs in ranges ("), "{plan}");
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    // One large block among small ones: it is cut in parts.
    let (m, n) = (600, 40_000);
    let (x, y, b) = (cloud::<2>(m, 1), cloud::<2>(n, 2), cloud::<2>(n, 3));
    let mut blocks: Blocks = (0..500).map(|k| (k..k + 1, 3 * k..3 * k + 7)).collect();
    blocks.push((500..600, 5..n));
    let ranges = Ranges::from_blocks(m, n, &blocks).unwrap();
    let call = field(&x, &y, &b, 0.5).ranges(&ranges);
    let plan = call.plan().unwrap();
    assert!(plan.passes[0].splits > 1, "{plan}");
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| call.run().unwrap())
    };
    let one = run(1);
    assert_eq!(one, run(3));
    let wanted: f64 = (5..n)
        .map(|j| (-0.5 * distance(&x[599], &y[j])).exp() * b[j][1])
        .sum();
    agree(&[one[599][1]], &[wanted], 1e-11);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let d = data();
    let ranges = Ranges::from_blocks(M, N + 1, &[]).unwrap();
    let error = field(&d.x, &d.y, &d.v, 1.0)
        .ranges(&ranges)
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rows);
    assert_eq!(
        error.to_string(),
        "the ranges are of 571 rows of the axis j, and the call has 570"
    );
    let error = field(&d.x, &d.y, &d.v, 1.0)
        .ranges(&ranges)
        .grad_y(&d.e)
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rows);
}

#[test]
fn parts_of_the_columns_have_ranges_of_their_own() {
    let d = data();
    let ranges = ranges();
    let whole = field(&d.x, &d.y, &d.v, 0.4).ranges(&ranges).run().unwrap();
    let cut = 128;
    let part = |columns: Range<usize>| {
        let inside: Blocks = blocks()
            .into_iter()
            .map(|(rows, of)| {
                let (start, end) = (of.start.max(columns.start), of.end.min(columns.end));
                (
                    rows,
                    start.saturating_sub(columns.start)
                        ..end.max(start).saturating_sub(columns.start),
                )
            })
            .map(|(rows, of)| (rows, of.start.min(columns.len())..of.end.min(columns.len())))
            .collect();
        Ranges::from_blocks(M, columns.len(), &inside).unwrap()
    };
    let (first, second) = (part(0..cut), part(cut..N));
    let mut state = field(&d.x, &d.y[..cut], &d.v[..cut], 0.4)
        .ranges(&first)
        .partial(0)
        .unwrap();
    let later = field(&d.x, &d.y[cut..], &d.v[cut..], 0.4)
        .ranges(&second)
        .partial(cut)
        .unwrap();
    state.merge(&later).unwrap();
    let found = state.finish().unwrap();
    agree(found.as_flattened(), whole.as_flattened(), 1e-13);
}

#[test]
fn a_truncated_gaussian_is_the_dense_one_to_a_bound() {
    let (x, y) = (cloud::<2>(2000, 1), cloud::<2>(3000, 2));
    let b = cloud::<2>(3000, 3);
    let (a, c) = (
        Clusters::grid(&x, 0.2).unwrap(),
        Clusters::grid(&y, 0.2).unwrap(),
    );
    let (sx, sy, sb) = (
        a.sort(&x).unwrap(),
        c.sort(&y).unwrap(),
        c.sort(&b).unwrap(),
    );
    let ranges = near(&a, &sx, &c, &sy, 0.5).unwrap();
    assert!(ranges.pairs() < 2000 * 3000 / 2);
    let gamma = 60.0;
    let sorted = field(&sx, &sy, &sb, gamma).ranges(&ranges).run().unwrap();
    let found = a.unsort(&sorted).unwrap();
    let dense = field(&x, &y, &b, gamma).run().unwrap();
    let bound = 3000.0 * (-gamma * 0.5f64.powi(2)).exp() + 1e-11;
    for (found, dense) in found.as_flattened().iter().zip(dense.as_flattened()) {
        assert!((found - dense).abs() <= bound);
    }
}
