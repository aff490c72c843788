//! Factors that leave a sum.

use keops_program::op::Op;

use super::unrepeat;
use crate::formula::{Axes, Axis, Formula, Kind, Node, Shape, row_major};
use crate::table::REDUCTIONS;

/// A product taken apart: what varies along the reduced axis and what does not.
#[derive(Default)]
struct Factors {
    inner: Vec<Node>,
    inner_divisors: Vec<Node>,
    outer: Vec<Node>,
    outer_divisors: Vec<Node>,
    negative: bool,
}

/// A reduction of Real operands over an axis, for each row of `axes`. From an additive one, the factors and divisors that do
/// not vary along the axis are taken out. For finite values, in real arithmetic, that is the same.
pub(crate) fn reduce(
    formula: &mut Formula,
    reduction: usize,
    (axis, count): (Axis, u32),
    mut operands: Vec<Node>,
    axes: Axes,
) -> Node {
    let row = &REDUCTIONS[reduction];
    let kind = Kind::Reduce {
        reduction,
        axis,
        count,
    };
    let shape = formula.common_shape(&operands);
    if !row.additive {
        if let Some(neutral) = row.neutral {
            exclude(formula, neutral, &mut operands);
        }
        unrepeat(formula, &mut operands);
        let list = |shape: &[u32]| -> Shape {
            let count = (count > 0).then_some(count);
            count.into_iter().chain(shape.iter().copied()).collect()
        };
        let inner = list(&formula.common_shape(&operands));
        let all = list(&shape);
        let node = formula.make_for(kind, operands, inner.clone(), row.ty, axes);
        // Of a repeated scalar, every component has the same list.
        let mut strides = row_major(&inner);
        strides.resize(all.len(), 0);
        return formula.view(node, 0, strides, &all);
    }
    let body = operands[0];
    if formula.constant(body) == Some(0.0) {
        return formula.splat(0.0, &shape);
    }
    let mut factors = Factors::default();
    // Over all batches, what differs from batch to batch stays as well.
    let stays = |of: Axes| of.has(axis) || axes == Axes::NONE && of != Axes::NONE;
    split(formula, body, &stays, false, &mut factors);
    if factors.inner.is_empty() && factors.inner_divisors.is_empty() {
        // The same term for every column: the sum of ones, times it.
        let one = formula.real(1.0);
        let count = formula.make_for(kind, vec![one], Shape::new(), row.ty, axes);
        let terms = formula.op(Op::Mul, &[count, body]);
        return formula.fill(terms, &shape);
    }
    if factors.outer.is_empty() && factors.outer_divisors.is_empty() && !factors.negative {
        return formula.make_for(kind, operands, shape, row.ty, axes);
    }
    let inner = quotient(formula, &factors.inner, &factors.inner_divisors);
    let inner_shape: Shape = formula.shape(inner).to_vec();
    let sum = formula.make_for(kind, vec![inner], inner_shape, row.ty, axes);
    factors.outer.push(sum);
    let result = quotient(formula, &factors.outer, &factors.outer_divisors);
    let result = if factors.negative {
        formula.op(Op::Neg, &[result])
    } else {
        result
    };
    formula.fill(result, &shape)
}

/// Where the first operand is `if mask { x } else { neutral }`, the others are 0 where the mask does not
/// hold: what they are there must not matter, even if it is NaN.
fn exclude(formula: &mut Formula, neutral: f64, operands: &mut [Node]) {
    let mut first = operands[0];
    while let (Kind::Select, &[mask, yes, no]) = (formula.kind(first), formula.operands(first)) {
        let excluded = |n: Node| formula.constant(n).map(f64::to_bits) == Some(neutral.to_bits());
        let (excluded_yes, excluded_no) = (excluded(yes), excluded(no));
        if !excluded_yes && !excluded_no {
            return;
        }
        for operand in &mut operands[1..] {
            let zero = formula.real(0.0);
            *operand = if excluded_no {
                formula.select(mask, *operand, zero)
            } else {
                formula.select(mask, zero, *operand)
            };
        }
        first = if excluded_no { yes } else { no };
    }
}

fn split(
    formula: &Formula,
    node: Node,
    stays: &dyn Fn(Axes) -> bool,
    divides: bool,
    into: &mut Factors,
) {
    match (formula.kind(node), formula.operands(node)) {
        (Kind::Op(Op::Mul), &[a, b]) => {
            split(formula, a, stays, divides, into);
            split(formula, b, stays, divides, into);
        }
        (Kind::Op(Op::Div), &[a, b]) => {
            split(formula, a, stays, divides, into);
            split(formula, b, stays, !divides, into);
        }
        (Kind::Op(Op::Neg), &[a]) => {
            into.negative ^= true;
            split(formula, a, stays, divides, into);
        }
        _ => {
            let list = match (stays(formula.axes(node)), divides) {
                (true, false) => &mut into.inner,
                (true, true) => &mut into.inner_divisors,
                (false, false) => &mut into.outer,
                (false, true) => &mut into.outer_divisors,
            };
            list.push(node);
        }
    }
}

/// The product of the factors, scalars first, by that of the divisors.
fn quotient(formula: &mut Formula, factors: &[Node], divisors: &[Node]) -> Node {
    let above = product(formula, factors);
    if divisors.is_empty() {
        return above;
    }
    let below = product(formula, divisors);
    formula.op(Op::Div, &[above, below])
}

fn product(formula: &mut Formula, factors: &[Node]) -> Node {
    let (scalars, vectors): (Vec<Node>, Vec<Node>) =
        factors.iter().partition(|&&n| formula.is_scalar(n));
    let mut all = scalars.into_iter().chain(vectors);
    let first = all.next().unwrap_or_else(|| formula.real(1.0));
    all.fold(first, |product, factor| {
        formula.op(Op::Mul, &[product, factor])
    })
}
