//! The checks of KeOps' own test suite, in our notation, against dense arrays in JAX
//! (tools/golden/acceptance.py). KeOps' tolerances are 1e-6 to 1e-3; these are of f64.
//!
//! Their twelfth, every operation with its gradient, is keops-compiler/tests/coverage.rs.
#![forbid(unsafe_code)]

#[allow(dead_code)]
#[path = "../corpus/reader.rs"]
mod reader;

use std::collections::HashMap;
use std::sync::LazyLock;

use keops::{Complex, keops, tiled};
use reader::{Golden, numbers};

const TEXT: &str = include_str!("../golden/acceptance.txt");
static GOLDEN: LazyLock<HashMap<String, Golden>> =
    LazyLock::new(|| reader::read(TEXT.split_once("\n\n").expect("a head").1));

const VALUES: f64 = 1e-12;
const GRADIENTS: f64 = 1e-11;

keops! {
    fn generic<T>(x_i: [T; 3], y_j: [T; 3], a_j: T, p: T) -> [T; 3] { sum_j square(p - a_j) * exp(x_i + y_j) }
    fn products<T>(p: [T; 2], x_i: [T; 3], y_j: [T; 3]) -> [T; 3] { sum_j dot(x_i, y_j)^2 * (p[0] * x_i + p[1] * y_j) }
    fn softmax<T>(x_i: [T; 3], y_j: [T; 3], a_j: T, p: T) -> [T; 3] { softmax_j((p - a_j)^2 * exp(-|x_i - y_j|^2), y_j) }
    fn logsumexps<T>(x_i: [T; 3], y_j: [T; 3], g_j: T) -> (T, T, T, T) {
        let d = |x_i - y_j|^2 / 0.4^2;
        let w = exp(g_j);
        (logsumexp_j(-d, w), logsumexp_j(-sqrt(d), w), logsumexp_j(-log(1 + d), w), logsumexp_j(-0.5 * log(1 + d), w))
    }
    fn logsumexp_of_a_sum<T>(p: [T; 2], f_i: T, g_j: T) -> T { logsumexp_j(p[0] * f_i + p[1] * g_j) }
    #[keops(order = 2)]
    fn batched_sum<T>(x_i: [T; 3], l_i: T, y_j: [T; 3], s_b: T) -> T {
        sum_j exp(-0.5 * |l_i * x_i - y_j|^2 / (1 + s_b))
    }
    #[keops(order = 2)]
    fn batched_logsumexp<T>(x_i: [T; 3], l_i: T, y_j: [T; 3], s_b: T) -> T {
        logsumexp_j(-1 / (1 + sum(relu(l_i * x_i + y_j)) * (1 + s_b) / 9))
    }
    fn batched_min<T>(x_i: [T; 3], l_i: T, y_j: [T; 3], s_b: T) -> (T, u32) {
        let s = 1 + s_b;
        let d = sum(log(1 + (relu(l_i * x_i + y_j) * s)^2));
        min_argmin_i(cos(d^1.5 + 1) * sin(d * (3.2 + s)))
    }
    fn wide_min<T>(x_i: [T; 990], y_j: [T; 990]) -> (T, u32) { min_argmin_i(sum(exp(-(x_i + y_j)^2))) }
    fn tensordots(x_i: [[[[[f64; 4]; 2]; 2]; 3]; 2], y_j: [[[[[[f64; 3]; 2]; 3]; 2]; 4]; 2]) {
        sum_j permute(tensordot(x_i, y_j, [4, 0, 2], [1, 4, 2]), [4, 3, 2, 0, 1])
    }
    fn krons(x_i: [[[[f64; 2]; 1]; 2]; 3], y_j: [[[[f64; 3]; 2]; 2]; 1]) { sum_j kron(x_i, y_j) }
    fn gaussian<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { exp(-0.4 * |x_i - y_j|^2) }
    fn wide_points<T>(x_i: [T; 300], y_j: [T; 300], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2 / 300) * b_j }
    fn wide_values<T>(x_i: [T; 3], y_j: [T; 3], b_j: [T; 300]) -> [T; 300] { sum_j exp(-|x_i - y_j|^2) * b_j }
    fn nudft<T>(x_i: T, w_j: T, b_j: Complex<T>) -> Complex<T> { sum_j cis(2 * pi * x_i * w_j) * b_j }
}

