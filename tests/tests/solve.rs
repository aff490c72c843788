//! Linear systems with kernel matrices: solutions, their gradients, and what goes wrong.
#![forbid(unsafe_code)]

use std::sync::Mutex;

use keops::{
    ConjugateGradient, Error, ErrorKind, LinearOperator, Preconditioner, Strided, every, keops,
};
use keops_tests::{agree, cloud, golden, is_gradient, noise};

const N: usize = 40;
const RIDGE: f64 = 0.1;

keops! {
    /// Gaussian.
    pub fn gaussian<T>(x_i: [T; 2], y_j: [T; 2], g: T) -> Matrix<T> { exp(-g * |x_i - y_j|^2) }
    /// Not symmetric in how it is written, and symmetric where both clouds are one.
    pub fn polynomial<T>(x_i: T, y_j: T, c: T, s_i: T, t_j: T) -> Matrix<T> {
        s_i * t_j * (c + x_i * y_j)^2
    }
    /// With its own noise.
    pub fn noisy<T>(x_i: T, y_j: T, noise: T) -> Matrix<T> {
        exp(-|x_i - y_j|) + (if i == j { noise } else { 0 })
    }
}

/// The solution of a symmetric positive definite system in memory, by Cholesky's method.
fn cholesky(mut a: Vec<f64>, b: &[f64], width: usize) -> Vec<f64> {
    let n = b.len() / width;
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            a[i * n + j] -= dot;
            if i == j {
                a[i * n + j] = a[i * n + j].sqrt();
            } else {
                a[i * n + j] /= a[j * n + j];
            }
        }
    }
    let mut x = b.to_vec();
    for c in 0..width {
        for i in 0..n {
            let dot: f64 = (0..i).map(|k| a[i * n + k] * x[k * width + c]).sum();
            x[i * width + c] = (x[i * width + c] - dot) / a[i * n + i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * x[k * width + c]).sum();
            x[i * width + c] = (x[i * width + c] - dot) / a[i * n + i];
        }
    }
    x
}

fn with_ridge(mut a: Vec<f64>, ridge: f64) -> Vec<f64> {
    let n = a.len().isqrt();
    a.iter_mut().step_by(n + 1).for_each(|a| *a += ridge);
    a
}

#[test]
fn solutions_are_those_of_a_dense_solver() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(N, 1);
    let k = gaussian(&x, &x, 0.7);
    let dense = with_ridge(k.dense().run()?, RIDGE);
    for width in [1, 2, 5, 20] {
        let b = noise(N * width, 3);
        let want = cholesky(dense.clone(), &b, width);
        for preconditioner in [
            Preconditioner::None,
            Preconditioner::Jacobi,
            Preconditioner::nystrom(20),
            Preconditioner::Nystrom {
                rank: 1000,
                seed: 3,
            },
        ] {
            let name = format!("{width} {preconditioner:?}");
            let call = k
                .solve(Strided::new(&b, width))
                .ridge(RIDGE)
                .tolerance(1e-12);
            let call = call.preconditioner(preconditioner);
            agree(&name, &call.run()?, &want, 1e-9);
            let mut out = vec![0.0; N * width];
            call.run_into(&mut out)?;
            agree(&name, &out, &want, 1e-9);
        }
        let transposed = k
            .t()
            .solve(Strided::new(&b, width))
            .ridge(RIDGE)
            .tolerance(1e-12);
        agree("transposed", &transposed.run()?, &want, 1e-9);
    }
    // Rows in, the same out.
    let b: Vec<[f64; 3]> = cloud(N, 4);
    let a: Vec<[f64; 3]> = k.solve(&b).ridge(RIDGE).tolerance(1e-12).run()?;
    let want = cholesky(dense.clone(), b.as_flattened(), 3);
    agree("rows", &a.as_flattened().to_vec(), &want, 1e-9);
    let a: Vec<f64> = k.solve(every(1.0)).ridge(RIDGE).tolerance(1e-12).run()?;
    agree("every", &a, &cholesky(dense.clone(), &[1.0; N], 1), 1e-9);
    // No ridge.
    let t: Vec<f64> = x.iter().map(|x| x[0]).collect();
    let k = noisy(&t, &t, 0.5);
    let b = noise(N, 5);
    let want = cholesky(k.dense().run()?, &b, 1);
    agree("ridge 0", &k.solve(&b).tolerance(1e-12).run()?, &want, 1e-9);
    Ok(())
}

