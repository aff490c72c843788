//! Formulas from the macro to numbers, against plain loops in f64.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

use keops::{Device, every, keops};
use keops_tests::{Random, close};

keops! {
    /// Gaussian-weighted sum.
    pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T {
        let d2 = |x_i - y_j|^2;
        sum_j exp(-gamma * d2) * b_j
    }

    fn stats<T>(x_i: [T; 2], y_j: [T; 2], v_j: [T; 2]) -> (T, [T; 2], u32) {
        let k = exp(-|x_i - y_j|^2);
        (log(sum_j k), sum_j k * v_j, argmin_j(|x_i - y_j|^2))
    }

    fn smooth<T>(x_i: T, y_j: T, v_j: T) -> T {
        let k = exp(-(x_i - y_j)^2);
        sum_j k * v_j / sum_j k
    }

    fn softmin<T>(x_i: [T; 2], y_j: [T; 2]) -> T { -logsumexp_j(-|x_i - y_j|^2) }

    fn nearest<T>(x_i: [T; 2], y_j: [T; 2]) -> T { min_j(|x_i - y_j|^2) }

    fn same<T>(x_i: T, y_j: T, l_i: u32, m_j: u32) -> T {
        sum_j if l_i == m_j { x_i * y_j } else { 0 }
    }

    fn transport<T>(x_i: [T; 2], m_j: [[T; 2]; 3], s: [T; 3]) -> T { sum_j dot(s, m_j @ x_i) }

    #[keops(order = 2)]
    fn energy<T>(x_i: [T; 2], y_j: [T; 2], s: T) -> T { sum_j exp(-s * |x_i - y_j|^2) }

    #[keops(order = 2)]
    fn wide<T>(x_i: [T; 20], y_j: T, w: [T; 20], l: [u32; 20]) -> T {
        sum_j dot(w, x_i) * y_j * if l[19] == 7 { 1 } else { 0 }
    }

    fn rbf<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { exp(-|x_i - y_j|^2) }

    fn single(x_i: [f32; 3], y_j: [f32; 3]) -> f32 { sum_j |x_i - y_j| }
}

type Rows<const N: usize> = Vec<[f64; N]>;

struct Clouds {
    x: Rows<3>,
    y: Rows<3>,
    b: Vec<f64>,
    e: Vec<f64>,
}

fn clouds(m: usize, n: usize) -> Clouds {
    let mut random = Random::new(7);
    Clouds {
        x: random.rows(m),
        y: random.rows(n),
        b: random.numbers(n),
        e: random.numbers(m),
    }
}

fn square<const N: usize>(x: &[f64; N], y: &[f64; N]) -> f64 {
    (0..N).map(|k| (x[k] - y[k]).powi(2)).sum()
}

#[test]
fn a_gaussian_sum_and_its_gradients() {
    for (m, n) in [(1, 1), (7, 130), (65, 64), (300, 17)] {
        let Clouds { x, y, b, e } = clouds(m, n);
        let gamma = 0.7;
        let call = gaussian(&x, &y, &b, gamma);
        let k = |i: usize, j: usize| (-gamma * square(&x[i], &y[j])).exp();
        let value: Vec<f64> = (0..m)
            .map(|i| (0..n).map(|j| k(i, j) * b[j]).sum())
            .collect();
        close(&call.run().unwrap(), &value, 1e-13);
        let (mut gx, mut gy) = (vec![[0.0; 3]; m], vec![[0.0; 3]; n]);
        let (mut gb, mut gg) = (vec![0.0; n], 0.0);
        for i in 0..m {
            for j in 0..n {
                let w = e[i] * k(i, j);
                for d in 0..3 {
                    let change = -2.0 * gamma * w * b[j] * (x[i][d] - y[j][d]);
                    gx[i][d] += change;
                    gy[j][d] -= change;
                }
                gb[j] += w;
                gg -= w * b[j] * square(&x[i], &y[j]);
            }
        }
        close(
            call.grad_x(&e).run().unwrap().as_flattened(),
            gx.as_flattened(),
            1e-12,
        );
        close(
            call.grad_y(&e).run().unwrap().as_flattened(),
            gy.as_flattened(),
            1e-12,
        );
        close(&call.grad_b(&e).run().unwrap(), &gb, 1e-12);
        close(&[call.grad_gamma(&e).run().unwrap()], &[gg], 1e-12);
        let all = call.vjp(&e).run().unwrap();
        close(all.x.as_flattened(), gx.as_flattened(), 1e-12);
        close(all.y.as_flattened(), gy.as_flattened(), 1e-12);
        close(&all.b, &gb, 1e-12);
        close(&[all.gamma], &[gg], 1e-12);
        assert_eq!(all, all.clone());
        // Forward mode is the adjoint of reverse mode.
        let mut random = Random::new(8);
        let (dx, dy, db, dg) = (random.rows(m), random.rows(n), random.numbers(n), 0.3);
        let change: f64 = call
            .jvp(&dx, &dy, &db, dg)
            .run()
            .unwrap()
            .iter()
            .zip(&e)
            .map(|(a, e)| a * e)
            .sum();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let other = dot(gx.as_flattened(), dx.as_flattened())
            + dot(gy.as_flattened(), dy.as_flattened())
            + dot(&gb, &db)
            + gg * dg;
        close(&[change], &[other], 1e-12);
    }
}

