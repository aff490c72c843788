//! The variables of the state of reductions, with the lines that are said of them in the table.
//!
//! A variable of the state is one scalar for each component of the operands that it depends on.
//! Variables that are equal, of the same operands, are one. Lines of all rows become scalar formulas
//! of one arena, so that what they have in common is computed once.

use std::collections::{HashMap, HashSet};

use keops_program::op::Op;
use keops_program::program::{Index, StateSlot, Type, Value};
use keops_program::schedule::Axis;

use super::shifted;
use crate::formula::{Formula, Kind, Node, Variable, width};
use crate::notation;
use crate::table::{REDUCTIONS, Reduction, State};

/// What a scalar of the lines stands for.
#[derive(Clone, Copy)]
pub(super) enum Leaf {
    /// A component of an operand.
    Operand(Node),
    /// The number of the column.
    Column,
    /// A component of the variable of that number.
    State(usize),
    /// The same of the later state, in `merge`.
    Other(usize),
    /// The share of a pair.
    Share,
}

/// A variable of the state.
pub(super) struct Slot {
    pub(super) row: &'static State,
    /// Where it begins in the state.
    pub(super) start: u32,
    /// The components of an entry.
    pub(super) components: u32,
    /// The entries: of a list, else one.
    pub(super) places: u32,
    /// The scalars that stand for it in lines.
    pub(super) state: Node,
    pub(super) other: Node,
    /// What it is a shift of, or what its shift is, by number.
    pub(super) shift: Option<usize>,
    /// Its lines.
    pub(super) update: Node,
    pub(super) merge: Node,
}

/// What makes two variables the same: what is said of them and of those that they depend on, and of
/// which operands.
#[derive(PartialEq)]
struct Identity {
    lines: Vec<(&'static str, u64, &'static str, &'static str)>,
    operands: Vec<(&'static str, Node)>,
    name: &'static str,
    places: u32,
    shifts: bool,
}

/// What is said of a shift.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// The scalars that stand for the share, and for the operand.
    pub(super) leaf: Node,
    pub(super) operand: Node,
    /// The lines, and the largest share for which the shift stays.
    pub(super) share: Node,
    pub(super) careful: Node,
    pub(super) most: f64,
}

/// Variables that are updated together, entry by entry.
pub(super) struct Cluster {
    pub(super) slots: Vec<usize>,
    /// In a list, whether the scalar `other` of the first variable comes before its `state`.
    pub(super) before: Option<Node>,
}

/// The state of a pass.
#[derive(Default)]
pub(super) struct States {
    pub(super) lines: Formula,
    pub(super) leaves: HashMap<Node, Leaf>,
    operands: HashMap<Node, Node>,
    column: Option<Node>,
    pub(super) slots: Vec<Slot>,
    identities: Vec<Identity>,
    pub(super) clusters: Vec<Cluster>,
    /// Of each shift, by the number of the variable.
    pub(super) shares: HashMap<usize, Share>,
    /// The result of each reduction.
    pub(super) finish: HashMap<Node, Node>,
    /// The scalars of lines that differ from component to component.
    pub(super) vector: HashSet<Node>,
}

/// Scalars of lines and their values.
pub(super) type Bound = HashMap<Node, Value>;

impl States {
    /// The variables of the reductions of a pass.
    pub(super) fn of(formula: &Formula, reductions: &[Node]) -> States {
        let mut states = States::default();
        for &node in reductions {
            if let Kind::Reduce {
                reduction, count, ..
            } = *formula.kind(node)
            {
                states.add(formula, node, &REDUCTIONS[reduction], count);
            }
        }
        let roots: Vec<Node> = states
            .slots
            .iter()
            .flat_map(|slot| [slot.update, slot.merge])
            .collect();
        for node in states.lines.reachable(&roots) {
            let varies = match states.leaves.get(&node) {
                Some(Leaf::Operand(operand)) => width(formula.shape(*operand)) > 1,
                Some(Leaf::State(k) | Leaf::Other(k)) => states.slots[*k].components > 1,
                Some(Leaf::Column | Leaf::Share) => false,
                None => {
                    let operands = states.lines.operands(node);
                    operands.iter().any(|n| states.vector.contains(n))
                }
            };
            if varies {
                states.vector.insert(node);
            }
        }
        states
    }

