//! What varies along the reduced axis outside of reductions.

use keops_program::op::Op;

use super::Evaluator;
use super::reduction::letter;
use super::written::{factor, written};
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::Diagnostic;
use crate::formula::Axis;

impl Evaluator<'_> {
    /// Reports the parts of a result that make it vary along the reduced axis. `name` is a reduction
    /// over it.
    pub(super) fn report_outside(&mut self, expr: &Expr, axis: Axis, name: &str) {
        if !self.axes_of(expr).has(axis) {
            return;
        }
        if let ExprKind::Tuple(parts) = &expr.kind {
            for part in parts {
                self.report_outside(part, axis, name);
            }
            return;
        }
        let mut path = vec![expr];
        while let Some(child) = self.varying_child(path[path.len() - 1], axis) {
            path.push(child);
        }
        let (leaf, index) = (path[path.len() - 1], letter(axis));
        let help = path
            .windows(2)
            .rev()
            .find_map(|pair| remedy(pair[0], pair[1]))
            .unwrap_or_else(|| {
                format!("put all that varies with `{index}` into the reduction: `{name}(…)`")
            });
        let this = self.this(leaf);
        let message = if this == format!("`{index}`") {
            format!("{this} is used outside of `{name}`")
        } else {
            format!("{this} varies with `{index}`, outside of `{name}`")
        };
        self.errors
            .push(Diagnostic::new(leaf.span, message).help(help));
    }

    /// The part of an expression that makes it vary along the axis. A value that varies along the
    /// axis is inside no reduction over it.
    fn varying_child<'e>(&self, expr: &'e Expr, axis: Axis) -> Option<&'e Expr> {
        children(expr)
            .into_iter()
            .find(|child| self.axes_of(child).has(axis))
    }
}

/// How to write what stands beside a sum, if `part` does so in `whole`.
fn remedy(whole: &Expr, part: &Expr) -> Option<String> {
    let (a, symbol, b, product) = match &whole.kind {
        ExprKind::Infix(op, a, b) => (
            a,
            op.row().infix?.symbol,
            b,
            matches!(op, Op::Mul | Op::Div),
        ),
        ExprKind::Compare(comparison, a, b) => (a, comparison.symbol(), b, false),
        _ => return None,
    };
    if std::ptr::eq(&**b, part) {
        let (name, body) = last_sum(a)?;
        return Some(if product {
            format!("write `{name} {} {symbol} {}`", factor(body), factor(b))
        } else {
            format!(
                "`{name}` ends before `{symbol}`: write `{name} ({} {symbol} {})`",
                written(body),
                written(b)
            )
        });
    }
    let ExprKind::Sum { name, body, .. } = &b.kind else {
        return None;
    };
    Some(if product {
        format!("write `{name} {} {symbol} {}`", factor(a), factor(body))
    } else {
        format!("write `{name} ({} {symbol} {})`", written(a), written(body))
    })
}

/// The sum at the right end of an expression.
fn last_sum(expr: &Expr) -> Option<(String, &Expr)> {
    match &expr.kind {
        ExprKind::Sum { name, body, .. } => Some((name.to_string(), body)),
        ExprKind::Infix(_, _, b) => last_sum(b),
        _ => None,
    }
}

/// The expressions that an expression is made of.
fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => Vec::new(),
        ExprKind::Unary(_, a) | ExprKind::Norm(a) | ExprKind::Sum { body: a, .. } => vec![a],
        ExprKind::Index { base, .. } => vec![base],
        ExprKind::Infix(_, a, b)
        | ExprKind::Pow(a, b)
        | ExprKind::MatMul(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b) => vec![a, b],
        ExprKind::Call { args: parts, .. } | ExprKind::Concat(parts) | ExprKind::Tuple(parts) => {
            parts.iter().collect()
        }
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => {
            vec![condition, &then.result, &otherwise.result]
        }
    }
}
