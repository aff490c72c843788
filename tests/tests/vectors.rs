//! Values of formulas of vectors and matrices, against plain loops in f64.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Values and references are both tested.
#![allow(clippy::needless_borrows_for_generic_args)]

use keops::keops;
use keops_tests::{agree, cloud, noise, square, sum, sums};

const M: usize = 13;
const N: usize = 150;
const TOLERANCE: f64 = 1e-12;

keops! {
    fn indexed<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 2] { sum_j (x_i[2] * y_j[..2] + x_i[1..3] * y_j[0]) }

    fn entries<T>(m_i: [[T; 3]; 2], y_j: [T; 3]) -> T {
        sum_j m_i[0, 1] * y_j[0] + sum_j dot(m_i[1, ..], y_j) + sum_j dot(m_i[0, 1..3], y_j[1..])
    }

    fn joined<T>(x_i: [T; 2], y_j: T) -> [T; 4] { sum_j [x_i, y_j, 1] * y_j }

    fn matvec<T>(x_i: [T; 2], y_j: [T; 3], m: [[T; 3]; 2]) -> [T; 2] { sum_j (m @ y_j) * x_i }

    fn vecmat<T>(x_i: [T; 2], y_j: [T; 3], m: [[T; 3]; 2]) -> [T; 3] { sum_j (x_i @ m) * y_j }

    fn matmat<T>(x_i: [[T; 3]; 2], y_j: [[T; 2]; 3]) -> [[T; 2]; 2] { sum_j x_i @ y_j }

    fn params<T>(x_i: [T; 2], y_j: [T; 2], s: T, v: [T; 2], m: [[T; 2]; 2]) -> T {
        sum_j s * dot(v + x_i, m @ y_j)
    }

    fn epilogue<T>(x_i: [T; 2], y_j: [T; 2], s: T) -> [T; 3] {
        let a = sum_j exp(-|x_i - y_j|^2) * y_j;
        [normalize(a) + x_i, s * |a|] / (1 + s^2)
    }

    fn vector<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 3] { sum_j [x_i[1] * y_j[2] - x_i[2] * y_j[1], x_i[2] * y_j[0] - x_i[0] * y_j[2], x_i[0] * y_j[1] - x_i[1] * y_j[0]] }

    fn outers<T>(x_i: [T; 2], y_j: [T; 3]) -> [[T; 3]; 2] { sum_j outer(x_i, y_j) }

    fn bars<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j | |x_i| - |y_j| | * |x_i[0] * y_j|^3 }

    fn components<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 2] {
        let d = x_i - y_j;
        sum_j [sum(d), mean(d)]
    }

    fn filled<T>(x_i: T, y_j: T) -> [T; 5] { sum_j [fill(x_i * y_j, 2), zeros(1), 1 + fill(y_j, 2)] }

    fn shapes<T>(x_i: [T; 6], y_j: [[T; 3]; 2]) -> [[T; 2]; 3] { sum_j transpose(reshape(x_i, [2, 3]) * y_j) }
}

/// The points and numbers that the formulas read.
struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    s: Vec<f64>,
    t: Vec<f64>,
    u: Vec<[f64; 3]>,
    v: Vec<[f64; 3]>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 1),
        y: cloud(N, 2),
        s: noise(M, 3),
        t: noise(N, 4),
        u: cloud(M, 6),
        v: cloud(N, 7),
    }
}

