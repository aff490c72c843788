//! Complex numbers: rows, parameters, results and gradients, against `num-complex` and differences.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{Complex, every, keops};
use keops_tests::{Flat, agree, cloud, inner, is_gradient, noise};

const M: usize = 9;
const N: usize = 70;

type C = Complex<f64>;

keops! {
    /// A sum of point sources in the plane.
    #[keops(order = 2)]
    fn field<T>(x_i: [T; 2], y_j: [T; 2], q_j: Complex<T>, k: T) -> Complex<T> {
        let r = |x_i - y_j| + 0.2;
        sum_j cis(k * r) * q_j / r
    }

    fn mobius<T>(z_i: Complex<T>, w_j: Complex<T>, m: [[Complex<T>; 2]; 2]) -> (Complex<T>, T) {
        let u = (m[0, 0] * z_i + w_j) / (m[1, 0] * w_j + m[1, 1]);
        (sum_j u, sum_j |u|^2)
    }

    fn vectors<T>(u_i: [Complex<T>; 3], v_j: [Complex<T>; 3]) -> [Complex<T>; 3] {
        sum_j dot(conj(u_i), v_j) * v_j
    }

    fn guarded<T>(z_i: Complex<T>, w_j: Complex<T>) -> Complex<T> {
        sum_j if |w_j| > 0 { z_i / w_j } else { 0 }
    }

    fn kernel<T>(z_i: Complex<T>, w_j: Complex<T>) -> Matrix<T> { exp(-|z_i - w_j|^2) }

    fn quotient<T>(z_i: Complex<T>, w_j: Complex<T>) -> (Complex<T>, T) {
        (sum_j z_i / w_j, sum_j |w_j|)
    }
}

fn points(count: usize, seed: u64) -> Vec<C> {
    let parts: Vec<[f64; 2]> = cloud(count, seed);
    parts.iter().map(|p| Complex::new(p[0], p[1])).collect()
}

/// e^z, of the real functions: `num-complex` has its own with a feature.
fn exp(z: C) -> C {
    C::new(z.im.cos(), z.im.sin()) * z.re.exp()
}

fn sum(term: impl Fn(usize, usize) -> C) -> Vec<C> {
    let row = |i| {
        (0..N)
            .map(|j| term(i, j))
            .fold(C::new(0.0, 0.0), |a, b| a + b)
    };
    (0..M).map(row).collect()
}

#[test]
fn waves() {
    let (x, y): (Vec<[f64; 2]>, Vec<[f64; 2]>) = (cloud(M, 1), cloud(N, 2));
    let (q, e, k) = (points(N, 3), points(M, 4), 2.5);
    let r = |i: usize, j: usize| (x[i][0] - y[j][0]).hypot(x[i][1] - y[j][1]) + 0.2;
    let want = sum(|i, j| exp(C::new(0.0, k * r(i, j))) * q[j] / r(i, j));
    let call = field(&x, &y, &q, k);
    agree("value", &call.run().unwrap(), &want, 1e-12);
    let mut into = vec![C::new(0.0, 0.0); M];
    call.run_into(&mut into).unwrap();
    assert_eq!(into, call.run().unwrap());

    // In f32, and in chunks of rows.
    let single = |z: &[C]| -> Vec<Complex<f32>> {
        z.iter()
            .map(|z| Complex::new(z.re as f32, z.im as f32))
            .collect()
    };
    let narrow =
        |x: &[[f64; 2]]| -> Vec<[f32; 2]> { x.iter().map(|x| x.map(|x| x as f32)).collect() };
    let found = field(&narrow(&x), &narrow(&y), &single(&q), k as f32)
        .run()
        .unwrap();
    let found: Vec<C> = found
        .iter()
        .map(|z| C::new(z.re.into(), z.im.into()))
        .collect();
    agree("f32", &found, &want, 1e-4);

    let f = |x: &Vec<[f64; 2]>, q: &Vec<C>, k: f64| inner(&e, &field(x, &y, q, k).run().unwrap());
    is_gradient("x", &call.grad_x(&e).run().unwrap(), &x, |x| f(x, &q, k));
    is_gradient("q", &call.grad_q(&e).run().unwrap(), &q, |q| f(&x, q, k));
    is_gradient("k", &call.grad_k(&e).run().unwrap(), &k, |k| f(&x, &q, *k));
    let all = call.vjp(&e).run().unwrap();
    assert_eq!(all.q, call.grad_q(&e).run().unwrap());

    // Forward mode, and the gradient of a gradient, against differences of these.
    let (dx, dy): (Vec<[f64; 2]>, Vec<[f64; 2]>) = (cloud(M, 5), cloud(N, 6));
    let (dq, dk) = (points(N, 7), 0.7);
    let change = call.jvp(&dx, &dy, &dq, dk).run().unwrap();
    let forward = inner(&change, &e);
    let reverse = inner(&all.x, &dx) + inner(&all.y, &dy) + inner(&all.q, &dq) + all.k * dk;
    agree("modes", &forward, &reverse, 1e-11);
    let e2 = points(N, 8);
    let g = |q: &Vec<C>, k: f64| inner(&e2, &field(&x, &y, q, k).grad_q(&e).run().unwrap());
    let second = call.grad_q(&e).grad_k(&e2).run().unwrap();
    is_gradient("q, k", &second, &k, |k| g(&q, *k));
    let by_e = call.grad_q(&e).grad_e(&e2).run().unwrap();
    is_gradient("q, e", &by_e, &e, |e| {
        inner(&e2, &call.grad_q(e).run().unwrap())
    });
}

