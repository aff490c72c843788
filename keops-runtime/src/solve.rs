//! Linear systems with symmetric positive definite operators: preconditioned conjugate gradients.
//!
//! [`ConjugateGradient`] solves `(A + ridge · 1) x = b` for any [`LinearOperator`] and several
//! right-hand sides, which share each product. [`Solve`] is the lazy call of a kernel matrix, with its
//! gradients. The iteration itself works in f64, and products in the operator's type.

mod blocks;
mod eigen;
mod iteration;
mod lazy;
mod precondition;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::operator::{LinearOperator, check_block};
use crate::row::Real;
use blocks::{Factors, Layout};
use iteration::{End, Outcome, System};

pub use lazy::{ByRidge, Solve};
pub use precondition::Preconditioner;

/// The most iterations, unless it is said.
const MAX_ITERATIONS: usize = 1000;

/// How far an iteration is: what a progress callback is given.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The iterations that are done.
    pub iteration: usize,
    /// The most iterations that there can be.
    pub max_iterations: usize,
    /// The largest ‖b − Ax‖ / ‖b‖ of the right-hand sides that are not solved, as the iteration knows it.
    pub residual: f64,
    /// What that has to reach.
    pub tolerance: f64,
    /// How many right-hand sides are not solved, of all blocks.
    pub open: usize,
}

type Report<'a> = dyn Fn(&Progress) + Send + Sync + 'a;

/// The preconditioned conjugate gradient method (M. R. Hestenes and E. Stiefel, 1952) for
/// `(A + ridge · 1) x = b`, where `A` is symmetric and the sum positive definite.
///
/// Each of the [`blocks`](LinearOperator::blocks) of a block diagonal operator is a system of its own, with
/// steps, a preconditioner and a residual of its own.
///
/// ```
/// use keops_runtime::{ConjugateGradient, LinearOperator, Result};
///
/// struct Diagonal(Vec<f64>);
///
/// impl LinearOperator<f64> for Diagonal {
///     fn shape(&self) -> Result<(usize, usize)> {
///         Ok((self.0.len(), self.0.len()))
///     }
///     fn apply(&self, v: &[f64], out: &mut [f64]) -> Result<()> {
///         for ((out, v), d) in out.iter_mut().zip(v).zip(&self.0) {
///             *out = v * d;
///         }
///         Ok(())
///     }
///     fn apply_transpose(&self, v: &[f64], out: &mut [f64]) -> Result<()> {
///         self.apply(v, out)
///     }
/// }
///
/// let a = Diagonal(vec![1.0, 2.0, 3.0]);
/// let solver = ConjugateGradient::new().ridge(1.0).tolerance(1e-12);
/// let x = solver.solve(&a, &[2.0, 3.0, 8.0], 1)?;
/// assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 1.0).abs() < 1e-12 && (x[2] - 2.0).abs() < 1e-12);
/// # Ok::<(), keops_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct ConjugateGradient<'a> {
    ridge: f64,
    tolerance: Option<f64>,
    max_iterations: usize,
    preconditioner: Preconditioner,
    report: Option<Arc<Report<'a>>>,
}

impl Default for ConjugateGradient<'_> {
    fn default() -> Self {
        ConjugateGradient {
            ridge: 0.0,
            tolerance: None,
            max_iterations: MAX_ITERATIONS,
            preconditioner: Preconditioner::None,
            report: None,
        }
    }
}

impl<'a> ConjugateGradient<'a> {
    /// No ridge, no preconditioner, at most 1000 iterations, to a relative residual of the square root of
    /// the type's machine epsilon (f64: 1.5e-8, f32: 3.5e-4).
    pub fn new() -> Self {
        ConjugateGradient::default()
    }

    /// Adds this to the diagonal of the operator.
    #[must_use]
    pub fn ridge(mut self, ridge: impl Into<f64>) -> Self {
        self.ridge = ridge.into();
        self
    }

    /// Stops when ‖b − Ax‖ ≤ tolerance · ‖b‖ for each right-hand side (of each block).
    #[must_use]
    pub fn tolerance(mut self, tolerance: impl Into<f64>) -> Self {
        self.tolerance = Some(tolerance.into());
        self
    }

    /// Gives up after so many iterations.
    #[must_use]
    pub fn max_iterations(mut self, count: usize) -> Self {
        self.max_iterations = count;
        self
    }

    /// Uses this preconditioner.
    #[must_use]
    pub fn preconditioner(mut self, preconditioner: Preconditioner) -> Self {
        self.preconditioner = preconditioner;
        self
    }

