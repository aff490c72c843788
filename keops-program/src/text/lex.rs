//! A line of text as tokens.

use super::Error;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// Letters, digits and `_`, not starting with a digit.
    Word(&'a str),
    /// A number with its sign; also `-inf`.
    Number(&'a str),
    /// What stood in quotes.
    Quoted(String),
    /// Anything else.
    Symbol(&'a str),
}

/// Whether a name needs no quotes.
pub(super) fn is_word(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// The tokens of a line with this number.
pub(super) fn tokens(line: &str, number: usize) -> Result<Vec<Token<'_>>, Error> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            let (name, length) =
                quoted(rest).ok_or_else(|| Error::new(number, format!("bad name: {rest}")))?;
            tokens.push(Token::Quoted(name));
            length
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..length]));
            length
        } else if let Some(length) = number_length(rest) {
            tokens.push(Token::Number(&rest[..length]));
            length
        } else {
            let two = ["<=", "==", "!=", ".."]
                .into_iter()
                .find(|s| rest.starts_with(s));
            let length = two.map_or(first.len_utf8(), str::len);
            tokens.push(Token::Symbol(&rest[..length]));
            length
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// The length of the number that a text starts with. A `-` belongs to it where nothing is between.
fn number_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|c| c.is_ascii_digit()).count()
    };
    let sign = usize::from(text.starts_with('-'));
    if sign == 1 && text[1..].starts_with("inf") {
        return Some("-inf".len());
    }
    let mut length = sign + digits(sign);
    if length == sign {
        return None;
    }
    // `0..3` is a range: its dots are no decimal point.
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if bytes.get(length) == Some(&b'e') {
        let minus = usize::from(bytes.get(length + 1) == Some(&b'-'));
        let exponent = digits(length + 1 + minus);
        if exponent > 0 {
            length += 1 + minus + exponent;
        }
    }
    Some(length)
}

/// The name in quotes that a text starts with, and how long its text is. Its escapes are those of
/// `str::escape_default`.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    loop {
        match chars.next()? {
            (at, '"') => return Some((name, at + 1)),
            (_, '\\') => match chars.next()?.1 {
                'n' => name.push('\n'),
                'r' => name.push('\r'),
                't' => name.push('\t'),
                'u' => {
                    let code: String = chars
                        .by_ref()
                        .map(|(_, c)| c)
                        .skip_while(|&c| c == '{')
                        .take_while(|&c| c != '}')
                        .collect();
                    name.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                c @ ('"' | '\'' | '\\') => name.push(c),
                _ => return None,
            },
            (_, c) => name.push(c),
        }
    }
}
