//! PTX tokens to statements.

mod operand;

pub(super) use operand::unsigned;

use super::error::{Error, ErrorKind};
use super::syntax::{Area, EntrySyntax, Param, Place, Scope, Space, Statement, Symbol};
use super::token::{Spot, Token, tokens};
use super::types::Ty;

/// The parser: a place among the tokens.
struct Parser<'s> {
    source: &'s str,
    spots: Vec<Spot<'s>>,
    at: usize,
    /// What is declared outside of entries.
    shared: Area,
    variables: Vec<(&'s str, Symbol)>,
}

/// The entries of a module.
pub(super) fn entries(source: &str) -> Result<Vec<EntrySyntax<'_>>, Error> {
    let mut parser = Parser {
        source,
        spots: tokens(source)?,
        at: 0,
        shared: Area::default(),
        variables: Vec::new(),
    };
    let mut entries = Vec::new();
    while let Some(word) = parser.next_word()? {
        match word {
            ".version" | ".target" | ".address_size" => parser.header(word)?,
            ".visible" | ".weak" | ".extern" => {}
            ".file" => parser.skip_line(),
            ".shared" => {
                let (name, align, size) = parser.declaration()?;
                let address = parser.shared.place(align, size);
                let symbol = Symbol::Variable {
                    space: Space::Shared,
                    address,
                };
                parser.variables.push((name, symbol));
            }
            ".entry" => entries.push(parser.entry()?),
            _ => return Err(parser.unknown(word, "this directive")),
        }
    }
    Ok(entries)
}

