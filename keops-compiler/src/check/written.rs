//! An expression as it could be written, for what a message proposes.

use crate::ast::{Block, Expr, ExprKind, Subscript, SubscriptKind, Unary};

/// The longest text that a message repeats; in place of a longer one stands `…`.
const LONGEST: usize = 32;

const OR: u8 = 1;
const AND: u8 = 3;
const COMPARE: u8 = 5;
const SUM: u8 = 9;
const PRODUCT: u8 = 11;
const UNARY: u8 = 13;
const POWER: u8 = 15;
const ATOM: u8 = 20;

/// The expression, or `…` if it is long.
pub(super) fn written(expr: &Expr) -> String {
    within(expr, 0)
}

/// The expression as an operand of something that binds this strongly.
fn within(expr: &Expr, power: u8) -> String {
    let (text, own) = text(expr);
    if text.chars().count() > LONGEST {
        "…".into()
    } else if own < power {
        format!("({text})")
    } else {
        text
    }
}

/// The expression as an operand that can be indexed.
pub(super) fn atom(expr: &Expr) -> String {
    within(expr, ATOM)
}

/// The expression as an operand of a comparison.
pub(super) fn term(expr: &Expr) -> String {
    within(expr, COMPARE + 1)
}

/// The expression as an operand of `*`.
pub(super) fn factor(expr: &Expr) -> String {
    within(expr, PRODUCT)
}

fn text(expr: &Expr) -> (String, u8) {
    let infix = |symbol: &str, a: &Expr, b: &Expr, left: u8, right: u8| {
        (
            format!("{} {symbol} {}", within(a, left), within(b, right)),
            left,
        )
    };
    match &expr.kind {
        ExprKind::Number(number) => (number.text.clone(), ATOM),
        ExprKind::Name(name) => (name.to_string(), ATOM),
        ExprKind::Unary(Unary::Neg, a) => (format!("-{}", within(a, UNARY)), UNARY),
        ExprKind::Unary(Unary::Not, a) => (format!("!{}", within(a, UNARY)), UNARY),
        ExprKind::Infix(op, a, b) => match op.row().infix {
            Some(row) => infix(row.symbol, a, b, row.left, row.right),
            None => (format!("{}({})", op.row().name, list(&[a, b])), ATOM),
        },
        ExprKind::Pow(a, b) => (format!("{}^{}", within(a, ATOM), within(b, UNARY)), POWER),
        ExprKind::MatMul(a, b) => infix("@", a, b, PRODUCT, PRODUCT + 1),
        ExprKind::Norm(a) => (format!("|{}|", within(a, AND)), ATOM),
        ExprKind::Compare(comparison, a, b) => {
            infix(comparison.symbol(), a, b, COMPARE + 1, COMPARE + 1)
        }
        ExprKind::And(a, b) => infix("&&", a, b, AND, AND + 1),
        ExprKind::Or(a, b) => infix("||", a, b, OR, OR + 1),
        ExprKind::Call { name, args } => (
            format!("{name}({})", list(&args.iter().collect::<Vec<_>>())),
            ATOM,
        ),
        ExprKind::Concat(parts) => (
            format!("[{}]", list(&parts.iter().collect::<Vec<_>>())),
            ATOM,
        ),
        ExprKind::Tuple(parts) => (
            format!("({})", list(&parts.iter().collect::<Vec<_>>())),
            ATOM,
        ),
        ExprKind::Index { base, subscripts } => {
            let subscripts: Vec<String> = subscripts.iter().map(subscript).collect();
            (
                format!("{}[{}]", within(base, ATOM), subscripts.join(", ")),
                ATOM,
            )
        }
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => {
            let (then, otherwise) = (block(then), block(otherwise));
            (
                format!(
                    "if {} {{ {then} }} else {{ {otherwise} }}",
                    written(condition)
                ),
                ATOM,
            )
        }
        ExprKind::Sum { name, body, .. } => (format!("{name} {}", within(body, PRODUCT)), SUM),
    }
}

fn block(block: &Block) -> String {
    if block.lets.is_empty() {
        written(&block.result)
    } else {
        "…".into()
    }
}

fn list(parts: &[&Expr]) -> String {
    parts
        .iter()
        .map(|part| written(part))
        .collect::<Vec<_>>()
        .join(", ")
}

fn subscript(subscript: &Subscript) -> String {
    let bound = |bound: Option<usize>| bound.map_or(String::new(), |k| k.to_string());
    match subscript.kind {
        SubscriptKind::At(k) => k.to_string(),
        SubscriptKind::Range { from, to } => format!("{}..{}", bound(from), bound(to)),
    }
}
