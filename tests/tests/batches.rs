//! Batches against the same formula on each batch alone.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{Accumulate, ErrorKind, Level, Ranges, every, keops, tiled};
use keops_tests::{cloud, noise};

/// That numbers are equal up to an error relative to 1 + their size.
#[track_caller]
fn agree(found: &[f64], expected: &[f64], tolerance: f64) {
    keops_tests::agree("numbers", &found.to_vec(), &expected.to_vec(), tolerance);
}

keops! {
    fn field<T>(x_i: [T; 2], y_j: [T; 2], b_j: T, s_b: T, gamma: T) -> T {
        gamma * sum_j exp(-s_b * |x_i - y_j|^2) * b_j
    }

    fn many<T>(x_i: [T; 2], y_j: [T; 2], l_i: u32, c_b: [T; 2]) -> (T, u32, T, T, T) {
        let (least, at) = min_argmin_j(if l_i == 1 { inf } else { |x_i - y_j - c_b|^2 });
        (least, at, logsumexp_j(dot(x_i, y_j)), sum_j (float(i - j) + 2) * y_j[0], c_b[0] * sum_j exp(y_j[1]))
    }

    fn over_i<T>(x_i: [T; 2], y_j: [T; 2], s_b: T, g: T) -> T {
        log(sum_i exp(-g * |x_i - y_j|^2 - s_b) * exp(float(i - j) / 9)) * s_b
    }

    fn sharp<T>(x_i: T, y_j: T, s_b: T) -> T { square(min_j(s_b * (x_i - y_j))) * s_b }

    fn plain<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
}

/// So many batches of so many rows i and j.
const SIZES: [(usize, usize, usize); 5] =
    [(1, 5, 9), (3, 1, 1), (6, 70, 130), (40, 3, 2), (2, 0, 4)];

fn rows<A>(all: &[A], batch: usize, count: usize) -> &[A] {
    &all[batch * count..(batch + 1) * count]
}

fn labels(count: usize) -> Vec<u32> {
    (0..count as u32).map(|k| k % 3).collect()
}

#[test]
fn each_batch_is_computed_by_itself() {
    for (batches, m, n) in SIZES {
        let (x, y) = (cloud::<2>(batches * m, 1), cloud::<2>(batches * n, 2));
        let (l, c) = (labels(batches * m), cloud::<2>(batches, 3));
        for level in Level::available() {
            for dev in [false, true] {
                let call = many(&x, &y, &l, &c)
                    .level(level)
                    .with_options(|o| o.dev = dev);
                let all = call.batch(&[batches]).run().unwrap();
                for k in 0..batches {
                    let (x, y) = (rows(&x, k, m), rows(&y, k, n));
                    let one = many(x, y, rows(&l, k, m), &c[k..k + 1]).level(level);
                    let one = one.with_options(|o| o.dev = dev).run().unwrap();
                    assert_eq!(rows(&all.0, k, m), one.0);
                    assert_eq!(rows(&all.1, k, m), one.1);
                    assert_eq!(rows(&all.2, k, m), one.2);
                    assert_eq!(rows(&all.3, k, m), one.3);
                    assert_eq!(rows(&all.4, k, m), one.4);
                }
            }
        }
    }
}

