//! Decoded instructions: what the machine runs.

use super::float::{Binary, Ternary, Unary};
use super::syntax::{Param, Place, Space};

/// A place in a thread's file: the registers, then the special registers, then the constants.
pub(super) type Slot = u32;

/// The special registers, in the order of their slots.
pub(super) const SPECIALS: [&str; 13] = [
    "%tid.x",
    "%tid.y",
    "%tid.z",
    "%ntid.x",
    "%ntid.y",
    "%ntid.z",
    "%ctaid.x",
    "%ctaid.y",
    "%ctaid.z",
    "%nctaid.x",
    "%nctaid.y",
    "%nctaid.z",
    "%laneid",
];

/// A load or a store.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub space: Space,
    /// Bytes of one element.
    pub bytes: u32,
    /// One register for each element; `None` throws a loaded element away.
    pub slots: Vec<Option<Slot>>,
    pub base: Slot,
    pub offset: i64,
    /// A loaded element is extended with its sign from this many bits to the register's.
    pub sign: Option<(u32, u32)>,
    /// `.nc`: nobody writes this memory while the kernel runs.
    pub constant: bool,
}

/// How `setp` and `set` combine the comparison with a third operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combine {
    And,
    Or,
    Xor,
}

/// A comparison with all that `setp` can do.
#[derive(Clone, Debug)]
pub(super) struct Compare {
    pub holds: Binary,
    pub a: Slot,
    pub b: Slot,
    /// The operator, the predicate, and whether its contrary is meant.
    pub combine: Option<(Combine, Slot, bool)>,
    /// What is written where it holds: 1 for `setp`; all ones or 1.0 for `set`.
    pub truth: u64,
    pub to: Option<Slot>,
    /// Gets the contrary.
    pub contrary: Option<Slot>,
}

/// What a vote gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VoteKind {
    All,
    Any,
    Uniform,
    Ballot,
}

/// A meeting of the threads of a warp.
#[derive(Clone, Debug)]
pub(super) struct Vote {
    pub kind: VoteKind,
    pub to: Slot,
    pub a: Slot,
    pub negated: bool,
    pub mask: Slot,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Copy {
        to: Slot,
        a: Slot,
    },
    Unary {
        f: Unary,
        to: Slot,
        a: Slot,
    },
    Binary {
        f: Binary,
        to: Slot,
        a: Slot,
        b: Slot,
    },
    Ternary {
        f: Ternary,
        to: Slot,
        a: Slot,
        b: Slot,
        c: Slot,
    },
    Compare(Box<Compare>),
    /// `mov.b64 to, {a, b}`: parts of `bits` bits each, the lowest first.
    Pack {
        to: Slot,
        parts: Box<[Slot]>,
        bits: u32,
    },
    /// `mov.b64 {a, b}, from`
    Unpack {
        to: Box<[Option<Slot>]>,
        a: Slot,
        bits: u32,
    },
    Load(Box<Access>),
    Store(Box<Access>),
    Jump(usize),
    Barrier,
    Vote(Box<Vote>),
    Exit,
}

/// An instruction under its predicate.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The predicate, and the value with which the instruction is done.
    pub guard: Option<(Slot, u64)>,
    pub op: Op,
}

/// A kernel, decoded.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub line: usize,
    pub params: Vec<Param>,
    pub param_bytes: u64,
    pub most: Option<[u32; 3]>,
    pub exact: Option<[u32; 3]>,
    /// The addresses behind the last variable.
    pub shared_end: u64,
    pub local_end: u64,
    pub registers: u32,
    /// The names of the registers.
    pub names: Vec<String>,
    pub constants: Vec<u64>,
    pub steps: Vec<Step>,
    /// The place of each step in the source.
    pub places: Vec<Place>,
}
