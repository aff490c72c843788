//! Where each value lives: a copy that need not be made is not made.
//!
//! A load is read where it lies as long as nothing is stored there; a value that is only computed
//! to be stored is computed in its place; what a loop carries is computed in the register of the
//! carried value.

use super::layout::Array;
use super::line::{Item, Line, may_alias, operands};
use keops_program::program::{Expr, Index, Loop, Place, Value};
use std::collections::{HashMap, HashSet};

/// Where a value lives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home<'a> {
    /// Nowhere: it is a constant.
    Constant,
    /// In an array.
    Element(Place, &'a Index),
    /// In the register of a carried value, whose next one it is.
    Carried(Value),
    /// In a register of its own.
    Register,
}

/// The homes of a block's values.
#[derive(Debug, Default)]
pub(super) struct Homes<'a> {
    homes: HashMap<Value, Home<'a>>,
    uniform: HashMap<Value, bool>,
    /// Stores (by position) that the definition of the value does.
    pub(super) done: HashSet<usize>,
}

/// An array element that holds a value from one position to another.
struct Held<'a> {
    place: Place,
    index: &'a Index,
    from: usize,
    to: usize,
}

impl<'a> Homes<'a> {
    pub(super) fn of(line: &Line<'a>, arrays: &[Array]) -> Result<Homes<'a>, String> {
        let mut homes = Homes::default();
        homes.find_uniform(line, arrays)?;
        homes.find_carried(line)?;
        let loads = homes.find_loads(line)?;
        homes.find_stores(line, arrays, &loads)?;
        Ok(homes)
    }

    pub(super) fn home(&self, value: Value) -> Home<'a> {
        self.homes.get(&value).copied().unwrap_or(Home::Register)
    }

    /// Whether it is the same in all lanes.
    pub(super) fn uniform(&self, value: Value) -> bool {
        self.uniform.get(&value).copied().unwrap_or(false)
    }

    fn find_uniform(&mut self, line: &Line<'a>, arrays: &[Array]) -> Result<(), String> {
        loop {
            let mut changed = false;
            for item in &line.items {
                match item {
                    Item::Let { value, expr, .. } => {
                        let uniform = match expr {
                            Expr::Load(place, _) => find(arrays, *place)?.uniform,
                            _ => operands(expr).iter().all(|operand| self.uniform(*operand)),
                        };
                        self.uniform.insert(*value, uniform);
                    }
                    Item::Enter(repeat) => {
                        for carried in &repeat.carried {
                            let init = self.uniform(carried.init);
                            let known = self.uniform.entry(carried.value).or_insert(init);
                            *known &= init;
                        }
                    }
                    Item::Leave(repeat) => {
                        for carried in &repeat.carried {
                            if self.uniform(carried.value) && !self.uniform(carried.next) {
                                self.uniform.insert(carried.value, false);
                                changed = true;
                            }
                        }
                    }
                    Item::Store { .. } | Item::When(_) | Item::Done => {}
                }
            }
            if !changed {
                return Ok(());
            }
        }
    }

    fn find_carried(&mut self, line: &Line<'a>) -> Result<(), String> {
        let definitions = definitions(line);
        for item in &line.items {
            let Item::Leave(repeat) = item else { continue };
            for carried in &repeat.carried {
                let next = line.life(carried.next)?;
                let computed = definitions
                    .get(&carried.next)
                    .is_some_and(|expr| is_computed(expr));
                // So it is defined in the loop, too: the carried value is from where that is entered.
                if computed
                    && line.life(carried.value)?.last_in_turn <= next.def
                    && self.uniform(carried.next) == self.uniform(carried.value)
                    && matches!(self.home(carried.next), Home::Register)
                {
                    self.homes
                        .insert(carried.next, Home::Carried(carried.value));
                }
            }
        }
        Ok(())
    }

