//! Nothing panics: every formula of the other files with each of its names and numbers replaced.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::check::check;
use crate::diagnostic::Diagnostics;
use crate::parse;

const SOURCES: [&str; 7] = [
    include_str!("derivatives.rs"),
    include_str!("items.rs"),
    include_str!("names.rs"),
    include_str!("reductions.rs"),
    include_str!("shapes.rs"),
    include_str!("types.rs"),
    include_str!("values.rs"),
];

/// What stands in the place of a name or a number.
const PARTS: [&str; 16] = [
    "x_i",
    "y_j",
    "i",
    "0",
    "2.5",
    "q",
    "l_j",
    "exp",
    "[x_i, y_j]",
    "(x_i, y_j)",
    "(i - j)",
    "(x_i > y_j)",
    "if x_i < y_j { x_i } else { inf }",
    "|x_i|^2",
    "sum_j x_i",
    "argmax_i(y_j)",
];

#[test]
fn nothing_panics() {
    let formulas = SOURCES
        .iter()
        .flat_map(|source| source.lines())
        .filter(|line| {
            line.starts_with("pub fn ") || line.starts_with("fn ") || line.contains("; x_i:")
        })
        .filter(|line| !line.ends_with("() {"));
    let (mut count, mut sound) = (0, 0);
    for formula in formulas {
        for (from, to) in words(formula) {
            for part in PARTS {
                let source = format!("{}{part}{}", &formula[..from], &formula[to..]);
                let result = catch_unwind(AssertUnwindSafe(|| is_sound(&source)));
                sound += usize::from(result.unwrap_or_else(|_| panic!("this panics: {source}")));
                count += 1;
            }
        }
    }
    assert!(
        sound > 1000 && count - sound > 1000,
        "{sound} of {count} are sound"
    );
}

/// Where the names and numbers of a body are.
fn words(formula: &str) -> Vec<(usize, usize)> {
    let start = if formula.contains("fn ") {
        formula.find('{').unwrap_or(0)
    } else {
        0
    };
    let mut words = Vec::new();
    let mut from = None;
    for (at, c) in formula
        .char_indices()
        .skip(start)
        .chain([(formula.len(), ' ')])
    {
        let inside = c.is_alphanumeric() || c == '_';
        match from {
            None if inside => from = Some(at),
            Some(start) if !inside => {
                words.push((start, at));
                from = None;
            }
            _ => {}
        }
    }
    words
}

fn is_sound(source: &str) -> bool {
    let Ok(tokens) = TokenStream::from_str(source) else {
        return false;
    };
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    let checked = input.and_then(|input| check(&input, &mut diagnostics));
    assert_eq!(
        checked.is_some(),
        diagnostics.is_empty(),
        "a formula or a fault: {source}"
    );
    checked.is_some()
}
