//! Values of scalar formulas, conditions and indices, against plain loops in f64.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::keops;
use keops_tests::{agree, cloud, noise, square, sum, sums};

const M: usize = 13;
const N: usize = 150;
const TOLERANCE: f64 = 1e-12;

keops! {
    fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T {
        let d2 = |x_i - y_j|^2;
        sum_j exp(-gamma * d2) * b_j
    }

    fn minus<T>(x_i: T, y_j: T) -> T { 1 + sum_j x_i * -y_j - 2 }

    fn leading<T>(x_i: T, y_j: T) -> T { -sum_j -x_i^2 * y_j }

    fn divided<T>(x_i: T, y_j: T) -> T { x_i / sum_j(exp(x_i * y_j)) + 2 * sum_j y_j }

    fn branches<T>(x_i: T, y_j: T) -> T {
        sum_j (if x_i < y_j { let d = y_j - x_i; d * d } else if x_i > 0.5 { 1 } else { x_i * y_j })
    }

    fn off<T>(x_i: T, y_j: T) -> T { sum_j (if i == j { 0 } else { x_i - y_j }) }

    fn upper<T>(x_i: T, y_j: T) -> T { sum_j (if i - j < -2 || j == 0 { x_i * y_j } else { 0 }) }

    fn signed<T>(x_i: T, y_j: T) -> T { sum_j float(i - j) * y_j + x_i * float(i) }

    fn same<T>(l_i: u32, m_j: u32, b_j: T) -> T { sum_j (if l_i == m_j { b_j } else { 0 }) }

    fn histogram<T>(x_i: T, m_j: u32, b_j: T) -> [T; 4] { sum_j onehot(m_j, 4) * b_j * x_i }

    fn floated<T>(x_i: T, m_j: u32) -> T { sum_j float(m_j) * x_i }

    fn least<T>(x_i: [T; 2], y_j: [T; 2]) -> (T, u32) { min_argmin_j(|x_i - y_j|) }

    fn both<T>(x_i: T, x_j: T) -> T { sum_j abs(x_i - x_j) }

    fn keyword<T>(type_i: T, fn_j: T) -> T { sum_j type_i * fn_j }

    fn constants<T>(x_i: T, y_j: T) -> T { sum_j sin(pi * x_i) * cos(tau * y_j) * 1e-3 + min_j(if y_j > 0 { y_j } else { inf }) }

    fn masks<T>(x_i: [T; 2], y_j: [T; 2]) -> T {
        let c = x_i[0] < y_j[0] && !(x_i[1] >= y_j[1]);
        sum_j (c || x_i[0] > 2) * y_j[0]
    }

    fn powers<T>(x_i: T, y_j: T) -> [T; 5] {
        sum_j [x_i^2 * y_j^3, (2 + x_i)^-2, (2 + y_j)^0.5, (2 + x_i)^(y_j), 2^-y_j^2]
    }

    fn functions<T>(x_i: T, y_j: T) -> [T; 16] {
        let p = 1.5 + x_i * y_j;
        let q = x_i * y_j;
        sum_j [exp(q), log(p), sqrt(p), rsqrt(p), sin(q), cos(q), abs(q), tanh(q), sigmoid(q),
               relu(q), clamp(q, -0.2, 0.3), min(q, x_i), max(q, y_j), sign(q), step(q), inv(p)]
    }

    fn functions2<T>(x_i: T, y_j: T) -> [T; 5] {
        let p = 1.5 + x_i * y_j;
        let q = 3 * x_i * y_j;
        sum_j [floor(q), round(q), mod(q, 0.7), square(q), cube(q) + 0 * p]
    }

    fn ifelses<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j ifelse(x_i - y_j, x_i, y_j * 2) }

    fn elementwise<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j (if x_i < y_j { x_i } else { 0 }) }

    fn third<T>(x_i: T, y_j: T) -> T { sum_j x_i / 3 * y_j }
}

/// The points and numbers that the formulas read.
struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    s: Vec<f64>,
    t: Vec<f64>,
    b: Vec<f64>,
    u: Vec<[f64; 3]>,
    v: Vec<[f64; 3]>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 1),
        y: cloud(N, 2),
        s: noise(M, 3),
        t: noise(N, 4),
        b: noise(N, 5),
        u: cloud(M, 6),
        v: cloud(N, 7),
    }
}