/// A check: the numbers that its arrays are made of, and what JAX says of them.
struct Check {
    golden: Golden,
    seed: u64,
}

impl Check {
    fn new(name: &str) -> Check {
        let first = TEXT.lines().find_map(|line| line.strip_prefix("seed "));
        let first: u64 = first.unwrap().parse().unwrap();
        let mut cases = TEXT.lines().filter_map(|line| line.strip_prefix("case "));
        let place = cases.position(|case| case == name).unwrap();
        Check {
            golden: GOLDEN[name].clone(),
            seed: first + place as u64,
        }
    }

    /// The numbers of array `k`, rows of `W`.
    fn rows<const W: usize>(&self, k: u64, count: usize) -> Vec<[f64; W]> {
        let data = numbers(self.seed, k, count * W, 0.0, 1.0);
        data.as_chunks().0.to_vec()
    }

    fn scalars(&self, k: u64, count: usize) -> Vec<f64> {
        numbers(self.seed, k, count, 0.0, 1.0)
    }

    /// The cotangent of result `k`.
    fn cotangent(&self, k: u64, count: usize) -> Vec<f64> {
        numbers(self.seed, 100 + k, count, -1.0, 1.0)
    }

    /// The direction of array `k`.
    fn direction(&self, k: u64, count: usize) -> Vec<f64> {
        numbers(self.seed, 200 + k, count, -1.0, 1.0)
    }

    fn values(&self, k: usize, found: &[f64]) {
        if let Some(fault) = self.golden.values[k].fault(self.seed, found, VALUES) {
            panic!("result {k}: {fault}");
        }
    }

    fn gradient(&self, name: &str, found: &[f64]) {
        let (_, wanted) = self
            .golden
            .gradients
            .iter()
            .find(|(known, _)| known == name)
            .unwrap();
        if let Some(fault) = wanted.fault(self.seed, found, GRADIENTS) {
            panic!("gradient by {name}: {fault}");
        }
    }

    fn hessian(&self, name: &str, found: &[f64]) {
        let (_, wanted) = self
            .golden
            .hessian
            .iter()
            .find(|(known, _)| known == name)
            .unwrap();
        if let Some(fault) = wanted.fault(self.seed, found, 1e-10) {
            panic!("second derivative by {name}: {fault}");
        }
    }
}

fn triples(data: &[f64]) -> &[[f64; 3]] {
    data.as_chunks().0
}

#[test]
fn generic_syntax() {
    let check = Check::new("generic");
    let (x, y, a, p) = (
        check.rows::<3>(0, 300),
        check.rows::<3>(1, 500),
        check.scalars(2, 500),
        check.scalars(3, 1)[0],
    );
    let call = generic(&x, &y, &a, p);
    check.values(0, call.run().unwrap().as_flattened());
    let e = check.cotangent(0, 900);
    let g = call.vjp(triples(&e)).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
    check.gradient("a", &g.a);
    check.gradient("p", &[g.p]);
}

#[test]
fn products_of_powers() {
    let check = Check::new("products");
    let (p, x, y) = (
        check.rows::<2>(0, 1)[0],
        check.rows::<3>(1, 300),
        check.rows::<3>(2, 500),
    );
    let call = products(p, &x, &y);
    check.values(0, call.run().unwrap().as_flattened());
    let g = call.vjp(triples(&check.cotangent(0, 900))).run().unwrap();
    check.gradient("p", &g.p);
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
}

#[test]
fn softmax_of_a_score() {
    let check = Check::new("softmax");
    let (x, y, a, p) = (
        check.rows::<3>(0, 300),
        check.rows::<3>(1, 500),
        check.scalars(2, 500),
        check.scalars(3, 1)[0],
    );
    let call = softmax(&x, &y, &a, p);
    check.values(0, call.run().unwrap().as_flattened());
    let g = call.vjp(triples(&check.cotangent(0, 900))).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
    check.gradient("a", &g.a);
    check.gradient("p", &[g.p]);
}

#[test]
fn logarithms_of_weighted_sums() {
    let check = Check::new("logsumexps");
    let (x, y, g) = (
        check.rows::<3>(0, 300),
        check.rows::<3>(1, 500),
        check.scalars(2, 500),
    );
    let call = logsumexps(&x, &y, &g);
    let (a0, a1, a2, a3) = call.run().unwrap();
    for (k, a) in [a0, a1, a2, a3].iter().enumerate() {
        check.values(k, a);
    }
    let e: Vec<Vec<f64>> = (0..4).map(|k| check.cotangent(k, 300)).collect();
    let g = call.vjp((&e[0], &e[1], &e[2], &e[3])).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
    check.gradient("g", &g.g);
}