    /// The scalars of the state with what they start at.
    pub(super) fn program(&self) -> Vec<StateSlot> {
        let mut all = Vec::new();
        for slot in &self.slots {
            let scalar = StateSlot {
                ty: slot.row.ty,
                init: slot.row.init,
                carried: slot
                    .shift
                    .is_some_and(|shift| slot.state == self.slots[shift].state),
            };
            let count = slot.components * slot.places;
            all.extend(std::iter::repeat_n(scalar, count as usize));
        }
        all
    }

    fn leaf(&mut self, name: &str, ty: Type, leaf: Leaf) -> Node {
        let node = self.lines.declare(Variable {
            name: name.into(),
            axis: Axis::Unit,
            ty,
            shape: Vec::new(),
        });
        self.leaves.insert(node, leaf);
        node
    }

    fn add(&mut self, formula: &Formula, node: Node, row: &'static Reduction, count: u32) {
        let column = self.column.unwrap_or_else(|| {
            let column = self.leaf("j", Type::Index, Leaf::Column);
            *self.column.insert(column)
        });
        let mut names: Vec<(String, Node)> = vec![("j".into(), column)];
        let operands = formula.operands(node).to_vec();
        for (name, &operand) in row.operands.iter().zip(&operands) {
            let known = self.operands.get(&operand).copied();
            let leaf = known.unwrap_or_else(|| {
                let leaf = self.leaf(name, Type::Real, Leaf::Operand(operand));
                self.operands.insert(operand, leaf);
                leaf
            });
            names.push((name.to_string(), leaf));
        }
        // Which variables there are already.
        let first_new = self.slots.len();
        let mut own = Vec::new();
        for state in row.state {
            let identity = identity(row, state, &operands, count);
            let known = self.identities.iter().position(|known| *known == identity);
            own.push(known.unwrap_or_else(|| {
                let number = self.slots.len();
                let shapes = identity.operands.iter().map(|(_, n)| formula.shape(*n));
                let later = format!("{}2", state.name);
                let leaf = self.leaf(state.name, state.ty, Leaf::State(number));
                let other = self.leaf(&later, state.ty, Leaf::Other(number));
                self.slots.push(Slot {
                    row: state,
                    start: self.program().len() as u32,
                    components: shapes.map(width).max().unwrap_or(1),
                    places: count.max(1),
                    state: leaf,
                    other,
                    shift: None,
                    update: leaf,
                    merge: leaf,
                });
                self.identities.push(identity);
                number
            }));
        }
        for (state, &slot) in row.state.iter().zip(&own) {
            names.push((state.name.into(), self.slots[slot].state));
            names.push((format!("{}2", state.name), self.slots[slot].other));
        }
        if let Some(shift) = row.shift {
            let first = own[0];
            let share = match self.shares.get(&first) {
                Some(share) => *share,
                None => {
                    let leaf = self.leaf("e", Type::Real, Leaf::Share);
                    let operand = self.operands[&operands[0]];
                    let of = [("x", operand), ("v", self.slots[first].state)];
                    let [x, v] = [row.operands[0], row.state[0].name];
                    let of = [(x, of[0].1), (v, of[1].1)];
                    let mut line =
                        |text| notation::instantiate(&mut self.lines, text, &of, Axis::J);
                    Share {
                        leaf,
                        operand,
                        share: line(shift.share),
                        careful: line(shift.careful),
                        most: shift.most,
                    }
                }
            };
            self.shares.insert(first, share);
            names.push(("e".into(), share.leaf));
            own.iter().for_each(|&k| self.slots[k].shift = Some(first));
        }
        let names: Vec<(&str, Node)> = names.iter().map(|(n, node)| (n.as_str(), *node)).collect();
        let lines = &mut self.lines;
        let mut line = |text| notation::instantiate(lines, text, &names, Axis::J);
        for slot in self.slots.iter_mut().skip(first_new) {
            slot.update = line(slot.row.update);
            slot.merge = line(slot.row.merge);
        }
        let before = row.list.map(&mut line);
        self.finish.insert(node, line(row.finish));
        self.join(&own, before);
    }