fn labels(n: usize, k: u32) -> Vec<u32> {
    (0..n as u32).map(|i| (i * 7 + i / 3) % k).collect()
}

#[test]
fn sums_of_scalars() {
    let Data { s, t, u, v, b, .. } = data();
    agree(
        "gaussian",
        &gaussian(&u, &v, &b, 0.5).run().unwrap(),
        &sum(M, N, |i, j| (-0.5 * square(&u[i], &v[j])).exp() * b[j]),
        TOLERANCE,
    );
    let want: Vec<f64> = sum(M, N, |i, j| s[i] * -t[j])
        .iter()
        .map(|a| 1.0 + a - 2.0)
        .collect();
    agree("minus", &minus(&s, &t).run().unwrap(), &want, TOLERANCE);
    let want: Vec<f64> = sum(M, N, |i, j| s[i] * s[i] * t[j]);
    agree("leading", &leading(&s, &t).run().unwrap(), &want, TOLERANCE);
    let k = sum(M, N, |i, j| (s[i] * t[j]).exp());
    let total: f64 = t.iter().sum();
    let want: Vec<f64> = (0..M).map(|i| s[i] / k[i] + 2.0 * total).collect();
    agree("divided", &divided(&s, &t).run().unwrap(), &want, TOLERANCE);
    agree(
        "third",
        &third(&s, &t).run().unwrap(),
        &sum(M, N, |i, j| s[i] / 3.0 * t[j]),
        TOLERANCE,
    );
    agree(
        "both",
        &both(&s, &t).run().unwrap(),
        &sum(M, N, |i, j| (s[i] - t[j]).abs()),
        TOLERANCE,
    );
    agree(
        "keyword",
        &keyword(&s, &t).run().unwrap(),
        &sum(M, N, |i, j| s[i] * t[j]),
        TOLERANCE,
    );
    let least = t
        .iter()
        .copied()
        .filter(|t| *t > 0.0)
        .fold(f64::INFINITY, f64::min);
    let want: Vec<f64> = sum(M, N, |i, j| {
        (std::f64::consts::PI * s[i]).sin() * (std::f64::consts::TAU * t[j]).cos() * 1e-3
    })
    .iter()
    .map(|a| a + least)
    .collect();
    agree(
        "constants",
        &constants(&s, &t).run().unwrap(),
        &want,
        TOLERANCE,
    );
}

#[test]
fn conditions_and_indices() {
    let Data { x, y, s, t, b, .. } = data();
    let f = |i: usize, j: usize| {
        if s[i] < t[j] {
            (t[j] - s[i]).powi(2)
        } else if s[i] > 0.5 {
            1.0
        } else {
            s[i] * t[j]
        }
    };
    agree(
        "branches",
        &branches(&s, &t).run().unwrap(),
        &sum(M, N, f),
        TOLERANCE,
    );
    agree(
        "off",
        &off(&s, &t).run().unwrap(),
        &sum(M, N, |i, j| if i == j { 0.0 } else { s[i] - t[j] }),
        TOLERANCE,
    );
    let f = |i: usize, j: usize| {
        if (i as i64 - j as i64) < -2 || j == 0 {
            s[i] * t[j]
        } else {
            0.0
        }
    };
    agree(
        "upper",
        &upper(&s, &t).run().unwrap(),
        &sum(M, N, f),
        TOLERANCE,
    );
    let want: Vec<f64> = sum(M, N, |i, j| (i as f64 - j as f64) * t[j])
        .iter()
        .enumerate()
        .map(|(i, a)| a + s[i] * i as f64)
        .collect();
    agree("signed", &signed(&s, &t).run().unwrap(), &want, TOLERANCE);
    let (l, m) = (labels(M, 5), labels(N, 6));
    agree(
        "same",
        &same(&l, &m, &b).run().unwrap(),
        &sum(M, N, |i, j| if l[i] == m[j] { b[j] } else { 0.0 }),
        TOLERANCE,
    );
    let want = sums(M, N, |i, j| {
        let mut h = [0.0; 4];
        if m[j] < 4 {
            h[m[j] as usize] = b[j] * s[i];
        }
        h
    });
    agree(
        "histogram",
        &histogram(&s, &m, &b).run().unwrap(),
        &want,
        TOLERANCE,
    );
    agree(
        "floated",
        &floated(&s, &m).run().unwrap(),
        &sum(M, N, |i, j| m[j] as f64 * s[i]),
        TOLERANCE,
    );
    agree(
        "masks",
        &masks(&x, &y).run().unwrap(),
        &sum(M, N, |i, j| {
            if x[i][0] < y[j][0] && x[i][1] < y[j][1] || x[i][0] > 2.0 {
                y[j][0]
            } else {
                0.0
            }
        }),
        TOLERANCE,
    );
    agree(
        "ifelse",
        &ifelses(&x, &y).run().unwrap(),
        &sums(M, N, |i, j| {
            [0, 1].map(|d| {
                if x[i][d] - y[j][d] >= 0.0 {
                    x[i][d]
                } else {
                    2.0 * y[j][d]
                }
            })
        }),
        TOLERANCE,
    );
    agree(
        "elementwise",
        &elementwise(&x, &y).run().unwrap(),
        &sums(M, N, |i, j| {
            [0, 1].map(|d| if x[i][d] < y[j][d] { x[i][d] } else { 0.0 })
        }),
        TOLERANCE,
    );
}

