//! What products with several vectors take and give.

use crate::every::Every;
use crate::row::{Real, Row};
use crate::strided::Strided;
use crate::view::View;

/// What a product with several vectors takes: rows of any width, one number of each vector in a row.
///
/// References to slices, arrays and `Vec`s of rows: of `T` (one vector) or of `[T; w]`, and the result is a
/// `Vec` of the same. A [`Strided`] of a width known at run time only: the result is a `Vec<T>`, row
/// after row. With the features `ndarray` and `nalgebra`, their vectors and matrices: the result is a
/// vector or a matrix.
#[diagnostic::on_unimplemented(
    message = "expected rows of `{T}`, found `{Self}`",
    label = "each row must be a `{T}` or `[{T}; w]`; pass a reference: `&v`",
    note = "rows come as a slice, array or `Vec` of `[{T}; w]`, as a matrix, or as `keops::Strided`"
)]
pub trait Columns<'a, T: Real> {
    /// What the result is.
    type Output: Block<T>;
    /// The rows.
    fn into_view(self) -> View<'a, T>;
}

/// What a product with several vectors gives.
pub trait Block<T: Real>: Sized {
    /// From the numbers, row after row.
    fn from_rows(values: Vec<T>, width: usize) -> Self;
}

/// Rows of any width that are passed by reference.
#[diagnostic::on_unimplemented(
    message = "expected rows of `{T}`, found `{Self}`",
    label = "each row must be a `{T}` or `[{T}; w]`",
    note = "rows come as a slice, array or `Vec` of `[{T}; w]`, as a matrix, or as `keops::Strided`"
)]
pub trait Columnar<T: Real> {
    /// What the result is.
    type Output: Block<T>;
    /// The rows.
    fn columns(&self) -> View<'_, T>;
}

#[diagnostic::do_not_recommend]
impl<'a, T: Real, V: Columnar<T> + ?Sized> Columns<'a, T> for &'a V {
    type Output = V::Output;

    fn into_view(self) -> View<'a, T> {
        self.columns()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, R: Row<Scalar = T>> Columnar<T> for [R] {
    type Output = Vec<R>;

    fn columns(&self) -> View<'_, T> {
        View::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, R: Row<Scalar = T>, const N: usize> Columnar<T> for [R; N] {
    type Output = Vec<R>;

    fn columns(&self) -> View<'_, T> {
        View::new(self.as_slice())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, R: Row<Scalar = T>> Columnar<T> for Vec<R> {
    type Output = Vec<R>;

    fn columns(&self) -> View<'_, T> {
        View::new(self.as_slice())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, V: Columnar<T> + ?Sized> Columnar<T> for &V {
    type Output = V::Output;

    fn columns(&self) -> View<'_, T> {
        (**self).columns()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, R: Row<Scalar = T>> Columnar<T> for Every<R> {
    type Output = Vec<R>;

    fn columns(&self) -> View<'_, T> {
        self.borrowed()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Real, R: Row<Scalar = T>> Columns<'a, T> for Every<R> {
    type Output = Vec<R>;

    fn into_view(self) -> View<'a, T> {
        self.inline()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Real> Columns<'a, T> for Strided<'a, T> {
    type Output = Vec<T>;

    fn into_view(self) -> View<'a, T> {
        Strided::view(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real> Columnar<T> for Strided<'_, T> {
    type Output = Vec<T>;

    fn columns(&self) -> View<'_, T> {
        Strided::view(*self)
    }
}

impl<T: Real, R: Row<Scalar = T>> Block<T> for Vec<R> {
    fn from_rows(values: Vec<T>, _: usize) -> Vec<R> {
        let mut rows = vec![R::ZERO; values.len() / R::WIDTH.max(1)];
        R::flatten_mut(&mut rows).copy_from_slice(&values);
        rows
    }
}

#[cfg(feature = "ndarray")]
mod of_ndarray {
    use super::{Block, Columnar, Columns};
    use crate::ndarray::{matrix, vector};
    use crate::row::Real;
    use crate::view::View;
    use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, Data, Ix1, Ix2};

    #[diagnostic::do_not_recommend]
    impl<T: Real, S: Data<Elem = T>> Columnar<T> for ArrayBase<S, Ix2> {
        type Output = Array2<T>;

        fn columns(&self) -> View<'_, T> {
            matrix(self.view())
        }
    }

    #[diagnostic::do_not_recommend]
    impl<T: Real, S: Data<Elem = T>> Columnar<T> for ArrayBase<S, Ix1> {
        type Output = Array1<T>;

        fn columns(&self) -> View<'_, T> {
            vector(self.view())
        }
    }

    #[diagnostic::do_not_recommend]
    impl<'a, T: Real> Columns<'a, T> for ArrayView2<'a, T> {
        type Output = Array2<T>;

        fn into_view(self) -> View<'a, T> {
            matrix(self)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<'a, T: Real> Columns<'a, T> for ArrayView1<'a, T> {
        type Output = Array1<T>;

        fn into_view(self) -> View<'a, T> {
            vector(self)
        }
    }

    impl<T: Real> Block<T> for Array2<T> {
        fn from_rows(values: Vec<T>, width: usize) -> Array2<T> {
            let rows = values.len() / width.max(1);
            let numbers = Array1::from_vec(values);
            numbers
                .into_shape_with_order((rows, width))
                .unwrap_or_else(|_| unreachable!("as many numbers as rows of this width have"))
        }
    }

    impl<T: Real> Block<T> for Array1<T> {
        fn from_rows(values: Vec<T>, _: usize) -> Array1<T> {
            Array1::from_vec(values)
        }
    }
}

