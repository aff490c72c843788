//! The entries of a kernel matrix.

use std::ops::Range;

use super::KernelMatrix;
use super::bound::{Bound, zeros};
use crate::argument::{Argument, OutputMut};
use crate::batch::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Prepared;
use crate::lazy::Wide;
use crate::memory;
use crate::operator::check_block;
use crate::ranges::Ranges;
use crate::row::Real;
use crate::view::View;
use keops_program::schedule::Axis;
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

impl<T: Real> Bound<'_, T> {
    /// The entries with equal row and column.
    pub(super) fn diagonal_into(&self, out: &mut [T]) -> Result<()> {
        let rows = self.square("diagonal")?;
        check_block("out", out.len(), rows, 1)?;
        // Ranges are of pairs, which a pass over the diagonal has not.
        Prepared::new(self.parts.diagonal, &self.arguments, &self.options)?
            .run(&mut [OutputMut::Real(out)])?;
        if let Some(ranges) = self.ranges {
            for (k, entry) in out.iter_mut().enumerate() {
                if !ranges.meets(k, k) {
                    *entry = T::ZERO;
                }
            }
        }
        Ok(())
    }

    /// The entries of a row: the product of the transposed matrix, of that row alone, with 1.
    pub(super) fn row_into(&self, row: usize, out: &mut [T]) -> Result<()> {
        if self.ranges.is_some() || self.options.batch != Batch::NONE {
            return self.visited_row(row, out);
        }
        let side = usize::from(!self.transposed);
        let product = self.parts.slabs[0].products[side];
        let of = if self.transposed { Axis::J } else { Axis::I };
        let schedule = &product.load()?.schedule;
        // The numbers of the row, where they are not the same for all.
        let mut reals: Vec<(usize, Vec<T>)> = Vec::new();
        let mut labels: Vec<(usize, Vec<u32>)> = Vec::new();
        for (number, argument) in self.arguments.iter().enumerate() {
            if schedule.arguments[number].axis != of || argument.rows().is_none() {
                continue;
            }
            match argument {
                Argument::Rows(view) => {
                    let mut values = vec![T::ZERO; view.width()];
                    view.copy_rows(row..row + 1, &mut values);
                    reals.push((number, values));
                }
                Argument::Labels(view) => {
                    let mut values = vec![0; view.width()];
                    view.copy_rows(row..row + 1, &mut values);
                    labels.push((number, values));
                }
                Argument::Param(_) | Argument::LabelParam(_) => {}
            }
        }
        let mut arguments: Vec<Argument<'_, T>> = self.arguments.clone();
        for (number, values) in &reals {
            arguments[*number] = Argument::Rows(View::flat(values, values.len()));
        }
        for (number, values) in &labels {
            arguments[*number] = Argument::Labels(View::flat(values, values.len()));
        }
        let one = [T::from_f64(1.0)];
        arguments.push(Argument::Rows(View::flat(&one, 1)));
        let first = u32::try_from(row).map_err(|_| Error::size("the matrix", row))?;
        let (i0, j0) = if self.transposed {
            (0, first)
        } else {
            (first, 0)
        };
        Prepared::new(product, &arguments, &self.options)?
            .offset(i0, j0)?
            .run(&mut [OutputMut::Real(out)])
    }

    /// The entries of a row of a matrix with ranges or batches: of all rows, the product visits one.
    fn visited_row(&self, row: usize, out: &mut [T]) -> Result<()> {
        let (i, j) = self.sizes()?;
        let (rows, columns) = if self.transposed { (j, i) } else { (i, j) };
        let batches = self.blocks()?;
        let block = |count: usize| count / batches.max(1);
        let first = row / block(rows).max(1) * block(columns);
        let of_batch = first..first + block(columns);
        if let Some(ranges) = self.ranges {
            ranges.prepare(if self.transposed { Axis::J } else { Axis::I })?;
        }
        let intervals: Vec<Range<usize>> = match (self.ranges, self.transposed) {
            (None, _) => vec![of_batch],
            (Some(ranges), false) => ranges.by_i().columns_of(row).collect(),
            (Some(ranges), true) => ranges.by_j().columns_of(row).collect(),
        };
        let pair = |columns: Range<usize>| match self.transposed {
            false => (row..row + 1, columns),
            true => (columns, row..row + 1),
        };
        let blocks: Vec<_> = intervals.iter().cloned().map(pair).collect();
        let ranges = Ranges::from_blocks(i, j, &blocks)?;
        let product = self.parts.slabs[0].products[usize::from(!self.transposed)];
        let mut arguments: Vec<Argument<'_, T>> = self.arguments.clone();
        arguments.push(Argument::Rows(View::inline(T::from_f64(1.0))));
        let product = Prepared::new(product, &arguments, &self.options)?;
        product.ranges(&ranges)?.run(&mut [OutputMut::Real(out)])?;
        // A factor that is taken out of the sum may be infinite or NaN, and the sum of none is 0.
        let mut next = 0;
        for columns in intervals.iter().chain([&(out.len()..out.len())]) {
            out[next..columns.start].fill(T::ZERO);
            next = columns.end;
        }
        Ok(())
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
