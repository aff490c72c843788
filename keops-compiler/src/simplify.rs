//! What the constructors of [`Formula`] do before they make a node.
//!
//! In: a kind and its operands. Out: a node, of the same value, shape and type, that is not more
//! work. `x_i * 1` gives `x_i`; `sum_j 2 * x_i * k` gives `2 * x_i * sum_j k`.
//!
//! * constants are computed, by the table's `eval`;
//! * the identities of the table are applied ([`identities`]);
//! * a repeated scalar is repeated as late as possible, and scalar factors are multiplied before
//!   they meet a vector;
//! * views of views are one view, and parts of one value are put together ([`views`]);
//! * factors that do not depend on the reduced axis leave a sum ([`factors`]).

mod factors;
mod identities;
mod views;

use std::sync::LazyLock;

use keops_program::op::Op;
use keops_program::program::Type;

use crate::formula::{Formula, Kind, Node};

pub(crate) use factors::reduce;
use views::add_parts;
pub(crate) use views::{concat, unview, view};

/// A primitive of Real operands.
pub(crate) fn op(formula: &mut Formula, op: Op, mut operands: Vec<Node>) -> Node {
    let shape = formula.common_shape(&operands);
    if let Some(values) = constants(formula, &operands) {
        return formula.splat((op.row().eval)(&values), &shape);
    }
    if !shape.is_empty() {
        if let Some(scalars) = all_repeated(formula, &operands) {
            let scalar = formula.op(op, &scalars);
            return formula.fill(scalar, &shape);
        }
        unrepeat(formula, &mut operands);
    }
    if commutes(op) {
        let constant = |n: Node| formula.constant(n).is_some();
        let (a, b) = (operands[0], operands[1]);
        if constant(b) || (!constant(a) && b < a) {
            operands.swap(0, 1);
        }
    }
    if let Some(node) = identities::apply(formula, op, &operands) {
        return formula.fill(node, &shape);
    }
    if op == Op::Mul
        && !shape.is_empty()
        && let Some(node) = scalars_first(formula, &operands)
    {
        return node;
    }
    if op == Op::Add
        && !shape.is_empty()
        && let Some(node) = add_parts(formula, operands[0], operands[1])
    {
        return node;
    }
    formula.elementwise(Kind::Op(op), operands, Type::Real)
}

/// `if mask { a } else { b }`.
pub(crate) fn select(formula: &mut Formula, mask: Node, a: Node, b: Node) -> Node {
    let shape = formula.common_shape(&[mask, a, b]);
    if a == b {
        return formula.fill(a, &shape);
    }
    if let Kind::Not = formula.kind(mask) {
        let positive = formula.operands(mask)[0];
        return formula.select(positive, b, a);
    }
    // A branch that asks again has its answer.
    if let (Kind::Select, &[inner, yes, _]) = (formula.kind(a), formula.operands(a))
        && inner == mask
    {
        let node = formula.select(mask, yes, b);
        return formula.fill(node, &shape);
    }
    if let (Kind::Select, &[inner, _, no]) = (formula.kind(b), formula.operands(b))
        && inner == mask
    {
        let node = formula.select(mask, a, no);
        return formula.fill(node, &shape);
    }
    let mut operands = vec![mask, a, b];
    if !shape.is_empty() {
        if let Some(scalars) = all_repeated(formula, &operands) {
            let scalar = formula.select(scalars[0], scalars[1], scalars[2]);
            return formula.fill(scalar, &shape);
        }
        unrepeat(formula, &mut operands);
    }
    let ty = formula.ty(a);
    formula.elementwise(Kind::Select, operands, ty)
}

/// The operands' values, if all are constants.
fn constants(formula: &Formula, operands: &[Node]) -> Option<Vec<f64>> {
    operands.iter().map(|&n| formula.constant(n)).collect()
}

/// The scalar that a node repeats in every component (a scalar repeats itself).
fn repeated(formula: &Formula, node: Node) -> Option<Repeated> {
    if formula.is_scalar(node) {
        return Some(Repeated::Node(node));
    }
    match formula.kind(node) {
        Kind::Real(bits) => Some(Repeated::Constant(bits.value())),
        Kind::View { offset: 0, strides } if strides.iter().all(|&s| s == 0) => {
            let base = formula.operands(node)[0];
            formula.is_scalar(base).then_some(Repeated::Node(base))
        }
        _ => None,
    }
}

enum Repeated {
    Node(Node),
    Constant(f64),
}

impl Repeated {
    fn node(self, formula: &mut Formula) -> Node {
        match self {
            Repeated::Node(node) => node,
            Repeated::Constant(value) => formula.real(value),
        }
    }
}

/// The scalars of operands that all repeat one, where at least one of them is not a scalar.
fn all_repeated(formula: &mut Formula, operands: &[Node]) -> Option<Vec<Node>> {
    let scalars: Option<Vec<Repeated>> = operands.iter().map(|&n| repeated(formula, n)).collect();
    Some(scalars?.into_iter().map(|s| s.node(formula)).collect())
}

/// Repeated scalars as scalars; some operand keeps the shape.
fn unrepeat(formula: &mut Formula, operands: &mut [Node]) {
    for operand in operands {
        if let Some(scalar) = repeated(formula, *operand) {
            *operand = scalar.node(formula);
        }
    }
}

/// `s · (t · v)` as `(s · t) · v`: one product per pair in place of one per component.
fn scalars_first(formula: &mut Formula, operands: &[Node]) -> Option<Node> {
    let &[a, b] = operands else { return None };
    let (scalar, vector) = match (formula.is_scalar(a), formula.is_scalar(b)) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        (false, false) => {
            // `(t · v) · w` as `t · (v · w)`: the scalar waits for its like.
            for (one, rest) in [(a, b), (b, a)] {
                if let Some((t, v)) = scaled(formula, one) {
                    let product = formula.op(Op::Mul, &[v, rest]);
                    return Some(formula.op(Op::Mul, &[t, product]));
                }
            }
            return None;
        }
        (true, true) => return None,
    };
    let (t, v) = scaled(formula, vector)?;
    let factor = formula.op(Op::Mul, &[scalar, t]);
    Some(formula.op(Op::Mul, &[factor, v]))
}

/// The scalar and the vector of a product of both.
fn scaled(formula: &Formula, node: Node) -> Option<(Node, Node)> {
    match (formula.kind(node), formula.operands(node)) {
        (Kind::Op(Op::Mul), &[a, b]) => match (formula.is_scalar(a), formula.is_scalar(b)) {
            (true, false) => Some((a, b)),
            (false, true) => Some((b, a)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an operation gives the same for its operands exchanged, found by trying.
fn commutes(op: Op) -> bool {
    static COMMUTES: LazyLock<Vec<Op>> = LazyLock::new(|| {
        let pairs = [
            (0.5, 3.0),
            (-2.0, 0.25),
            (0.0, f64::INFINITY),
            (7.0, -1.5),
            (2.0, 4.0),
            (1.0, 0.0),
        ];
        let same = |op: Op| {
            let eval = op.row().eval;
            pairs
                .iter()
                .all(|&(a, b)| eval(&[a, b]).to_bits() == eval(&[b, a]).to_bits())
        };
        Op::ALL
            .iter()
            .copied()
            .filter(|op| op.row().arity == 2 && same(*op))
            .collect()
    });
    COMMUTES.contains(&op)
}
