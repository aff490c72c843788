//! Sums that are counted relative to a shift: one pair, or a group of columns.
//!
//! The shares of pairs are computed as if the shift were high enough. If they are larger than they may
//! be, for a row, its shift is raised to the largest operand, what is in its sums is rescaled, and its
//! shares are computed again. That is rare, so that the test is nearly all that it costs; a group of
//! columns is tested once.

use keops_program::op::Op;
use keops_program::program::{
    Block, Carried, Comparison, Expr, Index, Loop, Place, Stmt, Type, Value,
};

use super::code::Code;
use super::states::{Bound, Share, Slot};
use super::{Lower, Section, for_each, load};

/// Columns of a group.
const GROUP: u32 = 8;

impl Lower<'_> {
    /// A group of columns, where all of the state is shifted by one scalar, and what the pair adds is
    /// its share times what does not depend on the pair.
    pub(super) fn shifted_group(&mut self) -> Option<(u32, Block)> {
        let states = self.states.clone();
        let (&shift, share) = states.shares.iter().next()?;
        let alone = states.shares.len() == 1
            && states.slots[shift].components == 1
            && states.slots.iter().all(|slot| slot.shift == Some(shift));
        let simple = |&operand: &_| self.class(operand, Section::Update).is_some();
        let others = states.operands().filter(|(leaf, _)| *leaf != share.operand);
        let flat = |stmt: &Stmt| !matches!(stmt, Stmt::Loop(_));
        if !alone
            || !others
                .map(|(_, operand)| operand)
                .all(|operand| simple(&operand))
            || !self.program.update.stmts.iter().all(flat)
        {
            return None;
        }
        let mut code = Code::new();
        self.shifted(&mut code, GROUP);
        Some((GROUP, code.finish()))
    }

    /// Folds columns, one or a group, into the variables that have a shift.
    pub(super) fn shifted(&mut self, code: &mut Code, columns: u32) {
        let states = self.states.clone();
        let mut shifts: Vec<usize> = states.shares.keys().copied().collect();
        shifts.sort_unstable();
        for shift in shifts {
            for_each(code, states.slots[shift].components, &mut |code, index| {
                self.shifted_by(code, (shift, states.shares[&shift]), columns, &index);
            });
        }
    }

    fn shifted_by(
        &mut self,
        code: &mut Code,
        (shift, share): (usize, Share),
        columns: u32,
        index: &Index,
    ) {
        let states = self.states.clone();
        let slot = &states.slots[shift];
        let own = (0..states.slots.len()).filter(|&k| {
            let other = &states.slots[k];
            k != shift && other.shift == Some(shift) && other.update != other.state
        });
        let all: Vec<usize> = own.collect();
        // What sums the shares themselves needs their sum alone.
        let is_mass = |k: &usize| states.is_mass(*k, share.leaf);
        let (whole, sums): (Vec<usize>, Vec<usize>) = all.iter().partition(|k| is_mass(k));
        let (operands, masses) = (code.local(columns), code.local(1));
        let shares = (!sums.is_empty()).then(|| code.local(columns));
        let at = states.at(shift, &Index::at(0), index);
        let before = load(code, Type::Real, Place::State, at.clone());

        let mut mass = None;
        each(
            code,
            columns,
            &mut Hand::On(&mut mass),
            &mut |code, column, sum| {
                let mut bound = Bound::from([(slot.state, before)]);
                let operand = self.line(code, share.operand, index, &mut bound);
                code.store(operands, column.clone(), operand);
                let share = self.line(code, share.share, index, &mut bound);
                if let Some(shares) = shares {
                    code.store(shares, column.clone(), share);
                }
                add(code, sum, share)
            },
        );
        let mass = mass.expect("there is a column");
        code.store(masses, Index::at(0), mass);
        let most = code.push(Type::Real, Expr::Real(share.most));
        let fits = code.push(Type::Mask, Expr::Compare(Comparison::Le, mass, most));
        let raised = code.push(Type::Mask, Expr::Not(fits));

        code.when();
        let mut largest = Some(before);
        each(
            code,
            columns,
            &mut Hand::On(&mut largest),
            &mut |code, column, shift| {
                let operand = load(code, Type::Real, operands, column.clone());
                let before = shift.expect("it began with one");
                let mut bound = Bound::from([(share.operand, operand), (slot.state, before)]);
                self.line(code, slot.update, index, &mut bound)
            },
        );
        let largest = largest.expect("it began with one");
        let now = code.push(Type::Real, Expr::Select(raised, largest, before));
        let mut bound = Bound::from([(share.operand, before), (slot.state, now)]);
        let factor = self.line(code, share.careful, index, &mut bound);
        for &k in &all {
            self.each_component(code, slot, k, index, &mut |_, code, component| {
                let at = states.at(k, &Index::at(0), component);
                let sum = load(code, Type::Real, Place::State, at.clone());
                let scaled = code.push(Type::Real, Expr::Op(Op::Mul, vec![sum, factor]));
                let scaled = code.push(Type::Real, Expr::Select(raised, scaled, sum));
                code.store(Place::State, at, scaled);
            });
        }
        let mut careful = None;
        each(
            code,
            columns,
            &mut Hand::On(&mut careful),
            &mut |code, column, sum| {
                let operand = load(code, Type::Real, operands, column.clone());
                let mut bound = Bound::from([(share.operand, operand), (slot.state, now)]);
                let value = self.line(code, share.careful, index, &mut bound);
                if let Some(shares) = shares {
                    let was = load(code, Type::Real, shares, column.clone());
                    let value = code.push(Type::Real, Expr::Select(raised, value, was));
                    code.store(shares, column.clone(), value);
                }
                add(code, sum, value)
            },
        );
        let careful = careful.expect("there is a column");
        let careful = code.push(Type::Real, Expr::Select(raised, careful, mass));
        code.store(masses, Index::at(0), careful);
        code.store(Place::State, at, now);
        code.close_when(raised);
        let mass = load(code, Type::Real, masses, Index::at(0));

        for k in whole {
            let mut bound = Bound::from([(share.leaf, mass)]);
            let sum = self.line(code, states.slots[k].update, index, &mut bound);
            code.store(Place::State, states.at(k, &Index::at(0), index), sum);
        }
        let Some(shares) = shares else { return };
        each(code, columns, &mut Hand::Nothing, &mut |code, column, _| {
            let value = load(code, Type::Real, shares, column.clone());
            for &k in &sums {
                self.each_component(code, slot, k, index, &mut |this, code, component| {
                    let mut bound = Bound::from([(share.leaf, value)]);
                    let sum = this.line(code, states.slots[k].update, component, &mut bound);
                    code.store(Place::State, states.at(k, &Index::at(0), component), sum);
                });
            }
            value
        });
    }

    /// Does something for each component of a variable that one of its shift goes with.
    fn each_component(
        &mut self,
        code: &mut Code,
        shift: &Slot,
        variable: usize,
        index: &Index,
        body: &mut dyn FnMut(&mut Self, &mut Code, &Index),
    ) {
        let count = self.states.slots[variable].components;
        if shift.components > 1 || count == 1 {
            return body(self, code, index);
        }
        for_each(code, count, &mut |code, component| {
            body(self, code, &component)
        });
    }

    /// Lets the loops of a group read the slots of their column.
    pub(super) fn spread(&mut self) {
        let slots = self.program.column_slots.len() as u32;
        for stmt in &mut self.program.grouped.stmts {
            for_loops(stmt, &mut |inner| {
                for stmt in &mut inner.body {
                    if let Stmt::Let {
                        expr: Expr::Load(Place::Column, index),
                        ..
                    } = stmt
                    {
                        index.terms.push((inner.counter, slots));
                    }
                }
            });
        }
    }
}

