//! Kernel matrices and linear systems: the gradient by the ridge, numbers that are huge, tiny or none,
//! many right-hand sides, options, batches of unlike size. Their other edges are in `systems`.
#![forbid(unsafe_code)]

use std::sync::Mutex;

use keops::{
    Accumulate, Error, ErrorKind, LinearOperator, Preconditioner, Ranges, Strided, every, keops,
};
use keops_tests::{agree, cloud, is_gradient, noise};

keops! {
    /// Gaussian.
    pub fn gaussian<T>(x_i: [T; 2], y_j: [T; 2], g: T) -> Matrix<T> { exp(-g * |x_i - y_j|^2) }
    /// With a variable of the batch, and one that leaves the sum.
    pub fn scaled<T>(x_i: T, y_j: T, p_i: T, s_b: T) -> Matrix<T> {
        p_i * s_b * exp(-(x_i - y_j)^2)
    }
    /// Symmetric, with a variable of the batch.
    pub fn weighted<T>(x_i: [T; 2], y_j: [T; 2], g: T, s_b: T) -> Matrix<T> {
        s_b * exp(-g * |x_i - y_j|^2)
    }
    /// A diagonal.
    pub fn diagonal<T>(d_i: T, d_j: T) -> Matrix<T> { if i == j { (d_i + d_j) / 2 } else { 0 } }
}

fn all() -> [Preconditioner; 4] {
    let large = Preconditioner::Nystrom {
        rank: 1000,
        seed: 3,
    };
    [
        Preconditioner::None,
        Preconditioner::Jacobi,
        Preconditioner::nystrom(3),
        large,
    ]
}

