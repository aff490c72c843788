//! Which elements of which arrays a block reaches, and which loops stay loops.
//!
//! Registers cannot be indexed. An element that a loop reaches by its counter lives in memory, unless
//! the loop is unrolled.

use keops_program::op::Op;
use keops_program::program::{Block, Counter, Expr, Index, Loop, Place, Stmt};
use std::collections::HashMap;

/// Most turns of a loop that is unrolled.
const MOST_TURNS: u32 = 64;

/// Most statements that an unrolled loop becomes.
const MOST_STATEMENTS: u32 = 256;

/// Statements, counting those of unrolled loops as often as they are written.
pub(super) fn size(stmts: &[Stmt]) -> u32 {
    stmts
        .iter()
        .map(|stmt| match stmt {
            Stmt::Let { .. } | Stmt::Store { .. } => 1,
            Stmt::Loop(l) => size(&l.body).saturating_mul(if unrolled(l) { l.count } else { 1 }),
            Stmt::When { body, .. } => 1 + size(body),
        })
        .fold(0, u32::saturating_add)
}

/// Whether a loop is written out, turn by turn.
pub(super) fn unrolled(l: &Loop) -> bool {
    l.count <= MOST_TURNS && size(&l.body).saturating_mul(l.count) <= MOST_STATEMENTS
}

/// Instructions, about; operations cost what `cost` says. Constants and what is in registers are free.
pub(super) fn instructions(stmts: &[Stmt], cost: &impl Fn(Op) -> u32) -> u32 {
    let of = |stmt: &Stmt| match stmt {
        Stmt::Let {
            expr: Expr::Op(op, _),
            ..
        } => cost(*op),
        Stmt::Let {
            expr: Expr::Real(_) | Expr::Integer(_) | Expr::Load(..),
            ..
        }
        | Stmt::Store { .. } => 0,
        Stmt::Let { .. } => 1,
        Stmt::Loop(l) => {
            instructions(&l.body, cost).saturating_mul(if unrolled(l) { l.count } else { 4 })
        }
        Stmt::When { body, .. } => 1 + instructions(body, cost),
    };
    stmts.iter().map(of).fold(0, u32::saturating_add)
}

/// The same, without what is rarely done.
pub(super) fn usual_instructions(stmts: &[Stmt], cost: &impl Fn(Op) -> u32) -> u32 {
    let usual = |stmt: &&Stmt| !matches!(stmt, Stmt::When { .. });
    let usual: Vec<Stmt> = stmts.iter().filter(usual).cloned().collect();
    instructions(&usual, cost)
}

/// A load or a store, with every element that it may reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub(super) place: Place,
    /// The first and the last element.
    pub(super) range: (u32, u32),
    /// The index depends on a counter that is a register.
    pub(super) dynamic: bool,
    pub(super) store: bool,
}

/// Every load and store of some statements.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    pub(super) accesses: Vec<Access>,
}

impl Reach {
    /// Of a block.
    pub(super) fn of(block: &Block) -> Reach {
        Reach::in_loops(&block.stmts, &mut HashMap::new())
    }

    /// Of statements inside of loops: each counter with the last value and whether it is dynamic.
    pub(super) fn in_loops(stmts: &[Stmt], counters: &mut HashMap<Counter, (u32, bool)>) -> Reach {
        let mut reach = Reach::default();
        reach.walk(stmts, counters);
        reach
    }

    fn walk(&mut self, stmts: &[Stmt], counters: &mut HashMap<Counter, (u32, bool)>) {
        for stmt in stmts {
            match stmt {
                Stmt::Let {
                    expr: Expr::Load(place, index),
                    ..
                } => {
                    self.push(*place, index, false, counters);
                }
                Stmt::Let { .. } => {}
                Stmt::Store { place, index, .. } => self.push(*place, index, true, counters),
                Stmt::Loop(l) => {
                    counters.insert(l.counter, (l.count - 1, !unrolled(l)));
                    self.walk(&l.body, counters);
                }
                Stmt::When { body, .. } => self.walk(body, counters),
            }
        }
    }

    fn push(
        &mut self,
        place: Place,
        index: &Index,
        store: bool,
        counters: &HashMap<Counter, (u32, bool)>,
    ) {
        let (mut last, mut dynamic) = (index.offset, false);
        for (counter, stride) in &index.terms {
            // A counter that is not known is one of a loop around these statements.
            let (turns, register) = counters.get(counter).copied().unwrap_or((0, true));
            last += turns * stride;
            dynamic |= register;
        }
        self.accesses.push(Access {
            place,
            range: (index.offset, last),
            dynamic,
            store,
        });
    }

    /// Whether the array is touched at all.
    pub(super) fn touches(&self, place: Place) -> bool {
        self.accesses.iter().any(|a| a.place == place)
    }

    fn mark(&self, place: Place, len: usize, which: impl Fn(&Access) -> bool) -> Vec<bool> {
        let mut marked = vec![false; len];
        for access in self
            .accesses
            .iter()
            .filter(|a| a.place == place && which(a))
        {
            for k in access.range.0..=access.range.1 {
                if let Some(slot) = marked.get_mut(k as usize) {
                    *slot = true;
                }
            }
        }
        marked
    }

    /// The elements that must live in memory.
    pub(super) fn dynamic(&self, place: Place, len: usize) -> Vec<bool> {
        self.mark(place, len, |a| a.dynamic)
    }

    /// The elements that are loaded at constant positions.
    pub(super) fn constant_loads(&self, place: Place, len: usize) -> Vec<bool> {
        self.mark(place, len, |a| !a.dynamic && !a.store)
    }

    /// The elements that may be stored to.
    pub(super) fn stores(&self, place: Place, len: usize) -> Vec<bool> {
        self.mark(place, len, |a| a.store)
    }
}

/// Either.
pub(super) fn either(a: &[bool], b: &[bool]) -> Vec<bool> {
    a.iter().zip(b).map(|(&a, &b)| a || b).collect()
}
