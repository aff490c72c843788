//! The entries of a kernel matrix.

use super::KernelMatrix;
use super::bound::{Bound, zeros};
use crate::error::{Error, ErrorKind, Result};
use crate::lazy::Wide;
use crate::memory;
use crate::row::Real;
use rayon::prelude::*;

/// Entries of a kernel matrix, a lazy call: the diagonal, a row, or all, row after row.
#[derive(Clone, Copy, Debug)]
#[must_use = "a lazy call computes nothing until `.run()`"]
pub struct Entries<'a, T: Real, const N: usize, E = ()> {
    matrix: KernelMatrix<'a, T, N, E>,
    which: Which,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Diagonal,
    Row(usize),
    All,
}

impl<'a, T: Real, const N: usize, E: Wide<T> + Copy> Entries<'a, T, N, E> {
    pub(super) fn diagonal(matrix: KernelMatrix<'a, T, N, E>) -> Self {
        let which = Which::Diagonal;
        Entries { matrix, which }
    }

    pub(super) fn row(matrix: KernelMatrix<'a, T, N, E>, row: usize) -> Self {
        let which = Which::Row(row);
        Entries { matrix, which }
    }

    pub(super) fn dense(matrix: KernelMatrix<'a, T, N, E>) -> Self {
        let which = Which::All;
        Entries { matrix, which }
    }

    /// Computes them.
    ///
    /// # Errors
    ///
    /// The arguments do not fit each other; the matrix is not square and the diagonal was asked for; it has
    /// no such row; all entries are more than half of the free memory or `KEOPS_MEMORY`; the device
    /// cannot run it.
    pub fn run(&self) -> Result<Vec<T>> {
        let bound = self.matrix.bound();
        let count = self.count(&bound)?;
        if let Which::All = self.which {
            let (rows, columns) = bound.shape()?;
            memory::check::<T>(rows, columns)?;
        }
        let mut out = zeros(count)?;
        self.compute(&bound, &mut out)?;
        Ok(out)
    }

    /// Computes them into memory that has as many numbers.
    ///
    /// # Errors
    ///
    /// As of [`run`](Entries::run), the limit of memory apart, and that the memory has another number
    /// of numbers.
    pub fn run_into(&self, out: &mut [T]) -> Result<()> {
        let bound = self.matrix.bound();
        let count = self.count(&bound)?;
        if out.len() != count {
            let message = format!(
                "`run_into`: the memory holds {} numbers, and the result has {count}",
                out.len()
            );
            return Err(Error::new(ErrorKind::Rows, message));
        }
        self.compute(&bound, out)
    }

    fn count(&self, bound: &Bound<'_, T>) -> Result<usize> {
        let (rows, columns) = bound.shape()?;
        match self.which {
            Which::Diagonal => bound.square("diagonal"),
            Which::Row(row) if row >= rows => {
                let message = format!("`row({row})`: the matrix has {rows} rows, from number 0");
                Err(Error::new(ErrorKind::Rows, message))
            }
            Which::Row(_) => Ok(columns),
            Which::All => rows.checked_mul(columns).ok_or_else(|| {
                let message = format!("`dense`: {rows} · {columns} entries are too many");
                Error::new(ErrorKind::Memory, message)
            }),
        }
    }

    fn compute(&self, bound: &Bound<'_, T>, out: &mut [T]) -> Result<()> {
        match self.which {
            Which::Diagonal => bound.diagonal_into(out),
            Which::Row(row) => bound.row_into(row, out),
            Which::All => dense(bound, out),
        }
    }
}

/// All entries, row after row, or by columns where these are longer.
fn dense<T: Real>(bound: &Bound<'_, T>, out: &mut [T]) -> Result<()> {
    let (rows, columns) = bound.shape()?;
    if columns == 0 || rows == 0 {
        return Ok(());
    }
    if rows <= columns {
        let rows = out.par_chunks_exact_mut(columns).enumerate();
        return rows.try_for_each(|(row, out)| bound.row_into(row, out));
    }
    let bound = bound.clone().transposed();
    let mut column = zeros(rows)?;
    for k in 0..columns {
        bound.row_into(k, &mut column)?;
        for (entry, row) in column.iter().zip(out.chunks_exact_mut(columns)) {
            row[k] = *entry;
        }
    }
    Ok(())
}
