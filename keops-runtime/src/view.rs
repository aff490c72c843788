//! Rows of numbers that a call borrows, whatever their layout.

use std::fmt;
use std::ops::Range;

#[cfg(any(feature = "ndarray", feature = "nalgebra"))]
use num_complex::Complex;

use crate::batch::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::row::{Row, Scalar};

/// The longest row that a view holds itself, for [`every`](crate::every()): a 4 × 4 matrix.
pub(crate) const INLINE: usize = 16;

/// Borrowed rows of `width` numbers each: what every argument of a call turns into.
///
/// It is `Copy`, `Send` and `Sync`, and reading it cannot go out of bounds: its layout is checked when
/// it is made. One that could not be made right remembers why, and [`check`](View::check) tells.
#[derive(Clone, Copy)]
pub struct View<'a, T> {
    /// None: one value stands for all rows, however many there are.
    rows: Option<usize>,
    width: usize,
    place: Place<'a, T>,
    /// How often the rows are repeated along the axes of the batches.
    repeats: Option<Batch>,
}

/// Where the numbers are.
#[derive(Clone, Copy)]
enum Place<'a, T> {
    /// In memory: number k of row i is `data[offset + i · strides.0 + k · strides.1]`.
    Memory {
        data: &'a [T],
        offset: usize,
        strides: (isize, isize),
    },
    /// One row for all, here.
    Inline([T; INLINE]),
    /// Nowhere: the layout made no sense.
    Fault(Fault),
    /// In an `ArrayView2`, spelled such that it is covariant in `'a`.
    #[cfg(feature = "ndarray")]
    Ndarray(ndarray::ArrayBase<ndarray::ViewRepr<&'a T>, ndarray::Ix2, T>),
    /// The same of complex numbers, each of them two numbers.
    #[cfg(feature = "ndarray")]
    Complex(ndarray::ArrayBase<ndarray::ViewRepr<&'a Complex<T>>, ndarray::Ix2, Complex<T>>),
    /// In something that gives no slice.
    #[cfg(feature = "nalgebra")]
    Grid(&'a (dyn Grid<T> + 'a)),
}

/// Rows that can be read and do not lie in a slice.
#[cfg(feature = "nalgebra")]
pub(crate) trait Grid<T>: Sync {
    /// How many rows there are.
    fn rows(&self) -> usize;
    /// How many numbers each row has.
    fn width(&self) -> usize;
    /// The number k of row i.
    fn get(&self, i: usize, k: usize) -> T;
    /// Copies the numbers of the rows in `range` to `out`, row after row.
    fn copy_rows(&self, range: Range<usize>, out: &mut [T]);
}

/// Why a view has no numbers.
#[derive(Clone, Copy)]
enum Fault {
    /// So many numbers are no whole number of rows.
    Ragged(usize),
}

