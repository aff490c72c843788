//! Reductions at their edges: nothing, ties, NaN, more entries than there are, masked pairs, parts.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{NO_INDEX, keops};
use keops_tests::{agree, cloud, is_gradient, noise};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

keops! {
    fn lists<T>(x_i: T, t_j: T) -> ([T; 3], [u32; 3], [T; 10], [u32; 10]) {
        (kmin_argkmin_j(3, t_j - x_i), kmax_argkmax_j(10, t_j - x_i))
    }

    fn simple<T>(x_i: T, t_j: T) -> (T, T, bool, bool, u32, T, u32) {
        let t = t_j - x_i;
        (mean_j(t), prod_j(t), any_j(t > 0), all_j(t > 0), count_j(t > 0), min_argmin_j(t))
    }

    fn attention<T>(s_i: T, s_j: T, v_j: [T; 2]) -> ([T; 2], T) { (softmax_j(s_j - s_i, v_j), logsumexp_j(s_j - s_i)) }

    fn product<T>(x_i: T, t_j: T) -> T { prod_j(t_j + x_i) }

    fn spread<T>(x_i: [T; 2], y_j: [T; 2]) -> ([[T; 2]; 4], [T; 2]) { (kmax_j(4, x_i * y_j), kmin_j(2, |x_i - y_j|)) }

    fn same<T>(x_i: T, l_i: u32, t_j: T, l_j: u32) -> (T, T, T, [T; 2], T, u32, T) {
        let on = l_i == l_j && i != j;
        let t = x_i * log(t_j);
        (
            sum_j if on { t } else { 0 },
            prod_j(if on { t } else { 1 }),
            min_j(if on { t } else { inf }),
            kmax_j(2, if on { t } else { -inf }),
            logsumexp_j(if on { t } else { -inf }),
            count_j(on),
            softmax_j(if on { t } else { -inf }, t_j),
        )
    }

    fn centred<T>(x_i: T, y_j: T, w_j: T) -> (T, [u32; 2]) {
        ((sum_j w_j * exp(-(x_i - y_j)^2)) / sum_j w_j, argkmin_j(2, |x_i - y_j|))
    }

    fn labelled<T>(x_i: [T; 2], l_i: u32, y_j: [T; 2], l_j: u32, w_j: T) -> (T, T, T, T, T, [T; 2]) {
        let d = |x_i - y_j|^2;
        let on = l_i == l_j;
        (
            sum_j if on { exp(-d) * w_j } else { 0 },
            sum_j if on { 1 / (1 + d) } else { 0 },
            logsumexp_j(if on { -d } else { -inf }),
            softmax_j(if on { -d } else { -inf }, w_j),
            min_j(if on { d } else { inf }),
            kmin_j(2, if on { w_j * d } else { inf }),
        )
    }

    fn nearest<T>(x_i: [T; 2], y_j: [T; 2]) -> (T, [T; 2]) { (min_j(|x_i - y_j|^2), kmin_j(2, |x_i - y_j|^2)) }

    fn transport<T>(x_i: T, y_j: T, w_j: T) -> T { logsumexp_j(log(w_j) - (x_i - y_j)^2) }
}

/// The k first entries in an order, as the design says.
fn selected(terms: &[f64], k: usize, sign: f64) -> (Vec<f64>, Vec<u32>) {
    let mut order: Vec<usize> = (0..terms.len())
        .filter(|&j| sign * terms[j] < INF)
        .collect();
    order.sort_by(|&a, &b| (sign * terms[a]).partial_cmp(&(sign * terms[b])).unwrap());
    let mut found: Vec<(f64, u32)> = order.iter().map(|&j| (terms[j], j as u32)).collect();
    found.resize(found.len().max(k), (sign * INF, NO_INDEX));
    found[..k].iter().copied().unzip()
}

/// Terms with ties, infinities and NaN.
fn awkward(n: usize) -> Vec<f64> {
    let noise = noise(n, n as u64 + 1);
    let term = |j: usize| match j % 11 {
        3 => NAN,
        5 => INF,
        7 => -INF,
        _ => (4.0 * noise[j]).round(),
    };
    (0..n).map(term).collect()
}