#[test]
fn gradients_are_those_of_each_batch() {
    for (batches, m, n) in SIZES {
        let (x, y) = (cloud::<2>(batches * m, 1), cloud::<2>(batches * n, 2));
        let (b, s) = (noise(batches * n, 3), noise(batches, 4));
        let (e, gamma) = (noise(batches * m, 5), 1.7);
        let call = field(&x, &y, &b, &s, gamma).batch(&[batches]);
        let forward = call.forward();
        assert_eq!(forward.run().unwrap(), call.run().unwrap());
        let tangents = (noise(batches, 6), 0.8);
        let change = call.jvp(
            every([0.0; 2]),
            every([0.0; 2]),
            every(0.0),
            &tangents.0,
            tangents.1,
        );
        let change = change.run().unwrap();
        for all in [call.vjp(&e).run().unwrap(), forward.vjp(&e).run().unwrap()] {
            let (mut whole, mut scale) = (0.0, 0.0);
            assert_eq!(all.s.len(), batches);
            for k in 0..batches {
                let (x, y) = (rows(&x, k, m), rows(&y, k, n));
                let one = field(x, y, rows(&b, k, n), &s[k..k + 1], gamma);
                let e = rows(&e, k, m);
                let g = one.vjp(e).run().unwrap();
                agree(rows(&all.x, k, m).as_flattened(), g.x.as_flattened(), 1e-12);
                agree(rows(&all.y, k, n).as_flattened(), g.y.as_flattened(), 1e-12);
                agree(rows(&all.b, k, n), &g.b, 1e-12);
                agree(&all.s[k..k + 1], &g.s, 1e-12);
                whole += g.gamma;
                scale += g.gamma.abs();
                let moved = one.jvp(
                    every([0.0; 2]),
                    every([0.0; 2]),
                    every(0.0),
                    &tangents.0[k..k + 1],
                    tangents.1,
                );
                agree(rows(&change, k, m), &moved.run().unwrap(), 1e-12);
            }
            assert!((all.gamma - whole).abs() <= 1e-12 * (1.0 + scale));
        }
        assert_eq!(
            call.grad_s(&e).run().unwrap(),
            call.vjp(&e).run().unwrap().s
        );
    }
}

#[test]
fn reductions_over_i_and_selections_have_gradients_by_batch() {
    let (batches, m, n) = (5, 4, 6);
    let (x, y) = (cloud::<2>(batches * m, 1), cloud::<2>(batches * n, 2));
    let (s, e) = (noise(batches, 4), noise(batches * n, 5));
    let all = over_i(&x, &y, &s, 0.3)
        .batch(&[batches])
        .vjp(&e)
        .run()
        .unwrap();
    let (mut whole, mut scale) = (0.0, 0.0);
    for k in 0..batches {
        let one = over_i(rows(&x, k, m), rows(&y, k, n), &s[k..k + 1], 0.3);
        let g = one.vjp(rows(&e, k, n)).run().unwrap();
        agree(rows(&all.x, k, m).as_flattened(), g.x.as_flattened(), 1e-12);
        agree(rows(&all.y, k, n).as_flattened(), g.y.as_flattened(), 1e-12);
        agree(&all.s[k..k + 1], &g.s, 1e-12);
        whole += g.g;
        scale += g.g.abs();
    }
    assert!((all.g - whole).abs() <= 1e-12 * scale);
    let (x, y, e) = (
        noise(batches * m, 1),
        noise(batches * n, 2),
        noise(batches * m, 9),
    );
    let all = sharp(&x, &y, &s).batch(&[batches]).vjp(&e).run().unwrap();
    for k in 0..batches {
        let one = sharp(rows(&x, k, m), rows(&y, k, n), &s[k..k + 1]);
        let g = one.vjp(rows(&e, k, m)).run().unwrap();
        agree(rows(&all.x, k, m), &g.x, 1e-13);
        agree(rows(&all.y, k, n), &g.y, 1e-13);
        agree(&all.s[k..k + 1], &g.s, 1e-13);
    }
}

#[test]
fn without_batches_there_is_one() {
    let (x, y) = (cloud::<2>(7, 1), cloud::<2>(8, 2));
    let b = noise(8, 3);
    let one = field(&x, &y, &b, &[0.5], 2.0);
    let same = field(&x, &y, &b, every(0.5), 2.0);
    assert_eq!(one.run().unwrap(), same.run().unwrap());
    assert_eq!(one.run().unwrap(), one.batch(&[]).run().unwrap());
    assert_eq!(one.grad_s(every(1.0)).run().unwrap().len(), 1);
    // One value for all batches; the gradient has a row for each.
    assert_eq!(
        same.batch(&[1, 1]).grad_s(every(1.0)).run().unwrap().len(),
        1
    );
}

