//! Gradients of sums, logarithms of sums, selections and epilogues, against differences.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{every, keops};
use keops_tests::{agree, cloud, inner, is_gradient, noise};

const M: usize = 7;
const N: usize = 70;
const TOL: f64 = 1e-7;

keops! {
    fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T {
        sum_j exp(-gamma * |x_i - y_j|^2) * b_j
    }

    fn lse<T>(x_i: [T; 2], y_j: [T; 2], v: [T; 2]) -> T { logsumexp_j(dot(v * x_i, y_j)) }

    fn lsew<T>(x_i: [T; 2], y_j: [T; 2], w_j: [T; 2]) -> [T; 2] { logsumexp_j(dot(x_i, y_j), exp(w_j)) }

    fn weighted_mean<T>(x_i: [T; 2], y_j: [T; 2], v_j: [T; 2]) -> ([T; 2], T) {
        let k = exp(-|x_i - y_j|);
        let mass = sum_j k;
        ((sum_j k * v_j) / mass, log(mass))
    }

    fn least<T>(x_i: [T; 2], y_j: [T; 2], s: T) -> (T, u32) { min_argmin_j(s * |x_i - y_j|^2) }

    fn greatest<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { max_i(x_i * y_j) + y_j^2 }

    fn product<T>(x_i: [T; 2], y_j: [T; 2], c: T) -> T {
        let a = sum_j exp(-c * |x_i - y_j|^2);
        let b = min_j(|x_i - y_j|);
        a * b + c * log(1 + a)
    }
}

/// The points and numbers that the formulas read.
struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    b: Vec<f64>,
    u: Vec<[f64; 3]>,
    v: Vec<[f64; 3]>,
    e: Vec<f64>,
    e2: Vec<[f64; 2]>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 1),
        y: cloud(N, 2),
        b: noise(N, 5),
        u: cloud(M, 6),
        v: cloud(N, 7),
        e: noise(M, 8),
        e2: cloud(M, 9),
    }
}

#[test]
fn gaussian_every_argument() {
    let Data { u, v, b, e, .. } = data();
    let g = 0.7;
    let f = |u: &Vec<[f64; 3]>, v: &Vec<[f64; 3]>, b: &Vec<f64>, g: f64| {
        inner(&e, &gaussian(u, v, b, g).run().unwrap())
    };
    let gx = gaussian(&u, &v, &b, g).grad_x(&e).run().unwrap();
    let gy = gaussian(&u, &v, &b, g).grad_y(&e).run().unwrap();
    let gb = gaussian(&u, &v, &b, g).grad_b(&e).run().unwrap();
    let gg: f64 = gaussian(&u, &v, &b, g).grad_gamma(&e).run().unwrap();
    is_gradient("x", &gx, &u, |u| f(u, &v, &b, g));
    is_gradient("y", &gy, &v, |v| f(&u, v, &b, g));
    is_gradient("b", &gb, &b, |b| f(&u, &v, b, g));
    is_gradient("gamma", &gg, &g, |g| f(&u, &v, &b, *g));
    let all = gaussian(&u, &v, &b, g).vjp(&e).run().unwrap();
    agree("vjp x", &all.x, &gx, 1e-13);
    agree("vjp y", &all.y, &gy, 1e-13);
    agree("vjp b", &all.b, &gb, 1e-13);
    agree("vjp gamma", &all.gamma, &gg, 1e-13);
    let forward = gaussian(&u, &v, &b, g).forward();
    agree("forward x", &forward.grad_x(&e).run().unwrap(), &gx, 1e-13);
    let ones = gaussian(&u, &v, &b, g).grad_x(every(1.0)).run().unwrap();
    agree(
        "every",
        &ones,
        &gaussian(&u, &v, &b, g).grad_x(&vec![1.0; M]).run().unwrap(),
        1e-14,
    );
    // Forward mode.
    let (du, dv, db, dg) = (cloud::<3>(M, 21), cloud::<3>(N, 22), noise(N, 23), 0.3);
    let tangent = gaussian(&u, &v, &b, g)
        .jvp(&du, &dv, &db, dg)
        .run()
        .unwrap();
    let h = 1e-5;
    let at = |h: f64| {
        let step3 = |a: &[[f64; 3]], d: &[[f64; 3]]| {
            a.iter()
                .zip(d)
                .map(|(a, d)| [0, 1, 2].map(|k: usize| a[k] + h * d[k]))
                .collect::<Vec<_>>()
        };
        let b2: Vec<f64> = b.iter().zip(&db).map(|(a, d)| a + h * d).collect();
        gaussian(&step3(&u, &du), &step3(&v, &dv), &b2, g + h * dg)
            .run()
            .unwrap()
    };
    let want: Vec<f64> = at(h)
        .iter()
        .zip(at(-h))
        .map(|(a, b)| (a - b) / (2.0 * h))
        .collect();
    agree("jvp", &tangent, &want, TOL);
    agree(
        "transposed",
        &inner(&tangent, &e),
        &(inner(&du, &gx) + inner(&dv, &gy) + inner(&db, &gb) + dg * gg),
        1e-10,
    );
}

