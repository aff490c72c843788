//! The statements of a PTX module, with their names and places.

use std::collections::HashMap;

use super::types::Ty;

/// What an address means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Generic,
    Global,
    Shared,
    Local,
    Param,
}

/// Where the addresses of shared and of local memory begin, so that a forgotten base is noticed.
pub(super) const START: u64 = 1024;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol {
    Register {
        number: u32,
        ty: Ty,
    },
    /// A place among the entry's statements.
    Label(usize),
    /// A variable in shared or local memory.
    Variable {
        space: Space,
        address: u64,
    },
    /// A parameter: its place in the parameter block, and its size in bytes.
    Param {
        offset: u64,
        size: u64,
    },
}

/// A pair of braces: names declared in it are seen in it.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub parent: Option<usize>,
    pub symbols: HashMap<String, Symbol>,
}

/// An operand as written.
#[derive(Clone, Debug)]
pub(super) enum Operand<'s> {
    /// A register, a special register, a variable, a label or a number.
    Word(&'s str),
    /// A variable with an offset.
    Sum(&'s str, i64),
    /// A negative number.
    Negative(&'s str),
    /// The contrary of a predicate.
    Not(&'s str),
    /// `p|q`: a result and its contrary.
    Both(&'s str, &'s str),
    /// `{a, b}`
    List(Vec<Operand<'s>>),
    /// `[base + offset]`
    Address(&'s str, i64),
}

/// A piece of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub line: usize,
    pub start: usize,
    pub end: usize,
}

/// An instruction as written.
#[derive(Clone, Debug)]
pub(super) struct Statement<'s> {
    /// The predicate, and whether its contrary is meant.
    pub guard: Option<(&'s str, bool)>,
    /// The opcode with its modifiers.
    pub mnemonic: &'s str,
    pub operands: Vec<Operand<'s>>,
    pub scope: usize,
    pub place: Place,
}

/// A parameter of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Param {
    pub ty: Ty,
    pub offset: u64,
}

/// What the module and an entry declare in one memory space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    /// The address behind the last variable.
    pub end: u64,
}

impl Default for Area {
    fn default() -> Area {
        Area { end: START }
    }
}

impl Area {
    /// The address of a new variable.
    pub(super) fn place(&mut self, align: u64, size: u64) -> u64 {
        let address = self.end.next_multiple_of(align.max(1));
        self.end = address.saturating_add(size);
        address
    }
}

/// A kernel as written.
#[derive(Debug, Default)]
pub(super) struct EntrySyntax<'s> {
    pub name: &'s str,
    pub line: usize,
    pub params: Vec<Param>,
    pub param_bytes: u64,
    /// `.maxntid`: the largest block.
    pub most: Option<[u32; 3]>,
    /// `.reqntid`: the only block.
    pub exact: Option<[u32; 3]>,
    pub shared: Area,
    pub local: Area,
    pub registers: u32,
    pub scopes: Vec<Scope>,
    pub statements: Vec<Statement<'s>>,
}

impl EntrySyntax<'_> {
    /// What a name means in a scope.
    pub(super) fn find(&self, scope: usize, name: &str) -> Option<Symbol> {
        let mut scope = Some(scope);
        while let Some(at) = scope {
            if let Some(symbol) = self.scopes[at].symbols.get(name) {
                return Some(*symbol);
            }
            scope = self.scopes[at].parent;
        }
        None
    }
}
