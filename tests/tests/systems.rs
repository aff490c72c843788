//! Linear systems and eigenvalues: with ranges, with batches, through another crate's solver, and at the
//! limits of what can be solved.
#![forbid(unsafe_code)]

use keops::{
    ConjugateGradient, Error, ErrorKind, LinearOperator, Preconditioner, Ranges, Strided, keops,
};
use keops_tests::{agree, cloud, golden, noise};
use linfa_linalg::Order;
use linfa_linalg::eigh::{EigSort, EighInto};
use linfa_linalg::lobpcg::{Lobpcg, lobpcg};
use ndarray::{Array2, ArrayView2};

keops! {
    /// Gaussian, with a scale for each batch.
    pub fn gaussian<T>(x_i: [T; 2], y_j: [T; 2], s_b: T, g: T) -> Matrix<T> { s_b * exp(-g * |x_i - y_j|^2) }
    /// Of two clouds alone.
    pub fn plain<T>(x_i: [T; 2], y_j: [T; 2], ridge: T) -> Matrix<T> { exp(-ridge * |x_i - y_j|^2) }
    /// Of rank 1.
    pub fn outer<T>(x_i: T, y_j: T) -> Matrix<T> { x_i * y_j }
}

fn preconditioners() -> [Preconditioner; 4] {
    let wide = Preconditioner::Nystrom {
        rank: 1000,
        seed: 3,
    };
    [
        Preconditioner::None,
        Preconditioner::Jacobi,
        Preconditioner::nystrom(5),
        wide,
    ]
}

#[test]
fn systems_with_ranges_as_scipy() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = golden("x").as_chunks().0.to_vec();
    let b: Vec<[f64; 3]> = golden("b").as_chunks().0.to_vec();
    let e: Vec<[f64; 3]> = golden("weights").as_chunks().0.to_vec();
    let ends = [7, 20, 33, 41, 60];
    let near: Vec<bool> = (0..25usize).map(|k| (k / 5).abs_diff(k % 5) <= 1).collect();
    let ranges = Ranges::from_mask(&ends, &ends, &near)?;
    let k = plain(&x, &x, 0.7).ranges(&ranges);
    let flat = |rows: &Vec<[f64; 3]>| rows.as_flattened().to_vec();
    agree(
        "product",
        &flat(&k.matmul(&b).run()?),
        &golden("ranges_product"),
        1e-13,
    );
    agree(
        "diagonal",
        &k.diagonal().run()?,
        &golden("ranges_diagonal"),
        1e-14,
    );
    for preconditioner in preconditioners() {
        for call in [k.solve(&b), k.ranges(&ranges).solve(&b)] {
            let call = call
                .ridge(4.0)
                .tolerance(1e-13)
                .preconditioner(preconditioner);
            agree(
                "solution",
                &flat(&call.run()?),
                &golden("ranges_solution"),
                1e-11,
            );
            let all = call.vjp(&e).run()?;
            // The formula has a variable `ridge`: the other one is called `ridge_`.
            agree("gamma", &all.ridge, &golden("ranges_by_gamma")[0], 1e-10);
            agree("ridge", &all.ridge_, &golden("ranges_by_ridge")[0], 1e-10);
            agree("ridge", &call.grad_ridge_(&e).run()?, &all.ridge_, 1e-12);
            agree("gamma", &call.grad_ridge(&e).run()?, &all.ridge, 1e-12);
        }
    }
    let first: Vec<f64> = b.iter().map(|b| b[0]).collect();
    let one = k.t().solve(&first).ridge(4.0).tolerance(1e-13).run()?;
    agree("cg", &one, &golden("ranges_cg"), 1e-10);
    Ok(())
}

#[test]
fn systems_with_batches_as_scipy() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = golden("x").as_chunks().0.to_vec();
    let b: Vec<[f64; 3]> = golden("b").as_chunks().0.to_vec();
    let e: Vec<[f64; 3]> = golden("weights").as_chunks().0.to_vec();
    let scale = golden("batches_scale");
    let flat = |rows: &Vec<[f64; 3]>| rows.as_flattened().to_vec();
    let k = gaussian(&x, &x, &scale, 0.7).batch(&[6]);
    agree(
        "product",
        &flat(&k.matmul(&b).run()?),
        &golden("batches_product"),
        1e-13,
    );
    for preconditioner in preconditioners() {
        for call in [k.solve(&b), k.batch(&[3, 2]).solve(&b)] {
            let call = call
                .ridge(0.05)
                .tolerance(1e-13)
                .preconditioner(preconditioner);
            agree(
                "solution",
                &flat(&call.run()?),
                &golden("batches_solution"),
                1e-10,
            );
            let all = call.vjp(&e).run()?;
            agree("g", &all.g, &golden("batches_by_gamma")[0], 1e-10);
            agree("ridge", &all.ridge, &golden("batches_by_ridge")[0], 1e-10);
            agree("s", &all.s, &golden("batches_by_scale"), 1e-10);
            agree("ridge", &call.grad_ridge(&e).run()?, &all.ridge, 1e-12);
        }
    }
    // Each batch is a system of its own: its solution does not know of the others.
    let whole = k.solve(&b).ridge(0.05).run()?;
    for of in 0..6 {
        let rows = of * 10..(of + 1) * 10;
        let k = gaussian(&x[rows.clone()], &x[rows.clone()], &scale[of..of + 1], 0.7);
        let alone: Vec<[f64; 3]> = k.solve(&b[rows.clone()]).ridge(0.05).run()?;
        agree("alone", &alone, &whole[rows].to_vec(), 0.0);
    }
    // One that has nothing to solve, and one that is solved by what it starts at.
    let mut b = b;
    b[..10].fill([0.0; 3]);
    let call = k.solve(&b).ridge(0.05).tolerance(1e-10);
    let a = call.run()?;
    assert_eq!(a[..10], [[0.0; 3]; 10]);
    assert_eq!(call.clone().initial(&a).run()?, a);
    Ok(())
}

