//! The derivatives of a checked formula, as nodes.

use keops_compiler::check::Checked;
use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Formula, Node};
use keops_program::program::Type;

use super::declare;

/// A formula with cotangents for its floating results, and its derivatives as nodes.
pub(crate) struct Graph {
    pub(crate) formula: Formula,
    arguments: Vec<Node>,
    /// The results.
    pub(crate) results: Vec<(Node, Axis)>,
    roots: Vec<(Node, Node)>,
}

impl Graph {
    pub(crate) fn of(checked: &Checked) -> Graph {
        let mut formula = checked.formula.clone();
        let axis = checked.axis;
        let smooth = checked
            .results
            .iter()
            .filter(|result| result.kind.is_floating());
        let roots = smooth.map(|result| {
            let shape = result.kind.stored(&result.shape);
            (result.node, declare(&mut formula, "e", axis, &shape))
        });
        let roots: Vec<(Node, Node)> = roots.collect();
        let real = |number: &u32| formula.variables()[*number as usize].ty == Type::Real;
        let numbers = checked.arguments.iter().map(|argument| argument.variable);
        let numbers: Vec<u32> = numbers.filter(real).collect();
        let arguments = numbers
            .into_iter()
            .map(|number| formula.variable(number))
            .collect();
        let results = checked
            .results
            .iter()
            .map(|result| (result.node, axis))
            .collect();
        Graph {
            formula,
            arguments,
            results,
            roots,
        }
    }

    /// The gradients by all floating arguments; none if there is no floating result.
    pub(crate) fn gradients(&mut self) -> Vec<(Node, Axis)> {
        if self.roots.is_empty() {
            return Vec::new();
        }
        let gradients =
            diff::gradients(&mut self.formula, &self.roots, &self.arguments, Axes::NONE);
        gradients
            .into_iter()
            .zip(&self.arguments)
            .map(|(node, &of)| (node, self.axis(of)))
            .collect()
    }

    fn axis(&self, variable: Node) -> Axis {
        self.formula
            .axes(variable)
            .single()
            .expect("a variable has one axis")
    }

    /// Every floating argument with a tangent.
    pub(crate) fn tangents(&mut self) -> Vec<(Node, Node)> {
        let arguments = self.arguments.clone();
        arguments
            .into_iter()
            .map(|node| {
                let (axis, shape) = (self.axis(node), self.formula.shape(node).to_vec());
                (node, declare(&mut self.formula, "u", axis, &shape))
            })
            .collect()
    }
}
