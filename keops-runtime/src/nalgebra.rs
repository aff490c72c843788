//! Vectors, points and matrices of the crate `nalgebra`, of any layout.

use std::ops::Range;

use nalgebra::{DVectorView, Dim, Matrix, Point, RawStorage, SVector, U1};

use num_complex::Complex;

use crate::row::{Real, Row, Scalar};
use crate::rows::{Points, Rows};
use crate::view::{Grid, View, part};

impl<T: Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C> + Sync> Grid<T> for Matrix<T, R, C, S> {
    fn rows(&self) -> usize {
        self.nrows()
    }
    fn width(&self) -> usize {
        self.ncols()
    }
    fn get(&self, i: usize, k: usize) -> T {
        self[(i, k)]
    }
    fn copy_rows(&self, range: Range<usize>, out: &mut [T]) {
        let width = self.ncols();
        // Column by column, as most matrices lie in memory.
        for (k, column) in self.rows_range(range).column_iter().enumerate() {
            for (number, out) in column.iter().zip(out[k..].iter_mut().step_by(width)) {
                *out = *number;
            }
        }
    }
}

/// A complex number is two numbers.
impl<T: Real, R: Dim, C: Dim, S: RawStorage<Complex<T>, R, C> + Sync> Grid<T>
    for Matrix<Complex<T>, R, C, S>
{
    fn rows(&self) -> usize {
        self.nrows()
    }
    fn width(&self) -> usize {
        2 * self.ncols()
    }
    fn get(&self, i: usize, k: usize) -> T {
        part(&self[(i, k / 2)], k % 2)
    }
    fn copy_rows(&self, range: Range<usize>, out: &mut [T]) {
        let width = 2 * self.ncols();
        for (k, column) in self.rows_range(range).column_iter().enumerate() {
            for (number, out) in column.iter().zip(out.chunks_exact_mut(width)) {
                out[2 * k..2 * k + 2].copy_from_slice(&[number.re, number.im]);
            }
        }
    }
}

impl<T: Real, const N: usize> Grid<T> for Vec<SVector<Complex<T>, N>> {
    fn rows(&self) -> usize {
        self.len()
    }
    fn width(&self) -> usize {
        2 * N
    }
    fn get(&self, i: usize, k: usize) -> T {
        part(&self[i][k / 2], k % 2)
    }
    fn copy_rows(&self, range: Range<usize>, out: &mut [T]) {
        for (row, out) in self[range].iter().zip(out.chunks_exact_mut(2 * N)) {
            out.copy_from_slice(Row::flatten(row.as_slice()));
        }
    }
}

impl<T: Scalar, const N: usize> Grid<T> for Vec<SVector<T, N>> {
    fn rows(&self) -> usize {
        self.len()
    }
    fn width(&self) -> usize {
        N
    }
    fn get(&self, i: usize, k: usize) -> T {
        self[i][k]
    }
    fn copy_rows(&self, range: Range<usize>, out: &mut [T]) {
        for (row, out) in self[range].iter().zip(out.chunks_exact_mut(N)) {
            out.copy_from_slice(row.as_slice());
        }
    }
}