/// The largest eigenvalues of a symmetric operator, descending, and their vectors as columns: by the block
/// method of A. V. Knyazev (2001), which another crate has.
fn largest(a: &impl LinearOperator<f64>, count: usize) -> Result<Lobpcg<f64>, Error> {
    let (rows, _) = a.shape()?;
    let start = Array2::from_shape_vec((rows, count), noise(rows * count, 1)).unwrap();
    let product = |v: ArrayView2<'_, f64>| {
        let (v, mut out) = (v.as_standard_layout(), Array2::zeros(v.raw_dim()));
        let (numbers, result) = (v.as_slice().unwrap(), out.as_slice_mut().unwrap());
        a.apply_block(numbers, v.ncols(), result).unwrap();
        out
    };
    // What does not converge further has its best state beside the error.
    match lobpcg(product, start, |_| {}, None, 1e-7, 500, Order::Largest) {
        Ok(found) | Err((_, Some(found))) => Ok(found),
        Err((error, None)) => panic!("{error}"),
    }
}

#[test]
fn eigenvalues_by_the_solver_of_another_crate() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = golden("x").as_chunks().0.to_vec();
    let k = plain(&x, &x, 0.7);
    let found = largest(&k, 4)?;
    agree(
        "SciPy",
        &found.eigvals.to_vec(),
        &golden("largest_eigenvalues"),
        1e-11,
    );
    let vectors: Vec<f64> = found.eigvecs.iter().copied().collect();
    let scaled: Vec<f64> = (&found.eigvecs * &found.eigvals).into_iter().collect();
    agree(
        "vectors",
        &k.matmul(Strided::new(&vectors, 4)).run()?,
        &scaled,
        1e-6,
    );
    // Block-sparse and block diagonal, against all eigenvalues of the dense matrix.
    let all = |entries: Vec<f64>| {
        let matrix = Array2::from_shape_vec((60, 60), entries).unwrap();
        matrix.eigh_into().unwrap().sort_eig_desc().0.to_vec()
    };
    let ends = [15, 30, 60];
    let near = [true, true, false, true, true, true, false, true, true];
    let ranges = Ranges::from_mask(&ends, &ends, &near)?;
    let sparse = k.ranges(&ranges);
    let want = all(sparse.dense().run()?);
    agree(
        "ranges",
        &largest(&sparse, 3)?.eigvals.to_vec(),
        &want[..3].to_vec(),
        1e-11,
    );
    let scale = golden("batches_scale");
    let batched = gaussian(&x, &x, &scale, 0.7).batch(&[6]);
    let want = all(batched.dense().run()?);
    agree(
        "batches",
        &largest(&batched, 3)?.eigvals.to_vec(),
        &want[..3].to_vec(),
        1e-11,
    );
    Ok(())
}

#[test]
fn systems_of_one_row() -> Result<(), Error> {
    for preconditioner in preconditioners() {
        let k = plain(&[[0.5f32, 1.0]], &[[0.5, 1.0]], 0.7);
        let call = k
            .solve(&[3.0f32])
            .ridge(0.5f32)
            .preconditioner(preconditioner);
        assert_eq!(call.run()?, [2.0]);
        // a = b / (k + ridge), so that da / dridge = -a / (k + ridge).
        agree(
            "ridge",
            &f64::from(call.grad_ridge_(&[3.0f32]).run()?),
            &-4.0,
            1e-6,
        );
        let exact = k
            .solve(&[[3.0f32, 0.0]])
            .tolerance(0.0)
            .preconditioner(preconditioner);
        assert_eq!(exact.run()?, [[3.0, 0.0]]);
    }
    Ok(())
}

