//! The passes of one call.

use crate::program::{Program, Source, Type};

/// What numbers the rows of an argument, of a pass or of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// The first cloud.
    I,
    /// The second cloud.
    J,
    /// The batches: one row for each. The rows of `I` and `J` are cut in as many blocks of equal
    /// size, and a row meets the columns of its own batch alone. A call that says nothing has one.
    Batch,
    /// One row: a parameter, or a sum over everything.
    Unit,
}

/// An argument of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name in the Rust call, for messages.
    pub name: String,
    /// What numbers its rows; `Unit` for a parameter.
    pub axis: Axis,
    /// Real or Label.
    pub ty: Type,
    /// Its shape, row-major; empty for a scalar. The width is the product.
    pub shape: Vec<u32>,
}

impl Argument {
    /// Scalars in one row.
    pub fn width(&self) -> u32 {
        self.shape.iter().product()
    }
}

/// How a pass goes over its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every row with every column of this axis that is of its batch. The columns are of `I` or `J`,
    /// or, for rows of `Unit`, the batches; a row of `Unit` meets the columns of all batches.
    MapReduce(Axis),
    /// No columns: `finish` alone, on the initial state.
    Map,
    /// Each row with the columns of `axis` that the components of the row's input `index` (type Index)
    /// name: in the order of the components, each column once, and none for a number that is not one of
    /// the row's batch. Each column is a block of its own.
    Gather {
        /// The columns' axis.
        axis: Axis,
        /// The number of the input that holds the columns of each row.
        index: u32,
    },
}

/// One pass: for each row of an axis, a fold over columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// How it goes over its columns.
    pub kind: Kind,
    /// What numbers its rows and results.
    pub rows: Axis,
    /// What it computes.
    pub program: Program,
    /// It computes the reductions of the value itself: a `Forward` holds its outputs, and a
    /// schedule run with one skips it. At most the first pass of a schedule.
    pub forward: bool,
}

/// A result of the call: an output of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The pass.
    pub pass: u32,
    /// The number of its output.
    pub output: u32,
    /// The argument whose rows are the result's: what a gradient is by. Where a call repeats that
    /// argument's rows for several batches, the result is summed over the repetitions.
    pub like: Option<u32>,
}

impl Schedule {
    /// What numbers the rows that an input reads; none for positions and counts, and where there is
    /// no such argument or pass.
    pub fn axis(&self, source: Source) -> Option<Axis> {
        match source {
            Source::Argument(k) => self.arguments.get(k as usize).map(|argument| argument.axis),
            Source::Output { pass, .. } => self.passes.get(pass as usize).map(|pass| pass.rows),
            Source::Position | Source::ColumnCount => None,
        }
    }
}

/// The passes of one call, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// What the call takes.
    pub arguments: Vec<Argument>,
    /// What is done.
    pub passes: Vec<Pass>,
    /// What the call gives.
    pub results: Vec<Target>,
}