#[test]
fn every_size() {
    for n in [0, 1, 2, 9, 10, 63, 64, 65, 129, 1000] {
        let t = awkward(n);
        let x = [0.0; 70];
        let (least, at, most, most_at) = lists(&x, &t).run().unwrap();
        let (low, low_at) = selected(&t, 3, 1.0);
        let (high, high_at) = selected(&t, 10, -1.0);
        for i in [0, 1, 69] {
            assert_eq!((&least[i][..], &at[i][..]), (&low[..], &low_at[..]), "{n}");
            assert_eq!(
                (&most[i][..], &most_at[i][..]),
                (&high[..], &high_at[..]),
                "{n}"
            );
        }
        let (mean, product, any, all, count, min, argmin) = simple(&x, &t).run().unwrap();
        let above = t.iter().filter(|t| **t > 0.0).count();
        assert_eq!((any[0], all[0]), (above > 0, above == n), "{n}");
        assert_eq!(count[0], above as u32);
        assert_eq!((min[0], argmin[0]), (low[0], low_at[0]), "{n}");
        assert_eq!(mean[0].is_nan(), n == 0 || n > 3, "{n}: {}", mean[0]);
        if n < 3 {
            agree("product", &product[0], &t.iter().product::<f64>(), 1e-15);
        }
    }
}

#[test]
fn nothing_but_nan() {
    let t = [NAN; 70];
    let (least, at, most, most_at) = lists(&[0.0], &t).run().unwrap();
    assert_eq!((least[0], at[0]), ([INF; 3], [NO_INDEX; 3]));
    assert_eq!((most[0], most_at[0]), ([-INF; 10], [NO_INDEX; 10]));
    let (mean, product, any, all, count, min, argmin) = simple(&[0.0], &t).run().unwrap();
    assert!(mean[0].is_nan() && product[0].is_nan());
    assert_eq!(
        (any[0], all[0], count[0], min[0], argmin[0]),
        (false, false, 0, INF, NO_INDEX)
    );
    let (value, mass) = attention(&[0.0], &t, &[[1.0; 2]; 70]).run().unwrap();
    assert!(value[0][0].is_nan() && mass[0].is_nan());
}