impl<T: Scalar, const N: usize> Grid<T> for Vec<Point<T, N>> {
    fn rows(&self) -> usize {
        self.len()
    }
    fn width(&self) -> usize {
        N
    }
    fn get(&self, i: usize, k: usize) -> T {
        self[i][k]
    }
    fn copy_rows(&self, range: Range<usize>, out: &mut [T]) {
        for (row, out) in self[range].iter().zip(out.chunks_exact_mut(N)) {
            out.copy_from_slice(row.coords.as_slice());
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, R: Dim, C: Dim, S: RawStorage<T, R, C> + Sync, const N: usize> Points<[T; N]>
    for Matrix<T, R, C, S>
{
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, R: Dim, S: RawStorage<T, R, U1> + Sync> Points<T> for Matrix<T, R, U1, S> {
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Scalar> Rows<'a, T> for DVectorView<'a, T> {
    fn into_view(self) -> View<'a, T> {
        View::new(self.data.into_slice())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const N: usize> Points<[T; N]> for Vec<SVector<T, N>> {
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, const N: usize> Points<[T; N]> for Vec<Point<T, N>> {
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, R: Dim, C: Dim, S: RawStorage<Complex<T>, R, C> + Sync, const N: usize>
    Points<[Complex<T>; N]> for Matrix<Complex<T>, R, C, S>
{
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, R: Dim, S: RawStorage<Complex<T>, R, U1> + Sync> Points<Complex<T>>
    for Matrix<Complex<T>, R, U1, S>
{
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, const N: usize> Points<[Complex<T>; N]> for Vec<SVector<Complex<T>, N>> {
    fn points(&self) -> View<'_, T> {
        View::grid(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector, Matrix4x3, Point2, SMatrix, Vector2};

    fn all(view: View<'_, f64>, (m, n): (usize, usize)) -> Vec<f64> {
        assert_eq!((view.rows(), view.width()), (Some(m), n));
        let mut out = vec![-1.0; m * n];
        view.copy_rows(0..1, &mut out[..n]);
        view.copy_rows(1..m, &mut out[n..]);
        for i in 0..m {
            for k in 0..n {
                assert_eq!(view.get(i, k), out[i * n + k]);
            }
        }
        out
    }

    #[test]
    fn matrices() {
        let a = DMatrix::from_fn(4, 3, |i, k| (10 * i + k) as f64);
        let direct: Vec<f64> = (0..12).map(|p| (10 * (p / 3) + p % 3) as f64).collect();
        assert_eq!(all(Points::<[f64; 3]>::points(&a), (4, 3)), direct);
        assert_eq!(
            all(Points::<[f64; 3]>::points(&a.columns(0, 3)), (4, 3)),
            direct
        );
        let fixed: Matrix4x3<f64> = SMatrix::from_fn(|i, k| a[(i, k)]);
        assert_eq!(all(Points::<[f64; 3]>::points(&fixed), (4, 3)), direct);
        let part = a.view((1, 1), (2, 2));
        assert_eq!(
            all(Points::<[f64; 2]>::points(&part), (2, 2)),
            [11.0, 12.0, 21.0, 22.0]
        );
        let steps = a.view_with_steps((0, 0), (2, 2), (1, 1));
        assert_eq!(
            all(Points::<[f64; 2]>::points(&steps), (2, 2)),
            [0.0, 2.0, 20.0, 22.0]
        );
        assert_eq!(
            all(Points::<[f64; 3]>::points(&a.rows(1, 2)), (2, 3))[..2],
            [10.0, 11.0]
        );
        let error = Points::<[f64; 2]>::points(&a).check("x", 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`x`: expected rows of 2 numbers, found rows of 3"
        );
        assert_eq!(
            Points::<[f64; 3]>::points(&DMatrix::zeros(0, 3)).rows(),
            Some(0)
        );
    }

    #[test]
    fn complex_numbers_are_two_numbers() {
        let a = DMatrix::from_fn(3, 2, |i, k| Complex::new((10 * i + k) as f64, -(k as f64)));
        let rows = [
            0.0, 0.0, 1.0, -1.0, 10.0, 0.0, 11.0, -1.0, 20.0, 0.0, 21.0, -1.0,
        ];
        assert_eq!(all(Points::<[Complex<f64>; 2]>::points(&a), (3, 4)), rows);
        let v = DVector::from_fn(2, |i, _| Complex::new(i as f64, 5.0));
        let pairs = [0.0, 5.0, 1.0, 5.0];
        assert_eq!(all(Points::<Complex<f64>>::points(&v), (2, 2)), pairs);
        let vectors = vec![Vector2::new(v[0], v[1]), Vector2::new(v[1], v[0])];
        assert_eq!(
            all(Rows::<[Complex<f64>; 2]>::into_view(&vectors), (2, 4)),
            [0.0, 5.0, 1.0, 5.0, 1.0, 5.0, 0.0, 5.0]
        );
    }

    #[test]
    fn vectors_and_points() {
        let a = DVector::from_vec(vec![1.0, 2.0, 3.0]);
        assert_eq!(all(Points::<f64>::points(&a), (3, 1)), [1.0, 2.0, 3.0]);
        assert_eq!(
            all(Rows::<f64>::into_view(a.as_view()), (3, 1)),
            [1.0, 2.0, 3.0]
        );
        let points = vec![Point2::new(1.0, 2.0), Point2::new(3.0, 4.0)];
        assert_eq!(
            all(Rows::<[f64; 2]>::into_view(&points), (2, 2)),
            [1.0, 2.0, 3.0, 4.0]
        );
        let vectors = vec![Vector2::new(1.0, 2.0), Vector2::new(3.0, 4.0)];
        assert_eq!(
            all(Rows::<[f64; 2]>::into_view(&vectors), (2, 2)),
            [1.0, 2.0, 3.0, 4.0]
        );
    }
}