#[test]
fn repeated_rows_are_the_copied_ones() {
    // Two clouds y, each against three clouds x; and the other way around.
    let (a, b, m, n) = (2, 3, 5, 70);
    let x = cloud::<2>(a * b * m, 1);
    let (e, gamma) = (noise(a * b * m, 6), 0.9);
    for repeats in [[1, b], [a, 1], [a, b], [1, 1]] {
        let (pa, pb) = (a / repeats[0], b / repeats[1]);
        let (y, w) = (cloud::<2>(pa * pb * n, 2), noise(pa * pb * n, 3));
        let s = noise(pa * pb, 4);
        let place = |k: usize| k / b % pa * pb + k % b % pb;
        let copy = |all: &[f64], count: usize| -> Vec<f64> {
            (0..a * b)
                .flat_map(|k| rows(all, place(k), count).to_vec())
                .collect()
        };
        let yy: Vec<[f64; 2]> = (0..a * b)
            .flat_map(|k| rows(&y, place(k), n).to_vec())
            .collect();
        let copied = field(&x, &yy, &copy(&w, n), &copy(&s, 1), gamma)
            .batch(&[a, b])
            .run()
            .unwrap();
        let call = field(
            &x,
            tiled(&y, &repeats),
            tiled(&w, &repeats),
            tiled(&s, &repeats),
            gamma,
        )
        .batch(&[a, b]);
        assert_eq!(call.run().unwrap(), copied);
        let g = call.vjp(&e).run().unwrap();
        let (ww, ss) = (copy(&w, n), copy(&s, 1));
        let apart = field(&x, &yy, &ww, &ss, gamma)
            .batch(&[a, b])
            .vjp(&e)
            .run()
            .unwrap();
        let summed = |all: &[f64], count: usize| -> Vec<f64> {
            let mut sums = vec![0.0; pa * pb * count];
            for k in 0..a * b {
                let to = &mut sums[place(k) * count..(place(k) + 1) * count];
                to.iter_mut()
                    .zip(rows(all, k, count))
                    .for_each(|(to, from)| *to += from);
            }
            sums
        };
        agree(
            g.y.as_flattened(),
            &summed(apart.y.as_flattened(), 2 * n),
            1e-13,
        );
        agree(&g.b, &summed(&apart.b, n), 1e-13);
        agree(&g.s, &summed(&apart.s, 1), 1e-13);
        assert_eq!(g.x, apart.x);
        let into = &mut vec![[0.0; 2]; y.len()];
        call.grad_y(&e).run_into(into).unwrap();
        assert_eq!(*into, g.y);
    }
}

#[test]
fn ranges_count_in_the_whole_array() {
    let (batches, m, n) = (3, 50, 40);
    let (x, y) = (noise(batches * m, 1), noise(batches * n, 2));
    let blocks = [
        (0..50, 0..7),
        (50..70, 45..60),
        (70..100, 40..80),
        (140..150, 119..120),
    ];
    let ranges = Ranges::from_blocks(batches * m, batches * n, &blocks).unwrap();
    let e = noise(batches * m, 3);
    let s = noise(batches, 4);
    let call = sharp(&x, &y, &s).batch(&[batches]).ranges(&ranges);
    let (found, g) = (call.run().unwrap(), call.vjp(&e).run().unwrap());
    let within = |k: usize| {
        let inside = |range: &std::ops::Range<usize>, count: usize| {
            let (start, end) = (k * count, (k + 1) * count);
            range.start.clamp(start, end) - start..range.end.clamp(start, end) - start
        };
        let blocks: Vec<_> = blocks
            .iter()
            .map(|(i, j)| (inside(i, m), inside(j, n)))
            .collect();
        Ranges::from_blocks(m, n, &blocks).unwrap()
    };
    for k in 0..batches {
        let own = within(k);
        let one = sharp(rows(&x, k, m), rows(&y, k, n), &s[k..k + 1]).ranges(&own);
        assert_eq!(rows(&found, k, m), one.run().unwrap());
        let own = one.vjp(rows(&e, k, m)).run().unwrap();
        assert_eq!(rows(&g.x, k, m), own.x);
        agree(rows(&g.y, k, n), &own.y, 1e-14);
        assert!(g.s[k] == own.s[0] || g.s[k].is_nan() && own.s[0].is_nan());
    }
    let across = Ranges::from_blocks(batches * m, batches * n, &[(40..60, 30..40)]).unwrap();
    let error = sharp(&x, &y, &s)
        .ranges(&across)
        .batch(&[batches])
        .run()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the ranges visit rows 40..60 of the axis i with rows 30..40 of the axis j, which are of \
         several batches: a batch has 50 and 40 rows, and a block lies in one"
    );
}

