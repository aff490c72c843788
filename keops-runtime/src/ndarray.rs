//! Vectors and matrices of the crate `ndarray`, of any layout.

use std::ops::Range;

use ndarray::{ArrayBase, ArrayView1, ArrayView2, Axis, Data, Ix1, Ix2, s};

use num_complex::Complex;

use crate::row::{Real, Row, Scalar};
use crate::rows::{Points, Rows};
use crate::view::View;

/// A matrix; in memory, where it lies there row after row.
pub(crate) fn matrix<T: Scalar>(matrix: ArrayView2<'_, T>) -> View<'_, T> {
    match matrix.to_slice() {
        // A matrix without columns has rows that its numbers do not tell.
        Some(data) if !data.is_empty() => View::flat(data, matrix.ncols()),
        _ => View::ndarray(matrix),
    }
}

/// A vector: rows of one number.
pub(crate) fn vector<T: Scalar>(vector: ArrayView1<'_, T>) -> View<'_, T> {
    matrix(vector.insert_axis(Axis(1)))
}

/// Copies rows to `out`, row after row.
pub(crate) fn copy_rows<T: Scalar>(matrix: ArrayView2<'_, T>, range: Range<usize>, out: &mut [T]) {
    for (number, out) in matrix.slice(s![range, ..]).iter().zip(out) {
        *out = *number;
    }
}

/// A matrix of complex numbers; in memory, where it lies there row after row.
fn complex_matrix<T: Real>(matrix: ArrayView2<'_, Complex<T>>) -> View<'_, T> {
    match matrix.to_slice() {
        Some(data) if !data.is_empty() => View::flat(Row::flatten(data), 2 * matrix.ncols()),
        _ => View::complex(matrix),
    }
}

/// A vector of complex numbers: rows of one.
fn complex_vector<T: Real>(vector: ArrayView1<'_, Complex<T>>) -> View<'_, T> {
    complex_matrix(vector.insert_axis(Axis(1)))
}

/// Copies rows of complex numbers to `out`, row after row.
pub(crate) fn copy_complex_rows<T: Copy>(
    matrix: ArrayView2<'_, Complex<T>>,
    range: Range<usize>,
    out: &mut [T],
) {
    for (number, out) in matrix
        .slice(s![range, ..])
        .iter()
        .zip(out.chunks_exact_mut(2))
    {
        out.copy_from_slice(&[number.re, number.im]);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, S: Data<Elem = T>, const N: usize> Points<[T; N]> for ArrayBase<S, Ix2> {
    fn points(&self) -> View<'_, T> {
        matrix(self.view())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, S: Data<Elem = T>> Points<T> for ArrayBase<S, Ix1> {
    fn points(&self) -> View<'_, T> {
        vector(self.view())
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Scalar, const N: usize> Rows<'a, [T; N]> for ArrayView2<'a, T> {
    fn into_view(self) -> View<'a, T> {
        matrix(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Scalar> Rows<'a, T> for ArrayView1<'a, T> {
    fn into_view(self) -> View<'a, T> {
        vector(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, S: Data<Elem = Complex<T>>, const N: usize> Points<[Complex<T>; N]>
    for ArrayBase<S, Ix2>
{
    fn points(&self) -> View<'_, T> {
        complex_matrix(self.view())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, S: Data<Elem = Complex<T>>> Points<Complex<T>> for ArrayBase<S, Ix1> {
    fn points(&self) -> View<'_, T> {
        complex_vector(self.view())
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Real, const N: usize> Rows<'a, [Complex<T>; N]> for ArrayView2<'a, Complex<T>> {
    fn into_view(self) -> View<'a, T> {
        complex_matrix(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Real> Rows<'a, Complex<T>> for ArrayView1<'a, Complex<T>> {
    fn into_view(self) -> View<'a, T> {
        complex_vector(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2};

    fn all<const N: usize>(rows: impl for<'a> Fn() -> View<'static, f32>, m: usize) -> Vec<f32> {
        let view = rows();
        assert_eq!((view.rows(), view.width()), (Some(m), N));
        let mut out = vec![-1.0; m * N];
        view.copy_rows(0..m, &mut out);
        for i in 0..m {
            for k in 0..N {
                assert_eq!(view.get(i, k), out[i * N + k]);
            }
        }
        out
    }

    #[test]
    fn matrices_of_every_layout() {
        let a: &'static Array2<f32> =
            Box::leak(Box::new(Array2::from_shape_fn((4, 3), |(i, k)| {
                (10 * i + k) as f32
            })));
        let direct: Vec<f32> = a.iter().copied().collect();
        assert_eq!(all::<3>(|| Points::<[f32; 3]>::points(a), 4), direct);
        assert!(Points::<[f32; 3]>::points(a).contiguous().is_some());
        assert_eq!(
            all::<3>(|| Rows::<[f32; 3]>::into_view(a.view()), 4),
            direct
        );
        for view in [
            a.slice(s![..;2, 1..]),
            a.slice(s![..;-2, ..2]),
            a.slice(s![1..3, ..;-2]),
        ] {
            let direct: Vec<f32> = view.iter().copied().collect();
            assert_eq!(all::<2>(|| Rows::<[f32; 2]>::into_view(view), 2), direct);
            assert!(Rows::<[f32; 2]>::into_view(view).contiguous().is_none());
        }
        let t = a.t();
        assert_eq!(
            all::<4>(|| Rows::<[f32; 4]>::into_view(t), 3),
            t.iter().copied().collect::<Vec<_>>()
        );
    }

    #[test]
    fn complex_numbers_are_two_numbers() {
        let a: &'static Array2<Complex<f32>> =
            Box::leak(Box::new(Array2::from_shape_fn((3, 2), |(i, k)| {
                Complex::new((10 * i + k) as f32, -(k as f32))
            })));
        let flat = |view: ArrayView2<'_, Complex<f32>>| -> Vec<f32> {
            view.iter().flat_map(|z| [z.re, z.im]).collect()
        };
        let direct = all::<4>(|| Points::<[Complex<f32>; 2]>::points(a), 3);
        assert_eq!(direct, flat(a.view()));
        let t = a.t();
        let transposed = all::<6>(|| Rows::<[Complex<f32>; 3]>::into_view(t), 2);
        assert_eq!(transposed, flat(t));
        let column = a.column(1);
        assert_eq!(
            all::<2>(|| Rows::<Complex<f32>>::into_view(column), 3),
            [1.0, -1.0, 11.0, -1.0, 21.0, -1.0]
        );
    }

    #[test]
    fn vectors_and_empty_matrices() {
        let a: &'static Array1<f32> = Box::leak(Box::new((0..6).map(|k| k as f32).collect()));
        assert_eq!(
            all::<1>(|| Rows::<f32>::into_view(a.slice(s![..;-2])), 3),
            [5.0, 3.0, 1.0]
        );
        assert_eq!(all::<1>(|| Rows::<f32>::into_view(a), 6).len(), 6);
        let empty = Array2::<f32>::zeros((0, 3));
        assert_eq!(Points::<[f32; 3]>::points(&empty).rows(), Some(0));
        let narrow = Array2::<f32>::zeros((4, 0));
        let error = Points::<[f32; 3]>::points(&narrow)
            .check("x", 3)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`x`: expected rows of 3 numbers, found rows of 0"
        );
    }
}
