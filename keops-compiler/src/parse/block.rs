//! Blocks: `let`s, then a value.

use proc_macro2::{Delimiter, Ident};

use super::faults::unexpected;
use super::tokens::Tokens;
use super::{Parsed, Parser, names, nothing};
use crate::ast::{Block, Let, Pattern};
use crate::diagnostic::Diagnostic;

impl Parser {
    /// Definitions, then a value, then the end of the tokens, which `end` names: `" or `;`"`.
    pub(super) fn block(&mut self, tokens: &mut Tokens<'_>, end: &str) -> Parsed<Block> {
        let block = self.body(tokens)?;
        if tokens.at(";") {
            let semicolon = tokens.here();
            return Err(if tokens.tree().is_some() && tokens.is_empty() {
                Diagnostic::new(semicolon, "the value of a block has no `;` after it")
                    .help("remove the `;`")
            } else {
                Diagnostic::new(semicolon, "only a `let` ends with `;`")
                    .help("write `let name = …;` before the value")
            }
            .into());
        }
        if tokens.is_empty() {
            Ok(block)
        } else {
            Err(unexpected(tokens, end))
        }
    }

    /// Definitions, then a value. Faults within a definition are kept, and what follows is read.
    pub(super) fn body(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Block> {
        let mut lets = Vec::new();
        while tokens.at_word("let") {
            let mut ahead = *tokens;
            match self.definition(&mut ahead) {
                Ok(definition) => lets.push(definition),
                Err(fault) => {
                    self.diagnostics.push(fault);
                    // A missing `;`: where the value begins is a guess, which would be a second fault.
                    if ahead.at_name().is_some() && !ahead.at_word("let") {
                        while tokens.tree().is_some() {}
                        return Ok(nothing());
                    }
                    while !ahead.at_word("let") && ahead.symbol(";").is_none() {
                        if ahead.tree().is_none() {
                            *tokens = ahead;
                            return Ok(nothing());
                        }
                    }
                }
            }
            *tokens = ahead;
        }
        let result = Box::new(self.value(tokens)?);
        Ok(Block { lets, result })
    }

    fn definition(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Let> {
        tokens.word("let");
        if let Some(span) = tokens.word("mut") {
            return Err(
                Diagnostic::new(span, "a `let` has no `mut`: it names a value")
                    .help("remove `mut`")
                    .into(),
            );
        }
        let pattern = match tokens.group(Delimiter::Parenthesis) {
            Some((inside, span)) => Pattern::Tuple(tuple_pattern(inside)?, span),
            None => Pattern::Name(new_name(tokens)?),
        };
        if tokens.at(":") {
            return Err(
                Diagnostic::new(tokens.here(), "a `let` has no type: it is inferred")
                    .help("write `let name = …;`")
                    .into(),
            );
        }
        if tokens.at("==") || tokens.symbol("=").is_none() {
            return Err(
                Diagnostic::new(tokens.here(), "expected `=` after the name")
                    .help("write `let name = …;`")
                    .into(),
            );
        }
        let value = self.value(tokens)?;
        match tokens.symbol(";") {
            Some(_) => Ok(Let { pattern, value }),
            None => Err(unexpected(tokens, " or `;`")),
        }
    }

    /// A block in braces: a branch of an `if`.
    pub(super) fn branch(&mut self, tokens: &mut Tokens<'_>, after_else: bool) -> Parsed<Block> {
        match tokens.group(Delimiter::Brace) {
            Some((inside, _)) => Ok(self.within(
                inside,
                |parser, tokens| parser.block(tokens, " or `}`"),
                nothing,
            )),
            None if after_else => {
                Err(Diagnostic::new(tokens.here(), "expected `{` or `if` after `else`").into())
            }
            None => Err(unexpected(tokens, " or `{`")),
        }
    }
}

fn tuple_pattern(mut inside: Tokens<'_>) -> Parsed<Vec<Ident>> {
    let mut names = Vec::new();
    while !inside.is_empty() {
        names.push(new_name(&mut inside)?);
        if !inside.is_empty() && inside.symbol(",").is_none() {
            return Err(Diagnostic::new(inside.here(), "expected `,` or `)`")
                .help("write `let (a, b) = …;`")
                .into());
        }
    }
    if names.len() < 2 {
        return Err(
            Diagnostic::new(inside.here(), "a tuple has two parts or more")
                .help("write `let (a, b) = …;` or `let a = …;`")
                .into(),
        );
    }
    Ok(names)
}

fn new_name(tokens: &mut Tokens<'_>) -> Parsed<Ident> {
    let Some(name) = tokens.name() else {
        return Err(Diagnostic::new(tokens.here(), "expected a name")
            .help("write `let name = …;` or `let (a, b) = …;`")
            .into());
    };
    names::free(&name)?;
    Ok(name)
}