#[cfg(feature = "nalgebra")]
mod of_nalgebra {
    use super::{Block, Columnar};
    use crate::row::Real;
    use crate::view::View;
    use nalgebra::{DMatrix, Dim, Matrix, RawStorage};

    #[diagnostic::do_not_recommend]
    impl<T: Real + nalgebra::Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C> + Sync> Columnar<T>
        for Matrix<T, R, C, S>
    {
        type Output = DMatrix<T>;

        fn columns(&self) -> View<'_, T> {
            View::grid(self)
        }
    }

    impl<T: Real + nalgebra::Scalar> Block<T> for DMatrix<T> {
        fn from_rows(values: Vec<T>, width: usize) -> DMatrix<T> {
            DMatrix::from_row_slice(values.len() / width.max(1), width, &values)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every::every;

    /// The width of what is taken, and what is made of numbers like its.
    fn round<'a, V: Columns<'a, f64>>(v: V) -> (usize, V::Output) {
        let view = v.into_view();
        let rows = view.rows().unwrap_or(2);
        let mut numbers = vec![0.0; rows * view.width()];
        view.copy_rows(0..rows, &mut numbers);
        (view.width(), V::Output::from_rows(numbers, view.width()))
    }

    #[test]
    fn what_goes_in_comes_out() {
        let rows = vec![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        assert_eq!(round(&rows), (2, rows.clone()));
        assert_eq!(round(&rows[1..]), (2, rows[1..].to_vec()));
        assert_eq!(round(&[1.0, 2.0]), (1, vec![1.0, 2.0]));
        assert_eq!(round(&&rows), (2, rows.clone()));
        assert_eq!(round(every([1.0, 2.0, 3.0])), (3, vec![[1.0, 2.0, 3.0]; 2]));
        let flat = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(round(Strided::new(&flat, 3)), (3, flat.to_vec()));
        let nested = [[[1.0, 2.0], [3.0, 4.0]]];
        assert_eq!(round(&nested), (4, nested.to_vec()));
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn matrices_of_ndarray() {
        use ndarray::{arr1, arr2};
        let matrix = arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert_eq!(round(&matrix), (2, matrix.clone()));
        assert_eq!(round(matrix.t()), (3, matrix.t().to_owned()));
        let vector = arr1(&[1.0, 2.0]);
        assert_eq!(round(&vector), (1, vector.clone()));
        assert_eq!(round(vector.view()), (1, vector.clone()));
    }

    #[cfg(feature = "nalgebra")]
    #[test]
    fn matrices_of_nalgebra() {
        let matrix = nalgebra::DMatrix::from_row_slice(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(round(&matrix), (2, matrix.clone()));
        let vector = nalgebra::DVector::from_vec(vec![1.0, 2.0]);
        let (width, found) = round(&vector);
        assert_eq!((width, found.as_slice()), (1, vector.as_slice()));
    }
}