#[test]
fn single_precision_and_memory_of_the_caller() {
    let (x, y) = (
        [[0.5f32, 0.0, 1.0], [1.0, 1.0, 1.0]],
        [[0.5f32, 0.0, 1.5], [0.0; 3]],
    );
    let b = [2.0f32, -1.0];
    let mut out = [0.0f32; 2];
    gaussian(&x, &y, &b, 0.5).run_into(&mut out).unwrap();
    assert_eq!(out.to_vec(), gaussian(&x, &y, &b, 0.5).run().unwrap());
    let expected = 2.0 * (-0.125f32).exp() - (-0.625f32).exp();
    assert!((out[0] - expected).abs() < 1e-6);
    let distances = single(&x, &y).run().unwrap();
    assert!((distances[0] - 0.5 - 1.25f32.sqrt()).abs() < 1e-6);
    let mut all = (vec![[0.0; 3]; 2], vec![[0.0; 3]; 2], vec![0.0; 2], 0.0);
    let into = (&mut all.0[..], &mut all.1[..], &mut all.2[..], &mut all.3);
    gaussian(&x, &y, &b, 0.5)
        .vjp(every(1.0))
        .run_into(into)
        .unwrap();
    assert_eq!(
        all.3,
        gaussian(&x, &y, &b, 0.5)
            .grad_gamma(every(1.0))
            .run()
            .unwrap()
    );
}

#[test]
fn a_tuple_and_its_cotangents() {
    let (x, y) = (clouds(5, 9).x, clouds(5, 9).y);
    let cut = |rows: &Rows<3>| -> Rows<2> { rows.iter().map(|r| [r[0], r[1]]).collect() };
    let (x, y) = (cut(&x), cut(&y));
    let v: Rows<2> = Random::new(3).rows(9);
    let (mass, sum, index) = stats(&x, &y, &v).run().unwrap();
    for i in 0..5 {
        let k: Vec<f64> = y.iter().map(|y| (-square(&x[i], y)).exp()).collect();
        close(&[mass[i]], &[k.iter().sum::<f64>().ln()], 1e-13);
        let first: f64 = k.iter().zip(&v).map(|(k, v)| k * v[0]).sum();
        close(&[sum[i][0]], &[first], 1e-13);
        let nearest = (0..9).max_by(|&a, &b| k[a].total_cmp(&k[b])).unwrap();
        assert_eq!(index[i], nearest as u32);
    }
    let (e, f): (Vec<f64>, Rows<2>) = (Random::new(4).numbers(5), Random::new(5).rows(5));
    let weighted = |x: &Rows<2>| {
        let (a, b, _) = stats(x, &y, &v).run().unwrap();
        let terms = (0..5).map(|i| a[i] * e[i] + b[i][0] * f[i][0] + b[i][1] * f[i][1]);
        terms.sum::<f64>()
    };
    let gradient = stats(&x, &y, &v).grad_x((&e, &f)).run().unwrap();
    close(gradient.as_flattened(), &slopes(&x, weighted), 1e-7);
}

