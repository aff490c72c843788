//! Rows in memory of any layout.

use crate::error::Result;
use crate::row::Scalar;
use crate::view::View;

/// Rows in memory of any layout, passed by value. Their width is known at run time only, and is
/// checked when the call is run.
///
/// ```
/// use keops_runtime::Strided;
///
/// // Six numbers as two rows of three.
/// let flat = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let rows = Strided::new(&flat, 3);
/// assert_eq!((rows.rows(), rows.width()), (2, 3));
///
/// // The same matrix transposed, without a copy: three rows of two.
/// let rows = Strided::with_strides(&flat, 3, 2, 1, 3).unwrap();
/// assert_eq!((rows.get(0, 0), rows.get(0, 1)), (1.0, 4.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a, T>(View<'a, T>);

impl<'a, T: Scalar> Strided<'a, T> {
    /// Rows of `width` numbers, row after row.
    ///
    /// A length of `data` that is no multiple of `width` is an error of the call that takes the rows.
    pub fn new(data: &'a [T], width: usize) -> Strided<'a, T> {
        Strided(View::flat(data, width))
    }

    /// `rows` rows of `width` numbers: number k of row i is at
    /// `i * row_stride + k * column_stride`, counted from the start of `data` where the strides are
    /// positive, and such that the lowest position is the start of `data` where they are negative.
    ///
    /// ```
    /// use keops_runtime::Strided;
    ///
    /// // Rows in reverse.
    /// let rows = Strided::with_strides(&[1.0, 2.0, 3.0], 3, 1, -1, 1).unwrap();
    /// assert_eq!(rows.get(0, 0), 3.0);
    /// // Too many.
    /// assert!(Strided::with_strides(&[1.0, 2.0, 3.0], 4, 1, 1, 1).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// A number would be outside of `data`.
    pub fn with_strides(
        data: &'a [T],
        rows: usize,
        width: usize,
        row_stride: isize,
        column_stride: isize,
    ) -> Result<Strided<'a, T>> {
        // What negative strides go back by is where the first number is.
        let back = |count: usize, stride: isize| {
            if stride < 0 {
                count
                    .saturating_sub(1)
                    .saturating_mul(stride.unsigned_abs())
            } else {
                0
            }
        };
        let offset = back(rows, row_stride).saturating_add(back(width, column_stride));
        View::strided(data, offset, (rows, width), (row_stride, column_stride)).map(Strided)
    }

    /// The number k of row i.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn get(&self, i: usize, k: usize) -> T {
        self.0.get(i, k)
    }
}

impl<'a, T> Strided<'a, T> {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.0.rows().unwrap_or(0)
    }

    /// How many numbers each row has.
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// The rows as what every argument turns into.
    pub fn view(self) -> View<'a, T> {
        self.0
    }
}
