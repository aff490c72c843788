//! Derivatives inside of formulas, and gradients of gradients.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::keops;
use keops_tests::{agree, cloud, inner, is_gradient, noise};

const M: usize = 7;
const N: usize = 70;

keops! {
    fn inner_grad<T>(x_i: [T; 2], y_j: [T; 2], p_j: [T; 2]) -> T {
        let k = exp(-|x_i - y_j|^2);
        sum_j dot(grad(k, x_i), p_j)
    }

    fn operators<T>(x_i: [T; 2], y_j: [T; 2], u_i: [T; 2]) -> (T, T, [T; 2], T) {
        let k = exp(-|x_i - y_j|^2 / 2);
        (sum_j laplacian(k, x_i), sum_j divergence(k * y_j, x_i), sum_j vjp(k * y_j, x_i, u_i), sum_j jvp(k, x_i, u_i))
    }

    #[keops(order = 2)]
    fn second<T>(x_i: [T; 2], y_j: [T; 2], b_j: T, gamma: T) -> T {
        sum_j exp(-gamma * |x_i - y_j|^2) * b_j
    }

    #[keops(order = 2)]
    fn second_lse<T>(x_i: [T; 2], y_j: [T; 2]) -> T { logsumexp_j(-|x_i - y_j|^2) }
}

/// The points and numbers that the formulas read.
struct Data {
    x: Vec<[f64; 2]>,
    y: Vec<[f64; 2]>,
    b: Vec<f64>,
    e: Vec<f64>,
    e2: Vec<[f64; 2]>,
}

fn data() -> Data {
    Data {
        x: cloud(M, 1),
        y: cloud(N, 2),
        b: noise(N, 5),
        e: noise(M, 8),
        e2: cloud(M, 9),
    }
}

#[test]
fn inside_formulas() {
    let Data { x, y, e, e2, .. } = data();
    let p: Vec<[f64; 2]> = cloud(N, 60);
    let d = |i: usize, j: usize| [x[i][0] - y[j][0], x[i][1] - y[j][1]];
    let sum = |f: &dyn Fn(usize, usize) -> f64| {
        (0..M)
            .map(|i| (0..N).map(|j| f(i, j)).sum::<f64>())
            .collect::<Vec<_>>()
    };
    let want = sum(&|i, j| {
        let d = d(i, j);
        -2.0 * (d[0] * p[j][0] + d[1] * p[j][1]) * (-d[0] * d[0] - d[1] * d[1]).exp()
    });
    agree("grad", &inner_grad(&x, &y, &p).run().unwrap(), &want, 1e-12);
    let f = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, p: &Vec<[f64; 2]>| {
        inner(&e, &inner_grad(x, y, p).run().unwrap())
    };
    is_gradient(
        "x",
        &inner_grad(&x, &y, &p).grad_x(&e).run().unwrap(),
        &x,
        |x| f(x, &y, &p),
    );
    is_gradient(
        "y",
        &inner_grad(&x, &y, &p).grad_y(&e).run().unwrap(),
        &y,
        |y| f(&x, y, &p),
    );
    is_gradient(
        "p",
        &inner_grad(&x, &y, &p).grad_p(&e).run().unwrap(),
        &p,
        |p| f(&x, &y, p),
    );
    let u = &e2;
    let (lap, div, vjp, jvp) = operators(&x, &y, u).run().unwrap();
    let k = |i: usize, j: usize| {
        let d = d(i, j);
        (-(d[0] * d[0] + d[1] * d[1]) / 2.0).exp()
    };
    agree(
        "laplacian",
        &lap,
        &sum(&|i, j| {
            let d = d(i, j);
            (d[0] * d[0] + d[1] * d[1] - 2.0) * k(i, j)
        }),
        1e-12,
    );
    agree(
        "divergence",
        &div,
        &sum(&|i, j| {
            let d = d(i, j);
            -(d[0] * y[j][0] + d[1] * y[j][1]) * k(i, j)
        }),
        1e-12,
    );
    agree(
        "jvp",
        &jvp,
        &sum(&|i, j| {
            let d = d(i, j);
            -(d[0] * u[i][0] + d[1] * u[i][1]) * k(i, j)
        }),
        1e-12,
    );
    for c in 0..2 {
        let got: Vec<f64> = vjp.iter().map(|v| v[c]).collect();
        agree(
            "vjp",
            &got,
            &sum(&|i, j| -d(i, j)[c] * k(i, j) * (y[j][0] * u[i][0] + y[j][1] * u[i][1])),
            1e-12,
        );
    }
    let f = |x: &Vec<[f64; 2]>| {
        let (a, b, c, d) = operators(x, &y, u).run().unwrap();
        inner(&e, &a) + inner(&e, &b) + inner(&e2, &c) + inner(&e, &d)
    };
    is_gradient(
        "operators",
        &operators(&x, &y, u)
            .grad_x((&e, &e, &e2, &e))
            .run()
            .unwrap(),
        &x,
        f,
    );
}

#[test]
fn second_order() {
    let Data { x, y, b, e, e2, .. } = data();
    let g = 0.6;
    // The energy E = Σ_i h_i · grad_x(e)_i
    let h = e2;
    let first = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, b: &Vec<f64>, g: f64, e: &Vec<f64>| {
        inner(&h, &second(x, y, b, g).grad_x(e).run().unwrap())
    };
    let call = second(&x, &y, &b, g).grad_x(&e);
    is_gradient("xx", &call.grad_x(&h).run().unwrap(), &x, |x| {
        first(x, &y, &b, g, &e)
    });
    is_gradient("xy", &call.grad_y(&h).run().unwrap(), &y, |y| {
        first(&x, y, &b, g, &e)
    });
    is_gradient("xb", &call.grad_b(&h).run().unwrap(), &b, |b| {
        first(&x, &y, b, g, &e)
    });
    is_gradient("xg", &call.grad_gamma(&h).run().unwrap(), &g, |g| {
        first(&x, &y, &b, *g, &e)
    });
    is_gradient("xe", &call.grad_e(&h).run().unwrap(), &e, |e| {
        first(&x, &y, &b, g, e)
    });
    let hy: Vec<[f64; 2]> = cloud(N, 70);
    let first = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>| {
        inner(&hy, &second_lse(x, y).grad_y(&e).run().unwrap())
    };
    let call = second_lse(&x, &y).grad_y(&e);
    is_gradient("lse yx", &call.grad_x(&hy).run().unwrap(), &x, |x| {
        first(x, &y)
    });
    is_gradient("lse yy", &call.grad_y(&hy).run().unwrap(), &y, |y| {
        first(&x, y)
    });
    // The gradient of a parameter, differentiated: its cotangent is one value.
    let dg = |x: &Vec<[f64; 2]>| second(x, &y, &b, g).grad_gamma(&e).run().unwrap() * 2.0;
    is_gradient(
        "gx",
        &second(&x, &y, &b, g)
            .grad_gamma(&e)
            .grad_x(2.0)
            .run()
            .unwrap(),
        &x,
        dg,
    );
}
