//! The kernel as data: what the schemes write, and what both printers print.
//!
//! A small structured language between a [`Program`](keops_program::program::Program) and the text
//! of a GPU kernel. Registers are typed variables, written as often as needed; control is loops and
//! ifs, so a printer needs no analysis, and neither does a reader:
//!
//! ```text
//! %d = sub %x, %y
//! for %p in %tile .. %end step 64 {
//!     %y, %b = load.shared [%p + 0]
//! }
//! ```
//!
//! Memory has three spaces. **Global** memory is reached through 64-bit pointers and byte offsets.
//! **Shared** memory is one array of [`Kernel::shared`] bytes per block, reached through 32-bit byte
//! addresses that start at what [`Instr::SharedBase`] gives. **Local** arrays belong to one thread and
//! are reached by their number and a 32-bit index counted in elements.
//!
//! [`verify`](Kernel::verify) says what a valid kernel is; `Display` writes it as text.

mod display;
mod instruction;
mod verify;

pub use instruction::{Binary, Comparison, Instr, Special, Unary};
pub use keops_program::arith::Precision;

/// The type of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// The kernel's floating type: f32 or f64, by [`Kernel::precision`].
    Real,
    /// u32: labels, counters, shared addresses, bit patterns.
    U32,
    /// i32: row numbers and their differences.
    I32,
    /// u64: global pointers and byte offsets.
    U64,
    /// A truth value; never in memory.
    Pred,
}

impl Type {
    /// Bytes of one element in memory; 0 for a truth value, which is never there.
    pub const fn size(self, precision: Precision) -> u32 {
        match (self, precision) {
            (Type::Real, Precision::Single) | (Type::U32 | Type::I32, _) => 4,
            (Type::Real, Precision::Double) | (Type::U64, _) => 8,
            (Type::Pred, _) => 0,
        }
    }
}

/// A register, by its number in [`Kernel::registers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u32);

/// What is known of a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Its type.
    pub ty: Type,
    /// A name for readers: letters, digits and `_`, starting with a letter. Not unique: a printer
    /// adds the number.
    pub name: Option<String>,
}

/// A register or a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// The value of a register.
    Reg(Reg),
    /// A floating constant, exact in the kernel's precision (NaN and infinities included).
    Real(f64),
    /// A constant of type U32.
    U32(u32),
    /// A constant of type I32.
    I32(i32),
    /// A constant of type U64.
    U64(u64),
}

impl From<Reg> for Operand {
    fn from(reg: Reg) -> Operand {
        Operand::Reg(reg)
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// A line for readers.
    Comment(String),
    /// An instruction.
    Instr(Instr),
    /// `counter = from; while counter < to { body; counter += step }`
    Loop {
        /// A U32, read but not written by the body. After the loop: the first value not below `to`.
        counter: Reg,
        /// A U32.
        from: Operand,
        /// A U32, not written by the body.
        to: Operand,
        /// At least 1. `to + step` does not wrap.
        step: u32,
        /// `from < to` is known: the test before the first turn is left out.
        at_least_once: bool,
        /// What is done in each turn.
        body: Vec<Stmt>,
    },
    /// `if mask { then } else { otherwise }`
    If {
        /// A Pred.
        mask: Reg,
        /// Done where it holds.
        then: Vec<Stmt>,
        /// Done where it does not; may be empty.
        otherwise: Vec<Stmt>,
    },
}

/// A parameter of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name, unique among the parameters: letters, digits and `_`, starting with a letter.
    pub name: String,
    /// What it is.
    pub kind: ParamKind,
}

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// A global pointer to elements that the kernel only reads.
    Input(Type),
    /// A global pointer to elements that the kernel writes; it may read what an earlier one wrote.
    Output(Type),
    /// A u32.
    Number,
}

/// An array of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// The type of its elements: Real, U32 or I32.
    pub ty: Type,
    /// The number of its elements, at least 1.
    pub len: u32,
    /// A name for readers; not unique, as a register's.
    pub name: String,
}

/// A kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The entry's name.
    pub name: String,
    /// Lines for readers: the formula, the scheme.
    pub comment: Vec<String>,
    /// The floating type.
    pub precision: Precision,
    /// Subnormal numbers count as 0 in floating instructions (f32 only).
    pub flush: bool,
    /// What it is called with, in order.
    pub params: Vec<Param>,
    /// Threads in a block.
    pub threads: u32,
    /// Blocks that one multiprocessor shall be able to hold: bounds the hardware registers.
    pub blocks: u32,
    /// Rows that one thread computes; the grid has `⌈rows / (threads · rows_per_thread)⌉` blocks.
    pub rows_per_thread: u32,
    /// Bytes of shared memory per block.
    pub shared: u32,
    /// The local arrays.
    pub locals: Vec<Array>,
    /// The registers.
    pub registers: Vec<Register>,
    /// What each thread does.
    pub body: Vec<Stmt>,
}

impl Kernel {
    /// The type of a register of this kernel.
    pub fn ty(&self, reg: Reg) -> Type {
        self.registers[reg.0 as usize].ty
    }

    /// The type of an operand.
    pub fn operand_ty(&self, operand: Operand) -> Type {
        match operand {
            Operand::Reg(reg) => self.ty(reg),
            Operand::Real(_) => Type::Real,
            Operand::U32(_) => Type::U32,
            Operand::I32(_) => Type::I32,
            Operand::U64(_) => Type::U64,
        }
    }
}
