//! Tokens → what was written.
//!
//! A Pratt parser over the tokens of Rust. From loosest to tightest:
//!
//! ```text
//! ||   &&   == != < <= > >= (no chaining)   + -   sum_j (prefix)   * / @   - ! (unary)   ^   v[k]
//! ```
//!
//! The infix operations of primitives, and how they bind, are read from the table of primitives.

mod block;
mod expr;
mod faults;
mod item;
mod names;
mod number;
mod operator;
mod subscript;
#[cfg(test)]
mod tests;
mod tokens;
mod types;

use std::str::FromStr;

use proc_macro2::TokenStream;
use syn::buffer::TokenBuffer;

use crate::ast::{Block, Expr, ExprKind, Input, Number, Span};
use crate::diagnostic::{Diagnostic, Diagnostics};
use tokens::Tokens;

/// What was read, or what is wrong.
type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Reads a macro call: items if it starts with `#`, `pub` or `fn`, else the inline form.
///
/// Gives nothing exactly if faults were found; they are added to `diagnostics`.
pub fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Input> {
    let buffer = TokenBuffer::new2(tokens);
    let mut tokens = Tokens::new(buffer.begin());
    let mut parser = Parser::default();
    let input = if starts_items(tokens) {
        Input::Items(parser.items(&mut tokens))
    } else {
        Input::Inline(parser.inline(&mut tokens))
    };
    let sound = parser.diagnostics.is_empty();
    diagnostics.append(parser.diagnostics);
    sound.then_some(input)
}

/// Whether a macro call holds items: only their first tokens are read.
pub fn is_items(tokens: TokenStream) -> bool {
    let buffer = TokenBuffer::new2(tokens);
    starts_items(Tokens::new(buffer.begin()))
}

/// Reads a line of the table: an expression, with `let`s before it or not.
///
/// # Panics
///
/// If it is not one: a mistake in the table, which its tests find.
pub fn notation(text: &str) -> Block {
    let Ok(tokens) = TokenStream::from_str(text) else {
        panic!("a line of the table is not made of tokens: `{text}`");
    };
    let buffer = TokenBuffer::new2(tokens);
    let mut parser = Parser::default();
    let block = parser.block(&mut Tokens::new(buffer.begin()), " or the end");
    let block = block.unwrap_or_else(|fault| {
        parser.diagnostics.push(fault);
        nothing()
    });
    if let Err(errors) = parser.diagnostics.propagate() {
        let messages: Vec<&str> = errors.iter().map(|fault| fault.message.as_str()).collect();
        panic!(
            "a line of the table is wrong: `{text}`: {}",
            messages.join("; ")
        );
    }
    block
}

fn starts_items(tokens: Tokens<'_>) -> bool {
    // The last three start no formula: a mistaken item is told so.
    let words = ["pub", "fn", "const", "unsafe", "async"];
    tokens.at("#") || words.into_iter().any(|word| tokens.at_word(word))
}

/// Reads, and collects faults.
#[derive(Default)]
struct Parser {
    diagnostics: Diagnostics,
    /// How many expressions the present one lies within.
    depth: usize,
}

impl Parser {
    /// What a pair of brackets holds. Brackets bound a fault: what follows them can still be read,
    /// so the fault is kept here and `T` has no meaning.
    fn within<'a, T>(
        &mut self,
        mut tokens: Tokens<'a>,
        read: impl FnOnce(&mut Parser, &mut Tokens<'a>) -> Parsed<T>,
        otherwise: impl FnOnce() -> T,
    ) -> T {
        read(self, &mut tokens).unwrap_or_else(|fault| {
            self.diagnostics.push(fault);
            otherwise()
        })
    }
}

/// Stands for what could not be read; no tree that holds it leaves the parser.
fn nothing() -> Block {
    let kind = ExprKind::Number(Number {
        value: 0.0,
        text: "0".into(),
    });
    let span = Span::from(proc_macro2::Span::call_site());
    Block {
        lets: Vec::new(),
        result: Box::new(Expr { kind, span }),
    }
}
