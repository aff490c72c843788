//! Derivatives: formula in, formula out.
//!
//! * [`vjp`] / [`gradients`]: reverse mode. For `sum_j exp(-|x_i - y_j|^2)` with cotangent `e_i`, the
//!   gradient by `x_i` is `-(e_i * 2) * sum_j …`, the one by `y_j` a `sum_i`.
//! * [`jvp`]: forward mode.
//! * [`jacobian`]: all first derivatives.
//! * [`laplacian`], [`divergence`]: traces of second and first derivatives.
//!
//! The chain rule is written once; what an operation's derivative is, the tables say. A derivative may
//! hold reductions inside reductions (a result that the gradient of `logsumexp_j` needs): `schedule`
//! makes passes of them.

mod forward;
mod reverse;

use std::collections::HashMap;

use keops_program::op::Op;
use keops_program::program::Type;

use crate::formula::{Axes, Axis, Formula, Kind, Node, row_major};
use crate::notation;
use crate::table::{COMPOSITES, REDUCTIONS, Reduction};

pub use forward::{diagonal, divergence, jacobian, jvp, laplacian};
pub use reverse::{gradients, vjp};

/// Names for the operands of a primitive in its partials.
const OPERANDS: [&str; 3] = ["x", "y", "z"];

/// The partial derivative of an element-wise node by operand `k`; `None` where it is 0.
fn partial(formula: &mut Formula, node: Node, k: usize) -> Option<Node> {
    let operands = formula.operands(node).to_vec();
    let (text, names): (&'static str, Vec<&str>) = match *formula.kind(node) {
        Kind::Op(op) => (op.row().partials[k], OPERANDS[..operands.len()].to_vec()),
        Kind::Composite(row) => (
            COMPOSITES[row].partials[k],
            COMPOSITES[row].operands.to_vec(),
        ),
        _ => unreachable!("only element-wise nodes have partials"),
    };
    let mut names: Vec<(&str, Node)> = names.into_iter().zip(operands).collect();
    names.push(("r", node));
    let partial = notation::instantiate(formula, text, &names, Axis::Unit);
    (formula.constant(partial) != Some(0.0)).then_some(partial)
}

/// What a change `e` of operand `k` adds to a reduction for each column; `None` where it is 0. For a
/// reduction to a list, `e` may have the list's dimension in front, or not.
fn linear(formula: &mut Formula, node: Node, k: usize, e: Node) -> Option<Node> {
    let Kind::Reduce {
        reduction,
        axis,
        count,
    } = *formula.kind(node)
    else {
        unreachable!("only reductions are linear in this sense")
    };
    let shape = formula.shape(node).to_vec();
    let e = if count > 0 && formula.shape(e) != shape && !formula.is_scalar(e) {
        let mut strides = vec![0];
        strides.extend(row_major(&shape[1..]));
        formula.view(e, 0, strides, &shape)
    } else {
        e
    };
    let row = &REDUCTIONS[reduction];
    let text = row.linear.get(k)?;
    let operands = formula.operands(node).to_vec();
    let mut names: Vec<(&str, Node)> = row.operands.iter().copied().zip(operands).collect();
    names.push(("e", e));
    names.push(("r", node));
    names.push(("n", formula.integer(i64::from(count), Type::Index)));
    Some(notation::instantiate(formula, text, &names, axis))
}

/// The sum of a node over an axis, for each row of `axes`.
fn sum_for(formula: &mut Formula, axis: Axis, node: Node, axes: Axes) -> Node {
    let sum = REDUCTIONS
        .iter()
        .position(|row| row.additive)
        .expect("the table has a sum");
    formula.reduce_for(sum, (axis, 0), &[node], axes)
}

/// Whether there are pairs that take no part in a reduction.
fn excludes(row: &Reduction) -> bool {
    row.selects || row.neutral.is_some()
}

/// How much of a node's value its user takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    /// All that there is.
    All,
    /// A weight may be 0: what a pair has is taken, and its cotangent may be 0 where a partial is
    /// infinite.
    Weighed,
    /// An `if`, or a reduction that selects, may not take it: then even rows that are no numbers reach
    /// nothing.
    Chosen,
}

