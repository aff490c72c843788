//! Which operation stands between two operands, and how strongly it binds.

use keops_program::op::Op;

use super::tokens::Tokens;
use crate::ast::{Comparison, Expr, ExprKind, Span};

/// The body of the prefix `sum_j` ends before an operation that binds less: before `+`, not `*`.
pub(super) const SUM: u8 = 10;
/// The operand of `-` and `!` ends before an operation that binds less: before `*`, not `^`.
pub(super) const UNARY: u8 = 13;

/// An infix operation.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    Or,
    And,
    Compare(Comparison),
    Primitive(Op),
    MatMul,
    Pow,
}

/// An infix operation with its binding powers.
#[derive(Clone, Copy)]
pub(super) struct Operator {
    pub(super) operation: Operation,
    pub(super) symbol: &'static str,
    pub(super) left: u8,
    pub(super) right: u8,
}

impl Operator {
    /// The operation that is next. Within bars, `||` is not one: it closes two of them.
    pub(super) fn next(tokens: &Tokens<'_>, bars: u32) -> Option<Operator> {
        if tokens.at_substituted() {
            return None;
        }
        let new = |operation, symbol, left, right| Operator {
            operation,
            symbol,
            left,
            right,
        };
        if bars == 0 && tokens.at("||") {
            return Some(new(Operation::Or, "||", 1, 2));
        }
        if tokens.at("&&") {
            return Some(new(Operation::And, "&&", 3, 4));
        }
        for comparison in Comparison::ALL {
            if tokens.at(comparison.symbol()) {
                return Some(new(
                    Operation::Compare(comparison),
                    comparison.symbol(),
                    5,
                    6,
                ));
            }
        }
        let rows = Op::ALL.iter().filter_map(|&op| Some((op, op.row().infix?)));
        let longest = rows
            .filter(|(_, infix)| tokens.at(infix.symbol))
            .max_by_key(|(_, infix)| infix.symbol.len());
        if let Some((op, infix)) = longest {
            return Some(new(
                Operation::Primitive(op),
                infix.symbol,
                infix.left,
                infix.right,
            ));
        }
        if tokens.at("@") {
            return Some(new(Operation::MatMul, "@", 11, 12));
        }
        tokens.at("^").then(|| new(Operation::Pow, "^", 16, 15))
    }

    /// Its right operand, if that is a `sum_j`, ends where readers may not expect it: what comes
    /// after the operand cannot be moved in or out of the sum, as with a product.
    pub(super) fn is_tight(&self) -> bool {
        match self.operation {
            Operation::Primitive(op) => self.left >= SUM && op != Op::Mul,
            Operation::MatMul | Operation::Pow => true,
            Operation::Or | Operation::And | Operation::Compare(_) => false,
        }
    }

    /// The expression.
    pub(super) fn apply(&self, left: Expr, right: Expr) -> Expr {
        let span = Span {
            start: left.span.start,
            end: right.span.end,
        };
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match self.operation {
            Operation::Or => ExprKind::Or(left, right),
            Operation::And => ExprKind::And(left, right),
            Operation::Compare(comparison) => ExprKind::Compare(comparison, left, right),
            Operation::Primitive(op) => ExprKind::Infix(op, left, right),
            Operation::MatMul => ExprKind::MatMul(left, right),
            Operation::Pow => ExprKind::Pow(left, right),
        };
        Expr { kind, span }
    }
}
