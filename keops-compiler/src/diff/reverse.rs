//! Reverse mode.

use std::collections::BTreeMap;

use keops_program::op::Op;

use super::{Selected, fit, is_smooth, linear, partial, sum_for, zero};
use crate::formula::{Axes, Axis, Contraction, Formula, Kind, Node, row_major};

/// The cotangents that have reached a node, by the axes along which they vary.
type Cotangents = BTreeMap<(Node, Axes), Node>;

/// The gradient of `Σ cotangent · root` by one variable: see [`gradients`].
pub fn vjp(formula: &mut Formula, root: Node, cotangent: Node, variable: Node, held: Axes) -> Node {
    gradients(formula, &[(root, cotangent)], &[variable], held)[0]
}

/// The gradient of `Σ_k cotangent_k · root_k` by each variable, in the variable's shape.
///
/// `held` are the axes along which the derivative itself varies anyway and is not summed: all the
/// derivative's for a derivative inside a formula, none for the gradient of a call. Along the others,
/// the gradient is summed unless the variable has them.
pub fn gradients(
    formula: &mut Formula,
    roots: &[(Node, Node)],
    variables: &[Node],
    held: Axes,
) -> Vec<Node> {
    let tops: Vec<Node> = roots.iter().map(|&(root, _)| root).collect();
    let mut pass = Reverse {
        selected: Selected::of(formula, &tops),
        reaching: reaching(formula, &tops, variables),
        cotangents: Cotangents::new(),
    };
    for &(root, cotangent) in roots {
        let axes = formula.axes(root).and(formula.axes(cotangent)).and(held);
        let cotangent = fit(formula, cotangent, root);
        pass.add(formula, root, axes, cotangent);
    }
    let mut found: Vec<Option<Node>> = vec![None; variables.len()];
    // Operands have smaller numbers than their users: the largest is complete.
    while let Some(((node, axes), cotangent)) = pass.cotangents.pop_last() {
        if let Some(k) = variables.iter().position(|&v| v == node) {
            let excess = axes.beyond(formula.axes(node).and(held));
            let gradient = collapse(formula, cotangent, axes, excess);
            found[k] = Some(match found[k] {
                Some(sum) => formula.op(Op::Add, &[sum, gradient]),
                None => gradient,
            });
        } else {
            pass.through(formula, node, axes, cotangent, held);
        }
    }
    found
        .into_iter()
        .zip(variables)
        .map(|(gradient, &v)| gradient.unwrap_or_else(|| zero(formula, v)))
        .collect()
}

/// A cotangent that varies along `axes`, summed over those of them that are in excess, the reduced one
/// (the second cloud, as a rule) first.
fn collapse(formula: &mut Formula, mut cotangent: Node, mut axes: Axes, excess: Axes) -> Node {
    for axis in [Axis::J, Axis::I, Axis::Batch] {
        if excess.has(axis) && axes.has(axis) {
            axes = axes.without(axis);
            if excess.batch && axes == Axes::of(Axis::Batch) {
                // Over the rows of all batches.
                axes = Axes::NONE;
            }
            cotangent = sum_for(formula, axis, cotangent, axes);
        }
    }
    cotangent
}

/// For each node that the roots are made of, whether a variable is part of it.
fn reaching(formula: &Formula, roots: &[Node], variables: &[Node]) -> Vec<bool> {
    let reachable = formula.reachable(roots);
    let mut reaching = vec![false; reachable.last().map_or(0, |n| n.0 as usize + 1)];
    for node in reachable {
        let part = |n: &Node| reaching[n.0 as usize];
        reaching[node.0 as usize] =
            variables.contains(&node) || formula.operands(node).iter().any(part);
    }
    reaching
}

struct Reverse {
    selected: Selected,
    reaching: Vec<bool>,
    cotangents: Cotangents,
}

impl Reverse {
    /// Adds to the cotangent of a node.
    fn add(&mut self, formula: &mut Formula, node: Node, axes: Axes, cotangent: Node) {
        let reached = self.reaching.get(node.0 as usize).copied().unwrap_or(false);
        if !reached || !is_smooth(formula, node) || formula.constant(cotangent) == Some(0.0) {
            return;
        }
        let sum = match self.cotangents.get(&(node, axes)) {
            Some(&before) => formula.op(Op::Add, &[before, cotangent]),
            None => cotangent,
        };
        self.cotangents.insert((node, axes), sum);
    }

