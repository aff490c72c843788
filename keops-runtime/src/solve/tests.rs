use super::*;
use crate::error::Result;

/// A symmetric matrix in memory.
struct Dense<T>(Vec<T>, usize);

impl<T: Real> LinearOperator<T> for Dense<T> {
    fn shape(&self) -> Result<(usize, usize)> {
        Ok((self.1, self.1))
    }
    fn apply(&self, v: &[T], out: &mut [T]) -> Result<()> {
        for (out, row) in out.iter_mut().zip(self.0.chunks_exact(self.1)) {
            *out = row.iter().zip(v).map(|(&a, &v)| a * v).sum();
        }
        Ok(())
    }
    fn apply_transpose(&self, v: &[T], out: &mut [T]) -> Result<()> {
        self.apply(v, out)
    }
    fn diagonal_into(&self, out: &mut [T]) -> Result<()> {
        for (k, out) in out.iter_mut().enumerate() {
            *out = self.0[k * self.1 + k];
        }
        Ok(())
    }
}

/// A Gaussian kernel matrix of points on a line, of which eigenvalues fall fast.
fn gaussian<T: Real>(n: usize, width: f64) -> Dense<T> {
    let entry = |k: usize| {
        let difference = ((k / n) as f64 - (k % n) as f64) / (n as f64 * width);
        T::from_f64((-difference * difference).exp())
    };
    Dense((0..n * n).map(entry).collect(), n)
}

fn right_hand_sides<T: Real>(n: usize, width: usize) -> Vec<T> {
    let number = |k: usize| T::from_f64(((k * 37 + 11) % 101) as f64 / 50.0 - 1.0);
    (0..n * width).map(number).collect()
}

/// The largest ‖b − (A + ridge) x‖ / ‖b‖, in f64.
fn residual<T: Real>(a: &Dense<T>, ridge: f64, x: &[T], b: &[T], width: usize) -> f64 {
    let mut largest: f64 = 0.0;
    for k in 0..width {
        let (mut square, mut norm) = (0.0, 0.0);
        for i in 0..a.1 {
            let product: f64 = (0..a.1)
                .map(|j| a.0[i * a.1 + j].to_f64() * x[j * width + k].to_f64())
                .sum();
            let b = b[i * width + k].to_f64();
            square += (b - product - ridge * x[i * width + k].to_f64()).powi(2);
            norm += b * b;
        }
        largest = largest.max((square / norm).sqrt());
    }
    largest
}

fn all() -> [Preconditioner; 3] {
    [
        Preconditioner::None,
        Preconditioner::Jacobi,
        Preconditioner::Nystrom { rank: 30, seed: 7 },
    ]
}

#[test]
fn systems_are_solved_with_every_preconditioner() {
    let a = gaussian::<f64>(120, 0.1);
    for width in [1, 3] {
        let b = right_hand_sides(120, width);
        for preconditioner in all() {
            let solver = ConjugateGradient::new().ridge(1e-3).tolerance(1e-10);
            let solver = solver.preconditioner(preconditioner);
            let x = solver.solve(&a, &b, width).unwrap();
            let found = residual(&a, 1e-3, &x, &b, width);
            assert!(found <= 1.01e-10, "{preconditioner:?}: {found}");
        }
    }
    let (a, b) = (gaussian::<f32>(120, 0.1), right_hand_sides(120, 2));
    for preconditioner in all() {
        let solver = ConjugateGradient::new()
            .ridge(1e-2)
            .preconditioner(preconditioner);
        let x = solver.solve(&a, &b, 2).unwrap();
        let found = residual(&a, 1e-2, &x, &b, 2);
        assert!(found <= 4e-4, "{preconditioner:?}: {found}");
    }
}

#[test]
fn a_nystrom_preconditioner_saves_iterations() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (a, b) = (gaussian::<f64>(200, 0.05), right_hand_sides(200, 1));
    let count = |preconditioner| {
        let last = AtomicUsize::new(0);
        let solver = ConjugateGradient::new()
            .ridge(1e-6)
            .tolerance(1e-6)
            .max_iterations(5000)
            .preconditioner(preconditioner);
        let solver = solver.progress(|state| last.store(state.iteration, Ordering::Relaxed));
        solver.solve(&a, &b, 1).unwrap();
        last.load(Ordering::Relaxed)
    };
    let (none, nystrom) = (
        count(Preconditioner::None),
        count(Preconditioner::nystrom(60)),
    );
    assert!(
        nystrom * 3 < none,
        "{nystrom} iterations with, {none} without"
    );
    // The seed decides, and nothing else.
    assert_eq!(nystrom, count(Preconditioner::nystrom(60)));
}