#[test]
fn logsumexp_of_a_sum_of_two() {
    let check = Check::new("logsumexp_of_a_sum");
    let (p, f, g) = (
        check.rows::<2>(0, 1)[0],
        check.scalars(1, 300),
        check.scalars(2, 500),
    );
    let call = logsumexp_of_a_sum(p, &f, &g);
    check.values(0, &call.run().unwrap());
    let e = check.cotangent(0, 300);
    let all = call.vjp(&e).run().unwrap();
    check.gradient("p", &all.p);
    check.gradient("f", &all.f);
    check.gradient("g", &all.g);
    // In closed form.
    assert!(
        all.f
            .iter()
            .zip(&e)
            .all(|(g, e)| (g - p[0] * e).abs() < 1e-12)
    );
}

const A: usize = 5;
const B: usize = 3;
const M: usize = 10;
const N: usize = 6;

/// The arrays of the batched checks.
struct Batched {
    x: Vec<[f64; 3]>,
    l: Vec<f64>,
    y: Vec<[f64; 3]>,
    s: Vec<f64>,
}

impl Batched {
    fn new(check: &Check) -> Batched {
        Batched {
            x: check.rows(0, A * B * M),
            l: check.scalars(1, A * M),
            y: check.rows(2, B * N),
            s: check.scalars(3, A * B),
        }
    }
}

macro_rules! batched {
    ($name:ident) => {
        #[test]
        fn $name() {
            let check = Check::new(stringify!($name));
            let Batched { x, l, y, s } = Batched::new(&check);
            let call = super::$name(&x, tiled(&l, &[1, B]), tiled(&y, &[A, 1]), &s).batch(&[A, B]);
            check.values(0, &call.run().unwrap());
            let e = check.cotangent(0, A * B * M);
            let g = call.vjp(&e).run().unwrap();
            check.gradient("x", g.x.as_flattened());
            check.gradient("l", &g.l);
            check.gradient("y", g.y.as_flattened());
            check.gradient("s", &g.s);
            // The change of ∂x: by symmetry, the sum of the gradients by x of what the directions say.
            let (ux, ul) = (check.direction(0, 3 * A * B * M), check.direction(1, A * M));
            let (uy, us) = (check.direction(2, 3 * B * N), check.direction(3, A * B));
            let parts = [
                call.grad_x(&e).grad_x(triples(&ux)).run().unwrap(),
                call.grad_l(&e).grad_x(tiled(&ul, &[1, B])).run().unwrap(),
                call.grad_y(&e)
                    .grad_x(tiled(triples(&uy), &[A, 1]))
                    .run()
                    .unwrap(),
                call.grad_s(&e).grad_x(&us).run().unwrap(),
            ];
            let mut change = vec![0.0; 3 * A * B * M];
            for part in &parts {
                change
                    .iter_mut()
                    .zip(part.as_flattened())
                    .for_each(|(sum, x)| *sum += x);
            }
            check.hessian("x", &change);
        }
    };
}

mod batches {
    use super::*;
    batched!(batched_sum);
    batched!(batched_logsumexp);
}

#[test]
fn the_smallest_of_batches() {
    let check = Check::new("batched_min");
    let Batched { x, l, y, s } = Batched::new(&check);
    let call = batched_min(&x, tiled(&l, &[1, B]), tiled(&y, &[A, 1]), &s).batch(&[A, B]);
    let (values, indices) = call.run().unwrap();
    check.values(0, &values);
    let indices: Vec<f64> = indices.into_iter().map(f64::from).collect();
    check.values(1, &indices);
    let g = call.vjp(&check.cotangent(0, A * B * N)).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("l", &g.l);
    check.gradient("y", g.y.as_flattened());
    check.gradient("s", &g.s);
}

#[test]
fn the_smallest_of_many_components() {
    let check = Check::new("wide_min");
    let (x, y) = (check.rows::<990>(0, M), check.rows::<990>(1, N));
    let (values, indices) = wide_min(&x, &y).run().unwrap();
    check.values(0, &values);
    let indices: Vec<f64> = indices.into_iter().map(f64::from).collect();
    check.values(1, &indices);
    let g = wide_min(&x, &y).vjp(&check.cotangent(0, N)).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
}