/// The gradient by finite differences.
fn slopes<const N: usize>(x: &Rows<N>, value: impl Fn(&Rows<N>) -> f64) -> Vec<f64> {
    let at = |i: usize, d: usize, h: f64| {
        let mut x = x.clone();
        x[i][d] += h;
        value(&x)
    };
    let slope = |i, d| (at(i, d, 1e-5) - at(i, d, -1e-5)) / 2e-5;
    (0..x.len())
        .flat_map(|i| (0..N).map(move |d| (i, d)))
        .map(|(i, d)| slope(i, d))
        .collect()
}

#[test]
fn forward_keeps_what_gradients_need() {
    let mut random = Random::new(11);
    let (x, y, v): (Vec<f64>, Vec<f64>, Vec<f64>) =
        (random.numbers(70), random.numbers(90), random.numbers(90));
    let e = random.numbers(70);
    let call = smooth(&x, &y, &v);
    let forward = call.forward();
    // A gradient may be first: it computes what is kept.
    let gx = forward.grad_x(&e).run().unwrap();
    close(&gx, &call.grad_x(&e).run().unwrap(), 1e-13);
    close(&forward.run().unwrap(), &call.run().unwrap(), 1e-14);
    close(
        &forward.grad_y(&e).run().unwrap(),
        &call.grad_y(&e).run().unwrap(),
        1e-13,
    );
    let (kept, all) = (forward.vjp(&e).run().unwrap(), call.vjp(&e).run().unwrap());
    close(&kept.y, &all.y, 1e-13);
    close(&kept.v, &all.v, 1e-13);
    let weighted = |y: &Rows<1>| {
        let y: Vec<f64> = y.iter().map(|y| y[0]).collect();
        let a = smooth(&x, &y, &v).run().unwrap();
        a.iter().zip(&e).map(|(a, e)| a * e).sum::<f64>()
    };
    let rows: Rows<1> = y.iter().map(|&y| [y]).collect();
    close(&all.y, &slopes(&rows, weighted), 1e-7);
}

#[test]
fn gradients_of_a_logarithm_and_of_a_minimum() {
    let (x, y): (Rows<2>, Rows<2>) = (Random::new(21).rows(6), Random::new(22).rows(8));
    let e = Random::new(23).numbers(6);
    let sum = |a: Vec<f64>| a.iter().zip(&e).map(|(a, e)| a * e).sum::<f64>();
    for forward in [false, true] {
        let (a, b) = (softmin(&x, &y), nearest(&x, &y));
        let (fa, fb) = (a.forward(), b.forward());
        let [gx, gy, hx, hy] = if forward {
            [
                fa.grad_x(&e).run().unwrap(),
                fa.grad_y(&e).run().unwrap(),
                fb.grad_x(&e).run().unwrap(),
                fb.grad_y(&e).run().unwrap(),
            ]
        } else {
            [
                a.grad_x(&e).run().unwrap(),
                a.grad_y(&e).run().unwrap(),
                b.grad_x(&e).run().unwrap(),
                b.grad_y(&e).run().unwrap(),
            ]
        };
        close(
            gx.as_flattened(),
            &slopes(&x, |x| sum(softmin(x, &y).run().unwrap())),
            1e-7,
        );
        close(
            gy.as_flattened(),
            &slopes(&y, |y| sum(softmin(&x, y).run().unwrap())),
            1e-7,
        );
        close(
            hx.as_flattened(),
            &slopes(&x, |x| sum(nearest(x, &y).run().unwrap())),
            1e-7,
        );
        close(
            hy.as_flattened(),
            &slopes(&y, |y| sum(nearest(&x, y).run().unwrap())),
            1e-7,
        );
    }
}