/// Where products must be guarded: nodes of which an `if`, or a reduction that selects, may not take
/// the value. A cotangent of 0 there means "not taken", and must stay 0 whatever the partial is.
struct Selected {
    nodes: Vec<Taken>,
    /// Whether a node is finite, if rows are not known to be, and if they are.
    finite: [HashMap<Node, bool>; 2],
}

impl Selected {
    /// Of everything that the roots are made of, for cotangents.
    fn of(formula: &Formula, roots: &[Node]) -> Selected {
        let reachable = formula.reachable(roots);
        let len = reachable.last().map_or(0, |n| n.0 as usize + 1);
        let mut nodes = vec![Taken::All; len];
        for &node in reachable.iter().rev() {
            let operands = formula.operands(node);
            let above = nodes[node.0 as usize];
            let (part, taken) = match formula.kind(node) {
                // What is guarded was under an `if` before it was differentiated.
                Kind::Select | Kind::Op(Op::Guard) => (&operands[1..], Taken::Chosen),
                Kind::Reduce { reduction, .. } if REDUCTIONS[*reduction].selects => {
                    (operands, Taken::Chosen)
                }
                Kind::Reduce { reduction, .. } if excludes(&REDUCTIONS[*reduction]) => {
                    (operands, Taken::Weighed.max(above))
                }
                _ => (operands, above),
            };
            for operand in part {
                let of = &mut nodes[operand.0 as usize];
                *of = taken.max(*of);
            }
        }
        Selected {
            nodes,
            finite: Default::default(),
        }
    }

    /// The same for tangents, which an `if` takes or leaves itself.
    fn of_tangents(formula: &Formula, roots: &[Node]) -> Selected {
        let mut selected = Selected::of(formula, roots);
        for taken in &mut selected.nodes {
            *taken = (*taken).min(Taken::Weighed);
        }
        selected
    }

    /// Whether a product of a cotangent of the node with a factor is to be guarded: the node may not be
    /// taken, and the factor may be infinite or NaN there.
    fn guards(&mut self, formula: &Formula, node: Node, factor: Node) -> bool {
        let taken = self.nodes.get(node.0 as usize).copied();
        match taken.unwrap_or(Taken::All) {
            Taken::All => false,
            Taken::Weighed => !self.is_finite(formula, factor, true),
            Taken::Chosen => !self.is_finite(formula, factor, false),
        }
    }

    /// `cotangent · factor`, guarded if need be, of the node whose derivative it is.
    fn product(
        &mut self,
        formula: &mut Formula,
        node: Node,
        cotangent: Node,
        factor: Node,
    ) -> Node {
        if self.guards(formula, node, factor) {
            formula.op(Op::Guard, &[cotangent, factor])
        } else {
            formula.op(Op::Mul, &[cotangent, factor])
        }
    }

    /// Whether a node is finite wherever the parameters are, and the rows, if these are; overflow of sums
    /// and products apart.
    fn is_finite(&mut self, formula: &Formula, node: Node, rows: bool) -> bool {
        if let Some(&known) = self.finite[usize::from(rows)].get(&node) {
            return known;
        }
        let smooth = match formula.kind(node) {
            Kind::Real(bits) => bits.value().is_finite(),
            Kind::Op(op) => op.row().finite_partials,
            Kind::Reduce { .. } | Kind::Composite(_) => false,
            Kind::Variable(_) => rows || !(formula.axes(node).i || formula.axes(node).j),
            _ => true,
        };
        let operands = formula.operands(node).to_vec();
        let finite = smooth && operands.iter().all(|&n| self.is_finite(formula, n, rows));
        self.finite[usize::from(rows)].insert(node, finite);
        finite
    }
}

/// A cotangent or tangent brought to the shape of a node, of which one may be a scalar.
fn fit(formula: &mut Formula, value: Node, node: Node) -> Node {
    let shape = formula.shape(node).to_vec();
    if formula.shape(value) == shape {
        value
    } else if shape.is_empty() {
        formula.sum(value)
    } else {
        formula.fill(value, &shape)
    }
}

/// A cotangent or tangent of 0 for a node.
fn zero(formula: &mut Formula, node: Node) -> Node {
    let shape = formula.shape(node).to_vec();
    formula.splat(0.0, &shape)
}

/// Whether derivatives go through the node.
fn is_smooth(formula: &Formula, node: Node) -> bool {
    formula.ty(node) == Type::Real
}
