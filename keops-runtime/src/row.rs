//! The types of the numbers in a row, and of rows.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};

use num_complex::Complex;

use crate::cpu::simd::Lanes;

mod sealed {
    use num_complex::Complex;

    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for u32 {}
    impl Sealed for bool {}
    impl<T: Pairs> Sealed for Complex<T> {}
    impl<R: Sealed, const N: usize> Sealed for [R; N] {}

    /// Numbers of which a complex number is two, one after the other.
    pub trait Pairs: Sized {
        /// Both parts of each.
        fn flat(pairs: &[Complex<Self>]) -> &[Self];
        /// Both parts of each, to be written.
        fn flat_mut(pairs: &mut [Complex<Self>]) -> &mut [Self];
    }

    macro_rules! pairs {
        ($($real:ty),*) => { $(
            impl Pairs for $real {
                fn flat(pairs: &[Complex<$real>]) -> &[$real] {
                    bytemuck::cast_slice(pairs)
                }
                fn flat_mut(pairs: &mut [Complex<$real>]) -> &mut [$real] {
                    bytemuck::cast_slice_mut(pairs)
                }
            }
        )* };
    }
    pairs!(f32, f64);
}

/// A number in a row: `f32`, `f64`, a label (`u32`), or, in results, a truth value (`bool`).
pub trait Scalar:
    Row<Scalar = Self> + Default + Debug + Display + PartialEq + PartialOrd + sealed::Sealed
{
}
impl Scalar for f32 {}
impl Scalar for f64 {}
impl Scalar for u32 {}
impl Scalar for bool {}

/// The type of one row: a number, a complex number (two numbers: the real and the imaginary part), or
/// an array of rows (of a vector, a matrix, …), row-major.
///
/// ```
/// use keops_runtime::Row;
///
/// assert_eq!(<[[f64; 3]; 2]>::WIDTH, 6);
/// assert_eq!(Row::flatten(&[[1.0, 2.0], [3.0, 4.0]]), [1.0, 2.0, 3.0, 4.0]);
/// ```
pub trait Row: Copy + Send + Sync + sealed::Sealed + 'static {
    /// The type of its numbers.
    type Scalar: Scalar;
    /// How many numbers it has.
    const WIDTH: usize;
    /// The row of zeros.
    const ZERO: Self;

    /// The numbers of several rows.
    fn flatten(rows: &[Self]) -> &[Self::Scalar];
    /// The numbers of several rows, to be written.
    fn flatten_mut(rows: &mut [Self]) -> &mut [Self::Scalar];
}

macro_rules! scalars {
    ($($scalar:ty: $zero:expr),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Row for $scalar {
            type Scalar = $scalar;
            const WIDTH: usize = 1;
            const ZERO: $scalar = $zero;

            fn flatten(rows: &[Self]) -> &[$scalar] {
                rows
            }
            fn flatten_mut(rows: &mut [Self]) -> &mut [$scalar] {
                rows
            }
        }
    )* };
}
scalars!(f32: 0.0, f64: 0.0, u32: 0, bool: false);

#[diagnostic::do_not_recommend]
impl<T: Real> Row for Complex<T> {
    type Scalar = T;
    const WIDTH: usize = 2;
    const ZERO: Complex<T> = Complex {
        re: T::ZERO,
        im: T::ZERO,
    };

    fn flatten(rows: &[Self]) -> &[T] {
        T::flat(rows)
    }
    fn flatten_mut(rows: &mut [Self]) -> &mut [T] {
        T::flat_mut(rows)
    }
}

#[diagnostic::do_not_recommend]
impl<R: Row, const N: usize> Row for [R; N] {
    type Scalar = R::Scalar;
    const WIDTH: usize = N * R::WIDTH;
    const ZERO: [R; N] = [R::ZERO; N];

    fn flatten(rows: &[Self]) -> &[R::Scalar] {
        R::flatten(rows.as_flattened())
    }
    fn flatten_mut(rows: &mut [Self]) -> &mut [R::Scalar] {
        R::flatten_mut(rows.as_flattened_mut())
    }
}

/// The floating types of formulas: `f32` and `f64`.
///
/// ```
/// fn half<T: keops_runtime::Real>() -> T {
///     T::from_f64(0.5)
/// }
/// assert_eq!(half::<f32>(), 0.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "expected `f32` or `f64`, found `{Self}`",
    label = "formulas compute in `f32` or `f64`"
)]
pub trait Real:
    Scalar
    + Lanes
    + sealed::Pairs
    + Into<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Sum
{
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The number as an `f64`, exactly.
    fn to_f64(self) -> f64;
}

#[diagnostic::do_not_recommend]
impl Real for f32 {
    #[inline]
    fn from_f64(value: f64) -> f32 {
        value as f32
    }
    #[inline]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

#[diagnostic::do_not_recommend]
impl Real for f64 {
    #[inline]
    fn from_f64(value: f64) -> f64 {
        value
    }
    #[inline]
    fn to_f64(self) -> f64 {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_flat_in_row_major_order() {
        let rows = [[[1u32, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]];
        assert_eq!(<[[u32; 3]; 2]>::WIDTH, 6);
        assert_eq!(Row::flatten(&rows), (1..=12).collect::<Vec<u32>>());
        let mut rows = vec![<[f64; 2]>::ZERO; 2];
        Row::flatten_mut(&mut rows)[2] = 5.0;
        assert_eq!(rows, [[0.0, 0.0], [5.0, 0.0]]);
        assert_eq!(f32::flatten(&[1.0, 2.0]), [1.0, 2.0]);
    }

    #[test]
    fn a_complex_number_is_two_numbers() {
        let mut rows = [[Complex::new(1.0f32, 2.0), Complex::new(3.0, 4.0)]];
        assert_eq!(<[Complex<f32>; 2]>::WIDTH, 4);
        assert_eq!(Row::flatten(&rows), [1.0, 2.0, 3.0, 4.0]);
        Row::flatten_mut(&mut rows)[3] = -1.0;
        assert_eq!(rows[0][1], Complex::new(3.0, -1.0));
        assert_eq!(<Complex<f64> as Row>::ZERO, Complex::new(0.0, 0.0));
    }

    #[test]
    fn conversions_round_to_nearest() {
        assert_eq!(f32::from_f64(0.1), 0.1f32);
        assert_eq!(0.1f32.to_f64(), f64::from(0.1f32));
        assert_eq!(f64::from_f64(0.1).to_f64(), 0.1);
    }
}
