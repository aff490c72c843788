//! Numbers.

use proc_macro2::Literal;
use syn::Lit;

use super::Parsed;
use crate::ast::Number;
use crate::diagnostic::Diagnostic;

const RUST_SUFFIXES: [&str; 15] = [
    "f16", "f32", "f64", "f128", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
    "u64", "usize",
];

/// A number of a formula: the nearest f64 to what is written.
pub(super) fn number(literal: Literal) -> Parsed<Number> {
    let span = literal.span();
    let written = literal.to_string();
    let (text, suffix) = match Lit::new(literal) {
        Lit::Int(int) => (int.base10_digits().to_string(), int.suffix().to_string()),
        Lit::Float(float) => (
            float.base10_digits().to_string(),
            float.suffix().to_string(),
        ),
        _ => {
            return Err(Diagnostic::new(span, format!("{written} is not a number"))
                .help("a value is a number, a name or a call")
                .into());
        }
    };
    if RUST_SUFFIXES.contains(&suffix.as_str()) {
        return Err(
            Diagnostic::new(span, format!("`{written}`: a number has no suffix"))
                .help(format!("write `{text}`; its type is that of the formula"))
                .into(),
        );
    }
    if !suffix.is_empty() {
        return Err(
            Diagnostic::new(span, format!("`{written}` is not a product"))
                .help(format!("write `{text} * {suffix}`"))
                .into(),
        );
    }
    let Ok(value) = text.parse::<f64>() else {
        return Err(Diagnostic::new(span, format!("`{written}` is not a number")).into());
    };
    if value.is_infinite() {
        return Err(
            Diagnostic::new(span, format!("`{written}` is larger than any f64"))
                .help("write `inf`")
                .into(),
        );
    }
    Ok(Number { value, text })
}

/// An integer from 0 without suffix: an index, or a length.
pub(super) fn integer(literal: Literal, what: &str) -> Parsed<usize> {
    let span = literal.span();
    if let Lit::Int(int) = Lit::new(literal)
        && int.suffix().is_empty()
        && let Ok(value) = int.base10_parse()
    {
        return Ok(value);
    }
    Err(Diagnostic::new(span, format!("{what} is an integer literal")).into())
}
