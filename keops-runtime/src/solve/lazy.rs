//! The solution of a linear system with a kernel matrix, as a lazy call.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::iteration::dots;
use super::{ConjugateGradient, Preconditioner, Progress};
use crate::error::Result;
use crate::lazy::Wide;
use crate::matrix::{
    Adjoint, Block, Bound, Columns, Differentiable, Gradient, Gradients, KernelMatrix, Pair, flat,
};
use crate::operator::check_block;
use crate::row::Real;
use crate::view::View;

/// The solution `a` of `(K + ridge · 1) a = b` for one or several right-hand sides, a lazy call: by
/// conjugate gradients, see [`ConjugateGradient`]. `O` is what it gives.
///
/// The matrix must be symmetric, and with the ridge positive definite. Its gradients are exact
/// derivatives of the exact solution: they solve a second system, with the transposed matrix, to the
/// same tolerance. That by the ridge is one number, also where there are several right-hand sides or
/// batches.
///
/// Each batch of the matrix is a system of its own: the tolerance holds for each right-hand side of each
/// batch, and preconditioners are those of its block.
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct Solve<'a, T: Real, O, const N: usize, E = ()> {
    matrix: KernelMatrix<'a, T, N, E>,
    b: View<'a, T>,
    initial: Option<View<'a, T>>,
    solver: ConjugateGradient<'a>,
    output: PhantomData<fn() -> O>,
}

impl<'a, T: Real, O, const N: usize, E> Solve<'a, T, O, N, E> {
    pub(crate) fn new(matrix: KernelMatrix<'a, T, N, E>, b: View<'a, T>) -> Self {
        Solve {
            matrix,
            b,
            initial: None,
            solver: ConjugateGradient::new(),
            output: PhantomData,
        }
    }

    /// Adds this to the diagonal of the matrix: 0 by default.
    pub fn ridge(mut self, ridge: impl Into<f64>) -> Self {
        self.solver = self.solver.ridge(ridge);
        self
    }

    /// Stops when ‖b − Aa‖ ≤ tolerance · ‖b‖ for each right-hand side: by default, the square root of the
    /// type's machine epsilon.
    pub fn tolerance(mut self, tolerance: impl Into<f64>) -> Self {
        self.solver = self.solver.tolerance(tolerance);
        self
    }

    /// Gives up after so many iterations: 1000 by default.
    pub fn max_iterations(mut self, count: usize) -> Self {
        self.solver = self.solver.max_iterations(count);
        self
    }

    /// Uses this preconditioner: none by default.
    pub fn preconditioner(mut self, preconditioner: Preconditioner) -> Self {
        self.solver = self.solver.preconditioner(preconditioner);
        self
    }

    /// Starts at this, not at 0: rows like the right-hand side's.
    pub fn initial(mut self, a: impl Columns<'a, T>) -> Self {
        self.initial = Some(a.into_view());
        self
    }

    /// Calls this after each iteration.
    pub fn progress(mut self, report: impl Fn(&Progress) + Send + Sync + 'a) -> Self {
        self.solver = self.solver.progress(report);
        self
    }
}

impl<'a, T: Real, O: Block<T>, const N: usize, E: Wide<T> + Copy> Solve<'a, T, O, N, E> {
    /// Computes it.
    ///
    /// # Errors
    ///
    /// [`NotConverged`](crate::ErrorKind::NotConverged): the residual, computed anew at the end, is above
    /// the tolerance; [`Error::iterate`](crate::Error::iterate) has the last iterate. The matrix is not
    /// square; the arguments do not fit each other; the device cannot run it.
    pub fn run(&self) -> Result<O> {
        let a = self.solution(&self.matrix.bound())?;
        Ok(O::from_rows(a, self.b.width()))
    }

    /// Computes it into memory that has as many numbers, row after row.
    ///
    /// # Errors
    ///
    /// As of [`run`](Solve::run), and that the memory has another number of numbers.
    pub fn run_into(&self, out: &mut [T]) -> Result<()> {
        let bound = self.matrix.bound();
        check_block(
            "run_into",
            out.len(),
            bound.symmetric("solve")?,
            self.b.width(),
        )?;
        out.copy_from_slice(&self.solution(&bound)?);
        Ok(())
    }

    fn solution(&self, bound: &Bound<'_, T>) -> Result<Vec<T>> {
        let rows = bound.symmetric("solve")?;
        let b = flat(&self.b, "b", rows, "rows")?;
        let initial = match &self.initial {
            Some(initial) => {
                initial.check("initial", self.b.width())?;
                Some(flat(initial, "initial", rows, "rows")?)
            }
            None => None,
        };
        self.solver
            .solve_from(bound, &b, self.b.width(), initial.as_deref())
    }

