//! The program of one pass: scalar SSA with component loops.
//!
//! A pass combines each **row** (a point of the kept axis) with each **column** (a point of the
//! reduced axis). What depends on parameters alone runs once per launch, on the row alone once per
//! row, on the column alone once per column; only [`Program::update`] runs once per pair:
//!
//! ```text
//! param:   inputs(param)                        -> param slots
//! row:     inputs(row),    param slots          -> row slots
//! column:  inputs(column), param slots          -> column slots
//! update:  param, row, column slots, state      -> state          once per pair
//! grouped: the same, with the slots of several columns            in place of as many updates
//! merge:   state, other                         -> state          once per block of columns
//! finish:  state, inputs(row), param, row slots -> outputs        once per row
//! ```
//!
//! A state is a flat array of scalars that starts at [`StateSlot::init`]. Blocks of at most
//! [`BLOCK`] columns are accumulated from the initial state and merged in the order of the columns,
//! in every back end, so that all give the same bits. Where that makes no difference
//! ([`Program::exact`]), back ends need no blocks.

use crate::op::Op;

/// Columns in a block: the longest run of plain additions (DESIGN §3).
pub const BLOCK: usize = 64;

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// The formula's floating type, f32 or f64.
    Real,
    /// A row number or a difference of two: i32. `NO_INDEX` is -1 (`u32::MAX` as a label).
    Index,
    /// A label of the user: u32.
    Label,
    /// The result of a comparison. Never stored in a slot, state or output.
    Mask,
}

/// A scalar in a block, defined once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// The counter of a component loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Counter(pub u32);

/// A position in an array: `offset + Σ counter · stride`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Index {
    /// The constant part.
    pub offset: u32,
    /// Each counter with its stride; a counter occurs once.
    pub terms: Vec<(Counter, u32)>,
}

impl Index {
    /// A constant position.
    pub fn at(offset: u32) -> Index {
        Index {
            offset,
            terms: Vec::new(),
        }
    }
}

/// An array of scalars that a block reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The components of an input, by its number in [`Program::inputs`].
    Input(u32),
    /// What depends on parameters alone.
    Param,
    /// What depends on the row.
    Row,
    /// What depends on the column.
    Column,
    /// The state.
    State,
    /// In `merge`, the later of the two states.
    Other,
    /// The components of a result, by its number in [`Program::outputs`].
    Output(u32),
    /// A temporary array of the block, by its number in [`Block::locals`].
    Local(u32),
}

/// How two scalars of one type are compared. `>` and `>=` are written with the operands swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
}

/// What a scalar is defined as. The type is that of the [`Stmt::Let`] around it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A floating constant.
    Real(f64),
    /// A constant of type Index or Label.
    Integer(i64),
    /// An element of an array.
    Load(Place, Index),
    /// A row of the table of operations: Real operands and result.
    Op(Op, Vec<Value>),
    /// Two scalars of one type; a Mask.
    Compare(Comparison, Value, Value),
    /// Of two masks.
    And(Value, Value),
    /// Of two masks.
    Or(Value, Value),
    /// Of a mask.
    Not(Value),
    /// `if` the mask, then the second, else the third (of any one type but Mask).
    Select(Value, Value, Value),
    /// The difference of two of type Index; an Index (wrapping).
    Subtract(Value, Value),
    /// An Index or a Label as a Real.
    ToReal(Value),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// Defines a scalar.
    Let {
        /// Its name.
        value: Value,
        /// Its type.
        ty: Type,
        /// What it is.
        expr: Expr,
    },
    /// Writes an element of State, Param, Row, Column, Output or Local.
    Store {
        /// The array.
        place: Place,
        /// The position.
        index: Index,
        /// What is written.
        value: Value,
    },
    /// A loop over components.
    Loop(Loop),
    /// Statements that have no effect where a mask does not hold: they need not be run where it holds
    /// for no row at hand.
    When {
        /// Where they are needed.
        mask: Value,
        /// What is done. Values defined in it are not seen after it; where the mask does not hold, no
        /// element of an array has another value after it.
        body: Vec<Stmt>,
    },
}

