//! A place in the tokens, within one pair of brackets.

use proc_macro2::{Delimiter, Ident, Literal, TokenTree};
use syn::buffer::Cursor;
use syn::ext::IdentExt;

use crate::ast::Span;

/// What is still to be read. A copy looks ahead.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'a> {
    cursor: Cursor<'a>,
    /// A bracket closes after the last token.
    bracketed: bool,
}

impl<'a> Tokens<'a> {
    /// A whole macro call.
    pub(super) fn new(cursor: Cursor<'a>) -> Tokens<'a> {
        Tokens {
            cursor,
            bracketed: false,
        }
    }

    /// Nothing is left, but for a closing bracket.
    pub(super) fn is_empty(&self) -> bool {
        self.cursor.eof()
    }

    /// The next token; at the end, the closing bracket; at the end of everything, the last token.
    pub(super) fn here(&self) -> proc_macro2::Span {
        if self.is_empty() && !self.bracketed {
            return self.last();
        }
        match self.cursor.any_group() {
            Some((_, delimiter, span, _)) if delimiter != Delimiter::None => span.open(),
            _ => self.cursor.span(),
        }
    }

    /// The token before.
    pub(super) fn last(&self) -> proc_macro2::Span {
        self.cursor.prev_span()
    }

    /// The next token is the value of a `macro_rules!` variable, which is grouped without brackets.
    pub(super) fn at_substituted(&self) -> bool {
        matches!(self.cursor.any_group(), Some((_, Delimiter::None, ..)))
    }

    /// The tokens of a value of a `macro_rules!` variable.
    pub(super) fn substituted(&mut self) -> Option<(Tokens<'a>, Span)> {
        let (inside, span, after) = self.cursor.group(Delimiter::None)?;
        self.cursor = after;
        Some((
            Tokens {
                cursor: inside,
                bracketed: false,
            },
            span.join().into(),
        ))
    }

    /// The tokens within a pair of brackets, and the pair.
    pub(super) fn group(&mut self, delimiter: Delimiter) -> Option<(Tokens<'a>, Span)> {
        let (inside, span, after) = self.cursor.group(delimiter)?;
        self.cursor = after;
        let pair = Span {
            start: span.open(),
            end: span.close(),
        };
        Some((
            Tokens {
                cursor: inside,
                bracketed: true,
            },
            pair,
        ))
    }

    /// An opening bracket is next.
    pub(super) fn at_group(&self, delimiter: Delimiter) -> bool {
        self.cursor.group(delimiter).is_some()
    }

    /// An identifier or keyword, without `r#`.
    pub(super) fn name(&mut self) -> Option<Ident> {
        let (name, after) = self.cursor.ident()?;
        self.cursor = after;
        Some(name.unraw())
    }

    /// An identifier or keyword is next: that one.
    pub(super) fn at_name(&self) -> Option<Ident> {
        Some(self.cursor.ident()?.0)
    }

    /// This keyword.
    pub(super) fn word(&mut self, word: &str) -> Option<proc_macro2::Span> {
        let (name, after) = self.cursor.ident().filter(|(name, _)| name == word)?;
        self.cursor = after;
        Some(name.span())
    }

    /// This keyword is next.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.cursor.ident().is_some_and(|(name, _)| name == word)
    }

    /// A literal.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        let (literal, after) = self.cursor.literal()?;
        self.cursor = after;
        Some(literal)
    }

    /// A literal is next.
    pub(super) fn at_literal(&self) -> bool {
        self.cursor.literal().is_some()
    }

    /// These characters, nothing between them.
    pub(super) fn symbol(&mut self, symbol: &str) -> Option<Span> {
        let (span, after) = self.find(symbol)?;
        self.cursor = after;
        Some(span)
    }

    /// These characters are next, whatever follows: `|` is next in `||`.
    pub(super) fn at(&self, symbol: &str) -> bool {
        self.find(symbol).is_some()
    }

    fn find(&self, symbol: &str) -> Option<(Span, Cursor<'a>)> {
        let mut cursor = self.cursor;
        let mut span: Option<Span> = None;
        let mut joint = true;
        for character in symbol.chars() {
            let (punct, after) = cursor.punct()?;
            if punct.as_char() != character || !joint {
                return None;
            }
            joint = punct.spacing() == proc_macro2::Spacing::Joint;
            span = Some(span.map_or(punct.span().into(), |span| span.to(punct.span())));
            cursor = after;
        }
        Some((span?, cursor))
    }

    /// Any token, a pair of brackets with its contents being one.
    pub(super) fn tree(&mut self) -> Option<TokenTree> {
        let (tree, after) = self.cursor.token_tree()?;
        self.cursor = after;
        Some(tree)
    }

    /// A comma is next, and then the end or `name :`. So ends a Rust expression or a type that may
    /// have commas of its own.
    pub(super) fn at_next_declaration(&self) -> bool {
        let mut ahead = *self;
        if ahead.symbol(",").is_none() {
            return false;
        }
        ahead.is_empty()
            || (ahead.name().is_some() && (ahead.is_empty() || (ahead.at(":") && !ahead.at("::"))))
    }
}
