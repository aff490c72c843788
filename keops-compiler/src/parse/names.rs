//! Names: which are free, which are not.

use proc_macro2::Ident;

use super::Parsed;
use crate::ast::Axis;
use crate::diagnostic::Diagnostic;
use crate::table::{DERIVED, JOINT, REDUCTIONS};

/// Words of the grammar, words that look like Rust's control flow, and those that cannot name an
/// argument of a Rust function. Rust's other keywords are free: `mod`, `type_i`.
const WORDS: [&str; 17] = [
    "if", "else", "let", "fn", "pub", "true", "false", "match", "for", "while", "loop", "return",
    "self", "Self", "super", "crate", "_",
];

/// The word cannot be a name.
pub(super) fn is_word(name: &Ident) -> bool {
    WORDS.iter().any(|word| name == word)
}

/// The axis that a reduction of this name reduces; nothing if it is not the name of a reduction.
pub(super) fn reduction(name: &str) -> Option<Axis> {
    let (base, axis) = match name.strip_suffix("_j") {
        Some(base) => (base, Axis::J),
        None => (name.strip_suffix("_i")?, Axis::I),
    };
    let known = REDUCTIONS.iter().any(|row| row.name == base)
        || DERIVED.iter().any(|row| row.name == base)
        || JOINT.iter().any(|(name, _)| *name == base);
    known.then_some(axis)
}

/// The axis of `sum_i` or `sum_j`, the reduction that can be written without parentheses.
pub(super) fn sum(name: &Ident) -> Option<Axis> {
    if name == "sum_j" {
        Some(Axis::J)
    } else {
        (name == "sum_i").then_some(Axis::I)
    }
}

/// A name that may be given to something: a `let`, a variable, a formula.
pub(super) fn free(name: &Ident) -> Parsed<()> {
    if is_word(name) {
        return Err(Diagnostic::new(name, format!("`{name}` cannot be a name"))
            .help("choose another name")
            .into());
    }
    let text = name.to_string();
    if reduction(&text).is_some() {
        return Err(
            Diagnostic::new(name, format!("`{text}` is the name of a reduction"))
                .help("choose another name")
                .into(),
        );
    }
    Ok(())
}

/// A name that a variable may have.
pub(super) fn variable(name: &Ident) -> Parsed<()> {
    free(name)?;
    let text = name.to_string();
    if text == "i" || text == "j" {
        let cloud = if text == "i" { "first" } else { "second" };
        return Err(Diagnostic::new(
            name,
            format!("`{text}` is the row number in the {cloud} cloud, and not a variable"),
        )
        .help(format!(
            "use `{text}` without declaring it, or choose another name"
        ))
        .into());
    }
    if let Some(base) = text.strip_suffix("_ij") {
        let base = if base.is_empty() { "x" } else { base };
        return Err(
            Diagnostic::new(name, format!("`{text}`: a variable has at most one index"))
                .help(format!(
                    "compute it from variables such as `{base}_i` and `{base}_j`"
                ))
                .into(),
        );
    }
    if matches!(text.as_str(), "_i" | "_j" | "_b") {
        return Err(
            Diagnostic::new(name, format!("`{text}` is an index without a name"))
                .help(format!("write a name before the index: `x{text}`"))
                .into(),
        );
    }
    Ok(())
}