    fn find_loads(&mut self, line: &Line<'a>) -> Result<Vec<Held<'a>>, String> {
        let mut loads = Vec::new();
        for (at, item) in line.items.iter().enumerate() {
            let Item::Let { value, expr, .. } = item else {
                continue;
            };
            match expr {
                Expr::Real(_) | Expr::Integer(_) => {
                    self.homes.insert(*value, Home::Constant);
                }
                Expr::Load(place, index) => {
                    let to = line.life(*value)?.last;
                    let stored = line.items[at + 1..to.max(at + 1)].iter().any(|item| {
                        matches!(item, Item::Store { place: p, index: i, .. }
                            if p == place && may_alias(i, index))
                    });
                    if !stored {
                        self.homes.insert(*value, Home::Element(*place, index));
                        loads.push(Held {
                            place: *place,
                            index,
                            from: at,
                            to,
                        });
                    }
                }
                _ => {}
            }
        }
        Ok(loads)
    }

    fn find_stores(
        &mut self,
        line: &Line<'a>,
        arrays: &[Array],
        loads: &[Held<'a>],
    ) -> Result<(), String> {
        let definitions = definitions(line);
        let mut stored: Vec<Held<'a>> = Vec::new();
        let mut scopes = vec![usize::MAX];
        for (at, item) in line.items.iter().enumerate() {
            match item {
                Item::Enter(_) | Item::When(_) => scopes.push(at),
                Item::Leave(_) | Item::Done => {
                    scopes.pop();
                }
                Item::Store {
                    place,
                    index,
                    value,
                } => {
                    let array = find(arrays, *place)?;
                    if array.uniform && !self.uniform(*value) {
                        return Err(format!(
                            "{place:?} is the same in all lanes, what is stored is not"
                        ));
                    }
                    let life = line.life(*value)?;
                    let held = Held {
                        place: *place,
                        index,
                        from: life.def,
                        to: life.last.max(at),
                    };
                    let computed = definitions.get(value).is_some_and(|expr| is_computed(expr));
                    if computed
                        && matches!(self.home(*value), Home::Register)
                        && scopes.last() == Some(&life.scope)
                        && self.uniform(*value) == array.uniform
                        && !line.disturbs(&held, at)
                        && !loads.iter().any(|load| load.overlaps(&held))
                        && !stored.iter().any(|other| other.overlaps(&held))
                    {
                        self.homes.insert(*value, Home::Element(*place, index));
                        self.done.insert(at);
                        stored.push(held);
                    }
                }
                Item::Let { .. } => {}
            }
        }
        Ok(())
    }
}

impl Held<'_> {
    /// Whether it holds an element, that may be the same, while the other is computed or held.
    /// A load after the other's store is no matter, since it reads what was stored.
    fn overlaps(&self, other: &Held) -> bool {
        self.place == other.place
            && may_alias(self.index, other.index)
            && self.from < other.from
            && self.to > other.from
    }
}

impl Line<'_> {
    /// Whether the element is stored to while it holds the value, or read before the store at `at`.
    fn disturbs(&self, held: &Held, at: usize) -> bool {
        let same =
            |place: &Place, index: &Index| *place == held.place && may_alias(index, held.index);
        let between = (held.from + 1..=held.to).zip(&self.items[held.from + 1..]);
        between.into_iter().any(|(position, item)| match item {
            Item::Store { place, index, .. } => position != at && same(place, index),
            Item::Let {
                expr: Expr::Load(place, index),
                ..
            } => position < at && same(place, index),
            _ => false,
        })
    }
}

/// The array of a place.
pub(super) fn find(arrays: &[Array], place: Place) -> Result<&Array, String> {
    arrays
        .iter()
        .find(|array| array.place == place)
        .ok_or_else(|| format!("{place:?} is not in reach of this section"))
}

fn definitions<'a>(line: &Line<'a>) -> HashMap<Value, &'a Expr> {
    let mut definitions = HashMap::new();
    for item in &line.items {
        if let Item::Let { value, expr, .. } = item {
            definitions.insert(*value, *expr);
        }
    }
    definitions
}

/// Whether an instruction computes it.
fn is_computed(expr: &Expr) -> bool {
    !matches!(expr, Expr::Real(_) | Expr::Integer(_) | Expr::Load(..))
}

/// The carried values of a loop that are to be copied at the end of a turn, with what to copy.
pub(super) fn copies(homes: &Homes, repeat: &Loop) -> Vec<(Value, Value)> {
    let mut copies = Vec::new();
    for carried in &repeat.carried {
        let in_place = carried.next == carried.value
            || matches!(homes.home(carried.next), Home::Carried(value) if value == carried.value);
        if !in_place {
            copies.push((carried.value, carried.next));
        }
    }
    copies
}
