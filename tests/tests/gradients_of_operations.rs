//! Gradients of matrices, branches and functions, against differences.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Values and references are both tested.
#![allow(clippy::needless_borrows_for_generic_args)]

use keops::keops;
use keops_tests::{cloud, inner, is_gradient, noise};

const M: usize = 7;
const N: usize = 70;

keops! {
    fn bilinear<T>(x_i: [T; 2], y_j: [T; 3], m: [[T; 3]; 2], s: T) -> [T; 3] {
        let k = sin(dot(x_i, m @ y_j));
        s^2 * sum_j k * (x_i @ m)
    }

    fn branches<T>(x_i: T, y_j: T) -> T {
        sum_j (if x_i < y_j { sqrt(0.1 + y_j - x_i) } else { 1 / (2 + x_i * y_j) })
    }

    fn guarded<T>(x_i: T, y_j: T) -> T {
        sum_j (if y_j > 0.3 { log(y_j - 0.1) * x_i + sqrt(y_j - 0.1) } else { x_i })
    }

    fn overi<T>(x_i: [T; 2], y_j: [T; 2], b_i: T) -> [T; 2] { sum_i b_i * tanh(x_i * y_j) }

    fn classes<T>(x_i: T, l_i: u32, y_j: T, m_j: u32) -> T {
        sum_j (if l_i == m_j { cos(x_i - y_j) } else { 0 })
    }

    fn matrices<T>(a_i: [[T; 2]; 2], b_j: [[T; 2]; 2]) -> [[T; 2]; 2] { sum_j a_i @ b_j @ a_i }

    fn functions<T>(x_i: T, y_j: T) -> [T; 10] {
        let q = x_i * y_j;
        let p = 1.5 + q;
        sum_j [exp(q), log(p), sqrt(p), rsqrt(p), sin(q), sigmoid(q), clamp(q, -0.2, 0.3), min(q, 0.2 + x_i), max(q, y_j), p^q]
    }

    fn structured<T>(x_i: [T; 4], y_j: [T; 2]) -> [T; 5] {
        let m = reshape(x_i, [2, 2]);
        sum_j [m @ y_j, normalize(x_i[1..3]) * y_j[0], x_i[3] * |y_j|]
    }
}

/// The points and numbers that the formulas read.
struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    s: Vec<f64>,
    t: Vec<f64>,
    u: Vec<[f64; 3]>,
    v: Vec<[f64; 3]>,
    e: Vec<f64>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 1),
        y: cloud(N, 2),
        s: noise(M, 3),
        t: noise(N, 4),
        u: cloud(M, 6),
        v: cloud(N, 7),
        e: noise(M, 8),
    }
}

#[test]
fn of_matrices() {
    let Data { x, v, u, .. } = data();
    let e = u;
    let m = [[0.5, -1.0, 2.0], [3.0, 0.25, -0.125]];
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 3]>, m: &[[f64; 3]; 2], s: f64| {
        inner(&e, &bilinear(x, y, m, s).run().unwrap())
    };
    is_gradient(
        "x",
        &bilinear(&x, &v, &m, 0.4).grad_x(&e).run().unwrap(),
        &x,
        |x| f(x, &v, &m, 0.4),
    );
    is_gradient(
        "y",
        &bilinear(&x, &v, &m, 0.4).grad_y(&e).run().unwrap(),
        &v,
        |y| f(&x, y, &m, 0.4),
    );
    let g: [[f64; 3]; 2] = bilinear(&x, &v, m, 0.4).grad_m(&e).run().unwrap();
    is_gradient("m", &g, &m, |m| f(&x, &v, m, 0.4));
    is_gradient(
        "s",
        &bilinear(&x, &v, &m, 0.4).grad_s(&e).run().unwrap(),
        &0.4,
        |s| f(&x, &v, &m, *s),
    );
    let pairs = |a: Vec<[f64; 4]>| {
        a.iter()
            .map(|a| [[a[0], a[1]], [a[2], a[3]]])
            .collect::<Vec<_>>()
    };
    let (a, b, e) = (
        pairs(cloud(M, 41)),
        pairs(cloud(N, 42)),
        pairs(cloud(M, 43)),
    );
    let f =
        |a: &Vec<[[f64; 2]; 2]>, b: &Vec<[[f64; 2]; 2]>| inner(&e, &matrices(a, b).run().unwrap());
    is_gradient("a", &matrices(&a, &b).grad_a(&e).run().unwrap(), &a, |a| {
        f(a, &b)
    });
    is_gradient("b", &matrices(&a, &b).grad_b(&e).run().unwrap(), &b, |b| {
        f(&a, b)
    });
}

