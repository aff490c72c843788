//! Values of reductions and of what is made of them, against plain loops in f64.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{NO_INDEX, keops};
use keops_tests::{agree, cloud, noise, square, sum, sums};

const M: usize = 13;
const N: usize = 150;
const TOLERANCE: f64 = 1e-12;

keops! {
    fn nested<T>(x_i: [T; 2], y_j: [T; 2]) -> ((T, [T; 2]), T) {
        let k = exp(-|x_i - y_j|);
        ((sum_j k, sum_j k * (y_j - x_i)), log(sum_j k))
    }

    fn lse<T>(x_i: [T; 2], y_j: [T; 2]) -> T { logsumexp_j(-|x_i - y_j|^2 * 30) }

    fn lsew<T>(x_i: [T; 2], y_j: [T; 2], w_j: [T; 2]) -> [T; 2] { logsumexp_j(dot(x_i, y_j), exp(w_j)) }

    fn attention<T>(x_i: [T; 2], y_j: [T; 2], v_j: [T; 3]) -> [T; 3] { let k = exp(dot(x_i, y_j)); sum_j k * v_j / sum_j k }

    fn least<T>(x_i: [T; 2], y_j: [T; 2]) -> (T, u32) { min_argmin_j(|x_i - y_j|) }

    fn greatest<T>(x_i: [T; 2], y_j: [T; 2]) -> ([T; 2], [u32; 2], [T; 2]) {
        let (v, at) = max_argmax_j(x_i * y_j);
        (v, at, min_j(x_i - y_j))
    }

    fn nearest<T>(x_i: [T; 2], y_j: [T; 2]) -> u32 { argmin_j(|x_i - y_j|^2) }

    fn farthest<T>(x_i: [T; 2], y_j: [T; 2]) -> u32 { argmax_j(|x_i - y_j|^2) }

    fn overi<T>(x_i: [T; 2], y_j: [T; 2], b_i: T) -> [T; 2] { sum_i b_i * (x_i - y_j) }

    fn leasti<T>(x_i: [T; 2], y_j: [T; 2]) -> (T, u32) { (min_i(|x_i - y_j|), argmin_i(|x_i - y_j|)) }

    fn ratio<T>(x_i: [T; 2], y_j: [T; 2], v_j: T, s_i: T) -> T {
        let k = s_i * exp(-|x_i - y_j|^2);
        sum_j k * v_j / sum_j k
    }

    fn kern<T>(x_i: [T; 2], y_j: [T; 2], g: T) -> Matrix<T> { exp(-g * |x_i - y_j|^2) }

    fn caller<T>(x_i: [T; 2], y_j: [T; 2], b_j: T) -> T { sum_j kern(x_i, y_j, 2) * b_j }

    fn caller2<T>(x_i: [T; 2], y_j: [T; 2], b_j: T) -> T { 3 + caller(x_i, y_j, b_j) / 2 }

    fn means<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j x_i * y_j / sum_j 1 }
}

/// The points and numbers that the formulas read.
struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    s: Vec<f64>,
    t: Vec<f64>,
    b: Vec<f64>,
    v: Vec<[f64; 3]>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 1),
        y: cloud(N, 2),
        s: noise(M, 3),
        t: noise(N, 4),
        b: noise(N, 5),
        v: cloud(N, 7),
    }
}