#[test]
fn through_logsumexp() {
    let Data { x, y, e, e2, .. } = data();
    let p = [0.5, 2.0];
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, p: &[f64; 2]| {
        inner(&e, &lse(x, y, p).run().unwrap())
    };
    is_gradient("x", &lse(&x, &y, p).grad_x(&e).run().unwrap(), &x, |x| {
        f(x, &y, &p)
    });
    is_gradient("y", &lse(&x, &y, p).grad_y(&e).run().unwrap(), &y, |y| {
        f(&x, y, &p)
    });
    let gv: [f64; 2] = lse(&x, &y, p).grad_v(&e).run().unwrap();
    is_gradient("v", &gv, &p, |p| f(&x, &y, p));
    let w: Vec<[f64; 2]> = cloud(N, 30);
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, w: &Vec<[f64; 2]>| {
        inner(&e2, &lsew(x, y, w).run().unwrap())
    };
    is_gradient("x", &lsew(&x, &y, &w).grad_x(&e2).run().unwrap(), &x, |x| {
        f(x, &y, &w)
    });
    is_gradient("y", &lsew(&x, &y, &w).grad_y(&e2).run().unwrap(), &y, |y| {
        f(&x, y, &w)
    });
    is_gradient("w", &lsew(&x, &y, &w).grad_w(&e2).run().unwrap(), &w, |w| {
        f(&x, &y, w)
    });
    let call = lse(&x, &y, p).forward();
    agree("forward v", &call.grad_v(&e).run().unwrap(), &gv, 1e-13);
}

#[test]
fn tuples_and_epilogues() {
    let Data { x, y, e, e2, .. } = data();
    let v: Vec<[f64; 2]> = cloud(N, 31);
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, v: &Vec<[f64; 2]>| {
        let (a, b) = weighted_mean(x, y, v).run().unwrap();
        inner(&e2, &a) + inner(&e, &b)
    };
    is_gradient(
        "x",
        &weighted_mean(&x, &y, &v).grad_x((&e2, &e)).run().unwrap(),
        &x,
        |x| f(x, &y, &v),
    );
    is_gradient(
        "y",
        &weighted_mean(&x, &y, &v).grad_y((&e2, &e)).run().unwrap(),
        &y,
        |y| f(&x, y, &v),
    );
    is_gradient(
        "v",
        &weighted_mean(&x, &y, &v).grad_v((&e2, &e)).run().unwrap(),
        &v,
        |v| f(&x, &y, v),
    );
    is_gradient(
        "v",
        &weighted_mean(&x, &y, &v)
            .grad_v((&e2, every(0.0)))
            .run()
            .unwrap(),
        &v,
        |v| inner(&e2, &weighted_mean(&x, &y, v).run().unwrap().0),
    );
    let all = weighted_mean(&x, &y, &v).vjp((&e2, &e)).run().unwrap();
    is_gradient("all y", &all.y, &y, |y| f(&x, y, &v));
    let saved = weighted_mean(&x, &y, &v).forward();
    is_gradient(
        "saved y",
        &saved.grad_y((&e2, &e)).run().unwrap(),
        &y,
        |y| f(&x, y, &v),
    );
    is_gradient(
        "saved all",
        &saved.vjp((&e2, &e)).run().unwrap().x,
        &x,
        |x| f(x, &y, &v),
    );

    let c = 0.8;
    let f =
        |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, c: f64| inner(&e, &product(x, y, c).run().unwrap());
    is_gradient(
        "x",
        &product(&x, &y, c).grad_x(&e).run().unwrap(),
        &x,
        |x| f(x, &y, c),
    );
    is_gradient(
        "y",
        &product(&x, &y, c).grad_y(&e).run().unwrap(),
        &y,
        |y| f(&x, y, c),
    );
    is_gradient(
        "c",
        &product(&x, &y, c).grad_c(&e).run().unwrap(),
        &c,
        |c| f(&x, &y, *c),
    );
}

#[test]
fn through_selections() {
    let Data { x, y, e, .. } = data();
    let c = 1.3;
    let f =
        |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, s: f64| inner(&e, &least(x, y, s).run().unwrap().0);
    is_gradient("x", &least(&x, &y, c).grad_x(&e).run().unwrap(), &x, |x| {
        f(x, &y, c)
    });
    is_gradient("y", &least(&x, &y, c).grad_y(&e).run().unwrap(), &y, |y| {
        f(&x, y, c)
    });
    is_gradient("s", &least(&x, &y, c).grad_s(&e).run().unwrap(), &c, |c| {
        f(&x, &y, *c)
    });
    let e: Vec<[f64; 2]> = cloud(N, 40);
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>| inner(&e, &greatest(x, y).run().unwrap());
    is_gradient("x", &greatest(&x, &y).grad_x(&e).run().unwrap(), &x, |x| {
        f(x, &y)
    });
    is_gradient("y", &greatest(&x, &y).grad_y(&e).run().unwrap(), &y, |y| {
        f(&x, y)
    });
}