#[test]
fn a_right_hand_side_of_zeros_has_the_solution_0() {
    let a = gaussian::<f64>(10, 0.5);
    let mut b = right_hand_sides(10, 2);
    b.iter_mut().step_by(2).for_each(|b| *b = 0.0);
    let x = ConjugateGradient::new()
        .ridge(0.1)
        .solve(&a, &b, 2)
        .unwrap();
    assert!(x.iter().step_by(2).all(|&x| x == 0.0));
    let ones = [1.0; 20];
    let x = ConjugateGradient::new()
        .solve_from(&a, &[0.0; 20], 2, Some(&ones))
        .unwrap();
    assert_eq!(x, [0.0; 20]);
}

#[test]
fn what_does_not_converge_is_an_error_with_the_iterate() {
    let (a, b) = (gaussian::<f64>(100, 0.1), right_hand_sides(100, 1));
    let solver = ConjugateGradient::new().ridge(1e-4).tolerance(1e-9);
    let error = solver
        .clone()
        .max_iterations(5)
        .solve(&a, &b, 1)
        .unwrap_err();
    let ErrorKind::NotConverged {
        iterations,
        residual: told,
    } = error.kind()
    else {
        panic!("{error:?}")
    };
    assert_eq!(iterations, 5);
    let iterate = error.iterate::<f64>().unwrap();
    let found = residual(&a, 1e-4, iterate, &b, 1);
    assert!((told / found - 1.0).abs() < 1e-6, "{told} is not {found}");
    assert!(error.iterate::<f32>().is_none());
    assert!(error.to_string().contains("after 5 iterations"), "{error}");
    // It goes on from there.
    let x = solver.solve_from(&a, &b, 1, Some(iterate)).unwrap();
    assert!(residual(&a, 1e-4, &x, &b, 1) <= 1.1e-9);
}

#[test]
fn what_cannot_be_solved_ends() {
    let b = right_hand_sides::<f64>(3, 1);
    // Not positive definite.
    let a = Dense(vec![1.0, 0.0, 0.0, 0.0, -2.0, 0.0, 0.0, 0.0, 3.0], 3);
    let error = ConjugateGradient::new()
        .tolerance(1e-14)
        .solve(&a, &b, 1)
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotConverged { .. }));
    assert!(
        error.to_string().contains("not positive definite"),
        "{error}"
    );
    // All zeros.
    let error = ConjugateGradient::new()
        .solve(&Dense(vec![0.0; 9], 3), &b, 1)
        .unwrap_err();
    assert!(
        error.to_string().contains("not positive definite"),
        "{error}"
    );
    // Not finite.
    let error = ConjugateGradient::new()
        .solve(&Dense(vec![f64::NAN; 9], 3), &b, 1)
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotConverged { .. }));
    let nan = [1.0, f64::NAN, 0.0];
    let error = ConjugateGradient::new()
        .ridge(1.0)
        .solve(&a, &nan, 1)
        .unwrap_err();
    assert!(error.to_string().contains("not finite"), "{error}");
    // Not symmetric.
    let a = Dense(vec![1.0, 9.0, 0.0, 0.0, 1.0, 9.0, 9.0, 0.0, 1.0], 3);
    assert!(
        ConjugateGradient::new()
            .tolerance(1e-14)
            .solve(&a, &b, 1)
            .is_err()
    );
    // More accurate than the type.
    let (a, b) = (gaussian::<f32>(100, 0.1), right_hand_sides(100, 1));
    let error = ConjugateGradient::new()
        .tolerance(1e-12)
        .ridge(1e-3)
        .solve(&a, &b, 1)
        .unwrap_err();
    assert!(error.to_string().contains("no longer falls"), "{error}");
}

#[test]
fn settings_that_mean_nothing_are_errors() {
    let (a, b) = (gaussian::<f64>(4, 0.5), right_hand_sides(4, 1));
    for solver in [
        ConjugateGradient::new().ridge(-1.0),
        ConjugateGradient::new().ridge(f64::NAN),
        ConjugateGradient::new().tolerance(f64::INFINITY),
    ] {
        assert_eq!(
            solver.solve(&a, &b, 1).unwrap_err().kind(),
            ErrorKind::Option
        );
    }
    let error = ConjugateGradient::new().solve(&a, &b[1..], 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`b` has 3 numbers, and 4 rows of 1 are needed"
    );
}

#[test]
fn nothing_is_solved_at_once() {
    let empty = Dense::<f64>(Vec::new(), 0);
    for preconditioner in all() {
        let solver = ConjugateGradient::new().preconditioner(preconditioner);
        assert!(solver.solve(&empty, &[], 1).unwrap().is_empty());
    }
}