#[test]
fn elementary() {
    let Data { s, t, .. } = data();
    let f = |i: usize, j: usize| {
        let q = s[i] * t[j];
        let p = 1.5 + q;
        let sg = if q > 0.0 {
            1.0
        } else if q < 0.0 {
            -1.0
        } else {
            0.0
        };
        [
            q.exp(),
            p.ln(),
            p.sqrt(),
            1.0 / p.sqrt(),
            q.sin(),
            q.cos(),
            q.abs(),
            q.tanh(),
            1.0 / (1.0 + (-q).exp()),
            q.max(0.0),
            q.clamp(-0.2, 0.3),
            q.min(s[i]),
            q.max(t[j]),
            sg,
            if q >= 0.0 { 1.0 } else { 0.0 },
            1.0 / p,
        ]
    };
    agree(
        "functions",
        &functions(&s, &t).run().unwrap(),
        &sums(M, N, f),
        TOLERANCE,
    );
    let f = |i: usize, j: usize| {
        let p = 1.5 + s[i] * t[j];
        let q = 3.0 * s[i] * t[j];
        [
            q.floor(),
            q.round(),
            q - 0.7 * (q / 0.7).floor(),
            q * q,
            q * q * q + 0.0 * p,
        ]
    };
    agree(
        "functions2",
        &functions2(&s, &t).run().unwrap(),
        &sums(M, N, f),
        TOLERANCE,
    );
    let f = |i: usize, j: usize| {
        [
            s[i] * s[i] * t[j].powi(3),
            (2.0 + s[i]).powi(-2),
            (2.0 + t[j]).sqrt(),
            (2.0 + s[i]).powf(t[j]),
            (-t[j] * t[j]).exp2(),
        ]
    };
    agree(
        "powers",
        &powers(&s, &t).run().unwrap(),
        &sums(M, N, f),
        TOLERANCE,
    );
}

#[test]
fn single_precision() {
    let Data { x, y, b, u, v, .. } = data();
    let f3 = |a: &[[f64; 3]]| a.iter().map(|a| a.map(|a| a as f32)).collect::<Vec<_>>();
    let f2 = |a: &[[f64; 2]]| a.iter().map(|a| a.map(|a| a as f32)).collect::<Vec<_>>();
    let b32: Vec<f32> = b.iter().map(|b| *b as f32).collect();
    let got: Vec<f32> = gaussian(&f3(&u), &f3(&v), &b32, 0.5).run().unwrap();
    let want = gaussian(&u, &v, &b, 0.5).run().unwrap();
    agree(
        "gaussian",
        &got.iter().map(|a| *a as f64).collect::<Vec<_>>(),
        &want,
        2e-6,
    );
    let (d, at) = least(&f2(&x), &f2(&y)).run().unwrap();
    let (e, bt) = least(&x, &y).run().unwrap();
    assert_eq!(at, bt);
    agree(
        "least",
        &d.iter().map(|a| *a as f64).collect::<Vec<_>>(),
        &e,
        1e-6,
    );
}