impl<'s> Parser<'s> {
    fn peek(&self) -> Option<Token<'s>> {
        self.spots.get(self.at).map(|spot| spot.token)
    }

    /// The place of the token before, or of the first.
    fn last(&self) -> (usize, usize, usize) {
        let spot = self
            .spots
            .get(self.at.saturating_sub(1))
            .or(self.spots.last());
        spot.map_or((1, 0, 0), |spot| (spot.line, spot.start, spot.end))
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, Error> {
        let (line, start, end) = self.last();
        Err(Error::new(
            ErrorKind::Syntax,
            line,
            &self.source[start..end],
            message,
        ))
    }

    fn unknown(&self, what: &str, kind: &str) -> Error {
        let (line, ..) = self.last();
        Error::new(
            ErrorKind::Unknown,
            line,
            what,
            format!("{kind} is not known"),
        )
    }

    fn next_word(&mut self) -> Result<Option<&'s str>, Error> {
        match self.peek() {
            None => Ok(None),
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(Some(word))
            }
            Some(_) => {
                self.at += 1;
                self.fail("expected a directive")
            }
        }
    }

    fn word(&mut self, what: &str) -> Result<&'s str, Error> {
        let token = self.peek();
        self.at += 1;
        match token {
            Some(Token::Word(word)) => Ok(word),
            _ => self.fail(format!("expected {what}")),
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(Token::Mark(mark));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), Error> {
        if self.eat(mark) {
            return Ok(());
        }
        self.at += 1;
        self.fail(format!("expected `{mark}`"))
    }

    fn number(&mut self) -> Result<u64, Error> {
        let word = self.word("a number")?;
        match unsigned(word) {
            Some(number) => Ok(number),
            None => self.fail("expected a number"),
        }
    }

    /// Leaves out the rest of the line.
    fn skip_line(&mut self) {
        let (line, ..) = self.last();
        while self
            .spots
            .get(self.at)
            .is_some_and(|spot| spot.line == line)
        {
            self.at += 1;
        }
    }

    fn header(&mut self, word: &str) -> Result<(), Error> {
        let value = self.word("a value")?;
        let known = match word {
            ".version" => value
                .split_once('.')
                .is_some_and(|(major, _)| major.parse::<u32>().is_ok()),
            ".target" => value.starts_with("sm_"),
            _ => value == "64",
        };
        if known {
            Ok(())
        } else {
            Err(self.unknown(value, "this value"))
        }
    }

    /// `.align 16 .b8 name[bytes];` behind the name of the space: name, alignment, size.
    fn declaration(&mut self) -> Result<(&'s str, u64, u64), Error> {
        let mut align = None;
        let mut word = self.word("a type")?;
        if word == ".align" {
            align = Some(self.number()?);
            word = self.word("a type")?;
        }
        let Some(ty) = word
            .strip_prefix('.')
            .and_then(Ty::parse)
            .filter(|ty| *ty != Ty::Pred)
        else {
            return Err(self.unknown(word, "this type"));
        };
        let name = self.word("a name")?;
        let mut size = u64::from(ty.bytes());
        while self.eat('[') {
            let count = self.number()?;
            size = size.saturating_mul(count);
            self.expect(']')?;
        }
        self.expect(';')?;
        let align = align.unwrap_or(u64::from(ty.bytes()));
        if !align.is_power_of_two() || size > 1 << 30 {
            return self.fail("this variable has no good alignment or size");
        }
        Ok((name, align, size))
    }

    fn entry(&mut self) -> Result<EntrySyntax<'s>, Error> {
        let mut entry = EntrySyntax {
            name: self.word("a name")?,
            ..EntrySyntax::default()
        };
        (entry.line, ..) = self.last();
        entry.shared = self.shared;
        let mut outer = Scope::default();
        for (name, symbol) in &self.variables {
            outer.symbols.insert((*name).to_owned(), *symbol);
        }
        if self.eat('(') && !self.eat(')') {
            loop {
                let (name, symbol) = self.param(&mut entry)?;
                outer.symbols.insert(name.to_owned(), symbol);
                if self.eat(')') {
                    break;
                }
                self.expect(',')?;
            }
        }
        entry.scopes.push(outer);
        while !self.eat('{') {
            let word = self.word("`{`")?;
            match word {
                ".maxntid" => entry.most = Some(self.triple()?),
                ".reqntid" => entry.exact = Some(self.triple()?),
                ".minnctapersm" | ".maxnreg" => {
                    self.number()?;
                }
                _ => return Err(self.unknown(word, "this directive")),
            }
        }
        self.body(&mut entry)?;
        Ok(entry)
    }

    fn triple(&mut self) -> Result<[u32; 3], Error> {
        let mut triple = [1; 3];
        for (k, side) in triple.iter_mut().enumerate() {
            if k > 0 && !self.eat(',') {
                break;
            }
            *side = u32::try_from(self.number()?).unwrap_or(u32::MAX);
        }
        Ok(triple)
    }

    /// `.param .u64 .ptr .global .align 4 name`
    fn param(&mut self, entry: &mut EntrySyntax<'s>) -> Result<(&'s str, Symbol), Error> {
        let word = self.word("`.param`")?;
        if word != ".param" {
            return Err(self.unknown(word, "this directive"));
        }
        let word = self.word("a type")?;
        let Some(ty) = word
            .strip_prefix('.')
            .and_then(Ty::parse)
            .filter(|ty| ty.bytes() > 0)
        else {
            return Err(self.unknown(word, "this type"));
        };
        let name = loop {
            match self.word("a name")? {
                ".ptr" | ".global" => {}
                ".align" => {
                    self.number()?;
                }
                word if word.starts_with('.') => return Err(self.unknown(word, "this directive")),
                name => break name,
            }
        };
        let size = u64::from(ty.bytes());
        let offset = entry.param_bytes.next_multiple_of(size);
        entry.param_bytes = offset + size;
        entry.params.push(Param { ty, offset });
        Ok((name, Symbol::Param { offset, size }))
    }

    /// What is between the entry's braces; the first has been read.
    fn body(&mut self, entry: &mut EntrySyntax<'s>) -> Result<(), Error> {
        entry.scopes.push(Scope {
            parent: Some(0),
            ..Scope::default()
        });
        let mut scope = 1;
        loop {
            if self.eat('{') {
                entry.scopes.push(Scope {
                    parent: Some(scope),
                    ..Scope::default()
                });
                scope = entry.scopes.len() - 1;
            } else if self.eat('}') {
                match entry.scopes[scope].parent {
                    Some(0) | None => return Ok(()),
                    Some(parent) => scope = parent,
                }
            } else if !self.eat(';') {
                self.statement(entry, scope)?;
            }
        }
    }

    fn statement(&mut self, entry: &mut EntrySyntax<'s>, scope: usize) -> Result<(), Error> {
        let start = self.at;
        let guard = if self.eat('@') {
            let negated = self.eat('!');
            Some((self.word("a predicate")?, negated))
        } else {
            None
        };
        let word = self.word("an instruction or `}`")?;
        match word {
            ".reg" => return self.registers(entry, scope),
            ".shared" | ".local" => {
                let (name, align, size) = self.declaration()?;
                let (space, area) = match word {
                    ".shared" => (Space::Shared, &mut entry.shared),
                    _ => (Space::Local, &mut entry.local),
                };
                let address = area.place(align, size);
                return self.declare(entry, scope, name, Symbol::Variable { space, address });
            }
            ".loc" => {
                self.skip_line();
                return Ok(());
            }
            ".pragma" => {
                self.at += 1;
                return self.expect(';');
            }
            _ if word.starts_with('.') => return Err(self.unknown(word, "this directive")),
            _ if guard.is_none() && self.eat(':') => {
                let label = Symbol::Label(entry.statements.len());
                return self.declare(entry, scope, word, label);
            }
            _ => {}
        }
        let mut operands = Vec::new();
        while !self.eat(';') {
            if !operands.is_empty() {
                self.expect(',')?;
            }
            operands.push(self.operand()?);
        }
        let first = self.spots[start];
        let end = self.spots[self.at - 1].start;
        let place = Place {
            line: first.line,
            start: first.start,
            end,
        };
        entry.statements.push(Statement {
            guard,
            mnemonic: word,
            operands,
            scope,
            place,
        });
        Ok(())
    }

    fn declare(
        &self,
        entry: &mut EntrySyntax<'s>,
        scope: usize,
        name: &str,
        symbol: Symbol,
    ) -> Result<(), Error> {
        match entry.scopes[scope].symbols.insert(name.to_owned(), symbol) {
            None => Ok(()),
            Some(_) => self.fail(format!("`{name}` is declared twice")),
        }
    }

    /// `.reg .f32 %a, %b<4>;` behind `.reg`.
    fn registers(&mut self, entry: &mut EntrySyntax<'s>, scope: usize) -> Result<(), Error> {
        let word = self.word("a type")?;
        let Some(ty) = word.strip_prefix('.').and_then(Ty::parse) else {
            return Err(self.unknown(word, "this type"));
        };
        loop {
            let name = self.word("a register")?;
            let mut register = |parser: &Parser<'s>, name: &str| {
                let number = entry.registers;
                entry.registers += 1;
                parser.declare(entry, scope, name, Symbol::Register { number, ty })
            };
            if self.eat('<') {
                let count = self.number()?;
                if count > 1 << 20 {
                    return self.fail("that many registers");
                }
                for k in 0..count {
                    register(self, &format!("{name}{k}"))?;
                }
                self.expect('>')?;
            } else {
                register(self, name)?;
            }
            if self.eat(';') {
                return Ok(());
            }
            self.expect(',')?;
        }
    }
}