#[test]
fn no_mass() {
    for s in [vec![], vec![-INF; 3], vec![-INF; 70]] {
        let v = vec![[2.0, 3.0]; s.len()];
        let call = attention(&[0.5], &s, &v);
        let (value, mass) = call.run().unwrap();
        assert_eq!((value[0], mass[0]), ([0.0; 2], -INF));
        let gradient = call.vjp((&[[1.0, 1.0]], &[1.0])).run().unwrap();
        assert!(gradient.s_j.iter().chain(&gradient.s_i).all(|g| *g == 0.0));
        assert!(gradient.v.iter().flatten().all(|g| *g == 0.0));
    }
    // Shifted scores, as large as they may be.
    let s = [1e300, 1e300 * 1.5, -INF];
    let (value, _) = attention(&[0.0], &s, &[[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
        .run()
        .unwrap();
    assert_eq!(value[0], [4.0, 5.0]);
}

#[test]
fn products_with_zeros() {
    let x = [0.0, 0.5];
    for zeros in 0..3 {
        let mut t = noise(70, 5).iter().map(|t| t + 1.5).collect::<Vec<f64>>();
        for k in 0..zeros {
            t[10 * k + 3] = 0.0;
        }
        let gradient = product(&x, &t).grad_t(&[1.0, 0.25]).run().unwrap();
        for k in [0, 3, 13, 69] {
            let others = |x: f64| -> f64 {
                let rest = t.iter().enumerate().filter(|(j, _)| *j != k);
                rest.map(|(_, t)| t + x).product()
            };
            agree(
                "product",
                &gradient[k],
                &(others(0.0) + 0.25 * others(0.5)),
                1e-12,
            );
        }
    }
}

#[test]
fn gradients_of_lists() {
    let (x, y) = (cloud(9, 1), cloud(80, 2));
    let e: (Vec<[[f64; 2]; 4]>, Vec<[f64; 2]>) = (
        (0..9)
            .map(|k| cloud(4, 10 + k).try_into().unwrap())
            .collect(),
        cloud(9, 3),
    );
    let loss = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>| -> f64 {
        let (a, b) = spread(x, y).run().unwrap();
        let first = a
            .iter()
            .flatten()
            .flatten()
            .zip(e.0.iter().flatten().flatten());
        let second = b.iter().flatten().zip(e.1.iter().flatten());
        first.chain(second).map(|(a, e)| a * e).sum()
    };
    let call = spread(&x, &y);
    let gradient = call.vjp((&e.0, &e.1)).run().unwrap();
    is_gradient("x", &gradient.x, &x, |x| loss(x, &y));
    is_gradient("y", &gradient.y, &y, |y| loss(&x, y));
    let forward = call.forward();
    let again = forward.vjp((&e.0, &e.1)).run().unwrap();
    agree("forward x", &again.x, &gradient.x, 1e-13);
    agree("forward y", &again.y, &gradient.y, 1e-13);
}

#[test]
fn masked_pairs_do_not_matter() {
    // The logarithm of a negative number is NaN; its label is nobody's.
    let m = 5;
    let x: Vec<f64> = noise(m, 1);
    let labels_i: Vec<u32> = (0..m as u32).map(|i| i % 3).collect();
    let n = 130;
    let mut t: Vec<f64> = noise(n, 2).iter().map(|t| t + 1.5).collect();
    let mut labels: Vec<u32> = (0..n as u32).map(|j| j % 4).collect();
    for j in (0..n).step_by(7) {
        (t[j], labels[j]) = (if j % 2 == 0 { -1.0 } else { 0.0 }, 9);
    }
    let call = same(&x, &labels_i, &t, &labels);
    let (sum, product, least, most, mass, count, soft) = call.run().unwrap();
    for i in 0..m {
        let on: Vec<usize> = (0..n)
            .filter(|&j| labels[j] == labels_i[i] && i != j)
            .collect();
        let terms: Vec<f64> = on.iter().map(|&j| x[i] * t[j].ln()).collect();
        agree("sum", &sum[i], &terms.iter().sum::<f64>(), 1e-12);
        agree(
            "product",
            &product[i],
            &terms.iter().product::<f64>(),
            1e-12,
        );
        let (high, _) = selected(&terms, 2, -1.0);
        agree("least", &least[i], &selected(&terms, 1, 1.0).0[0], 1e-13);
        agree("most", &most[i].to_vec(), &high, 1e-13);
        let whole: f64 = terms.iter().map(|t| t.exp()).sum();
        agree("mass", &mass[i], &whole.ln(), 1e-12);
        assert_eq!(count[i] as usize, on.len());
        let mean: f64 = on.iter().zip(&terms).map(|(&j, s)| t[j] * s.exp()).sum();
        agree("soft", &soft[i], &(mean / whole), 1e-12);
    }
    let (one, two) = (vec![1.0; m], vec![[1.0; 2]; m]);
    let gradient = call
        .vjp((&one, &one, &one, &two, &one, &one))
        .run()
        .unwrap();
    assert!(
        gradient.x.iter().chain(&gradient.t).all(|g| g.is_finite()),
        "{gradient:?}"
    );
    assert!(
        (0..n).step_by(7).all(|j| gradient.t[j] == 0.0),
        "{gradient:?}"
    );
}

/// Rows that are no numbers and meet no other row change no gradient of the others, and have a gradient
/// of 0 themselves.
#[test]
fn masked_rows_without_numbers_do_not_matter_to_gradients() {
    let (x, y, w) = (cloud::<2>(70, 1), cloud::<2>(90, 2), noise(90, 3));
    let label = |k: usize| (k % 3) as u32;
    let (lx, ly): (Vec<u32>, Vec<u32>) =
        ((0..70).map(label).collect(), (0..90).map(label).collect());
    let (e, two) = (noise(70, 4), cloud::<2>(70, 5));
    let expected = labelled(&x, &lx, &y, &ly, &w).vjp((&e, &e, &e, &e, &e, &two));
    let expected = expected.run().unwrap();
    for bad in [NAN, INF, -INF] {
        // One of each cloud, in front, with labels of their own.
        let front = |cloud: &[[f64; 2]]| [&[[bad, 0.5]], cloud].concat();
        let (x, y, w) = (front(&x), front(&y), [&[bad], &w[..]].concat());
        let (lx, ly) = ([&[7], &lx[..]].concat(), ([&[8], &ly[..]].concat()));
        let e = [&[0.7], &e[..]].concat();
        let two = [&[[0.5, 0.25]], &two[..]].concat();
        let found = labelled(&x, &lx, &y, &ly, &w).vjp((&e, &e, &e, &e, &e, &two));
        let found = found.run().unwrap();
        assert_eq!(
            (found.x[0], found.y[0], found.w[0]),
            ([0.0; 2], [0.0; 2], 0.0)
        );
        agree("x", &found.x[1..].to_vec(), &expected.x, 1e-13);
        agree("y", &found.y[1..].to_vec(), &expected.y, 1e-13);
        agree("w", &found.w[1..].to_vec(), &expected.w, 1e-13);
    }

    // What is not selected, without an `if`.
    let e = noise(70, 6);
    let expected = nearest(&x, &y).vjp((&e, &two)).run().unwrap();
    let with_nan = [&[[NAN; 2]], &y[..]].concat();
    let found = nearest(&x, &with_nan).vjp((&e, &two)).run().unwrap();
    assert_eq!(found.y[0], [0.0; 2]);
    agree("x", &found.x, &expected.x, 1e-13);
    agree("y", &found.y[1..].to_vec(), &expected.y, 1e-13);
    let (mut x, mut e, mut two) = (x, e, two);
    x.push([NAN; 2]);
    e.push(1.0);
    two.push([1.0, 1.0]);
    let found = nearest(&x, &y).vjp((&e, &two)).run().unwrap();
    assert_eq!(found.x[70], [0.0; 2]);
    agree("y", &found.y, &expected.y, 1e-13);
}

#[test]
fn weights_of_zero() {
    let (x, y) = (noise(6, 1), noise(80, 2));
    let mut w: Vec<f64> = noise(80, 3).iter().map(|w| w.abs()).collect();
    for j in (0..80).step_by(9) {
        w[j] = 0.0;
    }
    let gradient = transport(&x, &y, &w).vjp(&[1.0; 6]).run().unwrap();
    assert!(
        gradient
            .x
            .iter()
            .chain(&gradient.y)
            .chain(&gradient.w)
            .all(|g| g.is_finite())
    );
    assert!(
        (0..80)
            .step_by(9)
            .all(|j| gradient.y[j] == 0.0 && gradient.w[j] == 0.0)
    );
}

#[test]
fn parts_of_several_passes() {
    let (x, y, w) = (noise(70, 1), noise(300, 2), noise(300, 3));
    let whole = centred(&x, &y, &w).run().unwrap();
    let mut state = centred(&x, &y[..100], &w[..100]).partial(0).unwrap();
    for (from, to) in [(100, 101), (101, 300)] {
        let later = centred(&x, &y[from..to], &w[from..to])
            .partial(from)
            .unwrap();
        state.merge(&later).unwrap();
    }
    let parts = state.finish().unwrap();
    agree("parts", &parts.0, &whole.0, 1e-13);
    assert_eq!(parts.1, whole.1);
    let (t, v) = (noise(300, 4), cloud(300, 5));
    let whole = attention(&x, &t, &v).run().unwrap();
    let mut state = attention(&x, &t[..130], &v[..130]).partial(0).unwrap();
    state
        .merge(&attention(&x, &t[130..], &v[130..]).partial(130).unwrap())
        .unwrap();
    let parts = state.finish().unwrap();
    agree("softmax", &parts.0, &whole.0, 1e-13);
    agree("mass", &parts.1, &whole.1, 1e-13);
    let whole = simple(&x, &t).run().unwrap();
    let mut state = simple(&x, &t[..130]).partial(0).unwrap();
    state
        .merge(&simple(&x, &t[130..]).partial(130).unwrap())
        .unwrap();
    let parts = state.finish().unwrap();
    agree("mean", &parts.0, &whole.0, 1e-13);
    assert_eq!(
        (parts.2, parts.3, parts.4, parts.6),
        (whole.2, whole.3, whole.4, whole.6)
    );
}
