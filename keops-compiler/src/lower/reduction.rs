//! The state of reductions as code: update, merge, finish.
//!
//! What is scalar in a line of a vector is computed before the loop over its components.

use keops_program::program::{Block, Expr, Index, Place, Type, Value};

use super::code::Code;
use super::component::elementwise;
use super::{Lower, Section, for_each, load, shifted};
use crate::formula::{Kind, Node};

use super::states::{Bound, Cluster, Leaf, Slot};

impl Lower<'_> {
    /// One pair.
    pub(super) fn update(&mut self) -> Block {
        self.folded(Section::Update, |slot| slot.update)
    }

    /// A group of columns, if the pass has shifts: so many columns, and what folds them.
    pub(super) fn grouped(&mut self) -> (u32, Block) {
        self.shifted_group().unwrap_or_default()
    }

    /// A later block of columns.
    pub(super) fn merge(&mut self) -> Block {
        self.folded(Section::Finish, |slot| slot.merge)
    }

    /// Computes all variables from the old ones, then writes those that change.
    fn folded(&mut self, section: Section, line: fn(&Slot) -> Node) -> Block {
        let states = self.states.clone();
        let mut code = Code::new();
        let done = |slot: &Slot| section == Section::Update && slot.shift.is_some();
        let mut common = Bound::new();
        let mut scalars = Vec::new();
        let mut clusters: Vec<&Cluster> = Vec::new();
        if section == Section::Update {
            self.shifted(&mut code, 1);
        }
        for cluster in &states.clusters {
            let first = &states.slots[cluster.slots[0]];
            if cluster.before.is_some() || first.components > 1 {
                clusters.push(cluster);
                continue;
            }
            for &k in &cluster.slots {
                let (slot, at) = (&states.slots[k], Index::at(0));
                if line(slot) != slot.state && !done(slot) {
                    let value = self.line(&mut code, line(slot), &at, &mut common);
                    scalars.push((k, value));
                }
            }
        }
        for cluster in clusters {
            let count = states.slots[cluster.slots[0]].components;
            if let Some(before) = cluster.before {
                let is_merge = section == Section::Finish;
                self.lists(&mut code, (cluster, before), is_merge, &mut common);
                continue;
            }
            let changing = cluster.slots.iter().map(|&k| (k, &states.slots[k]));
            let changing: Vec<(usize, Node)> = changing
                .filter(|(_, slot)| line(slot) != slot.state && !done(slot))
                .map(|(k, slot)| (k, line(slot)))
                .collect();
            if changing.is_empty() {
                continue;
            }
            for &(_, line) in &changing {
                self.scalars_of(&mut code, line, &mut common);
            }
            for_each(&mut code, count, &mut |code, index| {
                let mut bound = common.clone();
                let values: Vec<Value> = changing
                    .iter()
                    .map(|&(_, line)| self.line(code, line, &index, &mut bound))
                    .collect();
                for (&(k, _), value) in changing.iter().zip(values) {
                    code.store(Place::State, states.at(k, &Index::at(0), &index), value);
                }
            });
        }
        for (k, value) in scalars {
            let at = states.at(k, &Index::at(0), &Index::at(0));
            code.store(Place::State, at, value);
        }
        code.finish()
    }

    /// The value of a line's scalar at a component.
    pub(super) fn line(
        &mut self,
        code: &mut Code,
        node: Node,
        index: &Index,
        bound: &mut Bound,
    ) -> Value {
        if let Some(&value) = bound.get(&node) {
            return value;
        }
        let states = self.states.clone();
        let first = Index::at(0);
        let value = match states.leaves.get(&node) {
            Some(Leaf::Operand(operand)) => {
                let index = if states.vector.contains(&node) {
                    index
                } else {
                    &first
                };
                self.component(code, Section::Update, *operand, index)
            }
            Some(Leaf::Column) => {
                let axis = self
                    .plan
                    .columns
                    .expect("only a pass with columns has an update");
                let position = self.position(axis);
                self.component(code, Section::Update, position, &first)
            }
            Some(&Leaf::State(k)) => {
                let at = states.at(k, &first, index);
                load(code, states.slots[k].row.ty, Place::State, at)
            }
            Some(&Leaf::Other(k)) => {
                let at = states.at(k, &first, index);
                load(code, states.slots[k].row.ty, Place::Other, at)
            }
            // It is bound where there is one.
            Some(Leaf::Share) => code.push(Type::Real, Expr::Real(0.0)),
            None => {
                let data = states.lines.data(node);
                match &data.kind {
                    Kind::Real(bits) => code.push(Type::Real, Expr::Real(bits.value())),
                    Kind::Integer(value) => code.push(data.ty, Expr::Integer(*value)),
                    kind => {
                        let operands = data.operands.iter();
                        let operands = operands
                            .map(|&n| self.line(code, n, index, bound))
                            .collect();
                        code.push(data.ty, elementwise(kind, operands))
                    }
                }
            }
        };
        bound.insert(node, value);
        value
    }

    /// Computes what is scalar in a line of a vector.
    pub(super) fn scalars_of(&mut self, code: &mut Code, node: Node, common: &mut Bound) {
        let states = self.states.clone();
        if !states.vector.contains(&node) {
            self.line(code, node, &Index::at(0), common);
            return;
        }
        for &operand in states.lines.operands(node) {
            self.scalars_of(code, operand, common);
        }
    }

    /// A component of a reduction's result, in `finish`.
    pub(super) fn finished(&mut self, code: &mut Code, node: Node, index: &Index) -> Value {
        let states = self.states.clone();
        let line = states.finish[&node];
        // A list is stored as its result is: one entry after the other.
        if let Some(&Leaf::State(k)) = states.leaves.get(&line)
            && states.slots[k].places > 1
        {
            let at = shifted(index, states.slots[k].start);
            return load(code, states.slots[k].row.ty, Place::State, at);
        }
        self.line(code, line, index, &mut Bound::new())
    }
}