#[test]
fn of_branches_and_functions() {
    let Data { x, y, s, t, e, .. } = data();
    let f = |s: &Vec<f64>, t: &Vec<f64>| inner(&e, &branches(s, t).run().unwrap());
    is_gradient("s", &branches(&s, &t).grad_x(&e).run().unwrap(), &s, |s| {
        f(s, &t)
    });
    is_gradient("t", &branches(&s, &t).grad_y(&e).run().unwrap(), &t, |t| {
        f(&s, t)
    });
    let f = |s: &Vec<f64>, t: &Vec<f64>| inner(&e, &guarded(s, t).run().unwrap());
    is_gradient("s", &guarded(&s, &t).grad_x(&e).run().unwrap(), &s, |s| {
        f(s, &t)
    });
    is_gradient("t", &guarded(&s, &t).grad_y(&e).run().unwrap(), &t, |t| {
        f(&s, t)
    });
    let e: Vec<[f64; 10]> = cloud(M, 50);
    let f = |s: &Vec<f64>, t: &Vec<f64>| inner(&e, &functions(s, t).run().unwrap());
    is_gradient("s", &functions(&s, &t).grad_x(&e).run().unwrap(), &s, |s| {
        f(s, &t)
    });
    is_gradient("t", &functions(&s, &t).grad_y(&e).run().unwrap(), &t, |t| {
        f(&s, t)
    });
    let l: Vec<u32> = (0..M as u32).map(|i| i % 3).collect();
    let m: Vec<u32> = (0..N as u32).map(|i| i * 5 % 7).collect();
    let e = data().e;
    let f = |s: &Vec<f64>, t: &Vec<f64>| inner(&e, &classes(s, &l, t, &m).run().unwrap());
    is_gradient(
        "s",
        &classes(&s, &l, &t, &m).grad_x(&e).run().unwrap(),
        &s,
        |s| f(s, &t),
    );
    is_gradient(
        "t",
        &classes(&s, &l, &t, &m).vjp(&e).run().unwrap().y,
        &t,
        |t| f(&s, t),
    );
    let four: Vec<[f64; 4]> = cloud(M, 51);
    let e: Vec<[f64; 5]> = cloud(M, 52);
    let f = |x: &Vec<[f64; 4]>, y: &Vec<[f64; 2]>| inner(&e, &structured(x, y).run().unwrap());
    is_gradient(
        "x",
        &structured(&four, &y).grad_x(&e).run().unwrap(),
        &four,
        |x| f(x, &y),
    );
    is_gradient(
        "y",
        &structured(&four, &y).grad_y(&e).run().unwrap(),
        &y,
        |y| f(&four, y),
    );
    let e: Vec<[f64; 2]> = cloud(N, 53);
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, s: &Vec<f64>| {
        inner(&e, &overi(x, y, s).run().unwrap())
    };
    is_gradient("x", &overi(&x, &y, &s).grad_x(&e).run().unwrap(), &x, |x| {
        f(x, &y, &s)
    });
    is_gradient("y", &overi(&x, &y, &s).grad_y(&e).run().unwrap(), &y, |y| {
        f(&x, y, &s)
    });
    is_gradient("b", &overi(&x, &y, &s).grad_b(&e).run().unwrap(), &s, |s| {
        f(&x, &y, s)
    });
}
