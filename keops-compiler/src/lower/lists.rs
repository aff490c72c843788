//! Lists: the k first entries in an order, sorted, as the state of a reduction.
//!
//! An entry that would not come before the last one of the list is not looked at again: few pairs get
//! beyond that threshold. The others are inserted behind those that they do not come before, so that
//! of equal entries the first stays first.

use std::collections::HashMap;

use keops_program::program::{Carried, Expr, Index, Place, Type, Value};

use super::code::Code;
use super::states::{Bound, Cluster};
use super::{Lower, UNROLL, for_each, load};
use crate::formula::Node;

impl Lower<'_> {
    /// Inserts what a pair brings into a list, or the later lists' entries, one after the other.
    pub(super) fn lists(
        &mut self,
        code: &mut Code,
        (cluster, before): (&Cluster, Node),
        is_merge: bool,
        common: &mut Bound,
    ) {
        let states = self.states.clone();
        let first = &states.slots[cluster.slots[0]];
        let (components, places) = (first.components, first.places);
        let types: Vec<Type> = cluster
            .slots
            .iter()
            .map(|&k| states.slots[k].row.ty)
            .collect();
        if !is_merge {
            for &k in &cluster.slots {
                self.scalars_of(code, states.slots[k].update, common);
            }
        }
        for_each(code, components, &mut |code, component| {
            if !is_merge {
                let mut bound = common.clone();
                let new = cluster.slots.iter().map(|&k| {
                    let line = states.slots[k].update;
                    self.line(code, line, &component, &mut bound)
                });
                let new: Vec<Value> = new.collect();
                self.insert(code, (cluster, before), &component, &new);
                return;
            }
            // A loop even where it is short: its body is long.
            let counter = (places > 2).then(|| code.open(places));
            let turns = if counter.is_some() { 1 } else { places };
            for turn in 0..turns {
                let place = counter.map_or(Index::at(turn), |counter| Index {
                    offset: 0,
                    terms: vec![(counter, 1)],
                });
                let of = |code: &mut Code, (&k, &ty): (&usize, &Type)| {
                    let at = states.at(k, &place, &component);
                    load(code, ty, Place::Other, at)
                };
                let new = cluster.slots.iter().zip(&types);
                let new: Vec<Value> = new.map(|pair| of(code, pair)).collect();
                self.insert(code, (cluster, before), &component, &new);
            }
            if counter.is_some() {
                code.close(Vec::new());
            }
        });
    }

    /// Inserts an entry, if it comes before the last one.
    fn insert(
        &mut self,
        code: &mut Code,
        (cluster, before): (&Cluster, Node),
        component: &Index,
        new: &[Value],
    ) {
        let states = self.states.clone();
        let first = &states.slots[cluster.slots[0]];
        let (places, key) = (first.places, (first.state, first.other));
        let element = |code: &mut Code, k: usize, place: &Index| {
            let at = states.at(cluster.slots[k], place, component);
            load(
                code,
                states.slots[cluster.slots[k]].row.ty,
                Place::State,
                at,
            )
        };
        let last = element(code, 0, &Index::at(places - 1));
        let threshold = self.comes_before(code, before, key, (new[0], last));
        code.when();
        // Going up: an entry moves by one place if the new one comes before the entry under it.
        let mut under: Vec<Value> = Vec::new();
        let turn = |this: &mut Self, code: &mut Code, place: Index, under: &[Value]| {
            let here: Vec<Value> = (0..new.len()).map(|k| element(code, k, &place)).collect();
            let moves = this.comes_before(code, before, key, (new[0], here[0]));
            let from = (!under.is_empty())
                .then(|| this.comes_before(code, before, key, (new[0], under[0])));
            for k in 0..new.len() {
                let ty = states.slots[cluster.slots[k]].row.ty;
                let entry = match from {
                    Some(from) => code.push(ty, Expr::Select(from, under[k], new[k])),
                    None => new[k],
                };
                let entry = code.push(ty, Expr::Select(moves, entry, here[k]));
                let at = states.at(cluster.slots[k], &place, component);
                code.store(Place::State, at, entry);
            }
            here
        };
        if places <= UNROLL {
            for place in 0..places {
                under = turn(self, code, Index::at(place), &under);
            }
        } else {
            under = turn(self, code, Index::at(0), &under);
            let counter = code.open(places - 1);
            let values: Vec<Value> = under.iter().map(|_| code.fresh()).collect();
            let place = Index {
                offset: 1,
                terms: vec![(counter, 1)],
            };
            let next = turn(self, code, place, &values);
            let carried = cluster.slots.iter().enumerate().map(|(k, &slot)| Carried {
                ty: states.slots[slot].row.ty,
                value: values[k],
                init: under[k],
                next: next[k],
            });
            let carried = carried.collect();
            code.close(carried);
        }
        code.close_when(threshold);
    }

    /// Whether an entry comes before another, by their first variables.
    fn comes_before(
        &mut self,
        code: &mut Code,
        before: Node,
        (state, other): (Node, Node),
        (new, old): (Value, Value),
    ) -> Value {
        let mut bound = HashMap::from([(other, new), (state, old)]);
        self.line(code, before, &Index::at(0), &mut bound)
    }
}
