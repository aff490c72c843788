//! A block as a line of items, with the life of each value: what register allocation reads.

use keops_program::program::{Block, Expr, Index, Loop, Place, Stmt, Type, Value};
use std::collections::HashMap;

/// A statement in the line; a loop or a `when` becomes its two ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    Let {
        value: Value,
        ty: Type,
        expr: &'a Expr,
    },
    Store {
        place: Place,
        index: &'a Index,
        value: Value,
    },
    Enter(&'a Loop),
    Leave(&'a Loop),
    /// What follows is needed where the mask holds, up to `Done`.
    When(Value),
    Done,
}

/// What is known of a value. Positions are those of items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) ty: Type,
    /// Where it is defined; for a carried value, where its loop is entered.
    pub(super) def: usize,
    /// The last position at which its register must hold it.
    pub(super) last: usize,
    /// For a carried value: the last use in a turn of its loop.
    pub(super) last_in_turn: usize,
    /// How often it is used.
    pub(super) uses: usize,
    /// Where the innermost loop or `when` around the definition is entered; `usize::MAX` outside.
    pub(super) scope: usize,
    /// The number of loops and `when`s around its definition (around its loop, for a carried value that is used
    /// after it).
    depth: usize,
}

/// The line of a block.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) lives: HashMap<Value, Life>,
    /// Positions of the ends of the loops that are open, and what lives until they are left.
    open: Vec<(usize, Vec<Value>)>,
}

impl<'a> Line<'a> {
    /// The line of a block; an error names a value that is used before its definition.
    pub(super) fn of(block: &'a Block) -> Result<Line<'a>, String> {
        let mut line = Line::default();
        line.push(&block.stmts)?;
        Ok(line)
    }

    /// What is known of a value.
    pub(super) fn life(&self, value: Value) -> Result<&Life, String> {
        self.lives
            .get(&value)
            .ok_or_else(|| format!("%{} is used before it is defined", value.0))
    }

    fn push(&mut self, stmts: &'a [Stmt]) -> Result<(), String> {
        for stmt in stmts {
            let at = self.items.len();
            match stmt {
                Stmt::Let { value, ty, expr } => {
                    for operand in operands(expr) {
                        self.used(operand, at)?;
                    }
                    self.define(*value, *ty, at);
                    self.items.push(Item::Let {
                        value: *value,
                        ty: *ty,
                        expr,
                    });
                }
                Stmt::Store {
                    place,
                    index,
                    value,
                } => {
                    self.used(*value, at)?;
                    self.items.push(Item::Store {
                        place: *place,
                        index,
                        value: *value,
                    });
                }
                Stmt::Loop(repeat) => self.push_loop(repeat, at)?,
                Stmt::When { mask, body } => {
                    self.used(*mask, at)?;
                    self.items.push(Item::When(*mask));
                    self.open.push((at, Vec::new()));
                    self.push(body)?;
                    self.close();
                    self.items.push(Item::Done);
                }
            }
        }
        Ok(())
    }

    fn push_loop(&mut self, repeat: &'a Loop, enter: usize) -> Result<(), String> {
        for carried in &repeat.carried {
            self.used(carried.init, enter)?;
        }
        self.items.push(Item::Enter(repeat));
        self.open.push((enter, Vec::new()));
        for carried in &repeat.carried {
            self.define(carried.value, carried.ty, enter);
        }
        self.push(&repeat.body)?;
        let leave = self.items.len();
        for carried in &repeat.carried {
            self.used(carried.next, leave)?;
        }
        self.close();
        let depth = self.open.len();
        for carried in &repeat.carried {
            if let Some(life) = self.lives.get_mut(&carried.value) {
                life.last_in_turn = life.last;
                life.last = life.last.max(leave);
                life.depth = depth;
            }
        }
        self.items.push(Item::Leave(repeat));
        Ok(())
    }

    /// Ends the innermost loop or `when`, here; what is read in it from outside lives until here.
    fn close(&mut self) {
        let here = self.items.len();
        let (_, until_here) = self.open.pop().unwrap_or_default();
        for value in until_here {
            if let Some(life) = self.lives.get_mut(&value) {
                life.last = life.last.max(here);
            }
        }
    }

    fn define(&mut self, value: Value, ty: Type, at: usize) {
        let scope = self.open.last().map_or(usize::MAX, |(enter, _)| *enter);
        let depth = self.open.len();
        let life = Life {
            ty,
            def: at,
            last: at,
            last_in_turn: at,
            uses: 0,
            scope,
            depth,
        };
        self.lives.insert(value, life);
    }

    /// A use of what was defined outside of an open loop keeps the value until that loop is left.
    fn used(&mut self, value: Value, at: usize) -> Result<(), String> {
        let Some(life) = self.lives.get_mut(&value) else {
            return Err(format!("%{} is used before it is defined", value.0));
        };
        life.uses += 1;
        life.last = life.last.max(at);
        let depth = life.depth;
        if let Some((_, until)) = self.open.get_mut(depth) {
            until.push(value);
        }
        Ok(())
    }
}

/// The scalars that an expression reads.
pub(super) fn operands(expr: &Expr) -> Vec<Value> {
    match expr {
        Expr::Real(_) | Expr::Integer(_) | Expr::Load(..) => Vec::new(),
        Expr::Op(_, operands) => operands.clone(),
        Expr::Compare(_, a, b) | Expr::And(a, b) | Expr::Or(a, b) | Expr::Subtract(a, b) => {
            vec![*a, *b]
        }
        Expr::Not(a) | Expr::ToReal(a) => vec![*a],
        Expr::Select(a, b, c) => vec![*a, *b, *c],
    }
}

/// Whether two elements of one array can be the same.
pub(super) fn may_alias(a: &Index, b: &Index) -> bool {
    !(a.terms.is_empty() && b.terms.is_empty()) || a.offset == b.offset
}