    /// Hands a node's cotangent on to its operands.
    fn through(
        &mut self,
        formula: &mut Formula,
        node: Node,
        axes: Axes,
        cotangent: Node,
        held: Axes,
    ) {
        let data = formula.data(node).clone();
        match &data.kind {
            Kind::Op(_) | Kind::Composite(_) => {
                for (k, &operand) in data.operands.iter().enumerate() {
                    if let Some(factor) = partial(formula, node, k) {
                        let part = self.selected.product(formula, node, cotangent, factor);
                        let part = fit(formula, part, operand);
                        self.add(formula, operand, axes, part);
                    }
                }
            }
            Kind::Select => {
                let [mask, a, b] = [data.operands[0], data.operands[1], data.operands[2]];
                let none = formula.real(0.0);
                let cotangent = fit(formula, cotangent, node);
                let to_a = formula.select(mask, cotangent, none);
                let to_b = formula.select(mask, none, cotangent);
                for (operand, part) in [(a, to_a), (b, to_b)] {
                    let part = fit(formula, part, operand);
                    self.add(formula, operand, axes, part);
                }
            }
            Kind::Contract(contraction) => {
                for k in 0..data.operands.len() {
                    let part = self.contraction(formula, node, contraction, k, cotangent);
                    self.add(formula, data.operands[k], axes, part);
                }
            }
            Kind::View { offset, strides } => {
                let operand = data.operands[0];
                let shape = formula.shape(operand).to_vec();
                let part = formula.unview(cotangent, *offset, strides, &shape);
                self.add(formula, operand, axes, part);
            }
            Kind::Concat => {
                let mut offset = 0;
                for &operand in &data.operands {
                    let shape = formula.shape(operand).to_vec();
                    let part = formula.view(cotangent, offset, row_major(&shape), &shape);
                    self.add(formula, operand, axes, part);
                    offset += crate::formula::width(&shape);
                }
            }
            Kind::Reduce { axis, .. } => {
                // The value is one for all rows along other axes: its cotangents are summed there.
                let own = data.axes;
                let excess = axes.beyond(own.and(held));
                if excess != Axes::NONE {
                    let cotangent = collapse(formula, cotangent, axes, excess);
                    let rest = Axes {
                        i: axes.i && !excess.i,
                        j: axes.j && !excess.j,
                        batch: false,
                    };
                    return self.add(formula, node, rest.and(own), cotangent);
                }
                let inside = axes.and(Axes::of(*axis));
                for (k, &operand) in data.operands.iter().enumerate() {
                    if let Some(part) = linear(formula, node, k, cotangent) {
                        let part = entries_summed(formula, part, operand);
                        let part = fit(formula, part, operand);
                        self.add(formula, operand, inside, part);
                    }
                }
            }
            // Leaves, masks and integers.
            _ => {}
        }
    }

    /// The part of a contraction's cotangent that is operand `k`'s.
    fn contraction(
        &mut self,
        formula: &mut Formula,
        node: Node,
        contraction: &Contraction,
        k: usize,
        cotangent: Node,
    ) -> Node {
        let operands = formula.operands(node).to_vec();
        let shape = formula.shape(operands[k]).to_vec();
        let mut adjoint = contraction.adjoint(k);
        let wanted = adjoint.output.clone();
        let known = |index: &u8| adjoint.inputs.iter().flatten().any(|i| i == index);
        let present: Vec<u8> = wanted.iter().copied().filter(known).collect();
        adjoint.output = present.clone();
        let mut factors = vec![cotangent];
        factors.extend(
            operands
                .iter()
                .enumerate()
                .filter(|&(n, _)| n != k)
                .map(|(_, &n)| n),
        );
        let part = match factors[..] {
            [cotangent] => formula.contract(adjoint, &[cotangent]),
            _ => guarded_contract(&mut self.selected, formula, node, adjoint, &factors),
        };
        // Along an index that only this operand has, every component gets the same.
        let strides = row_major(formula.shape(part));
        let stride = |index: &u8| {
            present
                .iter()
                .position(|p| p == index)
                .map_or(0, |p| strides[p])
        };
        let strides: Vec<u32> = wanted.iter().map(stride).collect();
        formula.view(part, 0, strides, &shape)
    }
}

/// What all entries of a list give to the operand: summed over the dimension in front.
fn entries_summed(formula: &mut Formula, part: Node, operand: Node) -> Node {
    let rank = formula.shape(operand).len() as u8;
    if formula.shape(part).len() != usize::from(rank) + 1 || rank == 0 {
        return part;
    }
    let contraction = Contraction {
        inputs: vec![(0..=rank).collect()],
        output: (1..=rank).collect(),
    };
    formula.contract(contraction, &[part])
}

/// A contraction of a cotangent with an operand; under an `if`, the products are guarded: both are
/// repeated along each other's indices, multiplied, and summed.
fn guarded_contract(
    selected: &mut Selected,
    formula: &mut Formula,
    node: Node,
    contraction: Contraction,
    factors: &[Node],
) -> Node {
    if !selected.guards(formula, node, factors[1]) {
        return formula.contract(contraction, factors);
    }
    let contraction = contraction.numbered();
    let shapes = [
        formula.shape(factors[0]).to_vec(),
        formula.shape(factors[1]).to_vec(),
    ];
    let sizes = contraction
        .sizes(&[&shapes[0], &shapes[1]])
        .expect("an adjoint fits");
    let all: Vec<u8> = (0..sizes.len() as u8).collect();
    let mut spread = |k: usize| {
        let strides = row_major(&shapes[k]);
        let at = |index: &u8| contraction.inputs[k].iter().position(|i| i == index);
        let strides = all
            .iter()
            .map(|index| at(index).map_or(0, |p| strides[p]))
            .collect();
        formula.view(factors[k], 0, strides, &sizes)
    };
    let (a, b) = (spread(0), spread(1));
    let product = formula.op(Op::Guard, &[a, b]);
    formula.contract(
        Contraction {
            inputs: vec![all],
            output: contraction.output,
        },
        &[product],
    )
}
