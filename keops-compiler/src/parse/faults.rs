//! What is said where no rule of the grammar goes on.

use proc_macro2::{Delimiter, Ident};

use super::names;
use super::tokens::Tokens;
use crate::ast::Span;
use crate::diagnostic::Diagnostic;

/// A value is complete, and what follows is neither an operation nor the end.
pub(super) fn unexpected(tokens: &Tokens<'_>, end: &str) -> Box<Diagnostic> {
    let here = tokens.here();
    let pair = |symbol: &str| {
        let mut ahead = *tokens;
        ahead.symbol(symbol)
    };
    let expected = |span: Span| Diagnostic::new(span, format!("expected an operator{end}"));
    if tokens.is_empty() {
        expected(here.into())
    } else if tokens.at("|") {
        Diagnostic::new(here, "this `|` closes nothing, and is not an operation")
            .help("write `dot(a, b)` for an inner product, `|v|` for a norm")
    } else if tokens.at("%") {
        Diagnostic::new(here, "there is no `%`").help("write `mod(a, n)`; it has the sign of `n`")
    } else if tokens.at("&") {
        expected(here.into()).help("write `a && b` for a conjunction")
    } else if tokens.at("=") {
        expected(here.into()).help("write `a == b` for a comparison")
    } else if let Some(range) = pair("..") {
        expected(range).help("a range is an index: `v[a..b]`")
    } else if let Some(path) = pair("::") {
        expected(path).help("functions have no path: write `exp(x)`")
    } else if tokens.at_word("as") {
        expected(here.into()).help("write `float(l)` to compute with a label or an index")
    } else if tokens.at_word("else") {
        Diagnostic::new(here, "this `else` belongs to no `if`")
    } else if tokens.at_literal()
        || tokens.at_name().is_some_and(|name| !names::is_word(&name))
        || tokens.at_group(Delimiter::Parenthesis)
    {
        let ends = if end.contains(';') {
            "`;` to end it, or "
        } else {
            ""
        };
        expected(here.into()).help(format!("write {ends}`a * b` for a product"))
    } else {
        expected(here.into())
    }
    .into()
}

/// A value should begin here.
pub(super) fn no_value(tokens: &Tokens<'_>) -> Box<Diagnostic> {
    let fault = |message: &str| Diagnostic::new(tokens.here(), message);
    let mut ahead = *tokens;
    if ahead.is_empty() {
        fault("expected a value")
    } else if ahead.at("+") {
        fault("there is no unary `+`").help("remove the `+`")
    } else if ahead.symbol(".").is_some() {
        let digits = ahead
            .literal()
            .map_or("5".into(), |literal| literal.to_string());
        fault("a number starts with a digit").help(format!("write `0.{digits}`"))
    } else if ahead.at("<") {
        fault("expected a value").help("write `dot(a, b)` for an inner product")
    } else if ahead.at("&") {
        fault("there are no references in a formula").help("remove the `&`")
    } else {
        fault("expected a value")
    }
    .into()
}

/// A word that is no name stands where a value should begin.
pub(super) fn not_a_value(word: &Ident) -> Box<Diagnostic> {
    let fault = Diagnostic::new(word, format!("`{word}` cannot start a value"));
    match word.to_string().as_str() {
        "true" | "false" => fault.help("a condition is a comparison, such as `a < b`"),
        "match" | "for" | "while" | "loop" | "return" => {
            fault.help("a choice is written `if c { a } else { b }`, a sum `sum_j f` or `sum(v)`")
        }
        "let" => fault.help("a `let` stands before the value of a block, and ends with `;`"),
        "else" => fault.help("write `if c { a } else { b }`"),
        _ => fault,
    }
    .into()
}