/// Rows of nested arrays from numbers.
macro_rules! nested {
    ($data:expr $(, $n:literal)+) => {{
        let data = $data;
        $( let data = data.as_chunks::<$n>().0; )+
        data.to_vec()
    }};
}

#[test]
fn a_tensordot_with_a_permutation() {
    let check = Check::new("tensordot");
    let x = nested!(check.scalars(0, M * 96), 4, 2, 2, 3, 2);
    let y = nested!(check.scalars(1, N * 288), 3, 2, 3, 2, 4, 2);
    let call = tensordots(&x, &y);
    let a = call.run().unwrap();
    let flat: Vec<f64> = keops::Row::flatten(&a).to_vec();
    check.values(0, &flat);
    let e = check.cotangent(0, flat.len());
    let e = nested!(e, 2, 3, 2, 3, 3);
    let g = call.vjp(&e).run().unwrap();
    check.gradient("x", keops::Row::flatten(&g.x));
    check.gradient("y", keops::Row::flatten(&g.y));
}

#[test]
fn a_kronecker_product() {
    let check = Check::new("kron");
    let x = nested!(check.scalars(0, M * 12), 2, 1, 2, 3);
    let y = nested!(check.scalars(1, N * 12), 3, 2, 2, 1);
    let a = krons(&x, &y).run().unwrap();
    check.values(0, keops::Row::flatten(&a));
}

#[test]
fn a_linear_system() {
    let check = Check::new("solve");
    let (x, b) = (check.rows::<3>(0, M), check.scalars(1, M));
    let call = gaussian(&x, &x).solve(&b).ridge(0.1).tolerance(1e-13);
    check.values(0, &call.run().unwrap());
    let e = check.cotangent(0, M);
    check.gradient("b", &call.grad_b(&e).run().unwrap());
    // The points are both clouds.
    let (gx, gy) = (
        call.grad_x(&e).run().unwrap(),
        call.grad_y(&e).run().unwrap(),
    );
    let sum: Vec<f64> = gx
        .as_flattened()
        .iter()
        .zip(gy.as_flattened())
        .map(|(a, b)| a + b)
        .collect();
    check.gradient("x", &sum);
}

#[test]
fn many_components() {
    let check = Check::new("wide_points");
    let (x, y, b) = (
        check.rows::<300>(0, 200),
        check.rows::<300>(1, 300),
        check.scalars(2, 300),
    );
    let call = wide_points(&x, &y, &b);
    check.values(0, &call.run().unwrap());
    let g = call.vjp(&check.cotangent(0, 200)).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
    check.gradient("b", &g.b);
}

#[test]
fn many_values() {
    let check = Check::new("wide_values");
    let (x, y, b) = (
        check.rows::<3>(0, 200),
        check.rows::<3>(1, 300),
        check.rows::<300>(2, 300),
    );
    let call = wide_values(&x, &y, &b);
    check.values(0, call.run().unwrap().as_flattened());
    let e = check.cotangent(0, 200 * 300);
    let g = call.vjp(e.as_chunks::<300>().0).run().unwrap();
    check.gradient("x", g.x.as_flattened());
    check.gradient("y", g.y.as_flattened());
    check.gradient("b", g.b.as_flattened());
}

#[test]
fn a_nonuniform_fourier_transform() {
    let check = Check::new("nudft");
    let (x, w) = (check.scalars(0, 100), check.scalars(1, 120));
    let complex = |data: Vec<f64>| -> Vec<Complex<f64>> {
        data.as_chunks::<2>()
            .0
            .iter()
            .map(|&[re, im]| Complex::new(re, im))
            .collect()
    };
    let flat = |z: &[Complex<f64>]| -> Vec<f64> { z.iter().flat_map(|z| [z.re, z.im]).collect() };
    let b = complex(check.scalars(2, 240));
    let call = nudft(&x, &w, &b);
    check.values(0, &flat(&call.run().unwrap()));
    let g = call.vjp(&complex(check.cotangent(0, 200))).run().unwrap();
    check.gradient("x", &g.x);
    check.gradient("w", &g.w);
    check.gradient("b", &flat(&g.b));
}
