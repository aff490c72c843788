//! Reductions, and which of them may stand where.

use super::Evaluator;
use super::scope::Value;
use crate::ast::{self, Expr, ExprKind, Span};
use crate::diagnostic::Diagnostic;
use crate::formula::{Axis, Kind, Node};
use crate::notation;
use crate::table::{DERIVED, Derived, JOINT, REDUCTIONS, alias};

/// The most entries of a list: they are kept for every row.
const MOST_ENTRIES: u32 = 1024;

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
    let known = REDUCTIONS.iter().any(|row| row.name == base)
        || DERIVED.iter().any(|row| row.name == base)
        || JOINT.iter().any(|(name, _)| *name == base);
    known.then_some((base, axis))
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
        let axis = self.axis(axis);
        if let Some(row) = DERIVED.iter().find(|row| row.name == base) {
            return self.composed(expr, name, row, axis, args).map(Value::One);
        }
        let joint = JOINT.iter().find(|(joint, _)| *joint == base);
        let rows = joint.map_or(std::slice::from_ref(&base), |(_, rows)| &rows[..]);
        let of = || REDUCTIONS.iter().filter(|row| row.name == rows[0]);
        let is_list = of().any(|row| row.list.is_some());
        let (entries, args) = match args.split_first() {
            Some((first, rest)) if is_list && rest.len() == 1 => (Some(first), rest),
            _ => (None, args),
        };
        let parts = self.reduced_values(args, of().any(|row| row.conditions));
        let signatures: Vec<&[&str]> = match is_list {
            true => vec![&["k", "x"]],
            false => of().map(|row| row.operands).collect(),
        };
        let given = args.len() + usize::from(entries.is_some());
        self.check_count(expr, name, &signatures, given)?;
        let count = match entries {
            Some(entries) => self.entries(entries, name),
            None => Some(0),
        };
        let (parts, count) = (parts?, count?);
        self.same_shape(&format!("arguments of `{name}`"), &parts)?;
        let operands: Vec<Node> = parts.iter().map(|&(_, node)| node).collect();
        let values: Vec<Option<Node>> = rows
            .iter()
            .map(|row| self.reduce(expr, name, (row, count), axis, &operands))
            .collect();
        let values: Vec<Value> = values
            .into_iter()
            .map(|v| v.map(Value::One))
            .collect::<Option<_>>()?;
        Some(if joint.is_some() {
            Value::Tuple(values)
        } else {
            values[0].clone()
        })
    }

    /// How many entries a list is to have.
    fn entries(&mut self, expr: &Expr, name: &str) -> Option<u32> {
        let found = match &expr.kind {
            ExprKind::Number(number) => number.integer(),
            // Lines of the table pass on what they were given.
            _ if self.real.is_none() => {
                let node = self.node(expr)?;
                match self.formula.kind(node) {
                    Kind::Integer(count) => Some(*count),
                    _ => None,
                }
            }
            _ => None,
        };
        let count = found.and_then(|count| u32::try_from(count).ok());
        let count = count.filter(|count| (1..=MOST_ENTRIES).contains(count));
        if count.is_none() {
            return self.fault(
                Diagnostic::new(
                    expr.span,
                    format!("the first argument of `{name}` says how many entries it selects"),
                )
                .help(format!("write an integer from 1 to {MOST_ENTRIES}")),
            );
        }
        count
    }

    /// What is reduced: conditions or numbers, each beside what was written.
    fn reduced_values<'e>(
        &mut self,
        args: &'e [Expr],
        conditions: bool,
    ) -> Option<Vec<(&'e Expr, Node)>> {
        if !conditions {
            return self.numbers(args);
        }
        let masks: Vec<Option<Node>> = args.iter().map(|arg| self.mask(arg)).collect();
        args.iter()
            .zip(masks)
            .map(|(arg, mask)| Some((arg, mask?)))
            .collect()
    }

    /// A reduction that is a formula of others.
    fn composed(
        &mut self,
        expr: &Expr,
        name: &str,
        row: &Derived,
        axis: Axis,
        args: &[Expr],
    ) -> Option<Node> {
        let parts = self.reduced_values(args, row.conditions);
        self.check_count(expr, name, &[row.operands], args.len())?;
        let nodes = parts?.into_iter().map(|(_, node)| node);
        let operands: Vec<Node> = nodes.collect();
        let names: Vec<(&str, Node)> = row.operands.iter().copied().zip(operands.clone()).collect();
        let before = self.reductions_in(&operands);
        let node = notation::instantiate(self.formula, row.definition, &names, axis);
        self.reduced(expr, name, axis, &before, node)
    }

    /// A reduction by the row's name, of operands of one shape, to a list of so many entries (0: to
    /// none). What does not vary along the axis
    /// leaves a sum before it is looked at.
    pub(super) fn reduce(
        &mut self,
        expr: &Expr,
        name: &str,
        (row, count): (&str, u32),
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
        let node = self.formula.reduce_list(number, (axis, count), operands);
        self.reduced(expr, name, axis, &before, node)
    }

    /// Notes what was written as a reduction; `before` are the reductions of its operands.
    fn reduced(
        &mut self,
        expr: &Expr,
        name: &str,
        axis: Axis,
        before: &[Node],
        node: Node,
    ) -> Option<Node> {
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
