//! Composites replaced by their definitions.
//!
//! A composite that has a derivative of its own is a node until here; after, there are primitives
//! only.

use std::collections::HashMap;

use crate::formula::{Axis, Formula, Kind, Node};
use crate::notation;
use crate::table::COMPOSITES;

/// The roots in primitives.
pub fn expand(formula: &mut Formula, roots: &[Node]) -> Vec<Node> {
    let mut roots = roots.to_vec();
    let composite =
        |formula: &Formula, node: &Node| matches!(formula.data(*node).kind, Kind::Composite(_));
    // A definition may use composites in its turn.
    while formula
        .reachable(&roots)
        .iter()
        .any(|node| composite(formula, node))
    {
        roots = once(formula, &roots);
    }
    roots
}

/// The roots with every composite replaced by its definition.
fn once(formula: &mut Formula, roots: &[Node]) -> Vec<Node> {
    let mut images: HashMap<Node, Node> = HashMap::new();
    for node in formula.reachable(roots) {
        let data = formula.data(node).clone();
        let operands: Vec<Node> = data.operands.iter().map(|n| images[n]).collect();
        let image = match data.kind {
            Kind::Composite(row) => {
                let row = &COMPOSITES[row];
                let names: Vec<(&str, Node)> = row
                    .operands
                    .iter()
                    .copied()
                    .zip(operands.iter().copied())
                    .collect();
                let value = notation::instantiate(formula, row.definition, &names, Axis::Unit);
                formula.fill(value, &data.shape)
            }
            _ => formula.with_operands(node, operands),
        };
        images.insert(node, image);
    }
    roots.iter().map(|root| images[root]).collect()
}
