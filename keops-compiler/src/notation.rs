//! Lines of the tables as formulas.
//!
//! A definition, a partial derivative, or a line of a reduction is written in the notation of the
//! language and evaluated by the same code as what users write.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::ast::Block;
use crate::check::Evaluator;
use crate::diagnostic::Errors;
use crate::formula::{Axis, Formula, Node};
use crate::parse;

thread_local! {
    /// Every line is read once per macro call: trees hold places, which can neither be sent nor
    /// outlive the call.
    static BLOCKS: RefCell<HashMap<&'static str, Rc<Block>>> = RefCell::default();
}

/// Forgets the lines that were read in an earlier macro call, whose places rustc has taken back.
pub(crate) fn forget() {
    BLOCKS.take();
}

/// The value of a line of a table, with a node for each name in it.
///
/// Lines of reductions speak of `j`, `argmin_j(x)`, …; they mean the reduced `axis`.
///
/// # Panics
///
/// If the line is no sound formula of these operands: a mistake in the table, which its tests find.
pub fn instantiate(
    formula: &mut Formula,
    text: &'static str,
    names: &[(&str, Node)],
    axis: Axis,
) -> Node {
    evaluate(formula, text, names, axis, "T").unwrap_or_else(|errors| {
        let messages: Vec<&str> = errors.iter().map(|fault| fault.message.as_str()).collect();
        panic!(
            "a line of the table is wrong: `{text}`: {}",
            messages.join("; ")
        )
    })
}

/// The same for operands that the line may not fit. `floating` is the name of the floating type, for
/// messages.
pub(crate) fn evaluate(
    formula: &mut Formula,
    text: &'static str,
    names: &[(&str, Node)],
    axis: Axis,
    floating: &str,
) -> Result<Node, Errors> {
    let block = BLOCKS.with_borrow_mut(|blocks| {
        blocks
            .entry(text)
            .or_insert_with(|| Rc::new(parse::notation(text)))
            .clone()
    });
    Evaluator::of_table(formula, names, axis, floating).result(&block)
}
