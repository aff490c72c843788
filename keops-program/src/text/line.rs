//! A line of text and what can be read from its front: numbers, types, values, statements.

use std::str::FromStr;

use super::lex::Token;
use super::{Error, implied};
use crate::op::Op;
use crate::program::{Comparison, Counter, Expr, Index, Place, Stmt, Type, Value};
use crate::schedule::Axis;

/// The longest run `real*count`: a short text cannot ask for much memory.
const RUN: u32 = 1 << 24;

/// A line, and how far it is read.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) at: usize,
}

impl<'a> Line<'a> {
    pub(super) fn starts_with(&self, token: &Token<'_>) -> bool {
        self.tokens.first() == Some(token)
    }

    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    pub(super) fn more(&self) -> bool {
        self.peek().is_some()
    }

    pub(super) fn back(mut self) -> Line<'a> {
        self.at -= 1;
        self
    }

    pub(super) fn expected<T>(&self, what: &str) -> Result<T, Error> {
        let found = match self.peek() {
            None => "the end of the line".to_owned(),
            Some(Token::Word(s) | Token::Number(s) | Token::Symbol(s)) => format!("`{s}`"),
            Some(Token::Quoted(s)) => format!("{s:?}"),
        };
        Err(Error::new(
            self.number,
            format!("expected {what}, found {found}"),
        ))
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        if self.more() {
            self.expected("the end of the line")
        } else {
            Ok(())
        }
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek() == Some(&Token::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> Result<(), Error> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            self.expected(&format!("`{symbol}`"))
        }
    }

    pub(super) fn keyword(&mut self, keyword: &str) -> Result<(), Error> {
        if self.peek() != Some(&Token::Word(keyword)) {
            return self.expected(&format!("`{keyword}`"));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether this word comes next.
    pub(super) fn is_at(&self, keyword: &str) -> bool {
        self.peek() == Some(&Token::Word(keyword))
    }

    pub(super) fn word(&mut self) -> Result<&'a str, Error> {
        let Some(&Token::Word(word)) = self.peek() else {
            return self.expected("a word");
        };
        self.at += 1;
        Ok(word)
    }

    pub(super) fn name(&mut self) -> Result<String, Error> {
        if let Some(Token::Quoted(name)) = self.peek() {
            let name = name.clone();
            self.at += 1;
            return Ok(name);
        }
        self.word().map(str::to_owned)
    }

    pub(super) fn integer<N: FromStr>(&mut self) -> Result<N, Error> {
        let number = match self.peek() {
            Some(Token::Number(text)) => text.parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            return self.expected("an integer in range");
        };
        self.at += 1;
        Ok(number)
    }

    pub(super) fn real(&mut self) -> Result<f64, Error> {
        let number = match self.peek() {
            Some(Token::Number(text) | Token::Word(text @ ("inf" | "NaN"))) => text.parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            return self.expected("a number");
        };
        self.at += 1;
        Ok(number)
    }

    /// The next word by a list of meanings.
    pub(super) fn one_of<T: Copy>(&mut self, what: &str, list: &[(&str, T)]) -> Result<T, Error> {
        let found = match self.peek() {
            Some(Token::Word(word)) => list.iter().find(|(name, _)| name == word),
            _ => None,
        };
        let Some(&(_, meaning)) = found else {
            return self.expected(what);
        };
        self.at += 1;
        Ok(meaning)
    }

    pub(super) fn ty(&mut self) -> Result<Type, Error> {
        let types = [
            ("real", Type::Real),
            ("index", Type::Index),
            ("label", Type::Label),
            ("mask", Type::Mask),
        ];
        self.one_of("a type", &types)
    }

    pub(super) fn axis(&mut self) -> Result<Axis, Error> {
        let axes = [
            ("i", Axis::I),
            ("j", Axis::J),
            ("batch", Axis::Batch),
            ("unit", Axis::Unit),
        ];
        self.one_of("an axis", &axes)
    }

    pub(super) fn value(&mut self) -> Result<Value, Error> {
        match self.numbered("v") {
            Some(k) => Ok(Value(k)),
            None => self.expected("a value"),
        }
    }

    pub(super) fn counter(&mut self) -> Result<Counter, Error> {
        match self.numbered("k") {
            Some(k) => Ok(Counter(k)),
            None => self.expected("a counter"),
        }
    }

    /// Takes a word of this prefix and a number.
    fn numbered(&mut self, prefix: &str) -> Option<u32> {
        let Some(Token::Word(word)) = self.peek() else {
            return None;
        };
        let number = word.strip_prefix(prefix)?.parse().ok()?;
        self.at += 1;
        Some(number)
    }

    /// Items up to the end of the line, each perhaps with `*count`.
    pub(super) fn runs<T: Clone>(
        &mut self,
        item: fn(&mut Line<'a>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while self.more() {
            let one = item(self)?;
            let count = if self.take_symbol("*") {
                self.integer()?
            } else {
                1
            };
            if count > RUN {
                return self.clone().back().expected("a smaller number");
            }
            items.resize(items.len() + count as usize, one);
        }
        Ok(items)
    }

    /// `v3 =` or `v3: index =`.
    pub(super) fn definition(&mut self) -> Result<(Value, Option<Type>), Error> {
        let value = self.value()?;
        let ty = if self.take_symbol(":") {
            Some(self.ty()?)
        } else {
            None
        };
        self.symbol("=")?;
        Ok((value, ty))
    }

    /// A statement that is no loop.
    pub(super) fn stmt(&mut self) -> Result<Stmt, Error> {
        if let Some(place) = self.place() {
            let index = self.index()?;
            self.symbol("=")?;
            let value = self.value()?;
            return Ok(Stmt::Store {
                place,
                index,
                value,
            });
        }
        let (value, ty) = self.definition()?;
        let expr = self.expr()?;
        let ty = ty.unwrap_or_else(|| implied(&expr));
        Ok(Stmt::Let { value, ty, expr })
    }

    fn expr(&mut self) -> Result<Expr, Error> {
        if let Some(place) = self.place() {
            return Ok(Expr::Load(place, self.index()?));
        }
        if self.take_symbol("!") {
            return Ok(Expr::Not(self.value()?));
        }
        match self.peek() {
            Some(Token::Number(text)) if text.parse::<i64>().is_ok() => {
                self.integer().map(Expr::Integer)
            }
            Some(Token::Number(_) | Token::Word("inf" | "NaN")) => self.real().map(Expr::Real),
            Some(Token::Word(word)) => {
                let Some(op) = Op::by_name(word) else {
                    return self.of_values();
                };
                self.at += 1;
                let mut operands = Vec::new();
                while self.more() {
                    operands.push(self.value()?);
                }
                Ok(Expr::Op(op, operands))
            }
            _ => self.expected("an expression"),
        }
    }

    /// An expression that starts with a value.
    fn of_values(&mut self) -> Result<Expr, Error> {
        let Some(a) = self.numbered("v").map(Value) else {
            return self.expected("an expression");
        };
        if self.peek() == Some(&Token::Word("as")) {
            self.at += 1;
            self.keyword("real")?;
            return Ok(Expr::ToReal(a));
        }
        let Some(&Token::Symbol(symbol)) = self.peek() else {
            return self.expected("an operator");
        };
        let binary: fn(Value, Value) -> Expr = match symbol {
            "<" => |a, b| Expr::Compare(Comparison::Lt, a, b),
            "<=" => |a, b| Expr::Compare(Comparison::Le, a, b),
            "==" => |a, b| Expr::Compare(Comparison::Eq, a, b),
            "!=" => |a, b| Expr::Compare(Comparison::Ne, a, b),
            "&" => Expr::And,
            "|" => Expr::Or,
            "-" => Expr::Subtract,
            "?" => {
                self.at += 1;
                let b = self.value()?;
                self.symbol(":")?;
                return Ok(Expr::Select(a, b, self.value()?));
            }
            _ => return self.expected("an operator"),
        };
        self.at += 1;
        Ok(binary(a, self.value()?))
    }

    /// Takes the name of an array.
    fn place(&mut self) -> Option<Place> {
        let &Token::Word(word) = self.peek()? else {
            return None;
        };
        // `param`, `row` and so on are not names of operations: a bracket follows.
        if self.tokens.get(self.at + 1) != Some(&Token::Symbol("[")) {
            return None;
        }
        let numbered = |prefix: &str| word.strip_prefix(prefix).and_then(|k| k.parse().ok());
        let place = match word {
            "param" => Place::Param,
            "row" => Place::Row,
            "column" => Place::Column,
            "state" => Place::State,
            "other" => Place::Other,
            _ => numbered("input")
                .map(Place::Input)
                .or_else(|| numbered("output").map(Place::Output))
                .or_else(|| numbered("local").map(Place::Local))?,
        };
        self.at += 1;
        Some(place)
    }

    /// `[3 + 4*k0]`
    fn index(&mut self) -> Result<Index, Error> {
        self.symbol("[")?;
        let mut index = Index::default();
        loop {
            if matches!(self.peek(), Some(Token::Number(_))) {
                let number = self.integer()?;
                if self.take_symbol("*") {
                    index.terms.push((self.counter()?, number));
                } else if index.terms.is_empty() && index.offset == 0 {
                    index.offset = number;
                } else {
                    return self.clone().back().expected("a counter");
                }
            } else {
                index.terms.push((self.counter()?, 1));
            }
            if !self.take_symbol("+") {
                break;
            }
        }
        self.symbol("]")?;
        Ok(index)
    }
}
