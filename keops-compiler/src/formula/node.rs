//! What a node is.

use keops_program::op::Op;
use keops_program::program::{Comparison, Type};
use keops_program::schedule::Axis;

use super::Contraction;

/// A node of a `Formula`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(pub u32);

/// The dimensions of a value, outermost first; none for a scalar. Components are numbered row-major.
pub type Shape = Vec<u32>;

/// The number of components of a value of this shape.
pub fn width(shape: &[u32]) -> u32 {
    shape.iter().product()
}

/// The axes along which a value varies.
///
/// What varies along `i` or `j` varies from batch to batch as well, so `batch` is told of what varies
/// along neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Axes {
    /// It differs from row to row of the first cloud.
    pub i: bool,
    /// It differs from row to row of the second cloud.
    pub j: bool,
    /// It differs from batch to batch and is the same for all rows of one.
    pub batch: bool,
}

impl Axes {
    /// Along none.
    pub const NONE: Axes = Axes::new(false, false, false);

    const fn new(i: bool, j: bool, batch: bool) -> Axes {
        let batch = batch && !i && !j;
        Axes { i, j, batch }
    }

    /// Along one axis, or none for `Unit`.
    pub fn of(axis: Axis) -> Axes {
        Axes {
            i: axis == Axis::I,
            j: axis == Axis::J,
            batch: axis == Axis::Batch,
        }
    }

    /// Along either's axes.
    pub fn and(self, other: Axes) -> Axes {
        let batch = self.batch || other.batch;
        Axes::new(self.i || other.i, self.j || other.j, batch)
    }

    /// Of a reduction over that axis: along the others, and from batch to batch. Over the batches:
    /// along none.
    pub fn without(self, axis: Axis) -> Axes {
        let batch = axis != Axis::Batch;
        Axes::new(self.i && axis != Axis::I, self.j && axis != Axis::J, batch)
    }

    /// What has to be summed away of these axes so that those of the other are left: `batch` says that
    /// the other does not vary from batch to batch.
    pub fn beyond(self, other: Axes) -> Axes {
        Axes {
            i: self.i && !other.i,
            j: self.j && !other.j,
            batch: self != Axes::NONE && other == Axes::NONE,
        }
    }

    /// Whether it varies along that axis.
    pub fn has(self, axis: Axis) -> bool {
        match axis {
            Axis::I => self.i,
            Axis::J => self.j,
            Axis::Batch => self.batch,
            Axis::Unit => false,
        }
    }

    /// The axis of a value that varies along at most one.
    pub fn single(self) -> Option<Axis> {
        match (self.i, self.j) {
            (false, false) if self.batch => Some(Axis::Batch),
            (false, false) => Some(Axis::Unit),
            (true, false) => Some(Axis::I),
            (false, true) => Some(Axis::J),
            (true, true) => None,
        }
    }
}

/// A floating constant that can be compared and hashed: by its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bits(u64);

impl Bits {
    /// A constant's.
    pub fn of(value: f64) -> Bits {
        Bits(value.to_bits())
    }

    /// The constant.
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A floating constant in every component.
    Real(Bits),
    /// An integer constant (Index or Label) in every component.
    Integer(i64),
    /// An argument, by number in `Formula::variables`.
    Variable(u32),
    /// The number of the row along an axis: `i` or `j`.
    Position(Axis),
    /// A primitive, element by element; a scalar operand goes with any shape.
    Op(Op),
    /// A composite that has its own derivative, by number in `table::COMPOSITES`, element by element.
    Composite(usize),
    /// Two operands of one type; a Mask.
    Compare(Comparison),
    /// Of two masks.
    And,
    /// Of two masks.
    Or,
    /// Of a mask.
    Not,
    /// The second operand where the first, a mask, holds, else the third.
    Select,
    /// The difference of two Index operands.
    Subtract,
    /// An Index or a Label as a Real.
    ToReal,
    /// A sum of products over components, in index notation.
    Contract(Contraction),
    /// Components picked from the operand: component `(k1, k2, …)` of the result is component
    /// `offset + Σ k·stride` of the operand.
    View {
        /// The first component.
        offset: u32,
        /// For each dimension of the result.
        strides: Vec<u32>,
    },
    /// The components of all operands in order.
    Concat,
    /// A reduction, by number in `table::REDUCTIONS`, of its operands over an axis: over the rows of
    /// one batch, or, where it varies along no axis, of all batches.
    Reduce {
        /// The row of the table.
        reduction: usize,
        /// The axis that is reduced.
        axis: Axis,
        /// Of a reduction to a list, the number of its entries; else 0.
        count: u32,
    },
}

/// A node with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Data {
    /// What it is.
    pub kind: Kind,
    /// Its operands.
    pub operands: Vec<Node>,
    /// Its shape.
    pub shape: Shape,
    /// The type of its components.
    pub ty: Type,
    /// The axes along which it varies. A reduction may have more than its operands tell: it is
    /// computed for each row of these, of the columns that the row meets.
    pub axes: Axes,
}

/// An argument of the formula, or a value that a derivative is given (a cotangent, a tangent).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// As written, with its suffix.
    pub name: String,
    /// What numbers its rows; `Unit` for a parameter.
    pub axis: Axis,
    /// The type of its components.
    pub ty: Type,
    /// The shape of one row.
    pub shape: Shape,
}

/// The stride of each dimension in row-major order.
pub fn row_major(shape: &[u32]) -> Vec<u32> {
    let mut strides = vec![1; shape.len()];
    for k in (1..shape.len()).rev() {
        strides[k - 1] = strides[k] * shape[k];
    }
    strides
}
