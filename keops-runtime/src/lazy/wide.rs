//! Parameters that are too large for an argument to hold itself.

use crate::argument::Argument;
use crate::row::{Real, Row};
use crate::rows::Param;

/// Parameters that a call holds beside its arguments: none, or one and others.
pub trait Wide<T: Real> {
    /// Puts them among all arguments.
    fn place<'s>(&'s self, all: &mut [Argument<'s, T>]);
}

/// A parameter that stands at position `AT` of all arguments.
#[derive(Clone, Copy, Debug)]
pub struct At<P, const AT: usize>(P);

impl<P: Row, const AT: usize> At<P, AT> {
    /// The parameter.
    pub fn new(param: impl Param<P>) -> At<P, AT> {
        At(param.into_value())
    }
}

/// The same for a parameter of labels.
#[derive(Clone, Copy, Debug)]
pub struct LabelsAt<P, const AT: usize>(P);

impl<P: Row, const AT: usize> LabelsAt<P, AT> {
    /// The parameter.
    pub fn new(param: impl Param<P>) -> LabelsAt<P, AT> {
        LabelsAt(param.into_value())
    }
}

impl<T: Real> Wide<T> for () {
    fn place<'s>(&'s self, _: &mut [Argument<'s, T>]) {}
}

impl<T: Real, P: Row<Scalar = T>, const AT: usize, E: Wide<T>> Wide<T> for (At<P, AT>, E) {
    fn place<'s>(&'s self, all: &mut [Argument<'s, T>]) {
        all[AT] = Argument::param(&self.0.0);
        self.1.place(all);
    }
}

impl<T: Real, P: Row<Scalar = u32>, const AT: usize, E: Wide<T>> Wide<T> for (LabelsAt<P, AT>, E) {
    fn place<'s>(&'s self, all: &mut [Argument<'s, T>]) {
        all[AT] = Argument::label_param(&self.0.0);
        self.1.place(all);
    }
}

/// For generated code: what stands among the arguments for a parameter that is placed later.
pub const fn wide<'a, T>() -> Argument<'a, T> {
    Argument::Param(&[])
}