#[test]
fn in_single_precision() -> Result<(), Error> {
    let x: Vec<[f32; 2]> = cloud(N, 1)
        .iter()
        .map(|x: &[f64; 2]| x.map(|x| x as f32))
        .collect();
    let b: Vec<f32> = noise(N, 3).iter().map(|&b| b as f32).collect();
    let k = gaussian(&x, &x, 0.7);
    let wide = |values: &[f32]| values.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let want = cholesky(with_ridge(wide(&k.dense().run()?), RIDGE), &wide(&b), 1);
    for preconditioner in [Preconditioner::None, Preconditioner::nystrom(15)] {
        let call = k
            .solve(&b)
            .ridge(0.1f32)
            .tolerance(1e-5)
            .preconditioner(preconditioner);
        agree("f32", &wide(&call.run()?), &want, 2e-4);
    }
    Ok(())
}

#[test]
fn gradients() -> Result<(), Error> {
    let (x, g): (Vec<[f64; 2]>, f64) = (cloud(12, 1), 0.7);
    for width in [1, 3] {
        let (b, e) = (noise(12 * width, 3), noise(12 * width, 4));
        // Each cloud apart: by differences of a dense solver, since the matrix is not symmetric there.
        let of = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, g: f64, b: &Vec<f64>| {
            let k = with_ridge(gaussian(x, y, g).dense().run().unwrap(), RIDGE);
            let a = general(k, b, width);
            a.iter().zip(&e).map(|(a, e)| a * e).sum()
        };
        let k = gaussian(&x, &x, g);
        for preconditioner in [Preconditioner::None, Preconditioner::nystrom(8)] {
            let call = k
                .solve(Strided::new(&b, width))
                .ridge(RIDGE)
                .tolerance(1e-13);
            let call = call.preconditioner(preconditioner);
            let e = Strided::new(&e, width);
            is_gradient("x", &call.grad_x(e).run()?, &x, |x_| of(x_, &x, g, &b));
            is_gradient("y", &call.grad_y(e).run()?, &x, |y| of(&x, y, g, &b));
            is_gradient("g", &call.grad_g(e).run()?, &g, |&g| of(&x, &x, g, &b));
            is_gradient("b", &call.grad_b(e).run()?, &b, |b| of(&x, &x, g, b));
            let all = call.vjp(e).run()?;
            agree("x", &all.x, &call.grad_x(e).run()?, 0.0);
            agree("y", &all.y, &call.grad_y(e).run()?, 0.0);
            agree("g", &all.g, &call.grad_g(e).run()?, 0.0);
            agree("b", &all.b, &call.grad_b(e).run()?, 0.0);
        }
    }
    Ok(())
}

#[test]
fn gradients_of_a_matrix_that_is_written_unsymmetrically() -> Result<(), Error> {
    let (x, s) = (noise(12, 1), noise(12, 2));
    let (b, e) = (noise(12, 3), noise(12, 4));
    let of = |x: &Vec<f64>, y: &Vec<f64>, c: f64, s: &Vec<f64>, t: &Vec<f64>| {
        let k = with_ridge(polynomial(x, y, c, s, t).dense().run().unwrap(), RIDGE);
        let a = general(k, &b, 1);
        a.iter().zip(&e).map(|(a, e)| a * e).sum()
    };
    let k = polynomial(&x, &x, 1.5, &s, &s);
    let all = k.solve(&b).ridge(RIDGE).tolerance(1e-13).vjp(&e).run()?;
    is_gradient("x", &all.x, &x, |x_| of(x_, &x, 1.5, &s, &s));
    is_gradient("y", &all.y, &x, |y| of(&x, y, 1.5, &s, &s));
    is_gradient("c", &all.c, &1.5, |&c| of(&x, &x, c, &s, &s));
    is_gradient("s", &all.s, &s, |s_| of(&x, &x, 1.5, s_, &s));
    is_gradient("t", &all.t, &s, |t| of(&x, &x, 1.5, &s, t));
    // Of the transposed matrix the clouds change their places.
    let turned = k
        .t()
        .solve(&b)
        .ridge(RIDGE)
        .tolerance(1e-13)
        .vjp(&e)
        .run()?;
    agree("x", &turned.x, &all.y, 1e-9);
    agree("s", &turned.s, &all.t, 1e-9);
    agree("b", &turned.b, &all.b, 1e-9);
    Ok(())
}

