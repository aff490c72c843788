//! Forward mode, and the traces made of it.

use std::collections::HashMap;

use keops_program::op::Op;

use super::{Selected, fit, is_smooth, linear, partial, sum_over, vjp, zero};
use crate::formula::{Formula, Kind, Node, width};

/// The change of `root` when each variable changes by its tangent (of the variable's shape and axes).
pub fn jvp(formula: &mut Formula, root: Node, tangents: &[(Node, Node)]) -> Node {
    let mut pass = Forward {
        selected: Selected::of(formula, &[root]),
        known: tangents
            .iter()
            .map(|&(variable, tangent)| (variable, Some(tangent)))
            .collect(),
    };
    // Operands first, so that the recursion is never deep.
    for node in formula.reachable(&[root]) {
        pass.tangent(formula, node);
    }
    match pass.tangent(formula, root) {
        Some(tangent) => fit(formula, tangent, root),
        None => zero(formula, root),
    }
}

/// Σ_k ∂f_k/∂x_k of a value of the variable's shape.
pub fn divergence(formula: &mut Formula, root: Node, variable: Node) -> Node {
    let shape = formula.shape(variable).to_vec();
    let count = width(&shape);
    let mut sum = formula.real(0.0);
    for k in 0..count {
        let one = formula.real(1.0);
        let direction = formula.unview(one, k, &[], &shape);
        let change = jvp(formula, root, &[(variable, direction)]);
        let entry = formula.view(change, k, Vec::new(), &[]);
        sum = formula.op(Op::Add, &[sum, entry]);
    }
    sum
}

/// Σ_k ∂²f/∂x_k² of a scalar.
pub fn laplacian(formula: &mut Formula, root: Node, variable: Node) -> Node {
    let one = formula.real(1.0);
    let held = formula.axes(root).and(formula.axes(variable));
    let gradient = vjp(formula, root, one, variable, held);
    divergence(formula, gradient, variable)
}

struct Forward {
    selected: Selected,
    /// `None`: the tangent is 0.
    known: HashMap<Node, Option<Node>>,
}

impl Forward {
    fn tangent(&mut self, formula: &mut Formula, node: Node) -> Option<Node> {
        if let Some(&known) = self.known.get(&node) {
            return known;
        }
        let tangent = if is_smooth(formula, node) {
            self.through(formula, node)
        } else {
            None
        };
        let tangent = tangent.filter(|&t| formula.constant(t) != Some(0.0));
        self.known.insert(node, tangent);
        tangent
    }

    fn through(&mut self, formula: &mut Formula, node: Node) -> Option<Node> {
        let data = formula.data(node).clone();
        let changes: Vec<Option<Node>> = data
            .operands
            .iter()
            .map(|&operand| self.tangent(formula, operand))
            .collect();
        if changes.iter().all(Option::is_none) {
            return None;
        }
        let add = |formula: &mut Formula, sum: Option<Node>, term: Node| match sum {
            Some(sum) => formula.op(Op::Add, &[sum, term]),
            None => term,
        };
        let mut sum = None;
        match &data.kind {
            Kind::Op(_) | Kind::Composite(_) => {
                for (k, change) in changes.iter().enumerate() {
                    let Some(change) = *change else { continue };
                    if let Some(factor) = partial(formula, node, k) {
                        let term = if data.kind == Kind::Op(Op::Guard) {
                            // What is not taken has a factor of 0, and any tangent.
                            formula.op(Op::Guard, &[factor, change])
                        } else {
                            self.selected.product(formula, node, change, factor)
                        };
                        sum = Some(add(formula, sum, term));
                    }
                }
            }
            Kind::Select => {
                let none = formula.real(0.0);
                let [a, b] = [changes[1].unwrap_or(none), changes[2].unwrap_or(none)];
                sum = Some(formula.select(data.operands[0], a, b));
            }
            Kind::Contract(contraction) => {
                for (k, change) in changes.iter().enumerate() {
                    let Some(change) = *change else { continue };
                    let mut operands = data.operands.clone();
                    operands[k] = fit(formula, change, operands[k]);
                    let term = formula.contract(contraction.clone(), &operands);
                    sum = Some(add(formula, sum, term));
                }
            }
            Kind::View { offset, strides } => {
                let change = changes[0]?;
                let change = fit(formula, change, data.operands[0]);
                sum = Some(formula.view(change, *offset, strides.clone(), &data.shape));
            }
            Kind::Concat => {
                let mut parts = Vec::with_capacity(changes.len());
                for (change, &operand) in changes.iter().zip(&data.operands) {
                    parts.push(match change {
                        Some(change) => fit(formula, *change, operand),
                        None => zero(formula, operand),
                    });
                }
                sum = Some(formula.concat(&parts, &data.shape));
            }
            Kind::Reduce { axis, .. } => {
                for (k, change) in changes.iter().enumerate() {
                    let Some(change) = *change else { continue };
                    let change = fit(formula, change, data.operands[k]);
                    if let Some(term) = linear(formula, node, k, change) {
                        let term = sum_over(formula, *axis, term);
                        sum = Some(add(formula, sum, term));
                    }
                }
            }
            _ => {}
        }
        sum.map(|sum| fit(formula, sum, node))
    }
}
