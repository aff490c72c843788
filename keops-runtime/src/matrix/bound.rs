//! A kernel matrix that computes.

use std::borrow::Cow;

use super::Parts;
use super::slabs::{Piece, cut};
use crate::argument::{Argument, OutputMut};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Prepared;
use crate::operator::{LinearOperator, check_block};
use crate::options::Options;
use crate::ranges::Ranges;
use crate::row::Real;
use crate::view::View;

/// A kernel matrix with all its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Bound<'s, T: 'static> {
    pub(super) parts: &'static Parts<T>,
    pub(super) arguments: Vec<Argument<'s, T>>,
    pub(super) options: Options,
    pub(super) ranges: Option<&'s Ranges>,
    pub(super) transposed: bool,
}

impl<'s, T: Real> Bound<'s, T> {
    /// The transposed matrix.
    pub(crate) fn transposed(mut self) -> Bound<'s, T> {
        self.transposed = !self.transposed;
        self
    }

    /// Whether it is the transposed of the formula's matrix.
    pub(crate) fn is_transposed(&self) -> bool {
        self.transposed
    }

    /// The number of batches: outside of as many equal blocks on the diagonal all is 0.
    pub(crate) fn blocks(&self) -> Result<usize> {
        self.options.batch.batches()
    }

    /// That it has as many rows as columns, and may be symmetric: the number. `what` needs it.
    pub(crate) fn symmetric(&self, what: &str) -> Result<usize> {
        let rows = self.square(what)?;
        let pair = self.ranges.map(Ranges::unsymmetric).transpose()?;
        let Some((i, j)) = pair.flatten() else {
            return Ok(rows);
        };
        let message = format!(
            "`{what}`: the matrix must be symmetric, and its ranges are not: they have the pair of row {i} \
             and column {j}, and not that of row {j} and column {i}"
        );
        Err(Error::new(ErrorKind::Rows, message))
    }

    /// The numbers of rows and columns.
    pub(crate) fn shape(&self) -> Result<(usize, usize)> {
        let (i, j) = self.sizes()?;
        Ok(if self.transposed { (j, i) } else { (i, j) })
    }

    /// That it has as many rows as columns: the number.
    ///
    /// `what` needs it.
    pub(crate) fn square(&self, what: &str) -> Result<usize> {
        match self.shape()? {
            (rows, columns) if rows == columns => Ok(rows),
            (rows, columns) => {
                let message = format!(
                    "`{what}`: the matrix has {rows} rows and {columns} columns; it must be square"
                );
                Err(Error::new(ErrorKind::Rows, message))
            }
        }
    }

    /// The rows of both clouds.
    pub(super) fn sizes(&self) -> Result<(usize, usize)> {
        let one = Argument::Rows(View::inline(T::ZERO));
        let product = self.prepare(self.parts.slabs[0].products[0], &[one])?;
        let sizes = product.sizes();
        Ok((sizes.i, sizes.j))
    }

    /// The product with `width` vectors, row after row.
    pub(crate) fn apply_block(&self, v: &[T], width: usize, out: &mut [T]) -> Result<()> {
        let (rows, columns) = self.shape()?;
        check_block("v", v.len(), columns, width)?;
        check_block("out", out.len(), rows, width)?;
        let side = usize::from(self.transposed);
        let widths: Vec<usize> = self.parts.slabs.iter().map(|slab| slab.width).collect();
        for piece in cut(width, &widths) {
            let slab = &self.parts.slabs[piece.slab];
            let given = slab_of(v, width, &piece, slab.width)?;
            let product = self.prepare(slab.products[side], &[given.argument()])?;
            if slab.width == width {
                return product.run(&mut [OutputMut::Real(out)]);
            }
            let mut computed = zeros(rows * slab.width)?;
            product.run(&mut [OutputMut::Real(&mut computed)])?;
            let rows = out.chunks_exact_mut(width);
            for (to, from) in rows.zip(computed.chunks_exact(slab.width)) {
                let to = &mut to[piece.columns.clone()];
                to.copy_from_slice(&from[..to.len()]);
            }
        }
        Ok(())
    }

    /// The numbers of rows of the gradients by the floating arguments.
    pub(super) fn gradient_rows(&self) -> Result<Vec<usize>> {
        let one = Argument::Rows(View::inline(T::ZERO));
        let gradients = self.parts.slabs[0].gradients.iter();
        gradients
            .map(|gradient| Ok(self.prepare(gradient, &[one, one])?.rows(0)))
            .collect()
    }

    /// The gradient of `Σ_ij left_i K_ij right_j` (the formula's K, whether this is transposed or not)
    /// by a floating argument; both have `width` columns.
    pub(super) fn gradient(
        &self,
        number: usize,
        (left, right): (&[T], &[T]),
        width: usize,
        output: &mut OutputMut<'_, T>,
    ) -> Result<()> {
        let OutputMut::Real(out) = output else {
            return Err(Error::internal("a gradient of labels"));
        };
        let slabs = self.parts.slabs.iter();
        let slabs: Vec<_> = slabs.filter(|slab| slab.gradients.len() > number).collect();
        let widths: Vec<usize> = slabs.iter().map(|slab| slab.width).collect();
        out.fill(T::ZERO);
        let mut computed = Vec::new();
        for (k, piece) in cut(width, &widths).into_iter().enumerate() {
            let slab = slabs[piece.slab];
            let (v, e) = (
                slab_of(right, width, &piece, slab.width)?,
                slab_of(left, width, &piece, slab.width)?,
            );
            let given = [v.argument(), e.argument()];
            let gradient = self.prepare(slab.gradients[number], &given)?;
            if k == 0 {
                gradient.run(&mut [OutputMut::Real(out)])?;
                continue;
            }
            computed.resize(out.len(), T::ZERO);
            gradient.run(&mut [OutputMut::Real(&mut computed)])?;
            for (sum, more) in out.iter_mut().zip(&computed) {
                *sum = *sum + *more;
            }
        }
        Ok(())
    }

    /// A call of the matrix's arguments and others.
    pub(super) fn prepare<'p>(
        &self,
        descriptor: &Descriptor<T>,
        given: &[Argument<'p, T>],
    ) -> Result<Prepared<'p, T>>
    where
        's: 'p,
    {
        let mut all: Vec<Argument<'p, T>> = self.arguments.clone();
        all.extend(given);
        let prepared = Prepared::new(descriptor, &all, &self.options)?;
        match self.ranges {
            Some(ranges) => prepared.ranges(ranges),
            None => Ok(prepared),
        }
    }
}