/// The solution of any system in memory, by Gaussian elimination.
fn general(mut a: Vec<f64>, b: &[f64], width: usize) -> Vec<f64> {
    let n = b.len() / width;
    let mut x = b.to_vec();
    for k in 0..n {
        let pivot = (k..n).max_by(|&p, &q| a[p * n + k].abs().total_cmp(&a[q * n + k].abs()));
        let pivot = pivot.unwrap();
        for c in 0..n {
            a.swap(k * n + c, pivot * n + c);
        }
        for c in 0..width {
            x.swap(k * width + c, pivot * width + c);
        }
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[i * n + k] / a[k * n + k];
            for c in k..n {
                a[i * n + c] -= factor * a[k * n + c];
            }
            for c in 0..width {
                x[i * width + c] -= factor * x[k * width + c];
            }
        }
    }
    (0..n * width)
        .map(|at| x[at] / a[(at / width) * (n + 1)])
        .collect()
}

#[test]
fn progress_is_reported() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(N, 1);
    let b = noise(2 * N, 3);
    let states = Mutex::new(Vec::new());
    let call = gaussian(&x, &x, 0.7)
        .solve(Strided::new(&b, 2))
        .ridge(RIDGE)
        .max_iterations(77);
    call.progress(|state| states.lock().unwrap().push(*state))
        .run()?;
    let states = states.into_inner().unwrap();
    for (k, state) in states.iter().enumerate() {
        assert_eq!((state.iteration, state.max_iterations), (k + 1, 77));
    }
    let last = states.last().unwrap();
    assert!(
        last.open == 0 && last.residual <= last.tolerance,
        "{last:?}"
    );
    assert!(states.len() > 3 && states[0].residual > last.residual);
    Ok(())
}

#[test]
fn what_goes_wrong() {
    let x: Vec<[f64; 2]> = cloud(N, 1);
    let b = noise(N, 3);
    let k = gaussian(&x, &x, 0.7);
    let error = k
        .solve(&b)
        .ridge(1e-9)
        .tolerance(1e-14)
        .max_iterations(3)
        .run()
        .unwrap_err();
    let ErrorKind::NotConverged {
        iterations: 3,
        residual,
    } = error.kind()
    else {
        panic!("{error:?}")
    };
    assert!(residual > 1e-14);
    let iterate = error.iterate::<f64>().unwrap().to_vec();
    assert_eq!(iterate.len(), N);
    assert!(error.iterate::<f32>().is_none());
    // Where it stopped is where it goes on.
    let a = k.solve(&b).ridge(0.5).initial(&iterate).run().unwrap();
    agree("initial", &a, &k.solve(&b).ridge(0.5).run().unwrap(), 1e-6);

    let error = gaussian(&x, &x[1..], 0.7).solve(&b).run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rows);
    assert_eq!(
        error.to_string(),
        "`solve`: the matrix has 40 rows and 39 columns; it must be square"
    );
    let error = k.solve(&b[1..]).run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`b` has 39 rows, and the matrix has 40 rows"
    );
    let error = k.solve(&b).grad_x(&b[1..]).run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`e` has 39 rows, and the matrix has 40 rows"
    );
    let error = k.solve(&b).ridge(-1.0).run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Option);
    // A distance is no positive definite kernel.
    let t = noise(N, 5);
    let error = polynomial(&t, &t, 1.0, &b, every(-1.0))
        .solve(&b)
        .run()
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotConverged { .. }),
        "{error}"
    );
    // Zeros and what is not finite.
    assert_eq!(k.solve(&[0.0; N]).run().unwrap(), [0.0; N]);
    let mut b = b;
    b[7] = f64::NAN;
    let error = k.solve(&b).ridge(1.0).run().unwrap_err();
    assert!(error.to_string().contains("not finite"), "{error}");
    let mut x = x;
    x[3][1] = f64::INFINITY;
    b[7] = 0.0;
    let error = gaussian(&x, &x, 0.7)
        .solve(&b)
        .ridge(1.0)
        .run()
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotConverged { .. }),
        "{error}"
    );
    let none: &[[f64; 2]] = &[];
    let a: Vec<f64> = gaussian(none, none, 0.7)
        .solve(&[] as &[f64])
        .run()
        .unwrap();
    assert!(a.is_empty());
}

