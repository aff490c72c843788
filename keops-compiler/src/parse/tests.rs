//! What parses to what, and what is said of the rest.

mod expressions;
mod faults;
mod inputs;

use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::ast::Input;
use crate::diagnostic::{Diagnostics, text};

fn tokens(source: &str) -> TokenStream {
    TokenStream::from_str(source).unwrap_or_else(|_| panic!("not tokens: `{source}`"))
}

/// The tree, or the faults in words.
fn read(source: &str) -> Result<Input, String> {
    let mut diagnostics = Diagnostics::new();
    let input = super::parse(tokens(source), &mut diagnostics);
    match diagnostics.propagate() {
        Ok(()) => Ok(input.expect("nothing was found, and no fault")),
        Err(errors) => {
            assert!(input.is_none(), "`{source}` has faults and a tree");
            Err(text::render(&errors, source))
        }
    }
}

/// The S-expression of a macro call, or the faults.
fn show(source: &str) -> String {
    match read(source) {
        Ok(Input::Inline(inline)) => inline.to_string(),
        Ok(Input::Items(items)) => items
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        Err(faults) => faults,
    }
}

/// Compares every case, and names all that fail.
fn check(cases: &[(&str, &str)], show: impl Fn(&str) -> String) {
    let mut failed = String::new();
    for (source, expected) in cases {
        let found = show(source);
        if found.trim_end() != *expected {
            failed += &format!("{source}\n  expected {expected}\n  found    {found}\n");
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}
