//! Kernel matrices and linear systems at their edges: complex arguments, sizes 0 and 1, singular and
//! indefinite matrices, numbers that are huge, tiny or none, settings that mean nothing.
#![forbid(unsafe_code)]

use std::sync::Mutex;

use keops::{
    Accumulate, Complex, ConjugateGradient, Error, ErrorKind, LinearOperator, Preconditioner,
    Ranges, Strided, every, keops,
};
use keops_tests::{agree, cloud, is_gradient, noise};

keops! {
    /// Gaussian.
    pub fn gaussian<T>(x_i: [T; 2], y_j: [T; 2], g: T) -> Matrix<T> { exp(-g * |x_i - y_j|^2) }
    /// Real entries of complex arguments.
    pub fn waves<T>(z_i: Complex<T>, w_j: [Complex<T>; 2], c: Complex<T>) -> Matrix<T> {
        re(z_i * conj(w_j[0]) * c) + abs2(w_j[1] - z_i)
    }
    /// Of rank one: singular beyond one row.
    pub fn outer<T>(u_i: T, v_j: T, scale: T) -> Matrix<T> { scale * u_i * v_j }
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
fn real_entries_of_complex_arguments() -> Result<(), Error> {
    let pairs = |count, seed| -> Vec<Complex<f64>> {
        let numbers = cloud::<2>(count, seed);
        numbers.iter().map(|z| Complex::new(z[0], z[1])).collect()
    };
    let (m, n) = (5, 7);
    let (z, w, c) = (pairs(m, 1), pairs(2 * n, 2), Complex::new(0.3, -0.8));
    let w: Vec<[Complex<f64>; 2]> = w.as_chunks().0.to_vec();
    let entries = |z: &[Complex<f64>], w: &[[Complex<f64>; 2]], c: Complex<f64>| -> Vec<f64> {
        let entry = |z: &Complex<f64>, w: &[Complex<f64>; 2]| {
            (z * w[0].conj() * c).re + (w[1] - z).norm_sqr()
        };
        z.iter()
            .flat_map(|z| w.iter().map(move |w| entry(z, w)))
            .collect()
    };
    let k = waves(&z, &w, c);
    agree("dense", &k.dense().run()?, &entries(&z, &w, c), 1e-14);
    agree("row", &k.row(3).run()?, &entries(&z[3..4], &w, c), 1e-14);
    agree(
        "column",
        &k.t().row(2).run()?,
        &entries(&z, &w[2..3], c),
        1e-14,
    );
    let square = waves(&z, &w[..m], c);
    let want: Vec<f64> = (0..m)
        .map(|i| entries(&z[i..i + 1], &w[i..i + 1], c)[0])
        .collect();
    agree("diagonal", &square.diagonal().run()?, &want, 1e-14);
    for width in [1, 3, 17] {
        let (v, e) = (noise(n * width, 3), noise(m * width, 4));
        let of = |z: &Vec<Complex<f64>>, w: &Vec<[Complex<f64>; 2]>, c: &Complex<f64>| -> f64 {
            let entries = entries(z, w, *c);
            let term = |at: usize| {
                let (i, j) = (at / n, at % n);
                let dot: f64 = (0..width)
                    .map(|c| e[i * width + c] * v[j * width + c])
                    .sum();
                entries[at] * dot
            };
            (0..m * n).map(term).sum()
        };
        let all = k
            .matmul(Strided::new(&v, width))
            .vjp(Strided::new(&e, width))
            .run()?;
        is_gradient("z", &all.z, &z, |z| of(z, &w, &c));
        is_gradient("c", &all.c, &c, |c| of(&z, &w, c));
        let found: Vec<Vec<Complex<f64>>> = all.w.iter().map(|w| w.to_vec()).collect();
        let at: Vec<Vec<Complex<f64>>> = w.iter().map(|w| w.to_vec()).collect();
        is_gradient("w", &found, &at, |w| {
            of(&z, &w.iter().map(|w| [w[0], w[1]]).collect(), &c)
        });
    }
    Ok(())
}

#[test]
fn one_row() -> Result<(), Error> {
    let x = [[0.5, -0.25]];
    let k = gaussian(&x, &x, 0.7);
    assert_eq!(
        (k.dense().run()?, k.diagonal().run()?),
        (vec![1.0], vec![1.0])
    );
    for preconditioner in all() {
        let call = k
            .solve(&[3.0])
            .ridge(0.5)
            .tolerance(1e-14)
            .preconditioner(preconditioner);
        agree("a", &call.run()?, &vec![2.0], 1e-14);
        agree("b", &call.grad_b(&[1.0]).run()?, &vec![1.0 / 1.5], 1e-14);
        agree(
            "ridge",
            &call.grad_ridge(&[1.0]).run()?,
            &(-3.0 / 1.5f64.powi(2)),
            1e-13,
        );
    }
    Ok(())
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
fn a_singular_matrix_without_a_ridge() -> Result<(), Error> {
    let u: Vec<f64> = (1..=6).map(f64::from).collect();
    for preconditioner in all() {
        // In the range of the matrix there is a solution; elsewhere there is none.
        let a = outer(&u, &u, 1.0)
            .solve(&u)
            .preconditioner(preconditioner)
            .run()?;
        let back = outer(&u, &u, 1.0).matvec(&a).run()?;
        agree(&format!("{preconditioner:?}"), &back, &u, 1e-7);
        let none = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let call = outer(&u, &u, 1.0)
            .solve(&none)
            .preconditioner(preconditioner);
        let error = call.run().unwrap_err();
        not_solved(&error, "`ridge`");
        assert_eq!(error.iterate::<f64>().map(<[f64]>::len), Some(6));
        // The matrix 0.
        let error = outer(&u, &u, 0.0)
            .solve(&u)
            .preconditioner(preconditioner)
            .run()
            .unwrap_err();
        not_solved(&error, "not positive definite");
        let a = outer(&u, &u, 0.0)
            .solve(&u)
            .ridge(2.0)
            .preconditioner(preconditioner)
            .run()?;
        agree(
            "ridge alone",
            &a,
            &u.iter().map(|u| u / 2.0).collect::<Vec<_>>(),
            1e-14,
        );
    }
    Ok(())
}

#[test]
fn entries_that_are_not_numbers() {
    let (x, b) = (
        vec![[0.0, f64::NAN], [1.0, 0.0], [0.0, 1.0]],
        [1.0, 2.0, 3.0],
    );
    for preconditioner in all() {
        let k = gaussian(&x, &x, 0.7);
        let call = k.solve(&b).ridge(1.0).preconditioner(preconditioner);
        not_solved(&call.run().unwrap_err(), "NaN");
        assert!(call.grad_ridge(&b).run().is_err() && call.vjp(&b).run().is_err());
        let call = outer(&[1.0, f64::INFINITY], &[1.0, 1.0], 1.0).solve(&b[..2]);
        let call = call.ridge(1.0).preconditioner(preconditioner);
        assert!(call.run().is_err());
    }
}

#[test]
fn settings() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(20, 1);
    let b = noise(20, 2);
    let k = gaussian(&x, &x, 0.7);
    for wrong in [-1.0, f64::NAN, f64::INFINITY, -f64::INFINITY] {
        let error = k.solve(&b).ridge(1.0).tolerance(wrong).run().unwrap_err();
        is(&error, ErrorKind::Option, "`tolerance(");
        let error = k.solve(&b).ridge(wrong).run().unwrap_err();
        is(&error, ErrorKind::Option, "`ridge(");
        let error = k.solve(&b).ridge(wrong).grad_ridge(&b).run().unwrap_err();
        is(&error, ErrorKind::Option, "`ridge(");
        let error = ConjugateGradient::new()
            .tolerance(wrong)
            .solve(&k, &b, 1)
            .unwrap_err();
        is(&error, ErrorKind::Option, "`tolerance(");
    }
    // As near as f64 comes, or an error that has the iterate.
    let error = k.solve(&b).ridge(1.0).tolerance(0.0).run().unwrap_err();
    let ErrorKind::NotConverged {
        residual,
        iterations,
    } = error.kind()
    else {
        panic!("{error}")
    };
    assert!(residual < 1e-14 && iterations < 1000, "{error}");
    let near = error.iterate::<f64>().unwrap().to_vec();
    agree(
        "tolerance 0",
        &near,
        &k.solve(&b).ridge(1.0).tolerance(1e-13).run()?,
        1e-11,
    );
    // No iteration at all: what it starts at, if that is a solution.
    let error = k.solve(&b).max_iterations(0).run().unwrap_err();
    let kind = ErrorKind::NotConverged {
        iterations: 0,
        residual: 1.0,
    };
    is(&error, kind, "after 0 iterations");
    assert_eq!(error.iterate::<f64>().unwrap(), [0.0; 20]);
    let call = k
        .solve(&b)
        .ridge(1.0)
        .tolerance(1e-8)
        .max_iterations(0)
        .initial(&near);
    assert_eq!(call.run()?, near);
    assert_eq!(k.solve(&[0.0; 20]).max_iterations(0).run()?, [0.0; 20]);
    // Every residual is at most 1 from the start.
    let a = k.solve(&b).tolerance(1.0).run()?;
    assert_eq!(a, [0.0; 20]);
    // What it starts at has another shape, or is no number.
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