#[test]
fn parameters_and_several_results() {
    let (z, w) = (points(M, 11), points(N, 12));
    let m = [
        [C::new(1.0, 2.0), C::new(0.0, 0.0)],
        [C::new(0.5, -0.25), C::new(3.0, 1.0)],
    ];
    let u = |i: usize, j: usize| (m[0][0] * z[i] + w[j]) / (m[1][0] * w[j] + m[1][1]);
    let (a, b) = mobius(&z, &w, m).run().unwrap();
    agree("a", &a, &sum(u), 1e-12);
    agree(
        "b",
        &b,
        &keops_tests::sum(M, N, |i, j| u(i, j).norm_sqr()),
        1e-12,
    );
    let (e, f) = (points(M, 13), noise(M, 14));
    let all = mobius(&z, &w, m).vjp((&e, &f)).run().unwrap();
    let loss = |z: &Vec<C>, w: &Vec<C>, m: &[[C; 2]; 2]| {
        let (a, b) = mobius(z, w, m).run().unwrap();
        inner(&e, &a) + inner(&f, &b)
    };
    is_gradient("z", &all.z, &z, |z| loss(z, &w, &m));
    is_gradient("w", &all.w, &w, |w| loss(&z, w, &m));
    is_gradient("m", &all.m, &m, |m| loss(&z, &w, m));
}

#[test]
fn vectors_of_complex_numbers() {
    let rows =
        |count: usize, seed: u64| -> Vec<[C; 3]> { points(3 * count, seed).as_chunks().0.to_vec() };
    let (u, v, e) = (rows(M, 21), rows(N, 22), rows(M, 23));
    let dot = |i: usize, j: usize| -> C { (0..3).map(|k| u[i][k].conj() * v[j][k]).sum() };
    let found = vectors(&u, &v).run().unwrap();
    for k in 0..3 {
        let found: Vec<C> = found.iter().map(|row| row[k]).collect();
        agree("value", &found, &sum(|i, j| dot(i, j) * v[j][k]), 1e-12);
    }
    let f = |u: &Vec<[C; 3]>, v: &Vec<[C; 3]>| inner(&e, &vectors(u, v).run().unwrap());
    is_gradient("u", &vectors(&u, &v).grad_u(&e).run().unwrap(), &u, |u| {
        f(u, &v)
    });
    is_gradient("v", &vectors(&u, &v).grad_v(&e).run().unwrap(), &v, |v| {
        f(&u, v)
    });
    // One value for all rows, and rows of one shape of memory or another.
    let one = [C::new(1.0, -1.0); 3];
    let all = vectors(&u, &v).grad_u(every(one)).run().unwrap();
    assert_eq!(all, vectors(&u, &v).grad_u(&vec![one; M]).run().unwrap());
    let error = vectors(&u, &v)
        .grad_u(&e[1..])
        .run()
        .unwrap_err()
        .to_string();
    assert!(error.contains("`e`"), "{error}");
}