#[test]
fn the_plan_says_how_many_batches_there_are() {
    let (x, y) = (noise(60, 1), noise(90, 2));
    let plan = plain(&x, &y).batch(&[2, 3]).plan().unwrap();
    assert_eq!(plan.pairs(), 60 * 90 / 6);
    assert!(
        plan.to_string()
            .contains("60 rows × 90 columns (j) in 6 batches = 900 pairs"),
        "{plan}"
    );
}

#[test]
fn accumulation_and_single_precision_know_batches() {
    let (batches, m, n) = (4, 3, 1000);
    let single = |all: Vec<f64>| -> Vec<f32> { all.into_iter().map(|a| a as f32).collect() };
    let (x, y) = (single(noise(batches * m, 1)), single(noise(batches * n, 2)));
    for accumulate in [Accumulate::Blocked, Accumulate::Kahan] {
        let all = plain(&x, &y)
            .batch(&[batches])
            .accumulate(accumulate)
            .run()
            .unwrap();
        for k in 0..batches {
            let one = plain(rows(&x, k, m), rows(&y, k, n)).accumulate(accumulate);
            assert_eq!(rows(&all, k, m), one.run().unwrap());
        }
    }
}

#[test]
fn states_of_parts_know_batches() {
    let (batches, m, n, cut) = (3, 4, 10, 6);
    let (x, y) = (noise(batches * m, 1), noise(batches * n, 2));
    let whole = plain(&x, &y).batch(&[batches]).run().unwrap();
    let part = |columns: std::ops::Range<usize>| -> Vec<f64> {
        (0..batches)
            .flat_map(|k| rows(&y, k, n)[columns.clone()].to_vec())
            .collect()
    };
    let (first, second) = (part(0..cut), part(cut..n));
    let mut state = plain(&x, &first).batch(&[batches]).partial(0).unwrap();
    state
        .merge(&plain(&x, &second).batch(&[batches]).partial(cut).unwrap())
        .unwrap();
    agree(&state.finish().unwrap(), &whole, 1e-14);
    let mut state = plain(&x, &first).batch(&[batches]).partial(0).unwrap();
    let other = plain(&x, &second).partial(cut * batches).unwrap();
    let error = state.merge(&other).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a state of 3 batches cannot be merged with one of 1 batches"
    );
}

#[test]
fn what_does_not_fit_is_an_error() {
    let (x, y) = (noise(6, 1), noise(10, 2));
    let text = |error: keops::Error| {
        assert!(
            matches!(error.kind(), ErrorKind::Rows | ErrorKind::Size),
            "{error}"
        );
        error.to_string()
    };
    assert_eq!(
        text(plain(&x, &y).batch(&[2, 3]).run().unwrap_err()),
        "`y` has 10 rows, which cannot be cut into 6 batches of equal size"
    );
    assert_eq!(
        text(plain(&x, &y).batch(&[2, 0]).run().unwrap_err()),
        "`batch`: axis 1 has none, and each has at least one"
    );
    assert_eq!(
        text(plain(&x, &y).batch(&[1; 9]).run().unwrap_err()),
        "`batch`: 9 axes, and there are at most 8"
    );
    assert_eq!(
        text(plain(&x, &y).batch(&[1 << 20, 1 << 20]).run().unwrap_err()),
        "`batch`: there are at most 2147483647 batches"
    );
    assert_eq!(
        text(sharp(&x, &y, &[1.0, 2.0]).run().unwrap_err()),
        "`s` has 2 rows, and the call has 1 batch: it needs one row for each; cut the rows by \
         `.batch(&[2])`"
    );
    assert_eq!(
        text(sharp(&x, &y, &[1.0]).batch(&[2]).run().unwrap_err()),
        "`s` has 1 row, and the call has 2 batches: it needs one row for each"
    );
    assert_eq!(
        text(plain(&x, tiled(&y, &[3])).run().unwrap_err()),
        "`y`: `tiled` with [3] is for a call with as many axes of batches: call `.batch(&[…])`"
    );
    assert_eq!(
        text(plain(&x, tiled(&y, &[3])).batch(&[2]).run().unwrap_err()),
        "`y`: `tiled` with [3] does not divide the batches [2]"
    );
}