/// The kind of an error, with what its message says.
#[track_caller]
fn is(error: &Error, kind: ErrorKind, text: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

/// That a system was not solved, for the reason that is said.
#[track_caller]
fn not_solved(error: &Error, text: &str) {
    assert!(
        matches!(error.kind(), ErrorKind::NotConverged { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn the_gradient_by_the_ridge_is_the_slope() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(12, 1);
    for width in [1, 3] {
        let (b, e) = (noise(12 * width, 2), noise(12 * width, 3));
        let of = |&ridge: &f64| -> f64 {
            let call = gaussian(&x, &x, 0.7).solve(Strided::new(&b, width));
            let a = call.ridge(ridge).tolerance(1e-14).run().unwrap();
            a.iter().zip(&e).map(|(a, e)| a * e).sum()
        };
        let call = gaussian(&x, &x, 0.7).solve(Strided::new(&b, width));
        let call = call.ridge(0.3).tolerance(1e-14);
        let e = Strided::new(&e, width);
        is_gradient("ridge", &call.grad_ridge(e).run()?, &0.3, of);
        agree(
            "vjp",
            &call.vjp(e).run()?.ridge,
            &call.grad_ridge(e).run()?,
            0.0,
        );
    }
    // In single precision.
    let single: Vec<[f32; 2]> = x.iter().map(|x| x.map(|x| x as f32)).collect();
    let b: Vec<f32> = noise(12, 2).iter().map(|&b| b as f32).collect();
    let wide: Vec<f64> = b.iter().map(|&b| f64::from(b)).collect();
    let call = gaussian(&single, &single, 0.7)
        .solve(&b)
        .ridge(0.3f32)
        .tolerance(1e-6);
    let found: f32 = call.grad_ridge(&b).run()?;
    let want = gaussian(&x, &x, 0.7)
        .solve(&wide)
        .ridge(0.3)
        .tolerance(1e-14)
        .grad_ridge(&wide)
        .run()?;
    agree("f32", &f64::from(found), &want, 1e-4);
    let error = call.grad_ridge(&b[1..]).run().unwrap_err();
    is(
        &error,
        ErrorKind::Rows,
        "`e` has 11 rows, and the matrix has 12 rows",
    );
    Ok(())
}

#[test]
fn what_it_starts_at() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(20, 1);
    let b = noise(20, 2);
    let k = gaussian(&x, &x, 0.7);
    // Every residual is at most 1 from the start.
    let a = k.solve(&b).tolerance(1.0).run()?;
    assert_eq!(a, [0.0; 20]);
    // It has another shape, or is no number.
    let error = k.solve(&b).ridge(1.0).initial(&b[1..]).run().unwrap_err();
    is(&error, ErrorKind::Rows, "`initial` has 19 rows");
    let error = k
        .solve(&b)
        .ridge(1.0)
        .initial(&[[0.0; 2]; 20])
        .run()
        .unwrap_err();
    is(&error, ErrorKind::Width, "`initial`");
    not_solved(
        &k.solve(&b)
            .ridge(1.0)
            .initial(every(f64::NAN))
            .run()
            .unwrap_err(),
        "not finite",
    );
    Ok(())
}

#[test]
fn huge_and_tiny_numbers() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(20, 1);
    let b = noise(20, 2);
    let k = gaussian(&x, &x, 0.7);
    let want = k.solve(&b).ridge(1.0).tolerance(1e-12).run()?;
    for scale in [1e-300, 1e-160, 1e-30, 1e30, 1e150, 1e200] {
        let scaled: Vec<f64> = b.iter().map(|b| b * scale).collect();
        for preconditioner in all() {
            let call = k.solve(&scaled).ridge(1.0).tolerance(1e-12);
            let found = call.preconditioner(preconditioner).run()?;
            let found: Vec<f64> = found.iter().map(|a| a / scale).collect();
            agree(&format!("{scale} {preconditioner:?}"), &found, &want, 1e-10);
        }
    }
    // The matrix, and its ridge.
    let u = [2.0, 1.0, 4.0];
    for scale in [1e-100, 1e100] {
        let d: Vec<f64> = u.iter().map(|u| u * scale).collect();
        for preconditioner in all() {
            let call = diagonal(&d, &d)
                .solve(&[1.0; 3])
                .ridge(scale)
                .tolerance(1e-13);
            let found = call.preconditioner(preconditioner).run()?;
            let found: Vec<f64> = found.iter().map(|a| a * scale).collect();
            agree(
                &format!("matrix {scale}"),
                &found,
                &vec![1.0 / 3.0, 0.5, 0.2],
                1e-12,
            );
        }
    }
    // In f32, where squares overflow or vanish.
    for scale in [1e-30f32, 1e30] {
        let found = diagonal(&[2.0f32, 1.0, 4.0], &[2.0f32, 1.0, 4.0])
            .solve(&[scale; 3])
            .run()?;
        let found: Vec<f64> = found.iter().map(|a| f64::from(a / scale)).collect();
        agree("f32", &found, &vec![0.5, 1.0, 0.25], 1e-3);
    }
    Ok(())
}

#[test]
fn many_right_hand_sides_of_a_width_known_at_run_time() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(20, 1);
    let k = gaussian(&x, &x, 0.7);
    for width in [1, 2, 7, 33] {
        // One of them is 0, one is huge: each has its own residual.
        let mut b = noise(20 * width, 2);
        for row in b.chunks_exact_mut(width) {
            row[width - 1] *= 1e9;
            if width > 2 {
                row[1] = 0.0;
            }
        }
        let together = k.solve(Strided::new(&b, width)).ridge(0.1).tolerance(1e-12);
        let together = together.run()?;
        for c in 0..width {
            let one: Vec<f64> = b.iter().skip(c).step_by(width).copied().collect();
            let own: Vec<f64> = together.iter().skip(c).step_by(width).copied().collect();
            let alone = k.solve(&one).ridge(0.1).tolerance(1e-12).run()?;
            let size = one.iter().fold(1.0f64, |a, b| a.max(b.abs()));
            let scaled = |v: &[f64]| v.iter().map(|v| v / size).collect::<Vec<f64>>();
            agree(
                &format!("{c} of {width}"),
                &scaled(&own),
                &scaled(&alone),
                1e-9,
            );
        }
    }
    Ok(())
}

#[test]
fn progress_of_several() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(30, 1);
    let b = noise(90, 2);
    let seen = Mutex::new(Vec::new());
    let report = |state: &keops::Progress| seen.lock().unwrap().push((state.iteration, state.open));
    let call = gaussian(&x, &x, 0.7)
        .solve(Strided::new(&b, 3))
        .ridge(0.1)
        .progress(report);
    call.run()?;
    let first = std::mem::take(&mut *seen.lock().unwrap());
    assert!(
        first
            .iter()
            .enumerate()
            .all(|(k, &(iteration, open))| iteration == k + 1 && open <= 3)
    );
    assert_eq!(first.last().unwrap().1, 0);
    // A gradient solves two systems, one after the other.
    call.grad_ridge(Strided::new(&b, 3)).run()?;
    let both = seen.lock().unwrap();
    assert_eq!(
        both.iter()
            .filter(|&&(iteration, _)| iteration == 1)
            .count(),
        2
    );
    Ok(())
}

