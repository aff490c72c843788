//! The instructions of a kernel.

use super::{Operand, Reg};

/// Instructions of one operand. "Flushed" means that in a kernel with `Kernel::flush` subnormal
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

/// How two operands of one type (Real, U32, I32, U64) are compared. With a NaN, `Ne` is true and the
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
        /// The number in `Kernel::params`.
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
        /// The number in `Kernel::locals`.
        array: u32,
        /// A U32, in elements.
        index: Operand,
        /// Elements added to the index.
        offset: u32,
    },
    /// Writes an element of a local array: `local[index + offset] = value`.
    StoreLocal {
        /// The number in `Kernel::locals`.
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

impl Instr {
    /// The registers that are written.
    pub fn writes(&self) -> &[Reg] {
        match self {
            Instr::Unary { to, .. }
            | Instr::Binary { to, .. }
            | Instr::Fma { to, .. }
            | Instr::Compare { to, .. }
            | Instr::Select { to, .. }
            | Instr::Special { to, .. }
            | Instr::Param { to, .. }
            | Instr::SharedBase { to }
            | Instr::LoadLocal { to, .. }
            | Instr::Vote { to, .. } => std::slice::from_ref(to),
            Instr::LoadGlobal { to, .. } | Instr::LoadShared { to, .. } => to,
            Instr::StoreGlobal { .. }
            | Instr::StoreShared { .. }
            | Instr::StoreLocal { .. }
            | Instr::Barrier => &[],
        }
    }

    /// The operands that are read, in the order of the text.
    pub fn reads(&self) -> Vec<Operand> {
        match self {
            Instr::Unary { a, .. } => vec![*a],
            Instr::Binary { a, b, .. } | Instr::Compare { a, b, .. } => vec![*a, *b],
            Instr::Fma { a, b, c, .. } => vec![*a, *b, *c],
            Instr::Select { mask, a, b, .. } => vec![(*mask).into(), *a, *b],
            Instr::Special { .. }
            | Instr::Param { .. }
            | Instr::SharedBase { .. }
            | Instr::Barrier => Vec::new(),
            Instr::LoadGlobal { pointer, .. } => vec![(*pointer).into()],
            Instr::LoadShared { address, .. } => vec![(*address).into()],
            Instr::StoreGlobal {
                pointer: a, values, ..
            }
            | Instr::StoreShared {
                address: a, values, ..
            } => std::iter::once((*a).into())
                .chain(values.iter().copied())
                .collect(),
            Instr::LoadLocal { index, .. } => vec![*index],
            Instr::StoreLocal { index, value, .. } => vec![*index, *value],
            Instr::Vote { a, .. } => vec![(*a).into()],
        }
    }
}