/// `for counter in 0..count`, with scalars carried from one turn to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// The counter.
    pub counter: Counter,
    /// The number of turns, at least 1.
    pub count: u32,
    /// The carried scalars.
    pub carried: Vec<Carried>,
    /// What is done in each turn. Values defined in it are not seen after the loop.
    pub body: Vec<Stmt>,
}

/// A scalar that a loop carries: `value` is `init` in the first turn, `next` of the turn before in
/// the others; after the loop, `value` is the last turn's `next`.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The type.
    pub ty: Type,
    /// The name inside the loop and after it.
    pub value: Value,
    /// Defined before the loop.
    pub init: Value,
    /// Defined in the body (or carried, or before the loop).
    pub next: Value,
}

/// An array that lives within one execution of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// The type of its elements.
    pub ty: Type,
    /// The number of its elements.
    pub len: u32,
}

/// Statements with their temporary arrays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Temporary arrays, uninitialised.
    pub locals: Vec<Local>,
    /// The statements, in order.
    pub stmts: Vec<Stmt>,
}

/// What a value depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The same for every pair.
    Param,
    /// One per row.
    Row,
    /// One per column.
    Column,
}

/// Where the data of an input come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An argument of the call, by number in `Schedule::arguments`.
    Argument(u32),
    /// An output of an earlier pass.
    Output {
        /// The pass.
        pass: u32,
        /// The number of its output.
        output: u32,
    },
    /// The number of the row or column (by the input's class), counted from the call's offset;
    /// type Index, width 1.
    Position,
    /// How many columns the pass has; type Index, class Param, width 1.
    ColumnCount,
}

/// An array that the pass reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// For readers: the variable's name.
    pub name: String,
    /// What it is indexed by.
    pub class: Class,
    /// The type of its components.
    pub ty: Type,
    /// The number of its components.
    pub width: u32,
    /// Where it comes from.
    pub source: Source,
}

/// One scalar of the state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StateSlot {
    /// Its type.
    pub ty: Type,
    /// What it starts at (for an Index, an integer).
    pub init: f64,
    /// A block of columns starts from what the total over the blocks before it has here: what the
    /// others are counted relative to. (Of a gathered column, and where there is no total yet, it is
    /// `init`.)
    pub carried: bool,
}

/// A result of the pass: one row of `width` scalars for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// For readers.
    pub name: String,
    /// The type of its components.
    pub ty: Type,
    /// The number of its components.
    pub width: u32,
}

/// The program of a pass; see the module's text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// What is read.
    pub inputs: Vec<Input>,
    /// The types of the param slots.
    pub param_slots: Vec<Type>,
    /// The types of the row slots.
    pub row_slots: Vec<Type>,
    /// The types of the column slots.
    pub column_slots: Vec<Type>,
    /// The state.
    pub state: Vec<StateSlot>,
    /// All reductions select or count: `update` may go on from the total as well as from the initial
    /// state, which gives the same bits. Back ends then need neither blocks nor `merge` in between.
    pub exact: bool,
    /// The results.
    pub outputs: Vec<Output>,
    /// Fills the param slots.
    pub param: Block,
    /// Fills the row slots.
    pub row: Block,
    /// Fills the column slots.
    pub column: Block,
    /// Folds one pair into the state.
    pub update: Block,
    /// The columns that `grouped` folds at once; 0: there is no such section.
    pub group: u32,
    /// Folds a group of columns into the state: those of a block of columns are folded in groups from
    /// its first column on, and the rest of them by `update`. The column slots are those of the
    /// first column, then of the second, and so on.
    pub grouped: Block,
    /// Folds the state of a later block of columns into that of the earlier ones.
    pub merge: Block,
    /// Turns the state into results.
    pub finish: Block,
}

impl Program {
    /// The sections in the order in which they run, with their names.
    pub fn sections(&self) -> [(&'static str, &Block); 7] {
        [
            ("param", &self.param),
            ("row", &self.row),
            ("column", &self.column),
            ("update", &self.update),
            ("grouped", &self.grouped),
            ("merge", &self.merge),
            ("finish", &self.finish),
        ]
    }
}
