//! The gradients of products and solutions.
//!
//! Both are those of a bilinear form `Σ_ij left_i K_ij right_j`: of the product `K v` with the cotangent
//! `e`, of `(e, v)`; of the solution `a` of `K a = b`, of `(-w, a)` where `Kᵀ w = e`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::{Block, Bound};
use crate::error::{Error, Result};
use crate::lazy::{Results, counter, fill};
use crate::operator::check_block;
use crate::row::Real;
use crate::view::View;

/// What is computed with a kernel matrix and has gradients.
pub trait Differentiable<T: Real> {
    /// What it gives, and its gradient by the vectors too.
    type Output: Block<T>;

    /// What all its gradients are beside those by the matrix's arguments: that by the vectors, and others.
    type Also;

    /// How many vectors there are.
    fn width(&self) -> usize;

    /// The bilinear form of which its gradients are those by the matrix's arguments; if wanted, with its
    /// gradient by the vectors.
    ///
    /// # Errors
    ///
    /// As of running it.
    fn pair<'s>(&'s self, e: &'s View<'_, T>, adjoint: bool) -> Result<Pair<'s, T>>;

    /// What all its gradients are beside those by the matrix's arguments, of the bilinear form and its
    /// gradient by the vectors.
    fn also(&self, pair: &Pair<'_, T>, adjoint: Vec<T>) -> Self::Also;

    /// Its gradient by the vectors.
    ///
    /// # Errors
    ///
    /// As of running it.
    fn adjoint(&self, e: &View<'_, T>) -> Result<Vec<T>>;
}

/// A bilinear form of a kernel matrix with several pairs of vectors: its gradients are those of
/// something.
#[derive(Debug)]
pub struct Pair<'s, T: Real> {
    bound: Bound<'s, T>,
    left: Cow<'s, [T]>,
    right: Cow<'s, [T]>,
    adjoint: Vec<T>,
}

impl<'s, T: Real> Pair<'s, T> {
    /// Of a matrix as it stands: `rows` has a number for each of its rows, `columns` for each of its
    /// columns.
    pub(crate) fn new(
        bound: Bound<'s, T>,
        rows: Cow<'s, [T]>,
        columns: Cow<'s, [T]>,
        adjoint: Vec<T>,
    ) -> Pair<'s, T> {
        let (left, right) = match bound.is_transposed() {
            false => (rows, columns),
            true => (columns, rows),
        };
        Pair {
            bound,
            left,
            right,
            adjoint,
        }
    }

    /// Both sides of the form as it is of the formula's matrix, row after row.
    pub(crate) fn sides(&self) -> (&[T], &[T]) {
        (&self.left, &self.right)
    }

    /// The gradients by the arguments from this number, as many as there are results.
    fn gradients<R: Results<T>>(&self, first: usize, width: usize) -> Result<R> {
        let rows = self.rows(first, R::COUNT)?;
        let mut results = R::allocate(&mut counter(|result| rows[result]))?;
        self.fill::<R>(first, width, results.borrow())?;
        Ok(results)
    }

    fn rows(&self, first: usize, count: usize) -> Result<Vec<usize>> {
        let rows = self.bound.gradient_rows()?;
        let rows = rows.get(first..first + count).map(<[usize]>::to_vec);
        rows.ok_or_else(|| Error::internal("a kernel matrix lacks a gradient"))
    }

    fn fill<R: Results<T>>(&self, first: usize, width: usize, into: R::Into<'_>) -> Result<()> {
        fill::<T, R>(into, |outputs| {
            for (k, output) in outputs.iter_mut().enumerate() {
                let pair = (&self.left[..], &self.right[..]);
                self.bound.gradient(first + k, pair, width, output)?;
            }
            Ok(())
        })
    }
}

/// The gradient of a product or a solution by an argument of the matrix, a lazy call.
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct Gradient<'a, T: Real, K, R> {
    of: K,
    number: usize,
    e: View<'a, T>,
    results: PhantomData<fn() -> R>,
}

impl<'a, T: Real, K, R> Gradient<'a, T, K, R> {
    pub(crate) fn new(of: K, number: usize, e: View<'a, T>) -> Self {
        Gradient {
            of,
            number,
            e,
            results: PhantomData,
        }
    }
}