    /// Calls this after each iteration.
    #[must_use]
    pub fn progress(mut self, report: impl Fn(&Progress) + Send + Sync + 'a) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// The solution for `width` right-hand sides, stored row after row.
    ///
    /// # Errors
    ///
    /// [`NotConverged`](ErrorKind::NotConverged): the residual, computed anew at the end, is above the
    /// tolerance; [`Error::iterate`] has the last iterate. The operator is not square; `b` has another
    /// number of rows; a setting that means nothing; and what keeps products from being computed.
    pub fn solve<T: Real>(
        &self,
        operator: &impl LinearOperator<T>,
        b: &[T],
        width: usize,
    ) -> Result<Vec<T>> {
        self.solve_from(operator, b, width, None)
    }

    /// The same, starting at `initial` instead of 0.
    ///
    /// # Errors
    ///
    /// As of [`solve`](ConjugateGradient::solve).
    pub fn solve_from<T: Real>(
        &self,
        operator: &impl LinearOperator<T>,
        b: &[T],
        width: usize,
        initial: Option<&[T]>,
    ) -> Result<Vec<T>> {
        let (rows, columns) = operator.shape()?;
        if rows != columns {
            let message = format!(
                "`solve`: the matrix has {rows} rows and {columns} columns; it must be square"
            );
            return Err(Error::new(ErrorKind::Rows, message));
        }
        check_block("b", b.len(), rows, width)?;
        if let Some(initial) = initial {
            check_block("initial", initial.len(), rows, width)?;
        }
        let tolerance = self.checked::<T>()?;
        let layout = Layout::new(rows, operator.blocks()?, width)?;
        let whole = |v: &[f64], width: usize, out: &mut [f64]| {
            let v: Vec<T> = v.iter().map(|&x| T::from_f64(x)).collect();
            let mut product = vec![T::ZERO; out.len()];
            operator.apply_block(&v, width, &mut product)?;
            for (out, x) in out.iter_mut().zip(product) {
                *out = x.to_f64();
            }
            Ok(())
        };
        let round = |x: f64| T::from_f64(x).to_f64();
        let factors = Factors::new(
            &self.preconditioner,
            layout,
            self.ridge,
            (&whole, &round, epsilon::<T>()),
            &|| {
                let mut diagonal = vec![T::ZERO; rows];
                operator.diagonal_into(&mut diagonal)?;
                Ok(diagonal.iter().map(|x| x.to_f64()).collect())
            },
        )?;
        let apply =
            |v: &[f64], columns: &[usize], out: &mut [f64]| layout.apply(&whole, v, columns, out);
        let system = System {
            width: layout.columns(),
            apply: &apply,
            round: &round,
            ridge: self.ridge,
            tolerance,
            max_iterations: self.max_iterations,
            factors: &factors,
            report: self.report.as_deref(),
        };
        let wide = |values: &[T]| {
            let wide: Vec<f64> = values.iter().map(|x| x.to_f64()).collect();
            layout.inwards(&wide)
        };
        let outcome = system.solve(&wide(b), initial.map(wide))?;
        let x = layout.outwards(&outcome.x);
        let x = x.into_iter().map(T::from_f64).collect();
        match outcome.end {
            End::Converged => Ok(x),
            _ => Err(self.not_converged(&outcome, tolerance).with_iterate(x)),
        }
    }

    /// The tolerance, if all settings mean something.
    fn checked<T: Real>(&self) -> Result<f64> {
        let tolerance = self.tolerance.unwrap_or_else(|| epsilon::<T>().sqrt());
        for (name, value) in [("ridge", self.ridge), ("tolerance", tolerance)] {
            if !(value >= 0.0 && value.is_finite()) {
                let message = format!("`{name}({value})`: it must be a finite number, at least 0");
                return Err(Error::new(ErrorKind::Option, message));
            }
        }
        Ok(tolerance)
    }

    fn not_converged(&self, outcome: &Outcome, tolerance: f64) -> Error {
        let Outcome {
            iterations,
            residual,
            ..
        } = *outcome;
        let state = format!(
            "`solve`: after {iterations} iterations the residual ‖b − Aa‖ / ‖b‖ is {residual:.2e}, and not \
             {tolerance:.2e}"
        );
        let message = match outcome.end {
            End::NotFinite => {
                "`solve`: the right-hand side, or what it starts at, has numbers that are not finite".into()
            }
            End::Indefinite(_) | End::Stalled if !residual.is_finite() => {
                "`solve`: products with the matrix are not finite: look for NaN and infinite numbers in the \
                 arguments of its formula, and for entries that overflow".into()
            }
            End::Indefinite(along) => format!(
                "{state}: the matrix is not positive definite (there is a unit vector p with pᵀAp = {along:.2e}); \
                 a larger `ridge` makes it so"
            ),
            End::Stalled => format!(
                "{state}, and it no longer falls: the matrix is too ill-conditioned for this precision, or \
                 not symmetric; use a larger `ridge` or `tolerance`, or f64"
            ),
            End::Iterations | End::Converged => format!(
                "{state}: raise `max_iterations` or `ridge`, or use another `preconditioner`; \
                 `error.iterate()` is where it stopped"
            ),
        };
        let kind = ErrorKind::NotConverged {
            iterations,
            residual,
        };
        Error::new(kind, message)
    }
}

/// The distance from 1 to the next number.
fn epsilon<T: Real>() -> f64 {
    if size_of::<T>() == 4 {
        f64::from(f32::EPSILON)
    } else {
        f64::EPSILON
    }
}

impl fmt::Debug for ConjugateGradient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConjugateGradient")
            .field("ridge", &self.ridge)
            .field("tolerance", &self.tolerance)
            .field("max_iterations", &self.max_iterations)
            .field("preconditioner", &self.preconditioner)
            .finish_non_exhaustive()
    }
}
