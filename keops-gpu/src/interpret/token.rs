//! PTX text as tokens.

use super::error::{Error, ErrorKind};

/// A token. Names keep their dots: `ld.global.f32`, `%tid.x` and `.reg` are one word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'s> {
    Word(&'s str),
    Mark(char),
    Quoted,
}

/// A token with its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'s> {
    pub token: Token<'s>,
    pub start: usize,
    pub end: usize,
    pub line: usize,
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'%' | b'.')
}

/// Cuts the text up; comments are left out.
pub(super) fn tokens(source: &str) -> Result<Vec<Spot<'_>>, Error> {
    let bytes = source.as_bytes();
    let (mut at, mut line) = (0, 1);
    let mut spots = Vec::new();
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let rest = &source[at..];
        let token = if byte == b'\n' {
            line += 1;
            at += 1;
            continue;
        } else if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            let Some(length) = rest.find("*/") else {
                return Err(Error::new(
                    ErrorKind::Syntax,
                    line,
                    "/*",
                    "this comment has no end",
                ));
            };
            line += rest[..length].matches('\n').count();
            at += length + 2;
            continue;
        } else if byte == b'"' {
            let Some(length) = rest[1..].find('"') else {
                return Err(Error::new(
                    ErrorKind::Syntax,
                    line,
                    "\"",
                    "this string has no end",
                ));
            };
            at += length + 2;
            Token::Quoted
        } else if in_word(byte) {
            while bytes.get(at).copied().is_some_and(in_word) || source[at..].starts_with("::") {
                at += if bytes[at] == b':' { 2 } else { 1 };
            }
            Token::Word(&source[start..at])
        } else if byte.is_ascii() {
            at += 1;
            Token::Mark(char::from(byte))
        } else {
            return Err(Error::new(
                ErrorKind::Syntax,
                line,
                "",
                "a character that is not ASCII",
            ));
        };
        spots.push(Spot {
            token,
            start,
            end: at,
            line,
        });
    }
    Ok(spots)
}
