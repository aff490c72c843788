//! Rows that are repeated for several batches.

use crate::batch::Batch;
use crate::row::Row;
use crate::rows::{Points, Rows};
use crate::view::View;

/// Rows that are the same for several batches; made by [`tiled`].
#[derive(Debug)]
pub struct Tiled<'a, P: ?Sized> {
    rows: &'a P,
    repeats: Batch,
}

/// Rows that are repeated along the axes of the batches: with `.batch(&[A, B])`,
/// `tiled(&y, &[1, B])` takes the rows `y` of A batches, and gives each of them B times.
///
/// Along an axis of A batches that is repeated r times there are A / r different ones, one after the
/// other and then again from the first. Nothing is copied. A gradient by such an argument has the
/// rows of `y`: it is summed over the repetitions. (The cotangent of such a gradient, and a tangent,
/// are passed like the argument: `tiled`.)
///
/// ```
/// use keops_runtime::{Rows, tiled};
///
/// let y = [[0.0, 1.0], [2.0, 3.0]];
/// let view = Rows::<[f64; 2]>::into_view(tiled(&y, &[1, 5]));
/// assert_eq!(view.rows(), Some(2));
/// ```
pub fn tiled<'a, P: ?Sized>(rows: &'a P, repeats: &[usize]) -> Tiled<'a, P> {
    Tiled {
        rows,
        repeats: Batch::new(repeats),
    }
}

impl<P: ?Sized> Clone for Tiled<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: ?Sized> Copy for Tiled<'_, P> {}

#[diagnostic::do_not_recommend]
impl<'a, R: Row, P: Points<R> + ?Sized> Rows<'a, R> for Tiled<'a, P> {
    fn into_view(self) -> View<'a, R::Scalar> {
        self.rows.points().tiled(self.repeats)
    }
}
