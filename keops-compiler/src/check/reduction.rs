//! Reductions, and which of them may stand where.

use super::Evaluator;
use super::scope::Value;
use crate::ast::{self, Expr, Span};
use crate::diagnostic::Diagnostic;
use crate::formula::{Axis, Kind, Node};
use crate::table::{REDUCTIONS, alias};

/// Names for two rows that are taken of the same operands.
pub(super) const PAIRS: [(&str, [&str; 2]); 2] = [
    ("min_argmin", ["min", "argmin"]),
    ("max_argmax", ["max", "argmax"]),
];

/// A reduction that was written.
#[derive(Clone, Debug)]
pub(super) struct Reduced {
    /// What it reduces over.
    pub(super) axis: Axis,
    /// Its name, with the index.
    pub(super) name: String,
    /// Where it is written.
    pub(super) span: Span,
}

/// The row's name and the axis, if that is the name of a reduction.
pub(super) fn split(name: &str) -> Option<(&str, ast::Axis)> {
    let (base, axis) = match name.strip_suffix("_j") {
        Some(base) => (base, ast::Axis::J),
        None => (name.strip_suffix("_i")?, ast::Axis::I),
    };
    let base = alias(base);
    let row = REDUCTIONS.iter().any(|row| row.name == base);
    (row || PAIRS.iter().any(|(pair, _)| *pair == base)).then_some((base, axis))
}

/// How an axis is written.
pub(super) fn letter(axis: Axis) -> char {
    if axis == Axis::I { 'i' } else { 'j' }
}

/// The axis that a reduction over this one leaves.
pub(super) fn other(axis: Axis) -> Axis {
    match axis {
        Axis::I => Axis::J,
        Axis::J => Axis::I,
        Axis::Batch | Axis::Unit => axis,
    }
}

impl Evaluator<'_> {
    /// A call of a reduction.
    pub(super) fn reduction(
        &mut self,
        expr: &Expr,
        name: &str,
        (base, axis): (&str, ast::Axis),
        args: &[Expr],
    ) -> Option<Value> {
        let pair = PAIRS
            .iter()
            .find(|(pair, _)| *pair == base)
            .map(|(_, rows)| &rows[..]);
        let rows = pair.unwrap_or(std::slice::from_ref(&base));
        let parts = self.numbers(args);
        let of = REDUCTIONS.iter().filter(|row| row.name == rows[0]);
        let signatures: Vec<&[&str]> = of.map(|row| row.operands).collect();
        self.check_count(expr, name, &signatures, args.len())?;
        let parts = parts?;
        self.same_shape(&format!("arguments of `{name}`"), &parts)?;
        let operands: Vec<Node> = parts.iter().map(|&(_, node)| node).collect();
        let axis = self.axis(axis);
        let values: Vec<Option<Node>> = rows
            .iter()
            .map(|row| self.reduce(expr, name, row, axis, &operands))
            .collect();
        let values: Vec<Value> = values
            .into_iter()
            .map(|v| v.map(Value::One))
            .collect::<Option<_>>()?;
        Some(if pair.is_some() {
            Value::Tuple(values)
        } else {
            values[0].clone()
        })
    }

    /// A reduction by the row's name, of operands of one shape. What does not vary along the axis
    /// leaves a sum before it is looked at.
    pub(super) fn reduce(
        &mut self,
        expr: &Expr,
        name: &str,
        row: &str,
        axis: Axis,
        operands: &[Node],
    ) -> Option<Node> {
        let fits =
            |r: &crate::table::Reduction| r.name == row && r.operands.len() == operands.len();
        let number = REDUCTIONS
            .iter()
            .position(fits)
            .expect("the name and the count were looked up");
        let before = self.reductions_in(operands);
        let node = self.formula.reduce(number, axis, operands);
        let reduced = Reduced {
            axis,
            name: name.into(),
            span: expr.span,
        };
        self.reductions.push(reduced.clone());
        // A table's lines are reduced as they are.
        if self.real.is_none() {
            return Some(node);
        }
        for made in self.reductions_in(&[node]) {
            if before.contains(&made) {
                continue;
            }
            let inner = self.reductions_in(self.formula.operands(made));
            let inner = inner.last().map(|node| self.written.get(node).cloned());
            if let Some(inner) = inner {
                return self.nested(&reduced, inner);
            }
            self.written.insert(made, reduced.clone());
        }
        Some(node)
    }

    /// The reductions that nodes are made of, inner ones first.
    pub(super) fn reductions_in(&self, nodes: &[Node]) -> Vec<Node> {
        let mut found = self.formula.reachable(nodes);
        found.retain(|&node| matches!(self.formula.kind(node), Kind::Reduce { .. }));
        found
    }

    fn nested<T>(&mut self, outer: &Reduced, inner: Option<Reduced>) -> Option<T> {
        // A reduction that was not written is a derivative's, of the expression at hand.
        let apart = inner.is_some();
        let inner = inner.unwrap_or_else(|| outer.clone());
        let index = letter(other(outer.axis));
        let mut fault = if inner.axis == outer.axis {
            let softmax = if REDUCTIONS.iter().any(|row| row.name == "softmax") {
                format!(", or use `softmax_{}`", letter(outer.axis))
            } else {
                String::new()
            };
            Diagnostic::new(
                inner.span,
                format!("`{}` inside `{}` needs two passes", inner.name, outer.name),
            )
            .help(format!(
                "pass the first result as an argument, for instance `m_{index}`{softmax}"
            ))
        } else {
            Diagnostic::new(
                inner.span,
                format!("`{}` inside `{}` goes over the other axis", inner.name, outer.name),
            )
            .help(format!(
                "make it a formula of its own, and pass its result as an argument, for instance `m_{}`",
                letter(outer.axis)
            ))
        };
        if apart {
            fault = fault.second(outer.span, format!("the reduction by `{}`", outer.name));
        }
        self.fault(fault)
    }
}