    /// For generated code: the gradient by a floating argument.
    #[doc(hidden)]
    pub fn gradient<R>(&self, number: usize, e: impl Columns<'a, T>) -> Gradient<'a, T, Self, R> {
        Gradient::new(self.clone(), number, e.into_view())
    }

    /// For generated code: all gradients.
    #[doc(hidden)]
    pub fn gradients<R, V>(&self, e: impl Columns<'a, T>) -> Gradients<'a, T, Self, R, V> {
        Gradients::new(self.clone(), e.into_view())
    }

    /// For generated code: the gradient by the ridge.
    #[doc(hidden)]
    pub fn by_ridge(&self, e: impl Columns<'a, T>) -> ByRidge<'a, T, Self> {
        ByRidge {
            of: self.clone(),
            e: e.into_view(),
        }
    }

    /// For generated code: the gradient by the right-hand sides.
    #[doc(hidden)]
    pub fn adjoint(&self, e: impl Columns<'a, T>) -> Adjoint<'a, T, Self> {
        Adjoint::new(self.clone(), e.into_view())
    }
}

impl<T: Real, O: Block<T>, const N: usize, E: Wide<T> + Copy> Differentiable<T>
    for Solve<'_, T, O, N, E>
{
    type Output = O;
    type Also = (O, T);

    fn width(&self) -> usize {
        self.b.width()
    }

    // With (K + ridge) a = b and (K + ridge)ᵀ w = e: d(eᵀa) = wᵀ db − wᵀ dK a.
    fn pair<'s>(&'s self, e: &'s View<'_, T>, adjoint: bool) -> Result<Pair<'s, T>> {
        let bound = self.matrix.bound();
        // What does not fit is told before anything is solved.
        e.check("e", self.b.width())?;
        flat(e, "e", bound.symmetric("solve")?, "rows")?;
        let a = self.solution(&bound)?;
        let w = Differentiable::adjoint(self, e)?;
        let negative: Vec<T> = w.iter().map(|&w| -w).collect();
        let w = if adjoint { w } else { Vec::new() };
        Ok(Pair::new(bound, Cow::Owned(negative), Cow::Owned(a), w))
    }

    fn also(&self, pair: &Pair<'_, T>, adjoint: Vec<T>) -> (O, T) {
        (O::from_rows(adjoint, self.b.width()), by_ridge(pair))
    }

    fn adjoint(&self, e: &View<'_, T>) -> Result<Vec<T>> {
        let bound = self.matrix.bound().transposed();
        let rows = bound.symmetric("solve")?;
        flat(&self.b, "b", rows, "rows")?;
        e.check("e", self.b.width())?;
        let e = flat(e, "e", rows, "rows")?;
        self.solver.solve(&bound, &e, self.b.width())
    }
}

/// The gradient of a solution by the ridge, a lazy call.
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct ByRidge<'a, T: Real, K> {
    of: K,
    e: View<'a, T>,
}

impl<T: Real, K: Differentiable<T>> ByRidge<'_, T, K> {
    /// Computes it.
    ///
    /// # Errors
    ///
    /// As of running what it is the gradient of, and that the cotangent does not fit the result.
    pub fn run(&self) -> Result<T> {
        Ok(by_ridge(&self.of.pair(&self.e, false)?))
    }
}

impl<T: Real, K: Clone> Clone for ByRidge<'_, T, K> {
    fn clone(&self) -> Self {
        let (of, e) = (self.of.clone(), self.e);
        ByRidge { of, e }
    }
}

impl<T: Real, K: fmt::Debug> fmt::Debug for ByRidge<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByRidge")
            .field("of", &self.of)
            .field("e", &self.e)
            .finish()
    }
}

/// The gradient by the ridge, which stands beside the matrix as `ridge · 1`: the form of the two sides with
/// the identity, summed with compensation.
fn by_ridge<T: Real>(pair: &Pair<'_, T>) -> T {
    let wide = |side: &[T]| side.iter().map(|x| x.to_f64()).collect::<Vec<f64>>();
    let (left, right) = pair.sides();
    T::from_f64(dots(&wide(left), &wide(right), 1)[0])
}

impl<T: Real, O, const N: usize, E: Copy> Clone for Solve<'_, T, O, N, E> {
    fn clone(&self) -> Self {
        Solve {
            matrix: self.matrix,
            b: self.b,
            initial: self.initial,
            solver: self.solver.clone(),
            output: PhantomData,
        }
    }
}

impl<T: Real, O, const N: usize, E> fmt::Debug for Solve<'_, T, O, N, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Solve")
            .field("matrix", &self.matrix)
            .field("b", &self.b)
            .field("solver", &self.solver)
            .finish_non_exhaustive()
    }
}