impl<T: Real, K: Differentiable<T>, R: Results<T>> Gradient<'_, T, K, R> {
    /// Computes it.
    ///
    /// # Errors
    ///
    /// As of running what it is the gradient of, and that the cotangent does not fit the result.
    pub fn run(&self) -> Result<R::Value> {
        let pair = self.of.pair(&self.e, false)?;
        let results = pair.gradients::<R>(self.number, self.of.width())?;
        Ok(results.value())
    }

    /// Computes it into memory that has as many rows as the result.
    ///
    /// # Errors
    ///
    /// As of [`run`](Gradient::run), and that the memory has another number of rows.
    pub fn run_into(&self, out: R::Into<'_>) -> Result<()> {
        let pair = self.of.pair(&self.e, false)?;
        let rows = pair.rows(self.number, R::COUNT)?;
        R::check(&out, &mut counter(|result| rows[result]))?;
        pair.fill::<R>(self.number, self.of.width(), out)
    }
}

/// All gradients of a product or a solution, a lazy call.
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct Gradients<'a, T: Real, K, R, V> {
    of: K,
    e: View<'a, T>,
    results: PhantomData<fn() -> (R, V)>,
}

impl<'a, T: Real, K, R, V> Gradients<'a, T, K, R, V> {
    pub(crate) fn new(of: K, e: View<'a, T>) -> Self {
        Gradients {
            of,
            e,
            results: PhantomData,
        }
    }
}

impl<T: Real, K: Differentiable<T>, R: Results<T>, V> Gradients<'_, T, K, R, V>
where
    V: From<(R::Value, K::Also)>,
{
    /// Computes them.
    ///
    /// # Errors
    ///
    /// As of running what they are the gradients of, and that the cotangent does not fit the result.
    pub fn run(&self) -> Result<V> {
        let (mut pair, width) = (self.of.pair(&self.e, true)?, self.of.width());
        let adjoint = std::mem::take(&mut pair.adjoint);
        let results = pair.gradients::<R>(0, width)?;
        Ok((results.value(), self.of.also(&pair, adjoint)).into())
    }
}

/// The gradient of a product or a solution by the vectors, a lazy call.
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct Adjoint<'a, T: Real, K> {
    of: K,
    e: View<'a, T>,
}

impl<'a, T: Real, K> Adjoint<'a, T, K> {
    pub(crate) fn new(of: K, e: View<'a, T>) -> Self {
        Adjoint { of, e }
    }
}

impl<T: Real, K: Differentiable<T>> Adjoint<'_, T, K> {
    /// Computes it.
    ///
    /// # Errors
    ///
    /// As of running what it is the gradient of, and that the cotangent does not fit the result.
    pub fn run(&self) -> Result<K::Output> {
        let values = self.of.adjoint(&self.e)?;
        Ok(K::Output::from_rows(values, self.of.width()))
    }

    /// Computes it into memory that has as many numbers, row after row.
    ///
    /// # Errors
    ///
    /// As of [`run`](Adjoint::run), and that the memory has another number of numbers.
    pub fn run_into(&self, out: &mut [T]) -> Result<()> {
        let values = self.of.adjoint(&self.e)?;
        let width = self.of.width();
        check_block("run_into", out.len(), values.len() / width.max(1), width)?;
        out.copy_from_slice(&values);
        Ok(())
    }
}

impl<T: Real, K: Clone, R> Clone for Gradient<'_, T, K, R> {
    fn clone(&self) -> Self {
        Gradient::new(self.of.clone(), self.number, self.e)
    }
}

impl<T: Real, K: Clone, R, V> Clone for Gradients<'_, T, K, R, V> {
    fn clone(&self) -> Self {
        Gradients::new(self.of.clone(), self.e)
    }
}

impl<T: Real, K: Clone> Clone for Adjoint<'_, T, K> {
    fn clone(&self) -> Self {
        Adjoint::new(self.of.clone(), self.e)
    }
}

impl<T: Real, K: fmt::Debug, R> fmt::Debug for Gradient<'_, T, K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gradient")
            .field("of", &self.of)
            .field("number", &self.number)
            .field("e", &self.e)
            .finish()
    }
}

impl<T: Real, K: fmt::Debug, R, V> fmt::Debug for Gradients<'_, T, K, R, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gradients")
            .field("of", &self.of)
            .field("e", &self.e)
            .finish()
    }
}

impl<T: Real, K: fmt::Debug> fmt::Debug for Adjoint<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adjoint")
            .field("of", &self.of)
            .field("e", &self.e)
            .finish()
    }
}