impl<'a, T: Scalar> View<'a, T> {
    /// Rows one after the other.
    pub fn new<R: Row<Scalar = T>>(rows: &'a [R]) -> View<'a, T> {
        let strides = (signed(R::WIDTH), 1);
        let place = Place::Memory {
            data: R::flatten(rows),
            offset: 0,
            strides,
        };
        View {
            rows: Some(rows.len()),
            width: R::WIDTH,
            place,
            repeats: None,
        }
    }

    /// The numbers of rows of `width`, row after row. That they are a whole number of rows is seen by
    /// [`check`](View::check).
    pub fn flat(data: &'a [T], width: usize) -> View<'a, T> {
        if width == 0 || !data.len().is_multiple_of(width) {
            return View {
                rows: Some(0),
                width,
                place: Place::Fault(Fault::Ragged(data.len())),
                repeats: None,
            };
        }
        let place = Place::Memory {
            data,
            offset: 0,
            strides: (signed(width), 1),
        };
        View {
            rows: Some(data.len() / width),
            width,
            place,
            repeats: None,
        }
    }

    /// The row for all rows, in memory.
    pub fn every<R: Row<Scalar = T>>(row: &'a R) -> View<'a, T> {
        let data = R::flatten(std::slice::from_ref(row));
        View {
            rows: None,
            width: R::WIDTH,
            place: Place::Memory {
                data,
                offset: 0,
                strides: (0, 1),
            },
            repeats: None,
        }
    }

    /// The row for all rows, held by the view; at most [`INLINE`] numbers.
    pub(crate) fn inline<R: Row<Scalar = T>>(row: R) -> View<'a, T> {
        let mut numbers = [T::default(); INLINE];
        numbers[..R::WIDTH].copy_from_slice(R::flatten(&[row]));
        View {
            rows: None,
            width: R::WIDTH,
            place: Place::Inline(numbers),
            repeats: None,
        }
    }

    /// `rows` rows of `width` numbers, number k of row i at `offset + i · strides.0 + k · strides.1`.
    ///
    /// # Errors
    ///
    /// A number would be outside of `data`.
    pub fn strided(
        data: &'a [T],
        offset: usize,
        (rows, width): (usize, usize),
        strides: (isize, isize),
    ) -> Result<View<'a, T>> {
        if rows > 0 && width > 0 {
            // The positions of the corners; saturated ones are outside of any memory.
            let reach = |count: usize, stride: isize| (count as i128 - 1) * stride as i128;
            let reach = [reach(rows, strides.0), reach(width, strides.1)];
            let corner = |bound: fn(i128) -> i128| {
                reach.iter().fold(offset as i128, |sum, &reach| {
                    sum.saturating_add(bound(reach))
                })
            };
            let (first, last) = (corner(|reach| reach.min(0)), corner(|reach| reach.max(0)));
            if first < 0 || last >= data.len() as i128 {
                let message = format!(
                    "{rows} rows of {width} with strides {} and {} from position {offset} reach \
                     positions {first} to {last}, outside of the {} numbers that there are",
                    strides.0,
                    strides.1,
                    data.len()
                );
                return Err(Error::new(ErrorKind::Layout, message));
            }
        }
        Ok(View {
            rows: Some(rows),
            width,
            place: Place::Memory {
                data,
                offset,
                strides,
            },
            repeats: None,
        })
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn ndarray(matrix: ndarray::ArrayView2<'a, T>) -> View<'a, T> {
        View {
            rows: Some(matrix.nrows()),
            width: matrix.ncols(),
            place: Place::Ndarray(matrix),
            repeats: None,
        }
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn complex(matrix: ndarray::ArrayView2<'a, Complex<T>>) -> View<'a, T> {
        View {
            rows: Some(matrix.nrows()),
            width: 2 * matrix.ncols(),
            place: Place::Complex(matrix),
            repeats: None,
        }
    }

    #[cfg(feature = "nalgebra")]
    pub(crate) fn grid(grid: &'a (dyn Grid<T> + 'a)) -> View<'a, T> {
        View {
            rows: Some(grid.rows()),
            width: grid.width(),
            place: Place::Grid(grid),
            repeats: None,
        }
    }

    /// Whether it can be taken as rows of `width` numbers for the argument called `name`.
    ///
    /// # Errors
    ///
    /// Its width is another, or it is no whole number of rows, or it has more rows than an axis can.
    pub fn check(&self, name: &str, width: usize) -> Result<()> {
        if let Place::Fault(Fault::Ragged(len)) = self.place {
            let message = match self.width {
                0 => format!("`{name}`: rows of 0 numbers: the width must be at least 1"),
                own => format!("`{name}`: {len} numbers are no whole number of rows of {own}"),
            };
            return Err(Error::new(ErrorKind::Layout, message));
        }
        check_width(name, width, self.width)?;
        if self.repeats.is_some() {
            let message = format!("`{name}`: only a call with `.batch(&[…])` takes `tiled` rows");
            return Err(Error::new(ErrorKind::Layout, message));
        }
        match self.rows {
            Some(rows) if i32::try_from(rows).is_err() => Err(Error::size(name, rows)),
            _ => Ok(()),
        }
    }

    /// The number k of row i.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn get(&self, i: usize, k: usize) -> T {
        assert!(
            self.rows.is_none_or(|rows| i < rows) && k < self.width,
            "no number {k} of row {i}"
        );
        match &self.place {
            Place::Memory {
                data,
                offset,
                strides,
            } => data[position(*offset, *strides, i, k)],
            Place::Inline(numbers) => numbers[k],
            Place::Fault(_) => unreachable!("a view with a fault has no rows"),
            #[cfg(feature = "ndarray")]
            Place::Ndarray(matrix) => matrix[[i, k]],
            #[cfg(feature = "ndarray")]
            Place::Complex(matrix) => part(&matrix[[i, k / 2]], k % 2),
            #[cfg(feature = "nalgebra")]
            Place::Grid(grid) => grid.get(i, k),
        }
    }

    /// Copies the numbers of the rows in `range` to `out`, row after row.
    ///
    /// # Panics
    ///
    /// Where the range goes beyond the rows, or `out` is not as long as its numbers.
    pub fn copy_rows(&self, range: Range<usize>, out: &mut [T]) {
        let width = self.width;
        assert!(
            range.start <= range.end,
            "a range that ends before it starts"
        );
        assert!(
            self.rows.is_none_or(|rows| range.end <= rows),
            "rows beyond the last"
        );
        assert_eq!(
            out.len(),
            range.len() * width,
            "as many numbers as the rows have"
        );
        if out.is_empty() {
            return;
        }
        match &self.place {
            Place::Memory {
                data,
                offset,
                strides,
            } => {
                let start = position(*offset, *strides, range.start, 0);
                copy(data, start, *strides, width, out);
            }
            Place::Inline(numbers) => {
                for row in out.chunks_exact_mut(width) {
                    row.copy_from_slice(&numbers[..width]);
                }
            }
            Place::Fault(_) => unreachable!("a view with a fault has no rows"),
            #[cfg(feature = "ndarray")]
            Place::Ndarray(matrix) => crate::ndarray::copy_rows(*matrix, range, out),
            #[cfg(feature = "ndarray")]
            Place::Complex(matrix) => crate::ndarray::copy_complex_rows(*matrix, range, out),
            #[cfg(feature = "nalgebra")]
            Place::Grid(grid) => grid.copy_rows(range, out),
        }
    }
}

impl<'a, T> View<'a, T> {
    /// The same rows, repeated along the axes of the batches.
    pub(crate) fn tiled(self, repeats: Batch) -> View<'a, T> {
        View {
            repeats: Some(repeats),
            ..self
        }
    }

    /// The rows themselves, and how often they are repeated.
    pub(crate) fn untiled(self) -> (View<'a, T>, Option<Batch>) {
        let plain = View {
            repeats: None,
            ..self
        };
        (plain, self.repeats)
    }

    /// How many rows there are; none where one row stands for all.
    pub fn rows(&self) -> Option<usize> {
        self.rows
    }

    /// How many numbers each row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The numbers of all rows, where they lie in memory row after row.
    pub fn contiguous(&self) -> Option<&'a [T]> {
        let rows = self.rows?;
        match self.place {
            Place::Memory {
                data,
                offset,
                strides,
            } if (strides.0 == signed(self.width) || rows <= 1)
                && (strides.1 == 1 || self.width <= 1) =>
            {
                let len = rows * self.width;
                if len == 0 {
                    Some(&[])
                } else {
                    Some(&data[offset..][..len])
                }
            }
            _ => None,
        }
    }
}

