//! The identities of the table, as patterns.

use std::sync::LazyLock;

use keops_program::op::Op;

use crate::ast::{Expr, ExprKind, Unary};
use crate::formula::{Formula, Kind, Node};
use crate::parse;
use crate::table::IDENTITIES;

/// One side of an identity.
enum Pattern {
    /// Any formula (`x`, `y`, `z`), or any constant (`a`, `b`).
    Hole { number: usize, constant: bool },
    /// That constant.
    Number(f64),
    /// An operation.
    Op(Op, Vec<Pattern>),
}

struct Identity {
    left: Pattern,
    right: Pattern,
}

const HOLES: [&str; 5] = ["x", "y", "z", "a", "b"];

static RULES: LazyLock<Vec<Identity>> = LazyLock::new(|| {
    let side = |text| pattern(&parse::notation(text).result, text);
    IDENTITIES
        .iter()
        .map(|(left, right)| Identity {
            left: side(left),
            right: side(right),
        })
        .collect()
});

fn pattern(expr: &Expr, text: &str) -> Pattern {
    let sub = |e: &Expr| pattern(e, text);
    match &expr.kind {
        ExprKind::Number(number) => Pattern::Number(number.value),
        ExprKind::Name(name) => {
            let number = HOLES.iter().position(|hole| name == hole);
            let number = number.unwrap_or_else(|| panic!("identity `{text}`: what is `{name}`?"));
            Pattern::Hole {
                number,
                constant: number >= 3,
            }
        }
        ExprKind::Infix(op, a, b) => Pattern::Op(*op, vec![sub(a), sub(b)]),
        ExprKind::Unary(Unary::Neg, a) => match sub(a) {
            Pattern::Number(value) => Pattern::Number(-value),
            a => Pattern::Op(Op::Neg, vec![a]),
        },
        ExprKind::Call { name, args } => {
            let op = Op::by_name(&name.to_string());
            let op = op.unwrap_or_else(|| panic!("identity `{text}`: `{name}` is no primitive"));
            Pattern::Op(op, args.iter().map(sub).collect())
        }
        _ => panic!("identity `{text}`: only primitives can be written"),
    }
}

/// The result of the first identity whose left side is this node, built anew.
pub(super) fn apply(formula: &mut Formula, op: Op, operands: &[Node]) -> Option<Node> {
    for rule in RULES.iter() {
        let Pattern::Op(root, parts) = &rule.left else {
            continue;
        };
        if *root != op {
            continue;
        }
        let mut holes = [None; HOLES.len()];
        if all_match(formula, op, parts, operands, &mut holes) {
            return Some(build(formula, &rule.right, &holes));
        }
    }
    None
}

fn all_match(
    formula: &Formula,
    op: Op,
    parts: &[Pattern],
    operands: &[Node],
    holes: &mut [Option<Node>; HOLES.len()],
) -> bool {
    let before = *holes;
    if parts
        .iter()
        .zip(operands)
        .all(|(part, &n)| matches(formula, part, n, holes))
    {
        return true;
    }
    *holes = before;
    super::commutes(op)
        && parts
            .iter()
            .zip(operands.iter().rev())
            .all(|(part, &n)| matches(formula, part, n, holes))
}

fn matches(
    formula: &Formula,
    pattern: &Pattern,
    node: Node,
    holes: &mut [Option<Node>; HOLES.len()],
) -> bool {
    match pattern {
        Pattern::Number(value) => formula.constant(node) == Some(*value),
        Pattern::Hole { number, constant } => {
            if *constant && formula.constant(node).is_none() {
                return false;
            }
            *holes[*number].get_or_insert(node) == node
        }
        Pattern::Op(op, parts) => match formula.kind(node) {
            Kind::Op(own) if own == op => {
                all_match(formula, *op, parts, formula.operands(node), holes)
            }
            _ => false,
        },
    }
}

fn build(formula: &mut Formula, pattern: &Pattern, holes: &[Option<Node>; HOLES.len()]) -> Node {
    match pattern {
        Pattern::Number(value) => formula.real(*value),
        Pattern::Hole { number, .. } => holes[*number].expect("the left side has every hole"),
        Pattern::Op(op, parts) => {
            let parts: Vec<Node> = parts
                .iter()
                .map(|part| build(formula, part, holes))
                .collect();
            formula.op(*op, &parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(pattern: &Pattern, holes: &[f64; HOLES.len()]) -> f64 {
        match pattern {
            Pattern::Number(value) => *value,
            Pattern::Hole { number, .. } => holes[*number],
            Pattern::Op(op, parts) => {
                let parts: Vec<f64> = parts.iter().map(|part| value(part, holes)).collect();
                (op.row().eval)(&parts)
            }
        }
    }

    #[test]
    fn both_sides_of_every_identity_agree() {
        let points = [-3.5, -1.0, -0.125, 0.0, 0.5, 1.0, 2.75];
        for (rule, (left, right)) in RULES.iter().zip(IDENTITIES) {
            for x in points {
                for y in points {
                    let holes = [x, y, 0.7, x + 0.5, y - 0.25];
                    let (l, r) = (value(&rule.left, &holes), value(&rule.right, &holes));
                    let close = (l - r).abs() <= 1e-12 * (1.0 + l.abs());
                    assert!(
                        close || !l.is_finite(),
                        "{left} => {right} at {holes:?}: {l} and {r}"
                    );
                }
            }
        }
    }
}