#[test]
fn labels_and_matrices() {
    let (x, y) = ([2.0, 3.0, 5.0], [7.0, 11.0]);
    let (l, m) = ([1u32, 2, u32::MAX], [2u32, u32::MAX]);
    assert_eq!(same(&x, &y, &l, &m).run().unwrap(), [0.0, 21.0, 55.0]);
    assert_eq!(
        same(&x, &y, &l, &m).grad_x(every(1.0)).run().unwrap(),
        [0.0, 7.0, 11.0]
    );
    let matrices = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]];
    let points = [[1.0, 1.0], [0.0, 2.0]];
    let a = transport(&points, &matrices, [1.0, 10.0, 100.0])
        .run()
        .unwrap();
    assert_eq!(a, [1173.0, 1284.0]);
    let g = transport(&points, &matrices, [1.0, 10.0, 100.0])
        .grad_s(every(1.0))
        .run()
        .unwrap();
    assert_eq!(g, [3.0 + 4.0, 7.0 + 8.0, 11.0 + 12.0]);
    let g = transport(&points, &matrices, [1.0, 10.0, 100.0])
        .grad_m(every(1.0))
        .run()
        .unwrap();
    assert_eq!(g, [[[1.0, 3.0], [10.0, 30.0], [100.0, 300.0]]]);
}

#[test]
fn parameters_may_be_wide() {
    let (x, y): (Rows<20>, Vec<f64>) = (Random::new(41).rows(3), Random::new(42).numbers(4));
    let (w, mut l) = (Random::new(43).rows::<20>(1)[0], [0; 20]);
    let total: f64 = y.iter().sum();
    let dot = |a: &[f64; 20], b: &[f64; 20]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    assert_eq!(wide(&x, &y, w, l).run().unwrap(), [0.0; 3]);
    l[19] = 7;
    let call = wide(&x, &y, w, l);
    let value: Vec<f64> = x.iter().map(|x| dot(x, &w) * total).collect();
    close(&call.run().unwrap(), &value, 1e-13);
    close(&call.partial(0).unwrap().finish().unwrap(), &value, 1e-13);
    let e = [1.0, -2.0, 0.5];
    let by_w: [f64; 20] = call.grad_w(&e).run().unwrap();
    let expected: Vec<f64> = (0..20)
        .map(|d| (0..3).map(|i| e[i] * x[i][d] * total).sum())
        .collect();
    close(&by_w, &expected, 1e-13);
    let dx: Rows<20> = vec![[0.0; 20]; 3];
    let change = call.jvp(&dx, every(0.0), w).run().unwrap();
    close(&change, &value, 1e-13);
    // The cotangent of a wide gradient is wide.
    let mixed = call.grad_w(&e).grad_e(w).run().unwrap();
    close(&mixed, &value, 1e-13);
}

#[test]
fn gradients_of_gradients() {
    let (x, y): (Rows<2>, Rows<2>) = (Random::new(31).rows(4), Random::new(32).rows(5));
    let (e, f): (Vec<f64>, Rows<2>) = (Random::new(33).numbers(4), Random::new(34).rows(4));
    let first = |x: &Rows<2>, y: &Rows<2>, s: f64, e: &Vec<f64>| {
        let g = energy(x, y, s).grad_x(e).run().unwrap();
        let pairs = g.as_flattened().iter().zip(f.as_flattened());
        pairs.map(|(g, f)| g * f).sum::<f64>()
    };
    let call = energy(&x, &y, 0.8).grad_x(&e);
    let by_x = call.grad_x(&f).run().unwrap();
    close(
        by_x.as_flattened(),
        &slopes(&x, |x| first(x, &y, 0.8, &e)),
        1e-7,
    );
    let by_y = call.grad_y(&f).run().unwrap();
    close(
        by_y.as_flattened(),
        &slopes(&y, |y| first(&x, y, 0.8, &e)),
        1e-7,
    );
    let by_s: f64 = call.grad_s(&f).run().unwrap();
    close(
        &[by_s],
        &slopes(&vec![[0.8]], |s| first(&x, &y, s[0][0], &e)),
        1e-7,
    );
    let rows: Rows<1> = e.iter().map(|&e| [e]).collect();
    let by_e = call.grad_e(&f).run().unwrap();
    let of_e = |e: &Rows<1>| first(&x, &y, 0.8, &e.iter().map(|e| e[0]).collect());
    close(&by_e, &slopes(&rows, of_e), 1e-7);
    // The gradient of a parameter is one value, and so is its cotangent.
    let of_x = |x: &Rows<2>| 2.5 * energy(x, &y, 0.8).grad_s(&e).run().unwrap();
    let mixed = energy(&x, &y, 0.8).grad_s(&e).grad_x(2.5).run().unwrap();
    close(mixed.as_flattened(), &slopes(&x, of_x), 1e-7);
}

