//! Passes that need one column per row.
//!
//! The gradient of `min_j f` by `x_i` is `sum_j if argmin_j(f) == j { … } else { 0 }`: of all terms
//! but one it is known that they are 0. Where that holds for all sums of a pass, and the index comes
//! from an earlier pass, the pass looks at that column alone.

use std::collections::BTreeMap;

use keops_program::op::Op;
use keops_program::program::{Class, Comparison, Program, Source};

use super::Plan;
use crate::formula::{Formula, Kind, Node};
use crate::table::REDUCTIONS;

/// The input of the program that holds the one column of each row, if there is one.
pub(super) fn index(
    formula: &Formula,
    plan: &Plan,
    program: &Program,
    known: &BTreeMap<Node, Source>,
) -> Option<u32> {
    let mut chosen = None;
    for &node in &plan.reductions {
        let Kind::Reduce {
            reduction, axis, ..
        } = *formula.kind(node)
        else {
            return None;
        };
        if !REDUCTIONS[reduction].additive {
            return None;
        }
        let index = only_at(formula, formula.operands(node)[0], &|index, column| {
            *formula.kind(column) == Kind::Position(axis) && known.contains_key(&index)
        })?;
        if *chosen.get_or_insert(index) != index {
            return None;
        }
    }
    let source = known.get(&chosen?)?;
    let input = program
        .inputs
        .iter()
        .position(|input| input.source == *source)?;
    (program.inputs[input].class == Class::Row && program.inputs[input].width == 1)
        .then_some(input as u32)
}

/// The index at which alone a node may differ from 0.
fn only_at(formula: &Formula, node: Node, is_index: &dyn Fn(Node, Node) -> bool) -> Option<Node> {
    let operands = formula.operands(node);
    let of = |k: usize| only_at(formula, operands[k], is_index);
    match formula.kind(node) {
        Kind::Select if formula.constant(operands[2]) == Some(0.0) => {
            let mask = operands[0];
            let Kind::Compare(Comparison::Eq) = formula.kind(mask) else {
                return of(1);
            };
            match *formula.operands(mask) {
                [a, b] if is_index(a, b) => Some(a),
                [a, b] if is_index(b, a) => Some(b),
                _ => of(1),
            }
        }
        Kind::Op(Op::Mul) => of(0).or_else(|| of(1)),
        Kind::Op(Op::Neg | Op::Div | Op::Guard) | Kind::View { .. } => of(0),
        Kind::Op(Op::Add | Op::Sub) | Kind::Concat => {
            let mut all = operands.iter().map(|&n| only_at(formula, n, is_index));
            let first = all.next()??;
            all.all(|index| index == Some(first)).then_some(first)
        }
        Kind::Contract(_) => (0..operands.len()).find_map(of),
        _ => None,
    }
}
