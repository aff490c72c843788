//! Passes that need few columns per row.
//!
//! The gradient of `min_j f` by `x_i` is `sum_j if argmin_j(f) == j { … } else { 0 }`: of all terms
//! but one it is known that they are 0; for the k smallest, of all but k. Such sums have passes apart
//! from the others, one for each reduction that gives the indices, which is of an earlier pass. They look
//! at the columns that it names alone. A sum of such terms and others is first [`split`] in several.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use keops_program::op::Op;
use keops_program::program::{Class, Comparison, Program, Source, Type};

use super::Plan;
use crate::formula::{Axis, Formula, Kind, Node};
use crate::table::REDUCTIONS;

/// The reduction to indices of columns at which alone the terms of a reduction may differ from 0, if
/// it is a sum and there is one.
pub(super) fn index(formula: &Formula, node: Node) -> Option<Node> {
    let Kind::Reduce {
        reduction, axis, ..
    } = *formula.kind(node)
    else {
        return None;
    };
    if !REDUCTIONS[reduction].additive {
        return None;
    }
    let rows = formula.axes(node).single()?;
    let mut terms = Terms::of(rows, axis);
    match terms.at(formula, formula.operands(node)[0]) {
        Where::At(index) => Some(index),
        Where::Nowhere | Where::Anywhere => None,
    }
}

/// The input of the program that holds the columns of each row that the pass needs, if not all are
/// needed. `indices` are what [`index`] says of reductions.
pub(super) fn input(
    plan: &Plan,
    program: &Program,
    indices: &HashMap<Node, Node>,
    known: &BTreeMap<Node, Source>,
) -> Option<u32> {
    let mut all = plan.reductions.iter().map(|node| indices.get(node));
    let index = all.next()??;
    if !all.all(|other| other == Some(index)) {
        return None;
    }
    let source = known.get(index)?;
    let is = |input: &keops_program::program::Input| {
        input.source == *source && (input.class, input.ty) == (Class::Row, Type::Index)
    };
    program.inputs.iter().position(is).map(|input| input as u32)
}

/// For which columns a node may differ from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    /// For none.
    Nowhere,
    /// For those that this reduction gives.
    At(Node),
    /// For any.
    Anywhere,
}

impl Where {
    /// Where one of two may.
    fn or(self, other: Where) -> Where {
        match (self, other) {
            (Where::Nowhere, one) | (one, Where::Nowhere) => one,
            (a, b) if a == b => a,
            _ => Where::Anywhere,
        }
    }

    /// Where both of two may.
    fn and(self, other: Where) -> Where {
        match (self, other) {
            (Where::Nowhere, _) | (_, Where::Nowhere) => Where::Nowhere,
            (Where::At(index), _) | (_, Where::At(index)) => Where::At(index),
            _ => Where::Anywhere,
        }
    }
}

/// The terms of a sum.
struct Terms {
    rows: Axis,
    columns: Axis,
    known: HashMap<Node, Where>,
    parts: HashMap<Node, Parts>,
}

impl Terms {
    fn of(rows: Axis, columns: Axis) -> Terms {
        Terms {
            rows,
            columns,
            known: HashMap::new(),
            parts: HashMap::new(),
        }
    }

    fn at(&mut self, formula: &Formula, node: Node) -> Where {
        if let Some(&known) = self.known.get(&node) {
            return known;
        }
        let operands = formula.operands(node);
        let found = match formula.kind(node) {
            Kind::Real(_) if formula.constant(node) == Some(0.0) => Where::Nowhere,
            Kind::Select => {
                let taken = self.mask(formula, operands[0]);
                let taken = taken.and(self.at(formula, operands[1]));
                taken.or(self.at(formula, operands[2]))
            }
            Kind::Op(Op::Mul) => {
                let first = self.at(formula, operands[0]);
                first.and(self.at(formula, operands[1]))
            }
            Kind::Op(Op::Neg | Op::Div | Op::Guard) | Kind::View { .. } => {
                self.at(formula, operands[0])
            }
            Kind::Op(Op::Add | Op::Sub) | Kind::Concat => operands
                .iter()
                .fold(Where::Nowhere, |all, &n| all.or(self.at(formula, n))),
            Kind::Contract(_) => operands
                .iter()
                .fold(Where::Anywhere, |all, &n| all.and(self.at(formula, n))),
            _ => Where::Anywhere,
        };
        self.known.insert(node, found);
        found
    }

    /// For which columns a mask may hold.
    fn mask(&self, formula: &Formula, node: Node) -> Where {
        let operands = formula.operands(node);
        let of = |k: usize| self.mask(formula, operands[k]);
        match formula.kind(node) {
            Kind::Compare(Comparison::Eq) => {
                let [a, b] = [0, 1].map(|k| picked(formula, operands[k]));
                if self.is_column(formula, b) && self.is_index(formula, a) {
                    Where::At(a)
                } else if self.is_column(formula, a) && self.is_index(formula, b) {
                    Where::At(b)
                } else {
                    Where::Anywhere
                }
            }
            Kind::And => of(0).and(of(1)),
            Kind::Or => of(0).or(of(1)),
            Kind::View { .. } => of(0),
            _ => Where::Anywhere,
        }
    }

    fn is_column(&self, formula: &Formula, node: Node) -> bool {
        *formula.kind(node) == Kind::Position(self.columns)
    }

    /// Whether a node gives columns of each row. As a reduction inside the sum, it is of an earlier pass.
    fn is_index(&self, formula: &Formula, node: Node) -> bool {
        matches!(*formula.kind(node), Kind::Reduce { axis, .. } if axis == self.columns)
            && formula.ty(node) == Type::Index
            && formula.axes(node).single() == Some(self.rows)
    }