#[test]
fn states_of_parts_are_merged() {
    let Clouds { x, y, b, .. } = clouds(33, 200);
    let whole = gaussian(&x, &y, &b, 0.5).run().unwrap();
    let mut state = gaussian(&x, &y[..128], &b[..128], 0.5).partial(0).unwrap();
    let rest = gaussian(&x, &y[128..], &b[128..], 0.5)
        .partial(128)
        .unwrap();
    state.merge(&rest).unwrap();
    close(&state.finish().unwrap(), &whole, 1e-14);
    assert!(rest.clone().merge(&rest).is_err());
}

#[test]
fn a_kernel_matrix_times_a_vector() {
    let Clouds { x, y, b, e } = clouds(13, 21);
    let k = rbf(&x, &y);
    let product: Vec<f64> = x
        .iter()
        .map(|x| {
            y.iter()
                .zip(&b)
                .map(|(y, b)| (-square(x, y)).exp() * b)
                .sum()
        })
        .collect();
    close(&k.matvec(&b).run().unwrap(), &product, 1e-13);
    close(&k.t().rmatvec(&b).run().unwrap(), &product, 1e-13);
    let back = k.t().matvec(&e).run().unwrap();
    close(&back, &k.rmatvec(&e).run().unwrap(), 0.0);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    close(&[dot(&back, &b)], &[dot(&product, &e)], 1e-12);
}

#[test]
fn formulas_where_they_are_used() {
    let Clouds { x, y, b, .. } = clouds(10, 12);
    let gamma = 0.5;
    let value = keops!(sum_j exp(-gamma * |x_i - y_j|^2) * b_j;
        x_i: [f64; 3], y_j: [f64; 3], b_j: f64, gamma: f64)
    .run()
    .unwrap();
    close(&value, &gaussian(&x, &y, &b, gamma).run().unwrap(), 1e-14);
    // An expression may be a temporary, and a reference may be captured.
    let (cloud, grid) = (&x, || y.clone());
    let g = keops!(sum_j |x_i - y_j|^2 * s; x_i: [f64; 3] = cloud, y_j: [f64; 3] = &grid(), s: f64 = 0.25)
        .grad_x(every(1.0))
        .run()
        .unwrap();
    assert_eq!(g.len(), 10);
    fn formula() -> usize {
        3
    }
    let points = vec![[1.0f32]; formula()];
    let a =
        keops!(sum_j x_i[0] * y_j[0]; x_i: [f32; 1] = &points, y_j: [f32; 1] = &points[..2]).run();
    assert_eq!(a.unwrap(), [2.0; 3]);
}

#[test]
fn items_in_a_function() {
    keops! {
        pub fn total<T>(x_i: T, y_j: T) -> T { sum_i x_i * y_j }
    }
    let call: total::Call<'_, f64> = total(&[1.0, 2.0], &[3.0, 4.0, 5.0]);
    assert_eq!(call.run().unwrap(), [9.0, 12.0, 15.0]);
}

#[test]
fn a_call_says_what_it_will_do() {
    let Clouds { x, y, b, .. } = clouds(10, 12);
    let call = gaussian(&x, &y, &b, 0.5).on(Device::Cpu);
    let plan = call.plan().unwrap();
    assert_eq!(plan.pairs(), 120);
    assert!(plan.to_string().contains("gaussian"), "{plan}");
    let error = gaussian(&x, &y[..3], &b, 0.5).run().unwrap_err();
    assert!(
        error.to_string().contains("`b`") && error.to_string().contains("`y`"),
        "{error}"
    );
}
