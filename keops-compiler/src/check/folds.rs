//! Folds, iterations and lattices: lines of the tables, repeated.

use keops_program::program::Type;

use super::Evaluator;
use super::overloads::fits;
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::Diagnostic;
use crate::formula::{Axis, Node, width};
use crate::lower::UNROLL;
use crate::notation;
use crate::table::{Fold, Iteration, Lattice};

/// The most cells of a lattice: each is written out.
const MOST_CELLS: u32 = 1 << 10;

impl Evaluator<'_> {
    /// A fold over all components of a value.
    pub(super) fn fold(&mut self, row: &Fold, (expr, v): (&Expr, Node)) -> Option<Node> {
        let count = width(self.formula.shape(v));
        if self.formula.is_scalar(v) && self.real.is_some() {
            let this = self.this(expr);
            let over = format!("`{}_j({})`", row.name, super::written::written(expr));
            return self.fault(
                Diagnostic::new(
                    expr.span,
                    format!(
                        "`{}(v)` is of the components of a vector, and {this} is a scalar",
                        row.name
                    ),
                )
                .help(format!("write {over} to reduce over rows")),
            );
        }
        let flat = self.formula.reshape(v, &[count]);
        let states: Vec<Node> = row
            .state
            .iter()
            .map(|state| {
                let value = self.line(state.init, &[("v", flat)]);
                match self.formula.constant(value) {
                    Some(value) if state.ty == Type::Index => {
                        self.formula.integer(value as i64, Type::Index)
                    }
                    _ => value,
                }
            })
            .collect();
        let states = self.folded(row, &states, count);
        Some(states[row.result])
    }

    /// The states, one for each of `count` components, merged to one.
    ///
    /// A long row of components is cut into about as many parts as a part has components; all parts
    /// are merged at once, neighbours first, by a logarithmic number of element-wise merges.
    fn folded(&mut self, row: &Fold, states: &[Node], count: u32) -> Vec<Node> {
        let part = match count {
            0..=UNROLL => 1,
            _ => 1 << (count.isqrt().ilog2()),
        };
        let parts = count / part;
        let mut level = self.picked(states, 0, 1, parts * part);
        let mut merged = 1;
        while merged < part {
            let half = parts * part / merged / 2;
            let left = self.picked(&level, 0, 2, half);
            let right = self.picked(&level, 1, 2, half);
            level = self.merged(row, &left, &right, merged);
            merged *= 2;
        }
        let mut each: Vec<(Vec<Node>, u32)> = (0..parts)
            .map(|k| (self.picked(&level, k, 0, 0), part))
            .collect();
        let rest = count - parts * part;
        if rest > 0 {
            let rest_states = self.picked(states, parts * part, 1, rest);
            each.push((self.folded(row, &rest_states, rest), rest));
        }
        while each.len() > 1 {
            let mut next = Vec::with_capacity(each.len().div_ceil(2));
            for pair in each.chunks(2) {
                next.push(match pair {
                    [(a, w), (b, rest)] => (self.merged(row, a, b, *w), w + rest),
                    _ => pair[0].clone(),
                });
            }
            each = next;
        }
        each.swap_remove(0).0
    }

    /// Of each state, `count` components from `from` on with a stride, or the scalar there (count 0).
    fn picked(&mut self, states: &[Node], from: u32, stride: u32, count: u32) -> Vec<Node> {
        let one = |&state: &Node| match (self.formula.is_scalar(state), count) {
            (true, _) => state,
            (false, 0) => self.formula.view(state, from, Vec::new(), &[]),
            (false, _) => self.formula.view(state, from, vec![stride], &[count]),
        };
        states.iter().map(one).collect()
    }

    /// The states of two parts that follow each other; `width` components are in the first.
    fn merged(&mut self, row: &Fold, left: &[Node], right: &[Node], width: u32) -> Vec<Node> {
        let later: Vec<String> = row.state.iter().map(|s| format!("{}2", s.name)).collect();
        let mut names: Vec<(&str, Node)> = vec![("w", self.formula.real(f64::from(width)))];
        for (k, state) in row.state.iter().enumerate() {
            names.push((state.name, left[k]));
            names.push((&later[k], right[k]));
        }
        let lines = row.state.iter();
        lines.map(|state| self.line(state.merge, &names)).collect()
    }

    /// A line of a table.
    pub(super) fn line(&mut self, text: &'static str, names: &[(&str, Node)]) -> Node {
        notation::instantiate(self.formula, text, names, Axis::Unit)
    }

    /// A state stepped as often as the last argument says.
    pub(super) fn iteration(
        &mut self,
        expr: &Expr,
        row: &'static Iteration,
        args: &[Expr],
    ) -> Option<Node> {
        let (last, others) = args.split_last()?;
        let parts = self.numbers(others);
        let name = row.operands[others.len()];
        let times = match &last.kind {
            ExprKind::Number(number) => number.integer(),
            _ => None,
        };
        let Some(times) = times.filter(|times| (0..=64).contains(times)) else {
            return self.fault(
                Diagnostic::new(
                    last.span,
                    format!("`{name}` of `{}` is an integer literal", row.name),
                )
                .help("write an integer from 0 to 64"),
            );
        };
        let parts = parts?;
        let shapes: Vec<Vec<u32>> = parts
            .iter()
            .map(|&(_, node)| self.formula.shape(node).to_vec())
            .collect();
        if !fits(row.shapes, &shapes) {
            return self.wrong_shapes(row.name, row.operands, vec![row.shapes], &parts, &shapes);
        }
        let times_node = self.formula.real(times as f64);
        let least = self.line(row.least, &[(name, times_node)]);
        let least = self.formula.constant(least).unwrap_or_default() as u32;
        let first = width(&shapes[0]);
        if first < least {
            let (this, call) = (self.this(&args[0]), &row.operands[0]);
            return self.fault(
                Diagnostic::new(
                    expr.span,
                    format!(
                        "`{}` with `{name}` = {times} takes at least {least} components of `{call}`, and {this} has {first}",
                        row.name
                    ),
                )
                .help(format!("give a longer `{call}`, or a smaller `{name}`")),
            );
        }
        let operands: Vec<(&str, Node)> = row
            .operands
            .iter()
            .copied()
            .zip(parts.iter().map(|&(_, node)| node))
            .collect();
        let mut names = operands.clone();
        for &(state, init, _) in row.state {
            let value = self.line(init, &names);
            names.push((state, value));
        }
        for _ in 0..times {
            let mut next = operands.clone();
            for &(state, _, step) in row.state {
                next.push((state, self.line(step, &names)));
            }
            names = next;
        }
        Some(names[operands.len() + row.result].1)
    }

    /// The last cell of a grid over the components of two vectors.
    pub(super) fn lattice(
        &mut self,
        expr: &Expr,
        row: &Lattice,
        parts: &[(&Expr, Node)],
    ) -> Option<Node> {
        let count = |k: usize| width(self.formula.shape(parts[k].1));
        let (rows, columns) = (count(0), count(1));
        if rows * columns > MOST_CELLS {
            return self.fault(
                Diagnostic::new(
                    expr.span,
                    format!(
                        "`{}` of {rows} and {columns} components is too large",
                        row.name
                    ),
                )
                .help(format!("their product is at most {MOST_CELLS}")),
            );
        }
        let mut above: Vec<Node> = Vec::new();
        for r in 0..rows {
            let mut line: Vec<Node> = Vec::new();
            for c in 0..columns {
                let mut names: Vec<(&str, Node)> = row
                    .operands
                    .iter()
                    .copied()
                    .zip(parts.iter().map(|&(_, node)| node))
                    .collect();
                for (name, at) in names.iter_mut().zip([r, c]) {
                    name.1 = self.formula.view(name.1, at, Vec::new(), &[]);
                }
                let c = c as usize;
                let text = match (above.get(c), c.checked_sub(1)) {
                    (None, None) => row.corner,
                    (Some(&a), None) => {
                        names.push(("a", a));
                        row.edge
                    }
                    (None, Some(left)) => {
                        names.push(("a", line[left]));
                        row.edge
                    }
                    (Some(&a), Some(left)) => {
                        names.extend([("a", a), ("b", line[left]), ("c", above[left])]);
                        row.inner
                    }
                };
                line.push(self.line(text, &names));
            }
            above = line;
        }
        above.pop()
    }
}