/// That rows of `found` numbers are rows of `expected`.
pub(crate) fn check_width(name: &str, expected: usize, found: usize) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err(Error::width(name, expected, found))
    }
}

/// The real part (0) or the imaginary part (1).
#[cfg(any(feature = "ndarray", feature = "nalgebra"))]
pub(crate) fn part<T: Copy>(number: &Complex<T>, part: usize) -> T {
    if part == 0 { number.re } else { number.im }
}

/// A length as a stride; lengths of memory are below 2⁶³.
fn signed(length: usize) -> isize {
    length as isize
}

/// The position of number k of row i. Views are made such that it does not overflow.
fn position(offset: usize, strides: (isize, isize), i: usize, k: usize) -> usize {
    let steps = (i as isize)
        .wrapping_mul(strides.0)
        .wrapping_add((k as isize).wrapping_mul(strides.1));
    offset.wrapping_add_signed(steps)
}

/// Copies rows of `width` with these strides to `out`, the first from `start`.
fn copy<T: Copy>(data: &[T], start: usize, strides: (isize, isize), width: usize, out: &mut [T]) {
    if strides.1 == 1 && strides.0 == signed(width) {
        return out.copy_from_slice(&data[start..][..out.len()]);
    }
    for (i, row) in out.chunks_exact_mut(width).enumerate() {
        if strides.1 == 1 {
            row.copy_from_slice(&data[position(start, strides, i, 0)..][..width]);
        } else {
            for (k, number) in row.iter_mut().enumerate() {
                *number = data[position(start, strides, i, k)];
            }
        }
    }
}

impl<T> fmt::Debug for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(rows) => write!(f, "View({rows} rows of {})", self.width),
            None => write!(f, "View(every row of {})", self.width),
        }
    }
}

#[cfg(test)]
mod tests;
