//! What goes into a prepared call and what comes out of it.

use crate::batch::Batch;
use crate::row::{Real, Row};
use crate::view::View;

/// An argument of a call, in the order of the schedule's arguments.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a, T> {
    /// Rows of real numbers.
    Rows(View<'a, T>),
    /// Rows of labels.
    Labels(View<'a, u32>),
    /// The numbers of a parameter, flat.
    Param(&'a [T]),
    /// The labels of a parameter, flat.
    LabelParam(&'a [u32]),
}

impl<'a, T: Real> Argument<'a, T> {
    /// A parameter of real numbers, whatever its shape.
    pub fn param<R: Row<Scalar = T>>(value: &'a R) -> Argument<'a, T> {
        Argument::Param(R::flatten(core::slice::from_ref(value)))
    }

    /// A parameter of labels, whatever its shape.
    pub fn label_param<R: Row<Scalar = u32>>(value: &'a R) -> Argument<'a, T> {
        Argument::LabelParam(R::flatten(core::slice::from_ref(value)))
    }

    /// The numbers in one row.
    pub fn width(&self) -> usize {
        match self {
            Argument::Rows(view) => view.width(),
            Argument::Labels(view) => view.width(),
            Argument::Param(values) => values.len(),
            Argument::LabelParam(values) => values.len(),
        }
    }

    /// The number of rows; none where one value stands for all rows ([`every`](crate::every())), and
    /// for a parameter.
    pub fn rows(&self) -> Option<usize> {
        match self {
            Argument::Rows(view) => view.rows(),
            Argument::Labels(view) => view.rows(),
            Argument::Param(_) | Argument::LabelParam(_) => None,
        }
    }

    /// The same without repetitions for batches, and these.
    pub(crate) fn untiled(self) -> (Argument<'a, T>, Option<Batch>) {
        match self {
            Argument::Rows(view) => {
                let (view, repeats) = view.untiled();
                (Argument::Rows(view), repeats)
            }
            Argument::Labels(view) => {
                let (view, repeats) = view.untiled();
                (Argument::Labels(view), repeats)
            }
            Argument::Param(_) | Argument::LabelParam(_) => (self, None),
        }
    }

    /// Whether it can be taken as `width` numbers in each row of the argument called `name`.
    pub fn check(&self, name: &str, width: usize) -> crate::Result<()> {
        match self {
            Argument::Rows(view) => view.check(name, width),
            Argument::Labels(view) => view.check(name, width),
            Argument::Param(values) => crate::view::check_width(name, width, values.len()),
            Argument::LabelParam(values) => crate::view::check_width(name, width, values.len()),
        }
    }
}

/// Where a result goes: the numbers of all its rows, row after row.
#[derive(Debug)]
pub enum OutputMut<'a, T> {
    /// Real numbers.
    Real(&'a mut [T]),
    /// Labels, row numbers, and truth values (0 or 1).
    Labels(&'a mut [u32]),
}

impl<'a, T> OutputMut<'a, T> {
    /// Its first numbers, and the others.
    pub(crate) fn split(self, first: usize) -> (OutputMut<'a, T>, OutputMut<'a, T>) {
        match self {
            OutputMut::Real(all) => {
                let (first, rest) = all.split_at_mut(first);
                (OutputMut::Real(first), OutputMut::Real(rest))
            }
            OutputMut::Labels(all) => {
                let (first, rest) = all.split_at_mut(first);
                (OutputMut::Labels(first), OutputMut::Labels(rest))
            }
        }
    }

    /// The numbers in all rows together.
    pub fn len(&self) -> usize {
        match self {
            OutputMut::Real(values) => values.len(),
            OutputMut::Labels(values) => values.len(),
        }
    }

    /// Whether there is no number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
