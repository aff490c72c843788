//! Formulas that are sound, with what is left of them; and faulty ones, with what is said of them.
//!
//! A case is a text: the formula, and below it what comes of it. For a fault that is a line with
//! carets under what is meant and the message, and a line with the remedy:
//!
//! ```text
//! pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i - y_k }
//!                                                ^^^ unknown name `y_k`
//! help: did you mean `y_j`?
//! ```

mod complex;
mod derivatives;
mod items;
mod mutations;
mod names;
mod notation;
mod reductions;
mod results;
mod shapes;
mod tensors;
mod types;
mod values;

use std::str::FromStr;

use proc_macro2::TokenStream;

use super::{Checked, Form, ResultKind, check};
use crate::ast::Span;
use crate::diagnostic::{Diagnostics, Errors};
use crate::formula::Axis;
use crate::parse;

/// Checks each case: the first line is the formula, the others what is expected.
#[track_caller]
fn cases(text: &str) {
    let mut wrong = String::new();
    for case in text.split("\n\n") {
        let case = case.trim_matches('\n');
        let (source, expected) = case.split_once('\n').unwrap_or((case, ""));
        let found = check_text(source);
        if found.trim_end() != expected.trim_end() {
            wrong += &format!("{source}\n{found}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What comes of a macro call: what is left of it, or what is wrong with it.
fn check_text(source: &str) -> String {
    match checked(source) {
        Ok(all) => all.iter().map(shown).collect::<Vec<_>>().join(""),
        Err(errors) => faults(&errors),
    }
}

fn checked(source: &str) -> Result<Vec<Checked>, Errors> {
    let tokens = TokenStream::from_str(source).expect("the case is made of tokens");
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    diagnostics.propagate()?;
    let all = input.and_then(|input| check(&input, &mut diagnostics));
    diagnostics.propagate()?;
    Ok(all.expect("a formula or a fault"))
}

/// `f(x, y: u32) -> T for each i = sum_j(…)`
fn shown(checked: &Checked) -> String {
    let name = checked
        .name
        .as_ref()
        .map_or("keops!".to_string(), |name| name.to_string());
    let arguments: Vec<&str> = checked.arguments.iter().map(|a| a.rust.as_str()).collect();
    let results: Vec<String> = checked
        .results
        .iter()
        .map(|result| {
            let scalar = match result.kind {
                ResultKind::Real => checked.real.name(),
                ResultKind::Complex => format!("Complex<{}>", checked.real.name()),
                ResultKind::Label => "u32".into(),
                ResultKind::Bool => "bool".into(),
            };
            assert_eq!(
                result.kind.stored(&result.shape),
                checked.formula.shape(result.node)
            );
            super::shapes::type_text(&scalar, &result.shape)
        })
        .collect();
    let of = match (checked.form, checked.axis) {
        (Form::Matrix, _) => "for each pair",
        (_, Axis::I) => "for each i",
        (_, Axis::J) => "for each j",
        (_, Axis::Batch) => "for each batch",
        (_, Axis::Unit) => "once",
    };
    let nodes: Vec<String> = checked
        .results
        .iter()
        .map(|result| checked.formula.show(result.node))
        .collect();
    format!(
        "{name}({}) -> {} {of} = {}\n",
        arguments.join(", "),
        results.join(", "),
        nodes.join("; ")
    )
}

/// Carets below the one line of the source, and each message behind them.
fn faults(errors: &Errors) -> String {
    let line = |span: Span, message: &str| {
        let (from, to) = (span.start.start().column, span.end.end().column);
        format!(
            "{}{} {message}\n",
            " ".repeat(from),
            "^".repeat(to.saturating_sub(from).max(1))
        )
    };
    let mut text = String::new();
    for fault in errors.iter() {
        text += &line(fault.span, &fault.message);
        text += &fault
            .help
            .as_ref()
            .map_or(String::new(), |help| format!("help: {help}\n"));
        if let Some((span, message)) = &fault.second {
            text += &line(*span, message);
        }
        assert!(fault.help.is_some(), "no remedy: {}", fault.message);
        assert!(
            !fault.message.ends_with('.'),
            "a full stop: {}",
            fault.message
        );
    }
    text
}
