//! Matrices that are known by their products alone.

use crate::error::{Error, ErrorKind, Result};
use crate::row::Real;

/// A matrix that is known by its products: a kernel matrix, a sum of some, a matrix in memory.
///
/// Vectors are slices; several vectors are the columns of a matrix that is stored row after row, so that
/// `width` numbers belong to each row. [`ConjugateGradient`](crate::ConjugateGradient) solves linear
/// systems with any operator, and other code (Lanczos iterations, eigenvalues, traces) is written
/// against this trait. A solver of another crate that takes products as a function is given
/// [`apply`](LinearOperator::apply), or [`apply_block`](LinearOperator::apply_block) for matrices that are
/// stored row after row: with linfa-linalg's `lobpcg`, which finds a few eigenvalues, `x` and `v` of ndarray,
///
/// ```text
/// let product = |v: ArrayView2<f64>| {
///     let (v, mut out) = (v.as_standard_layout(), Array2::zeros(v.raw_dim()));
///     let (numbers, result) = (v.as_slice().unwrap(), out.as_slice_mut().unwrap());
///     k.apply_block(numbers, v.ncols(), result).unwrap();
///     out
/// };
/// let found = lobpcg(product, x, |_| {}, None, 1e-7, 500, Order::Largest);
/// ```
///
/// ```
/// use keops_runtime::{LinearOperator, Result};
///
/// /// The second difference.
/// struct Laplacian(usize);
///
/// impl LinearOperator<f64> for Laplacian {
///     fn shape(&self) -> Result<(usize, usize)> {
///         Ok((self.0, self.0))
///     }
///     fn apply(&self, v: &[f64], out: &mut [f64]) -> Result<()> {
///         for i in 0..self.0 {
///             let at = |k: usize| v.get(k).copied().unwrap_or(0.0);
///             out[i] = 2.0 * v[i] - at(i.wrapping_sub(1)) - at(i + 1);
///         }
///         Ok(())
///     }
///     fn apply_transpose(&self, v: &[f64], out: &mut [f64]) -> Result<()> {
///         self.apply(v, out)
///     }
/// }
///
/// let mut out = [0.0; 6];
/// // Two columns.
/// Laplacian(3).apply_block(&[1.0, 0.0, 1.0, 1.0, 1.0, 0.0], 2, &mut out)?;
/// assert_eq!(out, [1.0, -1.0, 0.0, 2.0, 1.0, -1.0]);
/// # Ok::<(), keops_runtime::Error>(())
/// ```
pub trait LinearOperator<T: Real> {
    /// The numbers of rows and columns.
    ///
    /// # Errors
    ///
    /// They are not known, such as where arguments of a kernel matrix disagree.
    fn shape(&self) -> Result<(usize, usize)>;

    /// The product with a vector that has a number for each column; `out` has one for each row.
    ///
    /// # Errors
    ///
    /// Vectors of other lengths, and what keeps the product from being computed.
    fn apply(&self, v: &[T], out: &mut [T]) -> Result<()>;

    /// The product of the transposed matrix with a vector that has a number for each row; `out` has one
    /// for each column.
    ///
    /// # Errors
    ///
    /// As of [`apply`](LinearOperator::apply).
    fn apply_transpose(&self, v: &[T], out: &mut [T]) -> Result<()>;

    /// The products with `width` vectors at once, stored row after row. Without a better way: one by
    /// one.
    ///
    /// # Errors
    ///
    /// As of [`apply`](LinearOperator::apply).
    fn apply_block(&self, v: &[T], width: usize, out: &mut [T]) -> Result<()> {
        let (rows, columns) = self.shape()?;
        check_block("v", v.len(), columns, width)?;
        check_block("out", out.len(), rows, width)?;
        let (mut one, mut product) = (vec![T::ZERO; columns], vec![T::ZERO; rows]);
        for k in 0..width {
            for (number, row) in one.iter_mut().zip(v.chunks_exact(width)) {
                *number = row[k];
            }
            self.apply(&one, &mut product)?;
            for (number, row) in product.iter().zip(out.chunks_exact_mut(width)) {
                row[k] = *number;
            }
        }
        Ok(())
    }

    /// The entries on the diagonal, for preconditioners; `out` has one for each row.
    ///
    /// # Errors
    ///
    /// The operator does not know them, or has none.
    fn diagonal_into(&self, _out: &mut [T]) -> Result<()> {
        Err(Error::new(
            ErrorKind::Unsupported,
            "this operator does not tell its diagonal: implement `LinearOperator::diagonal_into`, or use \
             another preconditioner",
        ))
    }

    /// How many equal, consecutive blocks lie on its diagonal, outside of which every entry is 0: a solver
    /// takes each for a system of its own. 1 where nothing is known; the batches of a kernel matrix.
    ///
    /// # Errors
    ///
    /// They are not known.
    fn blocks(&self) -> Result<usize> {
        Ok(1)
    }
}

impl<T: Real, A: LinearOperator<T> + ?Sized> LinearOperator<T> for &A {
    fn shape(&self) -> Result<(usize, usize)> {
        (**self).shape()
    }
    fn apply(&self, v: &[T], out: &mut [T]) -> Result<()> {
        (**self).apply(v, out)
    }
    fn apply_transpose(&self, v: &[T], out: &mut [T]) -> Result<()> {
        (**self).apply_transpose(v, out)
    }
    fn apply_block(&self, v: &[T], width: usize, out: &mut [T]) -> Result<()> {
        (**self).apply_block(v, width, out)
    }
    fn diagonal_into(&self, out: &mut [T]) -> Result<()> {
        (**self).diagonal_into(out)
    }
    fn blocks(&self) -> Result<usize> {
        (**self).blocks()
    }
}

/// That a block of `width` vectors has `rows` rows.
pub(crate) fn check_block(name: &str, found: usize, rows: usize, width: usize) -> Result<()> {
    if found == rows * width {
        return Ok(());
    }
    let message = format!("`{name}` has {found} numbers, and {rows} rows of {width} are needed");
    Err(Error::new(ErrorKind::Rows, message))
}
