//! What a call takes: anything that is rows of one type.

use crate::every::Every;
use crate::row::{Row, Scalar};
use crate::strided::Strided;
use crate::view::View;

/// Data that hold rows of the type `R`, and are passed by reference.
///
/// Slices, arrays and `Vec`s of rows; with the features `ndarray` and `nalgebra`, their vectors
/// (rows of one number) and matrices (a row is a row of the matrix, and its width is checked when the
/// call is run).
#[diagnostic::on_unimplemented(
    message = "expected rows of `{R}`, found `{Self}`",
    label = "each row must be a `{R}`",
    note = "rows come as a slice, array or `Vec` of `{R}`, as a matrix, or as `keops::Strided`"
)]
pub trait Points<R: Row> {
    /// The rows.
    fn points(&self) -> View<'_, R::Scalar>;
}

/// What a call takes for an argument with rows of the type `R`: a reference to [`Points`], a
/// [`Strided`], the views of `ndarray` and `nalgebra`, or [`every`](crate::every()).
///
/// ```
/// use keops_runtime::{Rows, Strided, every};
///
/// fn count<'a>(x: impl Rows<'a, [f32; 2]>) -> Option<usize> {
///     x.into_view().rows()
/// }
/// let points = vec![[0.0, 1.0], [2.0, 3.0]];
/// assert_eq!(count(&points), Some(2));
/// assert_eq!(count(&points[..1]), Some(1));
/// assert_eq!(count(&[[0.5, 0.5]; 7]), Some(7));
/// assert_eq!(count(Strided::new(&[0.0; 6], 2)), Some(3));
/// assert_eq!(count(every([0.0, 1.0])), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "expected rows of `{R}`, found `{Self}`",
    label = "each row must be a `{R}`; pass a reference: `&points`",
    note = "rows come as a slice, array or `Vec` of `{R}`, as a matrix, or as `keops::Strided`"
)]
pub trait Rows<'a, R: Row> {
    /// The rows.
    fn into_view(self) -> View<'a, R::Scalar>;
}

#[diagnostic::do_not_recommend]
impl<'a, R: Row, P: Points<R> + ?Sized> Rows<'a, R> for &'a P {
    fn into_view(self) -> View<'a, R::Scalar> {
        self.points()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Row> Points<R> for [R] {
    fn points(&self) -> View<'_, R::Scalar> {
        View::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R: Row, const N: usize> Points<R> for [R; N] {
    fn points(&self) -> View<'_, R::Scalar> {
        View::new(self.as_slice())
    }
}

#[diagnostic::do_not_recommend]
impl<R: Row> Points<R> for Vec<R> {
    fn points(&self) -> View<'_, R::Scalar> {
        View::new(self.as_slice())
    }
}

// References to references: what capturing `x` gives where `x` is a reference already.
#[diagnostic::do_not_recommend]
impl<R: Row, P: Points<R> + ?Sized> Points<R> for &P {
    fn points(&self) -> View<'_, R::Scalar> {
        (**self).points()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Row> Points<R> for Every<R> {
    fn points(&self) -> View<'_, R::Scalar> {
        self.borrowed()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, R: Row> Rows<'a, R> for Every<R> {
    fn into_view(self) -> View<'a, R::Scalar> {
        self.inline()
    }
}

// One impl per rank, to 8, so that the number's type is inferred from the argument.
macro_rules! strided {
    ($row:ty $(, $size:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<'a, T: Scalar $(, const $size: usize)*> Rows<'a, $row> for Strided<'a, T> {
            fn into_view(self) -> View<'a, T> {
                self.view()
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: Scalar $(, const $size: usize)*> Points<$row> for Strided<'_, T> {
            fn points(&self) -> View<'_, T> {
                self.view()
            }
        }
    };
}
strided!(T);
strided!([T; A], A);
strided!([[T; A]; B], A, B);
strided!([[[T; A]; B]; C], A, B, C);
strided!([[[[T; A]; B]; C]; D], A, B, C, D);
strided!([[[[[T; A]; B]; C]; D]; E], A, B, C, D, E);
strided!([[[[[[T; A]; B]; C]; D]; E]; F], A, B, C, D, E, F);
strided!([[[[[[[T; A]; B]; C]; D]; E]; F]; G], A, B, C, D, E, F, G);
strided!(
    [[[[[[[[T; A]; B]; C]; D]; E]; F]; G]; H],
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H
);

/// A parameter that is no single number: by value or by reference.
///
/// ```
/// use keops_runtime::Param;
///
/// fn first(direction: impl Param<[f32; 3]>) -> f32 {
///     direction.into_value()[0]
/// }
/// assert_eq!(first([1.0, 2.0, 3.0]), 1.0);
/// assert_eq!(first(&[1.0, 2.0, 3.0]), 1.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "expected a parameter of type `{P}`, found `{Self}`",
    label = "expected `{P}` or `&{P}`"
)]
pub trait Param<P> {
    /// The value.
    fn into_value(self) -> P;
}

#[diagnostic::do_not_recommend]
impl<P: Row> Param<P> for P {
    fn into_value(self) -> P {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<P: Row> Param<P> for &P {
    fn into_value(self) -> P {
        *self
    }
}

#[cfg(test)]
mod tests;
