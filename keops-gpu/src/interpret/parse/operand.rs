//! Operands, and the numbers in them.

use super::super::error::Error;
use super::super::syntax::Operand;
use super::Parser;

impl<'s> Parser<'s> {
    pub(super) fn operand(&mut self) -> Result<Operand<'s>, Error> {
        if self.eat('{') {
            let mut list = vec![self.operand()?];
            while !self.eat('}') {
                self.expect(',')?;
                list.push(self.operand()?);
            }
            return Ok(Operand::List(list));
        }
        if self.eat('[') {
            let base = self.word("an address")?;
            let offset = self.offset()?;
            self.expect(']')?;
            return Ok(Operand::Address(base, offset));
        }
        if self.eat('!') {
            return Ok(Operand::Not(self.word("a predicate")?));
        }
        if self.eat('-') {
            return Ok(Operand::Negative(self.word("a number")?));
        }
        let word = self.word("an operand")?;
        if self.eat('|') {
            return Ok(Operand::Both(word, self.word("a predicate")?));
        }
        Ok(match self.offset()? {
            0 => Operand::Word(word),
            offset => Operand::Sum(word, offset),
        })
    }

    /// `+ 8`, `+ -8`, `- 8` or nothing.
    fn offset(&mut self) -> Result<i64, Error> {
        let plus = self.eat('+');
        let minus = self.eat('-');
        if !plus && !minus {
            return Ok(0);
        }
        let number = self.number()? as i64;
        Ok(if minus { number.wrapping_neg() } else { number })
    }
}

/// An integer literal: decimal, `0x`, `0b` or octal, with or without `U`.
pub(in super::super) fn unsigned(word: &str) -> Option<u64> {
    let word = word.strip_suffix(['U', 'u']).unwrap_or(word);
    let digits = |prefix: [&str; 2]| prefix.iter().find_map(|prefix| word.strip_prefix(prefix));
    if let Some(hex) = digits(["0x", "0X"]) {
        u64::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = digits(["0b", "0B"]) {
        u64::from_str_radix(binary, 2).ok()
    } else if word.len() > 1 && word.starts_with('0') {
        u64::from_str_radix(word, 8).ok()
    } else {
        word.parse().ok()
    }
}