#[test]
fn singular_systems() -> Result<(), Error> {
    // Of rank 1: what lies in its range is solved, the rest is told.
    let (x, apart) = ([1.0, 2.0, -1.0, 3.0], [2.0, -1.0, 3.0, 1.0]);
    let k = outer(&x, &x);
    let b = x.map(|x| 30.0 * x);
    agree(
        "in the range",
        &k.solve(&b).run()?,
        &x.map(|x| 2.0 * x).to_vec(),
        1e-12,
    );
    for preconditioner in preconditioners() {
        let call = k.solve(&apart).preconditioner(preconditioner);
        let error = call.run().unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::NotConverged { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("a larger `ridge`"), "{error}");
        assert!(call.vjp(&apart).run().is_err());
        // With a ridge there is one solution: (b − x (x·b) / (x·x + ridge)) / ridge.
        let dot: f64 = x.iter().zip(&apart).map(|(x, b)| x * b).sum();
        let want = |k: usize| (apart[k] - x[k] * dot / 15.5) / 0.5;
        let a = call.ridge(0.5).tolerance(1e-12).run()?;
        agree("ridge", &a, &(0..4).map(want).collect::<Vec<f64>>(), 1e-9);
    }
    Ok(())
}

#[test]
fn settings_at_their_limits() -> Result<(), Error> {
    let x = cloud::<2>(20, 1);
    let b = noise(20, 2);
    let k = plain(&x, &x, 0.7);
    let call = k.solve(&b).ridge(0.1);
    // No iterations: an error that has where it started; nothing to do is no error.
    let error = call.clone().max_iterations(0).run().unwrap_err();
    let (iterations, residual) = (0, 1.0);
    assert_eq!(
        error.kind(),
        ErrorKind::NotConverged {
            iterations,
            residual
        }
    );
    assert_eq!(error.iterate::<f64>().unwrap(), [0.0; 20]);
    let a = call.clone().tolerance(1e-12).run()?;
    assert_eq!(call.clone().initial(&a).max_iterations(0).run()?, a);
    assert_eq!(
        k.solve(&[0.0; 20]).max_iterations(0).tolerance(0.0).run()?,
        [0.0; 20]
    );
    // A tolerance that rounding does not reach.
    let error = call.clone().tolerance(0.0).run().unwrap_err();
    let ErrorKind::NotConverged { residual, .. } = error.kind() else {
        panic!("{error}")
    };
    assert!(residual > 0.0 && residual < 1e-13, "{error}");
    assert!(error.to_string().contains("`tolerance`"), "{error}");
    agree("best", &error.iterate::<f64>().unwrap().to_vec(), &a, 1e-10);
    for value in [-1e-9, f64::NAN, f64::INFINITY] {
        for error in [
            call.clone().tolerance(value).run().unwrap_err(),
            call.clone().ridge(value).grad_x(&b).run().unwrap_err(),
            call.clone().ridge(value).grad_ridge_(&b).run().unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Option);
            assert!(error.to_string().contains("at least 0"), "{error}");
        }
    }
    // No landmarks, and more than there are rows.
    for rank in [0, 20, 1 << 40] {
        let preconditioner = Preconditioner::Nystrom { rank, seed: 1 };
        agree(
            "rank",
            &call.clone().preconditioner(preconditioner).run()?,
            &a,
            1e-6,
        );
    }
    Ok(())
}

#[test]
fn entries_that_are_not_finite() {
    let mut x = cloud::<2>(20, 1);
    x[7][1] = f64::NAN;
    let b = noise(20, 2);
    let k = plain(&x, &x, 0.7);
    let infinite = outer(&[1.0, f64::INFINITY], &[1.0, f64::INFINITY]);
    for preconditioner in preconditioners() {
        let call = k.solve(&b).ridge(1.0).preconditioner(preconditioner);
        for error in [
            call.run().unwrap_err(),
            call.vjp(&b).run().unwrap_err(),
            infinite
                .solve(&[1.0, 1.0])
                .preconditioner(preconditioner)
                .run()
                .unwrap_err(),
        ] {
            assert!(
                matches!(error.kind(), ErrorKind::NotConverged { .. }),
                "{error}"
            );
            assert!(
                error.to_string().contains("not finite: look for NaN"),
                "{error}"
            );
        }
    }
}

#[test]
fn blocks_of_an_operator() -> Result<(), Error> {
    /// 2 on the diagonal, in so many blocks.
    struct Twice(usize, usize);
    impl LinearOperator<f64> for Twice {
        fn shape(&self) -> Result<(usize, usize), Error> {
            Ok((self.0, self.0))
        }
        fn apply(&self, v: &[f64], out: &mut [f64]) -> Result<(), Error> {
            out.iter_mut().zip(v).for_each(|(out, v)| *out = 2.0 * v);
            Ok(())
        }
        fn apply_transpose(&self, v: &[f64], out: &mut [f64]) -> Result<(), Error> {
            self.apply(v, out)
        }
        fn blocks(&self) -> Result<usize, Error> {
            Ok(self.1)
        }
    }
    let solver = ConjugateGradient::new();
    for width in [1, 3] {
        let b = noise(6 * width, 1);
        for blocks in [1, 2, 3, 6] {
            let half: Vec<f64> = b.iter().map(|b| b / 2.0).collect();
            agree(
                "half",
                &solver.solve(&Twice(6, blocks), &b, width)?,
                &half,
                1e-15,
            );
        }
        for blocks in [0, 4, 7] {
            let error = solver.solve(&Twice(6, blocks), &b, width).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Rows);
            assert!(
                error.to_string().contains("`LinearOperator::blocks`"),
                "{error}"
            );
        }
    }
    Ok(())
}
