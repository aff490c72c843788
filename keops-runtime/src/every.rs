//! One value for all rows.

use crate::row::Row;
use crate::view::{INLINE, View};

/// One value for all rows; made by [`every`](every()).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Every<R>(R);

/// One value for all rows, however many the call has: ones as the cotangent of a gradient, for
/// instance, `.grad_x(every(1.0))`.
///
/// Passed by value it holds up to 16 numbers; a longer row is passed by reference, `&every(row)`.
///
/// ```
/// use keops_runtime::{Rows, every};
///
/// let ones = Rows::<[f32; 3]>::into_view(every([1.0; 3]));
/// assert_eq!((ones.rows(), ones.width()), (None, 3));
/// let wide = every([1.0; 990]);
/// assert_eq!(Rows::<[f64; 990]>::into_view(&wide).width(), 990);
/// ```
///
/// ```compile_fail
/// use keops_runtime::{Rows, every};
///
/// let _ = Rows::<[f32; 17]>::into_view(every([1.0; 17]));
/// ```
pub fn every<R: Row>(value: R) -> Every<R> {
    Every(value)
}

impl<R: Row> Every<R> {
    /// The view that holds the row itself.
    pub(crate) fn inline<'a>(self) -> View<'a, R::Scalar> {
        const {
            assert!(
                R::WIDTH <= INLINE,
                "`every(row)` by value takes rows of at most 16 numbers: pass `&every(row)`"
            )
        };
        View::inline(self.0)
    }

    /// The view of the row in memory.
    pub(crate) fn borrowed(&self) -> View<'_, R::Scalar> {
        View::every(&self.0)
    }
}
