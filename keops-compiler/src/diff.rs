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

/// Where products must be guarded: nodes of which an `if`, or a reduction that selects, may not take
/// the value. A cotangent of 0 there means "not taken", and must stay 0 whatever the partial is.
struct Selected {
    nodes: Vec<bool>,
    finite: HashMap<Node, bool>,
}

impl Selected {
    /// Of everything that the roots are made of.
    fn of(formula: &Formula, roots: &[Node]) -> Selected {
        let reachable = formula.reachable(roots);
        let len = reachable.last().map_or(0, |n| n.0 as usize + 1);
        let mut nodes = vec![false; len];
        for &node in reachable.iter().rev() {
            let operands = formula.operands(node);
            let selecting: &[Node] = match formula.kind(node) {
                // What is guarded was under an `if` before it was differentiated.
                Kind::Select | Kind::Op(Op::Guard) => &operands[1..],
                Kind::Reduce { reduction, .. } if excludes(&REDUCTIONS[*reduction]) => operands,
                _ if nodes[node.0 as usize] => operands,
                _ => &[],
            };
            for operand in selecting {
                nodes[operand.0 as usize] = true;
            }
        }
        Selected {
            nodes,
            finite: HashMap::new(),
        }
    }

    fn contains(&self, node: Node) -> bool {
        self.nodes.get(node.0 as usize).copied().unwrap_or(false)
    }

    /// `cotangent · factor`, guarded if `node`, whose derivative it is, may not be taken and the
    /// factor may be infinite or NaN there.
    fn product(
        &mut self,
        formula: &mut Formula,
        node: Node,
        cotangent: Node,
        factor: Node,
    ) -> Node {
        if self.contains(node) && !self.is_finite(formula, factor) {
            formula.op(Op::Guard, &[cotangent, factor])
        } else {
            formula.op(Op::Mul, &[cotangent, factor])
        }
    }

    /// Whether a node is finite wherever the arguments are, overflow of sums and products apart.
    fn is_finite(&mut self, formula: &Formula, node: Node) -> bool {
        if let Some(&known) = self.finite.get(&node) {
            return known;
        }
        let smooth = match formula.kind(node) {
            Kind::Real(bits) => bits.value().is_finite(),
            Kind::Op(op) => op.row().finite_partials,
            Kind::Reduce { .. } | Kind::Composite(_) => false,
            _ => true,
        };
        let operands = formula.operands(node).to_vec();
        let finite = smooth && operands.iter().all(|&n| self.is_finite(formula, n));
        self.finite.insert(node, finite);
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