#[test]
fn structure() {
    let Data {
        x, y, s, t, u, v, ..
    } = data();
    agree(
        "indexed",
        &indexed(&u, &v).run().unwrap(),
        &sums(M, N, |i, j| {
            [0, 1].map(|k: usize| u[i][2] * v[j][k] + u[i][k + 1] * v[j][0])
        }),
        TOLERANCE,
    );
    let m: Vec<[[f64; 3]; 2]> = (0..M).map(|i| [u[i], [u[i][1], u[i][0], 2.0]]).collect();
    let want = sum(M, N, |i, j| {
        m[i][0][1] * v[j][0]
            + (0..3).map(|k| m[i][1][k] * v[j][k]).sum::<f64>()
            + m[i][0][1] * v[j][1]
            + m[i][0][2] * v[j][2]
    });
    agree("entries", &entries(&m, &v).run().unwrap(), &want, TOLERANCE);
    agree(
        "joined",
        &joined(&x, &t).run().unwrap(),
        &sums(M, N, |i, j| {
            [x[i][0] * t[j], x[i][1] * t[j], t[j] * t[j], t[j]]
        }),
        TOLERANCE,
    );
    let a = [[0.5, -1.0, 2.0], [3.0, 0.25, -0.125]];
    let mv = |y: &[f64; 3]| [0, 1].map(|r: usize| (0..3).map(|c| a[r][c] * y[c]).sum::<f64>());
    agree(
        "matvec",
        &matvec(&x, &v, a).run().unwrap(),
        &sums(M, N, |i, j| {
            [mv(&v[j])[0] * x[i][0], mv(&v[j])[1] * x[i][1]]
        }),
        TOLERANCE,
    );
    let vm = |x: &[f64; 2]| [0, 1, 2].map(|c: usize| x[0] * a[0][c] + x[1] * a[1][c]);
    agree(
        "vecmat",
        &vecmat(&x, &v, &a).run().unwrap(),
        &sums(M, N, |i, j| {
            [0, 1, 2].map(|c: usize| vm(&x[i])[c] * v[j][c])
        }),
        TOLERANCE,
    );
    let p: Vec<[[f64; 2]; 3]> = (0..N)
        .map(|j| [y[j], [t[j], 1.0], [v[j][0], v[j][1]]])
        .collect();
    let got = matmat(&m, &p).run().unwrap();
    let want = sums(M, N, |i, j| {
        let e = |r: usize, c: usize| (0..3).map(|k| m[i][r][k] * p[j][k][c]).sum::<f64>();
        [e(0, 0), e(0, 1), e(1, 0), e(1, 1)]
    });
    agree("matmat", &got, &want, TOLERANCE);
    agree(
        "cross",
        &vector(&u, &v).run().unwrap(),
        &sums(M, N, |i, j| {
            let (a, b) = (u[i], v[j]);
            [
                a[1] * b[2] - a[2] * b[1],
                a[2] * b[0] - a[0] * b[2],
                a[0] * b[1] - a[1] * b[0],
            ]
        }),
        TOLERANCE,
    );
    agree(
        "outer",
        &outers(&x, &v).run().unwrap(),
        &sums(M, N, |i, j| {
            let mut o = [0.0; 6];
            for r in 0..2 {
                for c in 0..3 {
                    o[r * 3 + c] = x[i][r] * v[j][c];
                }
            }
            o
        }),
        TOLERANCE,
    );
    let n2 = |v: &[f64; 2]| (v[0] * v[0] + v[1] * v[1]).sqrt();
    agree(
        "bars",
        &bars(&x, &y).run().unwrap(),
        &sum(M, N, |i, j| {
            (n2(&x[i]) - n2(&y[j])).abs() * (x[i][0].abs() * n2(&y[j])).powi(3)
        }),
        TOLERANCE,
    );
    agree(
        "components",
        &components(&u, &v).run().unwrap(),
        &sums(M, N, |i, j| {
            let s: f64 = (0..3).map(|k| u[i][k] - v[j][k]).sum();
            [s, s / 3.0]
        }),
        TOLERANCE,
    );
    agree(
        "filled",
        &filled(&s, &t).run().unwrap(),
        &sums(M, N, |i, j| {
            [s[i] * t[j], s[i] * t[j], 0.0, 1.0 + t[j], 1.0 + t[j]]
        }),
        TOLERANCE,
    );
    let six: Vec<[f64; 6]> = cloud(M, 9);
    let yy: Vec<[[f64; 3]; 2]> = (0..N).map(|j| [v[j], [t[j], 1.0, y[j][0]]]).collect();
    agree(
        "shapes",
        &shapes(&six, &yy).run().unwrap(),
        &sums(M, N, |i, j| {
            let e = |r: usize, c: usize| six[i][r * 3 + c] * yy[j][r][c];
            [e(0, 0), e(1, 0), e(0, 1), e(1, 1), e(0, 2), e(1, 2)]
        }),
        TOLERANCE,
    );
}

#[test]
fn parameters() {
    let Data { x, y, .. } = data();
    let (v, m) = ([0.5, 2.0], [[1.0, 0.5], [-0.25, 3.0]]);
    let want = sum(M, N, |i, j| {
        (0..2)
            .map(|r| 0.3 * (v[r] + x[i][r]) * (m[r][0] * y[j][0] + m[r][1] * y[j][1]))
            .sum()
    });
    agree(
        "value",
        &params(&x, &y, 0.3, v, m).run().unwrap(),
        &want,
        TOLERANCE,
    );
    agree(
        "reference",
        &params(&x, &y, 0.3, &v, &m).run().unwrap(),
        &want,
        TOLERANCE,
    );
    let got = epilogue(&x, &y, 0.3).run().unwrap();
    let a = sums(M, N, |i, j| {
        y[j].map(|y2| y2 * (-square(&x[i], &y[j])).exp())
    });
    let want: Vec<[f64; 3]> = (0..M)
        .map(|i| {
            let n = (a[i][0] * a[i][0] + a[i][1] * a[i][1]).sqrt();
            [a[i][0] / n + x[i][0], a[i][1] / n + x[i][1], 0.3 * n].map(|a| a / (1.0 + 0.3 * 0.3))
        })
        .collect();
    agree("epilogue", &got, &want, 1e-11);
}