    /// Terms whose sum is the node, by the reductions at whose columns alone they may differ from 0.
    fn parts(&mut self, formula: &mut Formula, node: Node) -> Parts {
        if let Some(known) = self.parts.get(&node) {
            return known.clone();
        }
        let parts = self.find_parts(formula, node);
        self.parts.insert(node, parts.clone());
        parts
    }

    fn find_parts(&mut self, formula: &mut Formula, node: Node) -> Parts {
        match self.at(formula, node) {
            Where::Nowhere => return Parts::new(),
            Where::At(index) => return Parts::from([(Some(index), node)]),
            Where::Anywhere => {}
        }
        let operands = formula.operands(node).to_vec();
        // What is linear in one operand.
        let kind = formula.kind(node).clone();
        let linear: &[usize] = match kind {
            Kind::Op(Op::Add | Op::Sub) => {
                let mut parts = self.parts(formula, operands[0]);
                let minus = kind == Kind::Op(Op::Sub);
                for (index, mut part) in self.parts(formula, operands[1]) {
                    if minus {
                        part = formula.op(Op::Neg, &[part]);
                    }
                    let sum = match parts.get(&index) {
                        Some(&other) => formula.op(Op::Add, &[other, part]),
                        None => part,
                    };
                    parts.insert(index, sum);
                }
                let shape = formula.shape(node).to_vec();
                let whole = |(index, part)| (index, formula.fill(part, &shape));
                return parts.into_iter().map(whole).collect();
            }
            Kind::Concat => return self.parts_of_concat(formula, node),
            Kind::Op(Op::Neg | Op::Div | Op::Guard) | Kind::View { .. } => &[0],
            Kind::Op(Op::Mul) | Kind::Contract(_) => &[0, 1],
            Kind::Select if formula.constant(operands[2]) == Some(0.0) => &[1],
            _ => &[],
        };
        for &k in linear.iter().filter(|&&k| k < operands.len()) {
            let parts = self.parts(formula, operands[k]);
            if parts.len() > 1 {
                let with = |(index, part): (Option<Node>, Node)| {
                    let mut operands = operands.clone();
                    operands[k] = part;
                    (index, formula.with_operands(node, operands))
                };
                return parts.into_iter().map(with).collect();
            }
        }
        Parts::from([(None, node)])
    }

    fn parts_of_concat(&mut self, formula: &mut Formula, node: Node) -> Parts {
        let operands = formula.operands(node).to_vec();
        let shape = formula.shape(node).to_vec();
        let parts = operands.iter().map(|&n| self.parts(formula, n));
        let parts: Vec<Parts> = parts.collect();
        let indices: BTreeSet<Option<Node>> =
            parts.iter().flat_map(|part| part.keys().copied()).collect();
        let mut all = Parts::new();
        for index in indices {
            let mut some = Vec::new();
            for (part, &operand) in parts.iter().zip(&operands) {
                let shape = formula.shape(operand).to_vec();
                some.push(match part.get(&index) {
                    Some(&part) => part,
                    None => formula.splat(0.0, &shape),
                });
            }
            all.insert(index, formula.concat(&some, &shape));
        }
        all
    }
}

/// Terms, by the reductions at whose columns alone they may differ from 0; none: those of any column.
type Parts = BTreeMap<Option<Node>, Node>;

/// What views pick from.
fn picked(formula: &Formula, mut node: Node) -> Node {
    while let Kind::View { .. } = formula.kind(node) {
        node = formula.operands(node)[0];
    }
    node
}

/// The roots with every sum over columns cut in those that need all columns and those that need the
/// columns that one reduction names.
pub(super) fn split(formula: &mut Formula, roots: &[Node]) -> Vec<Node> {
    let mut images: HashMap<Node, Node> = HashMap::new();
    // Below the first index there is nothing to split.
    let mut indexed: HashSet<Node> = HashSet::new();
    for node in formula.reachable(roots) {
        let operands = formula.operands(node).to_vec();
        let inside = operands.iter().any(|n| indexed.contains(n));
        let is_index =
            matches!(formula.kind(node), Kind::Reduce { .. }) && formula.ty(node) == Type::Index;
        if inside || is_index {
            indexed.insert(node);
        }
        let new: Vec<Node> = operands.iter().map(|n| images[n]).collect();
        let mut image = formula.with_operands(node, new);
        if inside {
            image = split_sum(formula, image);
        }
        images.insert(node, image);
    }
    roots.iter().map(|root| images[root]).collect()
}

/// A sum as the sum of several, if its terms are of several kinds.
fn split_sum(formula: &mut Formula, node: Node) -> Node {
    let Kind::Reduce {
        reduction, axis, ..
    } = *formula.kind(node)
    else {
        return node;
    };
    let Some(rows) = formula.axes(node).single() else {
        return node;
    };
    if !REDUCTIONS[reduction].additive {
        return node;
    }
    let axes = formula.axes(node);
    let term = formula.operands(node)[0];
    let parts = Terms::of(rows, axis).parts(formula, term);
    if parts.len() < 2 {
        return node;
    }
    let sums = parts
        .into_values()
        .map(|part| formula.reduce_for(reduction, (axis, 0), &[part], axes));
    let sums: Vec<Node> = sums.collect();
    let whole = sums.into_iter().reduce(|a, b| formula.op(Op::Add, &[a, b]));
    whole.unwrap_or(node)
}