#[test]
fn reductions() {
    let Data {
        x, y, s, t, b, v, ..
    } = data();
    let dot = |i: usize, j: usize| x[i][0] * y[j][0] + x[i][1] * y[j][1];
    let ln = |a: Vec<f64>| a.iter().map(|a| a.ln()).collect::<Vec<_>>();
    agree(
        "lse",
        &lse(&x, &y).run().unwrap(),
        &ln(sum(M, N, |i, j| (-30.0 * square(&x[i], &y[j])).exp())),
        TOLERANCE,
    );
    let w: Vec<[f64; 2]> = cloud(N, 11);
    let want = sums(M, N, |i, j| {
        [0, 1].map(|k: usize| dot(i, j).exp() * w[j][k].exp())
    })
    .iter()
    .map(|a| a.map(f64::ln))
    .collect::<Vec<_>>();
    agree("lsew", &lsew(&x, &y, &w).run().unwrap(), &want, TOLERANCE);
    let mass = sum(M, N, |i, j| dot(i, j).exp());
    let want: Vec<[f64; 3]> = sums(M, N, |i, j| v[j].map(|v| dot(i, j).exp() * v))
        .iter()
        .zip(&mass)
        .map(|(a, m)| a.map(|a| a / m))
        .collect();
    agree(
        "attention",
        &attention(&x, &y, &v).run().unwrap(),
        &want,
        TOLERANCE,
    );
    let (d, at) = least(&x, &y).run().unwrap();
    let near = nearest(&x, &y).run().unwrap();
    let far = farthest(&x, &y).run().unwrap();
    for i in 0..M {
        let lo = (0..N)
            .min_by(|a, b| square(&x[i], &y[*a]).total_cmp(&square(&x[i], &y[*b])))
            .unwrap();
        let hi = (0..N)
            .max_by(|a, b| square(&x[i], &y[*a]).total_cmp(&square(&x[i], &y[*b])))
            .unwrap();
        assert_eq!((at[i], near[i], far[i]), (lo as u32, lo as u32, hi as u32));
        agree("least", &d[i], &square(&x[i], &y[lo]).sqrt(), TOLERANCE);
    }
    let (val, at, low) = greatest(&x, &y).run().unwrap();
    for i in 0..M {
        for k in 0..2 {
            let hi = (0..N)
                .max_by(|a, b| (x[i][k] * y[*a][k]).total_cmp(&(x[i][k] * y[*b][k])))
                .unwrap();
            assert_eq!(at[i][k], hi as u32);
            agree("g", &val[i][k], &(x[i][k] * y[hi][k]), TOLERANCE);
            agree(
                "l",
                &low[i][k],
                &(0..N)
                    .map(|j| x[i][k] - y[j][k])
                    .fold(f64::INFINITY, f64::min),
                TOLERANCE,
            );
        }
    }
    agree(
        "overi",
        &overi(&x, &y, &s).run().unwrap(),
        &sums(N, M, |j, i| {
            [0, 1].map(|k: usize| s[i] * (x[i][k] - y[j][k]))
        }),
        TOLERANCE,
    );
    let (d, at) = leasti(&x, &y).run().unwrap();
    for j in 0..N {
        let lo = (0..M)
            .min_by(|a, b| square(&x[*a], &y[j]).total_cmp(&square(&x[*b], &y[j])))
            .unwrap();
        assert_eq!(at[j], lo as u32);
        agree("least", &d[j], &square(&x[lo], &y[j]).sqrt(), TOLERANCE);
    }
    let k = |i: usize, j: usize| (-square(&x[i], &y[j])).exp();
    let (n, d) = (sum(M, N, |i, j| k(i, j) * t[j]), sum(M, N, k));
    agree(
        "ratio",
        &ratio(&x, &y, &t, &s).run().unwrap(),
        &n.iter().zip(&d).map(|(n, d)| n / d).collect::<Vec<_>>(),
        1e-11,
    );
    let k2 = sum(M, N, |i, j| (-2.0 * square(&x[i], &y[j])).exp() * b[j]);
    agree("caller", &caller(&x, &y, &b).run().unwrap(), &k2, TOLERANCE);
    agree(
        "caller2",
        &caller2(&x, &y, &b).run().unwrap(),
        &k2.iter().map(|a| 3.0 + a / 2.0).collect::<Vec<_>>(),
        TOLERANCE,
    );
    agree(
        "mean",
        &means(&x, &y).run().unwrap(),
        &sums(M, N, |i, j| {
            [0, 1].map(|k: usize| x[i][k] * y[j][k] / N as f64)
        }),
        TOLERANCE,
    );
    assert_ne!(near[0], NO_INDEX);
}

#[test]
fn nested_tuples() {
    let Data { x, y, .. } = data();
    let (a, b, c) = nested(&x, &y).run().unwrap();
    let k = |i: usize, j: usize| (-square(&x[i], &y[j]).sqrt()).exp();
    agree("a", &a, &sum(M, N, k), TOLERANCE);
    agree(
        "b",
        &b,
        &sums(M, N, |i, j| [0, 1].map(|d| k(i, j) * (y[j][d] - x[i][d]))),
        TOLERANCE,
    );
    agree(
        "c",
        &c,
        &a.iter().map(|a| a.ln()).collect::<Vec<_>>(),
        TOLERANCE,
    );
}