/// Calls something with each loop.
fn for_loops(stmt: &mut Stmt, what: &mut dyn FnMut(&mut Loop)) {
    match stmt {
        Stmt::Loop(inner) => what(inner),
        Stmt::When { body, .. } => body.iter_mut().for_each(|stmt| for_loops(stmt, what)),
        Stmt::Let { .. } | Stmt::Store { .. } => {}
    }
}

/// The sum of what there is and a value.
fn add(code: &mut Code, sum: Option<Value>, value: Value) -> Value {
    match sum {
        None => value,
        Some(sum) => code.push(Type::Real, Expr::Op(Op::Add, vec![sum, value])),
    }
}

/// What one column hands to the next.
enum Hand<'v> {
    Nothing,
    /// What is begun with (none: 0, where it is a sum), and what the last one gives.
    On(&'v mut Option<Value>),
}

/// Does something with each column.
fn each(
    code: &mut Code,
    columns: u32,
    hand: &mut Hand<'_>,
    body: &mut dyn FnMut(&mut Code, &Index, Option<Value>) -> Value,
) {
    if columns == 1 {
        match hand {
            Hand::Nothing => {
                body(code, &Index::at(0), None);
            }
            Hand::On(carried) => **carried = Some(body(code, &Index::at(0), **carried)),
        }
        return;
    }
    let init = match hand {
        Hand::Nothing => None,
        Hand::On(Some(init)) => Some(*init),
        Hand::On(None) => Some(code.push(Type::Real, Expr::Real(0.0))),
    };
    let counter = code.open_columns(columns);
    let value = init.map(|_| code.fresh());
    let column = Index {
        offset: 0,
        terms: vec![(counter, 1)],
    };
    let next = body(code, &column, value);
    let carried = init.zip(value).map(|(init, value)| Carried {
        ty: Type::Real,
        value,
        init,
        next,
    });
    code.close(carried.into_iter().collect());
    if let Hand::On(carried) = hand {
        **carried = value;
    }
}