#[test]
fn inline_and_by_capture() {
    let (z, w) = (points(M, 31), points(N, 32));
    let c = C::new(0.0, 2.0);
    let found =
        keops!(sum_j exp(c * z_i) * w_j; z_i: Complex<f64>, w_j: Complex<f64>, c: Complex<f64>);
    agree(
        "inline",
        &found.run().unwrap(),
        &sum(|i, j| exp(c * z[i]) * w[j]),
        1e-12,
    );
}

#[test]
fn division_and_moduli_do_not_overflow() {
    let run = |z: C, w: C| {
        let (q, r) = quotient(&[z], &[w]).run().unwrap();
        (q[0], r[0])
    };
    let (large, small) = (1e300, 1e-300);
    let (q, r) = run(C::new(large, large), C::new(large, large));
    assert_eq!((q, r), (C::new(1.0, 0.0), 2f64.sqrt() * large));
    let (q, r) = run(C::new(small, 0.0), C::new(0.0, small));
    agree("i", &q, &C::new(0.0, -1.0), 1e-15);
    assert_eq!(r, small);
    // An infinite divisor; a divisor 0 is NaN, as 0/0.
    let (q, r) = run(C::new(1.0, 1.0), C::new(f64::INFINITY, 0.0));
    assert_eq!((q, r), (C::new(0.0, 0.0), f64::INFINITY));
    let (q, r) = run(C::new(1.0, 1.0), C::new(0.0, 0.0));
    assert!(q.re.is_nan() && q.im.is_nan());
    assert_eq!(r, 0.0);
    assert_eq!(
        run(C::new(0.0, 0.0), C::new(f64::INFINITY, f64::INFINITY)).1,
        f64::INFINITY
    );
    let (q, r) = run(C::new(1.0, 0.0), C::new(f64::NAN, 0.0));
    assert!(q.re.is_nan() && r.is_nan());
    // The gradient of a modulus is 0 at 0, and that of a quotient does not overflow.
    let w = [C::new(0.0, 0.0)];
    let nothing: [C; 0] = [];
    let none = quotient(&nothing, &w).grad_w((&nothing, &[0.0; 0]));
    assert_eq!(none.run().unwrap(), w);
    let z = [C::new(large, 0.0)];
    let big = [C::new(large, large)];
    let g = quotient(&z, &big)
        .grad_z((every(C::new(1.0, 0.0)), every(0.0)))
        .run()
        .unwrap();
    for part in g.flat() {
        assert!((part * large - 0.5).abs() < 1e-15, "{part}");
    }
}

#[test]
fn a_branch_not_taken_does_not_reach_the_gradient() {
    let (z, e) = (points(M, 41), points(M, 42));
    let mut w = points(N, 43);
    w[3] = C::new(0.0, 0.0);
    let term = |i: usize, j: usize| if j == 3 { w[j] } else { z[i] / w[j] };
    agree("value", &guarded(&z, &w).run().unwrap(), &sum(term), 1e-12);
    let found = guarded(&z, &w).grad_w(&e).run().unwrap();
    assert_eq!(found[3], C::new(0.0, 0.0));
    assert!(found.iter().all(|g| g.re.is_finite() && g.im.is_finite()));
}

#[test]
fn a_kernel_matrix_of_complex_points() {
    let (z, w, v, e) = (points(M, 51), points(N, 52), noise(N, 53), noise(M, 54));
    let product = kernel(&z, &w).matvec(&v);
    let want = keops_tests::sum(M, N, |i, j| (-(z[i] - w[j]).norm_sqr()).exp() * v[j]);
    agree("value", &product.run().unwrap(), &want, 1e-12);
    let f = |z: &Vec<C>| inner(&e, &kernel(z, &w).matvec(&v).run().unwrap());
    is_gradient("z", &product.grad_z(&e).run().unwrap(), &z, f);
}