    /// Puts the variables of a reduction into clusters: of lists, or of one number of components.
    fn join(&mut self, own: &[usize], before: Option<Node>) {
        for &slot in own {
            let alike = |k: &usize| {
                own.contains(k) && self.slots[*k].components == self.slots[slot].components
            };
            let known = self
                .clusters
                .iter()
                .position(|cluster| cluster.slots.contains(&slot));
            let like = self
                .clusters
                .iter()
                .position(|cluster| cluster.slots.iter().any(alike));
            match (known, like) {
                (None, None) => self.clusters.push(Cluster {
                    slots: vec![slot],
                    before,
                }),
                (None, Some(like)) => self.clusters[like].slots.push(slot),
                (Some(known), Some(like)) if known != like => {
                    let from = self.clusters.remove(known.max(like));
                    self.clusters[known.min(like)].slots.extend(from.slots);
                }
                _ => {}
            }
        }
    }

    /// The scalars that stand for operands, with what they stand for.
    pub(super) fn operands(&self) -> impl Iterator<Item = (Node, Node)> {
        self.operands
            .iter()
            .map(|(&operand, &leaf)| (leaf, operand))
    }

    /// Whether a variable is the sum of the shares.
    pub(super) fn is_mass(&self, variable: usize, share: Node) -> bool {
        let slot = &self.slots[variable];
        let sums = matches!(self.lines.kind(slot.update), Kind::Op(Op::Add));
        let operands = self.lines.operands(slot.update);
        sums && operands.len() == 2 && operands.contains(&slot.state) && operands.contains(&share)
    }

    /// Where a component of an entry of a variable is.
    pub(super) fn at(&self, slot: usize, place: &Index, component: &Index) -> Index {
        let slot = &self.slots[slot];
        let mut at = shifted(place, 0);
        at.offset *= slot.components;
        at.terms
            .iter_mut()
            .for_each(|(_, stride)| *stride *= slot.components);
        at.offset += slot.start;
        if slot.components > 1 {
            at.offset += component.offset;
            at.terms.extend_from_slice(&component.terms);
        }
        at
    }
}

/// What a variable of a row is, of these operands.
fn identity(row: &Reduction, state: &State, operands: &[Node], places: u32) -> Identity {
    let mut found = vec![state.name];
    let mut read: Vec<&str> = row.list.iter().flat_map(|line| words(line)).collect();
    let mut next = 0;
    while next < found.len() {
        for state in row.state.iter().filter(|state| state.name == found[next]) {
            read.extend(words(state.update).chain(words(state.merge)));
            if let (Some(shift), true) = (&row.shift, read.contains(&"e")) {
                read.extend(words(shift.share));
            }
        }
        for state in row.state {
            if read.contains(&state.name) && !found.contains(&state.name) {
                found.push(state.name);
            }
        }
        next += 1;
    }
    let parts = row.state.iter().filter(|part| found.contains(&part.name));
    let operands = row.operands.iter().copied().zip(operands.iter().copied());
    Identity {
        lines: parts
            .map(|part| (part.name, part.init.to_bits(), part.update, part.merge))
            .collect(),
        operands: operands.filter(|(name, _)| read.contains(name)).collect(),
        name: state.name,
        places,
        shifts: row.shift.is_some(),
    }
}

/// The names in a line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}
