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
mod verify;

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

/// Instructions of one operand. "Flushed" means that in a kernel with [`Kernel::flush`] subnormal
/// operands and results count as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// The operand itself, of any type.
    Move,
    /// Real: the sign flipped. Never flushed (it is folded into the instruction that uses it).
    Neg,
    /// Real: the sign cleared. Never flushed.
    Abs,
    /// Real: the nearest integer, ties to even. Flushed.
    RoundEven,
    /// Real: the largest integer that is not larger. Flushed.
    Floor,
    /// Real: √a, rounded to nearest. Flushed.
    Sqrt,
    /// f32: √a within 1 ulp or so. Flushed.
    SqrtApprox,
    /// f32: 1/√a, relative error ≤ 2^-22.9; ∞ at 0. Flushed.
    RsqrtApprox,
    /// f32: 1/a within 1 ulp. Flushed.
    RcpApprox,
    /// f32: 2^a, relative error ≤ 2^-22. Flushed.
    Ex2Approx,
    /// f32: log2 a, absolute error ≤ 2^-22 near 1, relative elsewhere. Flushed.
    Lg2Approx,
    /// f32: sin a, absolute error ≤ 2^-20.5 in -π..π. Flushed.
    SinApprox,
    /// f32: cos a, absolute error ≤ 2^-20.5 in -π..π. Flushed.
    CosApprox,
    /// U32, I32: every bit flipped. Pred: the contrary.
    Not,
    /// Real → I32: the nearest integer, ties to even, clamped to the range; any of a NaN. Flushed.
    ToInteger,
    /// I32 or U32 → Real, rounded to nearest even.
    ToReal,
    /// f32 → U32: the bits.
    Bits,
    /// U32 → f32: the number with these bits.
    FromBits,
    /// f64 → U32: the low half of the bits.
    Low,
    /// f64 → U32: the high half of the bits.
    High,
    /// U32 → U64, zero-extended.
    Widen,
    /// U32 ↔ I32: the same bits.
    Cast,
}

/// Instructions of two operands, both of the result's type unless said otherwise. Integers wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// a + b: Real (rounded to nearest, flushed, never contracted), U32, I32, U64.
    Add,
    /// a − b: as `Add`.
    Sub,
    /// a · b: Real as `Add`; U32, I32: the low 32 bits.
    Mul,
    /// Real: a / b, rounded to nearest. Flushed.
    Div,
    /// f32: a / b within 2 ulp for 2^-126 ≤ |b| ≤ 2^126; 0 beyond. Flushed.
    DivApprox,
    /// The smaller: Real (of a NaN and a number, the number; flushed), U32, I32.
    Min,
    /// The larger: as `Min`.
    Max,
    /// Bits of U32 or I32, or both of two Preds.
    And,
    /// Bits of U32 or I32, or either of two Preds.
    Or,
    /// Bits of U32 or I32, or exactly one of two Preds.
    Xor,
    /// U32, I32: a · 2^b; b is a U32 below 32.
    Shl,
    /// U32 (zeros come in) or I32 (the sign comes in): a shifted right by b, a U32 below 32.
    Shr,
    /// U32 · U32 → U64: the whole product.
    MulWide,
    /// U32, U32 → f64: the number whose bits have the low half a and the high half b.
    Pack,
}

/// How two operands of one type (Real, U32, I32) are compared. With a NaN, `Ne` is true and the
/// others are false. Real operands are flushed.
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

/// What a thread knows of itself; all U32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    /// Its number in the block.
    Thread,
    /// The number of its block along x.
    BlockX,
    /// The number of its block along y.
    BlockY,
}

/// An instruction.
#[derive(Clone, Debug, PartialEq)]
pub enum Instr {
    /// `to = op a`
    Unary {
        /// What is done.
        op: Unary,
        /// The result.
        to: Reg,
        /// The operand.
        a: Operand,
    },
    /// `to = a op b`
    Binary {
        /// What is done.
        op: Binary,
        /// The result.
        to: Reg,
        /// The first operand.
        a: Operand,
        /// The second operand.
        b: Operand,
    },
    /// `to = a · b + c`: of Reals rounded once and flushed, of U32 or I32 the low 32 bits.
    Fma {
        /// The result.
        to: Reg,
        /// A factor.
        a: Operand,
        /// A factor.
        b: Operand,
        /// What is added.
        c: Operand,
    },
    /// `to = a op b`, a truth value
    Compare {
        /// How.
        op: Comparison,
        /// The result, a Pred.
        to: Reg,
        /// The left side.
        a: Operand,
        /// The right side.
        b: Operand,
    },
    /// `to = if mask { a } else { b }`, of Real, U32 or I32
    Select {
        /// The result.
        to: Reg,
        /// A Pred.
        mask: Reg,
        /// Where it holds.
        a: Operand,
        /// Where it does not.
        b: Operand,
    },
    /// `to` = what the thread knows of itself
    Special {
        /// The result, a U32.
        to: Reg,
        /// What.
        what: Special,
    },
    /// `to` = a parameter: U64 for a pointer, else U32
    Param {
        /// The result.
        to: Reg,
        /// The number in [`Kernel::params`].
        param: u32,
    },
    /// `to` = the U32 address of the block's shared memory, a multiple of 16
    SharedBase {
        /// The result.
        to: Reg,
    },
    /// Reads 1, 2 or 4 consecutive elements of global memory into registers of one type. A vector
    /// is aligned to its own size (at most 16 bytes).
    LoadGlobal {
        /// The results.
        to: Vec<Reg>,
        /// A U64.
        pointer: Reg,
        /// Bytes added to the pointer.
        offset: u32,
        /// Nobody writes this memory while the kernel runs.
        constant: bool,
    },
    /// Writes 1, 2 or 4 consecutive elements of global memory, all of one type.
    StoreGlobal {
        /// A U64.
        pointer: Reg,
        /// Bytes added to the pointer.
        offset: u32,
        /// What is written.
        values: Vec<Operand>,
    },
    /// Reads 1, 2 or 4 consecutive elements of shared memory into registers of one type (Real or
    /// U32). A vector is aligned to its own size (at most 16 bytes).
    LoadShared {
        /// The results.
        to: Vec<Reg>,
        /// A U32.
        address: Reg,
        /// Bytes added to the address.
        offset: u32,
    },
    /// Writes 1, 2 or 4 consecutive elements of shared memory, all of one type (Real or U32).
    StoreShared {
        /// A U32.
        address: Reg,
        /// Bytes added to the address.
        offset: u32,
        /// What is written.
        values: Vec<Operand>,
    },
    /// Reads an element of a local array: `to = local[index + offset]`.
    LoadLocal {
        /// The result, of the array's type.
        to: Reg,
        /// The number in [`Kernel::locals`].
        array: u32,
        /// A U32, in elements.
        index: Operand,
        /// Elements added to the index.
        offset: u32,
    },
    /// Writes an element of a local array: `local[index + offset] = value`.
    StoreLocal {
        /// The number in [`Kernel::locals`].
        array: u32,
        /// A U32, in elements.
        index: Operand,
        /// Elements added to the index.
        offset: u32,
        /// What is written, of the array's type.
        value: Operand,
    },
    /// Waits until every thread of the block is here; makes their shared stores visible.
    Barrier,
    /// `to` = whether a Pred holds in all (or any) threads of the warp, which are all here
    Vote {
        /// All, or any.
        all: bool,
        /// The result, a Pred.
        to: Reg,
        /// A Pred.
        a: Reg,
    },
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
    /// A global pointer to elements that the kernel writes.
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