impl<T: Real> LinearOperator<T> for Bound<'_, T> {
    fn shape(&self) -> Result<(usize, usize)> {
        Bound::shape(self)
    }
    fn apply(&self, v: &[T], out: &mut [T]) -> Result<()> {
        Bound::apply_block(self, v, 1, out)
    }
    fn apply_transpose(&self, v: &[T], out: &mut [T]) -> Result<()> {
        Bound::apply_block(&self.clone().transposed(), v, 1, out)
    }
    fn apply_block(&self, v: &[T], width: usize, out: &mut [T]) -> Result<()> {
        Bound::apply_block(self, v, width, out)
    }
    fn diagonal_into(&self, out: &mut [T]) -> Result<()> {
        Bound::diagonal_into(self, out)
    }
    fn blocks(&self) -> Result<usize> {
        Bound::blocks(self)
    }
}

/// Columns for a slab: where they lie, or in memory of their own, with zeros beyond the last.
enum Given<'v, T> {
    There(View<'v, T>),
    Padded(Vec<T>, usize),
}

impl<T: Real> Given<'_, T> {
    fn argument(&self) -> Argument<'_, T> {
        Argument::Rows(match self {
            Given::There(view) => *view,
            Given::Padded(values, width) => View::flat(values, *width),
        })
    }
}

fn slab_of<'v, T: Real>(
    v: &'v [T],
    width: usize,
    piece: &Piece,
    slab: usize,
) -> Result<Given<'v, T>> {
    let rows = v.len() / width.max(1);
    if piece.columns.len() == slab {
        let strides = (width as isize, 1);
        let view = View::strided(v, piece.columns.start, (rows, slab), strides)?;
        return Ok(Given::There(view));
    }
    let mut padded = zeros(rows * slab)?;
    for (to, from) in padded.chunks_exact_mut(slab).zip(v.chunks_exact(width)) {
        let from = &from[piece.columns.clone()];
        to[..from.len()].copy_from_slice(from);
    }
    Ok(Given::Padded(padded, slab))
}

/// So many zeros.
pub(crate) fn zeros<T: Real>(count: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|error| {
        let bytes = count as u128 * size_of::<T>() as u128;
        let message = format!("no memory for {count} numbers, which are {bytes} bytes");
        Error::new(ErrorKind::Memory, message).caused_by(error)
    })?;
    values.resize(count, T::ZERO);
    Ok(values)
}

/// The numbers of a block of vectors that has `rows` rows, the axis of which is called `axis`.
pub(crate) fn flat<'v, T: Real>(
    view: &View<'v, T>,
    name: &str,
    rows: usize,
    axis: &str,
) -> Result<Cow<'v, [T]>> {
    view.check(name, view.width())?;
    if view.width() == 0 {
        let message = format!("`{name}`: rows of 0 numbers: the width must be at least 1");
        return Err(Error::new(ErrorKind::Layout, message));
    }
    if let Some(found) = view.rows()
        && found != rows
    {
        let message = format!("`{name}` has {found} rows, and the matrix has {rows} {axis}");
        return Err(Error::new(ErrorKind::Rows, message));
    }
    if let Some(values) = view.contiguous() {
        return Ok(Cow::Borrowed(values));
    }
    let mut values = zeros(rows * view.width())?;
    view.copy_rows(0..rows, &mut values);
    Ok(Cow::Owned(values))
}
