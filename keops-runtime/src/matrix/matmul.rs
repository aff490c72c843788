//! The product of a kernel matrix with several vectors.

use std::fmt;
use std::marker::PhantomData;

use super::bound::{flat, zeros};
use super::{Adjoint, Block, Columns, Differentiable, Gradient, Gradients, KernelMatrix, Pair};
use crate::error::Result;
use crate::lazy::Wide;
use crate::operator::check_block;
use crate::row::Real;
use crate::view::View;

/// The product of a kernel matrix with several vectors, a lazy call; `O` is what it gives.
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct Matmul<'a, T: Real, O, const N: usize, E = ()> {
    matrix: KernelMatrix<'a, T, N, E>,
    v: View<'a, T>,
    output: PhantomData<fn() -> O>,
}

impl<'a, T: Real, O, const N: usize, E> Matmul<'a, T, O, N, E> {
    pub(super) fn new(matrix: KernelMatrix<'a, T, N, E>, v: View<'a, T>) -> Self {
        Matmul {
            matrix,
            v,
            output: PhantomData,
        }
    }
}

impl<'a, T: Real, O: Block<T>, const N: usize, E: Wide<T> + Copy> Matmul<'a, T, O, N, E> {
    /// Computes it.
    ///
    /// # Errors
    ///
    /// The arguments do not fit each other, or the device cannot run it.
    pub fn run(&self) -> Result<O> {
        let (rows, _) = self.matrix.shape()?;
        let mut out = zeros(rows * self.v.width())?;
        self.run_into(&mut out)?;
        Ok(O::from_rows(out, self.v.width()))
    }

    /// Computes it into memory that has as many numbers, row after row.
    ///
    /// # Errors
    ///
    /// As of [`run`](Matmul::run), and that the memory has another number of numbers.
    pub fn run_into(&self, out: &mut [T]) -> Result<()> {
        let bound = self.matrix.bound();
        let (rows, columns) = bound.shape()?;
        let width = self.v.width();
        check_block("run_into", out.len(), rows, width)?;
        let v = flat(&self.v, "v", columns, "columns")?;
        bound.apply_block(&v, width, out)
    }

    /// For generated code: the gradient by a floating argument.
    #[doc(hidden)]
    pub fn gradient<R>(&self, number: usize, e: impl Columns<'a, T>) -> Gradient<'a, T, Self, R> {
        Gradient::new(*self, number, e.into_view())
    }

    /// For generated code: all gradients.
    #[doc(hidden)]
    pub fn gradients<R, V>(&self, e: impl Columns<'a, T>) -> Gradients<'a, T, Self, R, V> {
        Gradients::new(*self, e.into_view())
    }

    /// For generated code: the gradient by the vectors.
    #[doc(hidden)]
    pub fn adjoint(&self, e: impl Columns<'a, T>) -> Adjoint<'a, T, Self> {
        Adjoint::new(*self, e.into_view())
    }
}

impl<T: Real, O: Block<T>, const N: usize, E: Wide<T> + Copy> Differentiable<T>
    for Matmul<'_, T, O, N, E>
{
    type Output = O;
    type Also = O;

    fn width(&self) -> usize {
        self.v.width()
    }

    fn pair<'s>(&'s self, e: &'s View<'_, T>, adjoint: bool) -> Result<Pair<'s, T>> {
        let bound = self.matrix.bound();
        let (rows, columns) = bound.shape()?;
        e.check("e", self.v.width())?;
        let (e, v) = (
            flat(e, "e", rows, "rows")?,
            flat(&self.v, "v", columns, "columns")?,
        );
        let mut product = Vec::new();
        if adjoint {
            product = zeros(columns * self.v.width())?;
            let transposed = bound.clone().transposed();
            transposed.apply_block(&e, self.v.width(), &mut product)?;
        }
        Ok(Pair::new(bound, e, v, product))
    }

    fn also(&self, _: &Pair<'_, T>, adjoint: Vec<T>) -> O {
        O::from_rows(adjoint, self.v.width())
    }

    fn adjoint(&self, e: &View<'_, T>) -> Result<Vec<T>> {
        let bound = self.matrix.bound().transposed();
        let (columns, rows) = bound.shape()?;
        e.check("e", self.v.width())?;
        // That the product itself could be computed.
        flat(&self.v, "v", columns, "columns")?;
        let e = flat(e, "e", rows, "rows")?;
        let mut product = zeros(columns * self.v.width())?;
        bound.apply_block(&e, self.v.width(), &mut product)?;
        Ok(product)
    }
}

impl<T: Real, O, const N: usize, E: Copy> Clone for Matmul<'_, T, O, N, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Real, O, const N: usize, E: Copy> Copy for Matmul<'_, T, O, N, E> {}

impl<T: Real, O, const N: usize, E> fmt::Debug for Matmul<'_, T, O, N, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matmul")
            .field("matrix", &self.matrix)
            .field("v", &self.v)
            .finish()
    }
}
