//! What is wrong with a formula, where it is written, and what to write instead.
//!
//! The first line says what is wrong: lower case, names in backticks, no full stop. The second,
//! after `help: `, says what to write. A fault has at most one further message, at another place, a
//! noun phrase: *this operand has shape `[2]`*.
//!
//! Stages collect faults in [`Diagnostics`] and go on as far as makes sense;
//! [`Diagnostics::propagate`] stands between stages.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::ast::Span;

/// One fault.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What is underlined.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// A second place that matters, and what it is.
    pub second: Option<(Span, String)>,
}

impl Diagnostic {
    /// A fault and where it is.
    pub fn new(span: impl Into<Span>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            span: span.into(),
            message: message.into(),
            help: None,
            second: None,
        }
    }

    /// With what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// With a second place, and what it is.
    pub fn second(mut self, span: impl Into<Span>, message: impl Into<String>) -> Diagnostic {
        self.second = Some((span.into(), message.into()));
        self
    }

    /// The messages in order, each with its place: the fault with its help, then the second place.
    fn messages(&self) -> impl Iterator<Item = (Span, String)> + '_ {
        let first = match &self.help {
            Some(help) => format!("{}\nhelp: {help}", self.message),
            None => self.message.clone(),
        };
        [(self.span, first)].into_iter().chain(self.second.clone())
    }
}

impl ToTokens for Diagnostic {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for (span, message) in self.messages() {
            // rustc underlines from the first to the last token, so that two of any kind do.
            let start = Ident::new("start", span.start);
            let end = Ident::new("end", span.end);
            tokens
                .extend(syn::Error::new_spanned(quote!(#start #end), message).into_compile_error());
        }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: impl Into<Box<Diagnostic>>) {
        self.found.push(*diagnostic.into());
    }

    /// Adds those of another.
    pub fn append(&mut self, mut other: Diagnostics) {
        self.found.append(&mut other.found);
    }

    /// Nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The boundary between two stages: all that was found, if anything was.
    pub fn propagate(&mut self) -> Result<(), Errors> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(Errors(std::mem::take(&mut self.found)))
        }
    }
}

/// One fault or more: why a stage gave nothing.
#[derive(Clone, Debug)]
pub struct Errors(Vec<Diagnostic>);

impl Errors {
    /// The faults, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// For a macro call in the place of an expression.
    ///
    /// The block ends with an error and nothing else, so that it has no type, and rustc nothing of its
    /// own to add.
    pub fn to_expression(&self) -> TokenStream {
        let errors = &self.0;
        quote!({ #(#errors)* })
    }

    /// For a macro call in the place of items.
    pub fn to_items(&self) -> TokenStream {
        let errors = &self.0;
        quote!(#(#errors)*)
    }
}

impl From<Diagnostic> for Errors {
    fn from(diagnostic: Diagnostic) -> Errors {
        Errors(vec![diagnostic])
    }
}

/// The faults as text with carets, for tests: what rustc shows, without rustc.
#[cfg(test)]
pub(crate) mod text {
    use super::{Errors, Span};

    /// A line of source with carets under what is meant, and the message behind them:
    ///
    /// ```text
    /// sum_j x_i - y_k
    ///             ^^^ unknown name `y_k`
    /// help: did you mean `y_j`?
    /// ```
    pub(crate) fn render(errors: &Errors, source: &str) -> String {
        let lines: Vec<&str> = source.lines().collect();
        let mut text = String::new();
        for (span, message) in errors.iter().flat_map(|fault| fault.messages()) {
            let (line, from, to) = place(span, &lines);
            let shown = lines.get(line - 1).copied().unwrap_or("");
            let carets = "^".repeat(to.saturating_sub(from).max(1));
            text += &format!("{shown}\n{}{carets} {message}\n", " ".repeat(from));
        }
        text
    }

    /// The line, from 1, and the columns, from 0 and half-open; a span over several lines ends with
    /// the first.
    pub(crate) fn place(span: Span, lines: &[&str]) -> (usize, usize, usize) {
        let (start, end) = (span.start.start(), span.end.end());
        let to = if end.line == start.line {
            end.column
        } else {
            lines
                .get(start.line - 1)
                .map_or(0, |line| line.chars().count())
        };
        (start.line, start.column, to)
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proc_macro2::TokenTree;

    use super::*;

    const SOURCE: &str = "sum_j x_i - y_k";

    fn fault() -> Diagnostic {
        let tokens: Vec<TokenTree> = TokenStream::from_str(SOURCE)
            .expect("tokens")
            .into_iter()
            .collect();
        let (x, y) = (tokens[1].span(), tokens[3].span());
        Diagnostic::new(Span::from(x).to(y), "the shapes differ")
            .help("write `dot(a, b)`")
            .second(y, "this operand has shape `[2]`")
    }

    #[test]
    fn text_has_carets_under_the_range() {
        assert_eq!(
            text::render(&fault().into(), SOURCE),
            "sum_j x_i - y_k\n      ^^^^^^^^^ the shapes differ\nhelp: write `dot(a, b)`\n\
             sum_j x_i - y_k\n            ^^^ this operand has shape `[2]`\n"
        );
    }

    #[test]
    fn an_expression_is_one_block_that_ends_in_an_error() {
        let tokens = Errors::from(fault()).to_expression();
        assert_eq!(tokens.clone().into_iter().count(), 1);
        let text = tokens.to_string();
        assert_eq!(text.matches("compile_error").count(), 2, "{text}");
        assert!(
            text.contains(r#""the shapes differ\nhelp: write `dot(a, b)`""#),
            "{text}"
        );
        // After the last of them rustc would look for a value of some type.
        assert!(text.ends_with("\" } }"), "{text}");
    }

    #[test]
    fn items_are_the_errors_alone() {
        let tokens = Errors::from(fault()).to_items().to_string();
        assert!(tokens.starts_with(":: core :: compile_error"), "{tokens}");
        assert_eq!(tokens.matches("compile_error").count(), 2, "{tokens}");
    }

    #[test]
    fn the_tokens_carry_both_ends_of_the_range() {
        let tokens: Vec<TokenTree> = Errors::from(fault()).to_items().into_iter().collect();
        assert_eq!(tokens[0].span().start().column, 6);
        let TokenTree::Group(message) = &tokens[7] else {
            panic!("expected the group of `compile_error!`: {tokens:?}");
        };
        assert_eq!(message.span().end().column, 15);
    }

    #[test]
    fn a_boundary_gives_everything_once() {
        let mut diagnostics = Diagnostics::new();
        assert!(diagnostics.propagate().is_ok());
        diagnostics.push(fault());
        diagnostics.push(Box::new(fault()));
        assert!(!diagnostics.is_empty());
        assert_eq!(
            diagnostics.propagate().expect_err("faults").iter().count(),
            2
        );
        assert!(diagnostics.is_empty());
    }
}
