//! Forward mode, and the traces made of it.

use std::collections::HashMap;

use keops_program::op::Op;

use super::{Selected, fit, is_smooth, linear, partial, sum_for, vjp, zero};
use crate::formula::{Formula, Kind, Node, width};

/// The change of `root` when each variable changes by its tangent (of the variable's shape and axes).
pub fn jvp(formula: &mut Formula, root: Node, tangents: &[(Node, Node)]) -> Node {
    let mut pass = Forward {
        selected: Selected::of_tangents(formula, &[root]),
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
    let entries = diagonal_entries(formula, root, variable);
    let none = formula.real(0.0);
    let add = |sum, entry| formula.op(Op::Add, &[sum, entry]);
    entries.into_iter().fold(none, add)
}

/// ∂f_k/∂x_k for each component of a value of the variable's shape.
pub fn diagonal(formula: &mut Formula, root: Node, variable: Node) -> Node {
    let entries = diagonal_entries(formula, root, variable);
    let shape = formula.shape(variable).to_vec();
    formula.concat(&entries, &shape)
}

fn diagonal_entries(formula: &mut Formula, root: Node, variable: Node) -> Vec<Node> {
    let count = width(formula.shape(variable));
    let entry = |k| {
        let change = along(formula, root, variable, k);
        formula.view(change, k, Vec::new(), &[])
    };
    (0..count).map(entry).collect()
}

/// The derivative by component `k` of a variable.
fn along(formula: &mut Formula, root: Node, variable: Node, k: u32) -> Node {
    let shape = formula.shape(variable).to_vec();
    let one = formula.real(1.0);
    let direction = formula.unview(one, k, &[], &shape);
    jvp(formula, root, &[(variable, direction)])
}

/// The derivative of each component of a value by each of a variable: the value's dimensions, then
/// the variable's. By columns or by rows, whichever are fewer.
pub fn jacobian(formula: &mut Formula, root: Node, variable: Node) -> Node {
    let (of, by) = (
        formula.shape(root).to_vec(),
        formula.shape(variable).to_vec(),
    );
    let (rows, columns) = (width(&of), width(&by));
    let shape: Vec<u32> = of.iter().chain(&by).copied().collect();
    if columns <= rows {
        let all: Vec<Node> = (0..columns)
            .map(|k| along(formula, root, variable, k))
            .collect();
        let transposed = formula.concat(&all, &[columns, rows]);
        let jacobian = formula.view(transposed, 0, vec![1, rows], &[rows, columns]);
        return formula.reshape(jacobian, &shape);
    }
    let held = formula.axes(root).and(formula.axes(variable));
    let all: Vec<Node> = (0..rows)
        .map(|k| {
            let (row, one) = (formula.view(root, k, Vec::new(), &[]), formula.real(1.0));
            vjp(formula, row, one, variable, held)
        })
        .collect();
    formula.concat(&all, &shape)
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
                        let term = sum_for(formula, *axis, term, data.axes);
                        sum = Some(add(formula, sum, term));
                    }
                }
            }
            _ => {}
        }
        sum.map(|sum| fit(formula, sum, node))
    }
}
