//! What stands in the brackets of `v[…]`.

use super::tokens::Tokens;
use super::{Parsed, number};
use crate::ast::{Span, Subscript, SubscriptKind};
use crate::diagnostic::Diagnostic;

const FORMS: &str = "write `v[k]`, `v[a..b]` or `m[r, c]` with integers from 0";

/// One subscript or more, separated by commas.
pub(super) fn subscripts(tokens: &mut Tokens<'_>) -> Parsed<Vec<Subscript>> {
    let mut subscripts = Vec::new();
    loop {
        let start = Span::from(tokens.here());
        let from = bound(tokens)?;
        let kind = match from {
            _ if tokens.at("..=") => {
                let span = tokens.symbol("..=").unwrap_or(start);
                return Err(Diagnostic::new(span, "a range does not include its end")
                    .help("write `a..b` with `b` one more than the last index")
                    .into());
            }
            from if tokens.symbol("..").is_some() => SubscriptKind::Range {
                from,
                to: bound(tokens)?,
            },
            Some(k) => SubscriptKind::At(k),
            None => {
                return Err(Diagnostic::new(start, "expected an index")
                    .help(FORMS)
                    .into());
            }
        };
        subscripts.push(Subscript {
            kind,
            span: start.to(tokens.last()),
        });
        if tokens.is_empty() {
            return Ok(subscripts);
        }
        if tokens.symbol(",").is_none() {
            return Err(
                Diagnostic::new(tokens.here(), "expected `,` or `]` after an index")
                    .help(FORMS)
                    .into(),
            );
        }
    }
}

/// A bound, unless the place ends here.
fn bound(tokens: &mut Tokens<'_>) -> Parsed<Option<usize>> {
    if tokens.is_empty() || tokens.at(",") || tokens.at("..") {
        return Ok(None);
    }
    match tokens.literal() {
        Some(literal) => number::integer(literal, "an index")
            .map(Some)
            .map_err(|fault| fault.help(FORMS).into()),
        None => Err(
            Diagnostic::new(tokens.here(), "an index is an integer literal")
                .help(FORMS)
                .into(),
        ),
    }
}