#[test]
fn options_reach_every_product() -> Result<(), Error> {
    let x: Vec<[f32; 2]> = cloud(40, 1)
        .iter()
        .map(|x: &[f64; 2]| x.map(|x| x as f32))
        .collect();
    let b: Vec<f32> = noise(40, 2).iter().map(|&b| b as f32).collect();
    let k = gaussian(&x, &x, 0.7).accumulate(Accumulate::F64);
    let a = k.solve(&b).ridge(0.5).tolerance(1e-6).run()?;
    let mut back = vec![0.0; 40];
    k.apply(&a, &mut back)?;
    let back: Vec<f64> = back
        .iter()
        .zip(&a)
        .map(|(k, a)| f64::from(k + 0.5 * a))
        .collect();
    agree(
        "back",
        &back,
        &b.iter().map(|&b| f64::from(b)).collect::<Vec<_>>(),
        1e-5,
    );
    Ok(())
}

#[test]
fn an_entry_that_is_left_out_is_zero_whatever_it_would_be() -> Result<(), Error> {
    // The factor of the row leaves the sum.
    let (x, p) = (noise(4, 1), vec![1.0, f64::NAN, f64::INFINITY, 2.0]);
    let ranges = Ranges::from_blocks(4, 4, &[(0..1, 0..4), (2..4, 1..2)])?;
    let k = scaled(&x, &x, &p, &[1.0]).ranges(&ranges);
    let dense = k.dense().run()?;
    for (at, entry) in dense.iter().enumerate() {
        assert_eq!(*entry == 0.0, !ranges.meets(at / 4, at % 4), "{dense:?}");
    }
    assert_eq!(k.t().row(0).run()?[1..], [0.0; 3]);
    assert_eq!(k.diagonal().run()?[1..], [0.0; 3]);
    Ok(())
}

#[test]
fn each_batch_is_a_system_of_its_own() -> Result<(), Error> {
    // Two batches of very different sizes, and one whose right-hand side is 0.
    let x: Vec<[f64; 2]> = cloud(30, 1);
    let s = [1e-9, 1.0, 1e6];
    let mut b = noise(30, 2);
    b[..10].iter_mut().for_each(|b| *b *= 1e-9);
    b[10..20].fill(0.0);
    let k = weighted(&x, &x, 30.0, &s).batch(&[3]);
    let a = k.solve(&b).tolerance(1e-11).run()?;
    assert_eq!(a[10..20], [0.0; 10]);
    for (block, s) in [(0, 1e-9), (2, 1e6)] {
        let own = block * 10..(block + 1) * 10;
        let s = [s];
        let alone = weighted(&x[own.clone()], &x[own.clone()], 30.0, &s);
        let residual = alone.matvec(&a[own.clone()]).run()?;
        let size = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        let difference: Vec<f64> = residual
            .iter()
            .zip(&b[own.clone()])
            .map(|(a, b)| a - b)
            .collect();
        assert!(
            size(&difference) <= 1.01e-11 * size(&b[own]),
            "block {block}"
        );
    }
    // What is not solved of one batch is an error for all.
    let mut s = s;
    s[1] = -1.0;
    b[12] = 1.0;
    let error = weighted(&x, &x, 30.0, &s)
        .batch(&[3])
        .solve(&b)
        .run()
        .unwrap_err();
    assert!(
        error.to_string().contains("not positive definite"),
        "{error}"
    );
    Ok(())
}