#[test]
fn sums_of_operators_are_solved() -> Result<(), Error> {
    /// Two kernels.
    struct Sum<A, B>(A, B);
    impl<A: LinearOperator<f64>, B: LinearOperator<f64>> LinearOperator<f64> for Sum<A, B> {
        fn shape(&self) -> Result<(usize, usize), Error> {
            self.0.shape()
        }
        fn apply(&self, v: &[f64], out: &mut [f64]) -> Result<(), Error> {
            let mut other = vec![0.0; out.len()];
            self.0.apply(v, out)?;
            self.1.apply(v, &mut other)?;
            out.iter_mut()
                .zip(other)
                .for_each(|(out, other)| *out += other);
            Ok(())
        }
        fn apply_transpose(&self, v: &[f64], out: &mut [f64]) -> Result<(), Error> {
            self.apply(v, out)
        }
    }
    let x: Vec<[f64; 2]> = cloud(N, 1);
    let t = noise(N, 2);
    let (first, second) = (gaussian(&x, &x, 0.7), noisy(&t, &t, 0.0));
    let sum: Vec<f64> = first
        .dense()
        .run()?
        .iter()
        .zip(second.dense().run()?)
        .map(|(a, b)| a + b)
        .collect();
    let b = noise(N * 2, 3);
    let solver = ConjugateGradient::new().ridge(RIDGE).tolerance(1e-12);
    let solver = solver.preconditioner(Preconditioner::nystrom(10));
    let a = solver.solve(&Sum(first, second), &b, 2)?;
    agree("sum", &a, &cholesky(with_ridge(sum, RIDGE), &b, 2), 1e-9);
    Ok(())
}

#[test]
fn as_scipy_and_scikit_learn() -> Result<(), Error> {
    let rows = |name| golden(name).as_chunks::<2>().0.to_vec();
    let (x, new) = (rows("x"), rows("new"));
    let b: Vec<[f64; 3]> = golden("b").as_chunks().0.to_vec();
    let first: Vec<f64> = b.iter().map(|b| b[0]).collect();
    let k = gaussian(&x, &x, 0.7);
    for preconditioner in [Preconditioner::None, Preconditioner::nystrom(30)] {
        let call = k.solve(&b).ridge(0.05).tolerance(1e-13);
        let dual: Vec<[f64; 3]> = call.preconditioner(preconditioner).run()?;
        let flat = dual.as_flattened().to_vec();
        agree("KernelRidge", &flat, &golden("kernel_ridge_dual"), 1e-9);
        let prediction: Vec<[f64; 3]> = gaussian(&new, &x, 0.7).matmul(&dual).run()?;
        let flat = prediction.as_flattened().to_vec();
        agree("predict", &flat, &golden("kernel_ridge_prediction"), 1e-10);
    }
    let call = k.solve(&first).ridge(0.05).tolerance(1e-13);
    agree("cg", &call.run()?, &golden("scipy_cg"), 1e-8);
    // A Gaussian process: its deviation takes a right-hand side for each new point.
    let cross = gaussian(&new, &x, 0.7);
    agree(
        "mean",
        &cross.matvec(&call.run()?).run()?,
        &golden("process_mean"),
        1e-10,
    );
    let between: Vec<[f64; 5]> = cross.t().dense().run()?.as_chunks().0.to_vec();
    let solved: Vec<[f64; 5]> = k.solve(&between).ridge(0.05).tolerance(1e-13).run()?;
    let variance = |at: usize| {
        1.0 - between
            .iter()
            .zip(&solved)
            .map(|(b, s)| b[at] * s[at])
            .sum::<f64>()
    };
    let deviation: Vec<f64> = (0..5).map(|at| variance(at).sqrt()).collect();
    agree("deviation", &deviation, &golden("process_deviation"), 1e-9);
    let mut line: Vec<f64> = x.iter().map(|x| x[0]).collect();
    line.sort_by(f64::total_cmp);
    let second: Vec<f64> = b.iter().map(|b| b[1]).collect();
    let found = noisy(&line, &line, 0.0)
        .solve(&second)
        .tolerance(1e-12)
        .run()?;
    let want = golden("scipy_laplace");
    let largest = want.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    let scaled = |values: &[f64]| values.iter().map(|x| x / largest).collect::<Vec<f64>>();
    agree("Laplace", &scaled(&found), &scaled(&want), 1e-8);
    Ok(())
}
