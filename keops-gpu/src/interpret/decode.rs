//! Statements to decoded instructions. Whatever is not known is an error.

mod arithmetic;
mod control;
mod memory;

use std::collections::HashMap;

use super::code::{Entry, Op, SPECIALS, Slot, Step};
use super::error::{Error, ErrorKind};
use super::parse::unsigned;
use super::syntax::{EntrySyntax, Operand, Space, Statement, Symbol};
use super::types::Ty;

/// The constants of an entry, each once.
#[derive(Default)]
struct Pool {
    slots: HashMap<u64, Slot>,
    values: Vec<u64>,
}

/// Decodes one entry.
pub(super) fn entry(source: &str, syntax: &EntrySyntax<'_>) -> Result<Entry, Error> {
    let mut pool = Pool::default();
    let mut steps = Vec::with_capacity(syntax.statements.len() + 1);
    for statement in &syntax.statements {
        let mut decoder = Decoder::new(source, syntax, &mut pool, statement);
        let guard = decoder.guard()?;
        let op = decoder.op()?;
        decoder.all_known()?;
        steps.push(Step { guard, op });
    }
    let mut places: Vec<_> = syntax
        .statements
        .iter()
        .map(|statement| statement.place)
        .collect();
    if let Some(last) = places.last().copied() {
        places.push(last);
    }
    // Running off the end is leaving the kernel, as `ret` is.
    steps.push(Step {
        guard: None,
        op: Op::Exit,
    });
    let mut names = vec![String::new(); syntax.registers as usize];
    for scope in &syntax.scopes {
        for (name, symbol) in &scope.symbols {
            if let Symbol::Register { number, .. } = symbol {
                names[*number as usize].clone_from(name);
            }
        }
    }
    Ok(Entry {
        name: syntax.name.to_owned(),
        line: syntax.line,
        params: syntax.params.clone(),
        param_bytes: syntax.param_bytes,
        most: syntax.most,
        exact: syntax.exact,
        shared_end: syntax.shared.end,
        local_end: syntax.local.end,
        registers: syntax.registers,
        names,
        constants: pool.values,
        steps,
        places,
    })
}

/// One statement while it is decoded.
struct Decoder<'e, 's> {
    source: &'s str,
    syntax: &'e EntrySyntax<'s>,
    pool: &'e mut Pool,
    statement: &'e Statement<'s>,
    opcode: &'s str,
    /// The modifiers that nothing has taken yet.
    modifiers: Vec<&'s str>,
}

impl<'e, 's> Decoder<'e, 's> {
    fn new(
        source: &'s str,
        syntax: &'e EntrySyntax<'s>,
        pool: &'e mut Pool,
        statement: &'e Statement<'s>,
    ) -> Self {
        let mut parts = statement.mnemonic.split('.');
        let opcode = parts.next().unwrap_or_default();
        Decoder {
            source,
            syntax,
            pool,
            statement,
            opcode,
            modifiers: parts.collect(),
        }
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        let place = self.statement.place;
        Error::new(
            kind,
            place.line,
            &self.source[place.start..place.end],
            message,
        )
    }

    fn fail<T>(&self, kind: ErrorKind, message: impl Into<String>) -> Result<T, Error> {
        Err(self.error(kind, message))
    }

    /// The instruction as such: known, but not with these types or modifiers.
    fn not_known<T>(&self) -> Result<T, Error> {
        self.fail(
            ErrorKind::Unknown,
            format!("`{}` is not known", self.statement.mnemonic),
        )
    }

    /// Takes a modifier, if it is there.
    fn flag(&mut self, name: &str) -> bool {
        let found = self.modifiers.iter().position(|modifier| *modifier == name);
        found.map(|at| self.modifiers.remove(at)).is_some()
    }

    /// Takes the first of these modifiers that is there.
    fn one_of<V: Copy>(&mut self, choices: &[(&str, V)]) -> Option<V> {
        choices
            .iter()
            .find(|(name, _)| self.flag(name))
            .map(|(_, value)| *value)
    }

    /// Takes the first modifier.
    fn first(&mut self) -> Result<&'s str, Error> {
        if self.modifiers.is_empty() {
            self.not_known()
        } else {
            Ok(self.modifiers.remove(0))
        }
    }

    /// Takes the first type.
    fn ty(&mut self) -> Result<Ty, Error> {
        let at = self
            .modifiers
            .iter()
            .position(|modifier| Ty::looks_like(modifier) || *modifier == "pred");
        let Some(at) = at else {
            return self.fail(
                ErrorKind::Unknown,
                format!("`{}` has no type", self.statement.mnemonic),
            );
        };
        let name = self.modifiers.remove(at);
        Ty::parse(name).ok_or_else(|| {
            self.error(
                ErrorKind::Unknown,
                format!("the type `.{name}` is not known"),
            )
        })
    }

    /// No modifier may be left.
    fn all_known(&self) -> Result<(), Error> {
        match self.modifiers.first() {
            None => Ok(()),
            Some(name) => {
                let message = format!("the modifier `.{name}` of `{}` is not known", self.opcode);
                self.fail(ErrorKind::Unknown, message)
            }
        }
    }

    fn count(&self, count: usize) -> Result<(), Error> {
        let found = self.statement.operands.len();
        if found == count {
            return Ok(());
        }
        self.fail(
            ErrorKind::Type,
            format!("`{}` takes {count} operands, not {found}", self.opcode),
        )
    }

    fn guard(&mut self) -> Result<Option<(Slot, u64)>, Error> {
        let Some((name, negated)) = self.statement.guard else {
            return Ok(None);
        };
        let slot = self.register(name, |ty| ty == Ty::Pred)?;
        Ok(Some((slot, u64::from(!negated))))
    }

    /// The slot of a constant.
    fn constant(&mut self, value: u64) -> Slot {
        let first = self.syntax.registers + SPECIALS.len() as u32;
        let pool = &mut *self.pool;
        *pool.slots.entry(value).or_insert_with(|| {
            pool.values.push(value);
            first + pool.values.len() as u32 - 1
        })
    }

    fn find(&self, name: &str) -> Option<Symbol> {
        self.syntax.find(self.statement.scope, name)
    }

    /// A register whose type the instruction takes.
    fn register(&self, name: &str, takes: impl Fn(Ty) -> bool) -> Result<Slot, Error> {
        match self.find(name) {
            Some(Symbol::Register { number, ty }) if takes(ty) => Ok(number),
            Some(Symbol::Register { ty, .. }) => self.fail(
                ErrorKind::Type,
                format!("`{name}` is a register of type {ty}"),
            ),
            Some(_) => self.fail(ErrorKind::Type, format!("`{name}` is no register")),
            None => self.fail(ErrorKind::Unknown, format!("`{name}` is not declared")),
        }
    }

    /// The register that the operand names, to be written.
    fn to(&self, at: usize, ty: Ty) -> Result<Slot, Error> {
        match &self.statement.operands[at] {
            Operand::Word(name) => self.register(name, |register| ty.takes(register)),
            _ => self.fail(ErrorKind::Type, "the result must be a register"),
        }
    }

    /// The register, special register, address or number of an operand, to be read.
    fn from(&mut self, at: usize, ty: Ty) -> Result<Slot, Error> {
        self.value(&self.statement.operands[at], ty, |ty, register| {
            ty.takes(register)
        })
    }

    /// A predicate, and whether its contrary is meant.
    fn predicate(&mut self, at: usize) -> Result<(Slot, bool), Error> {
        match &self.statement.operands[at] {
            Operand::Not(name) => Ok((self.register(name, |ty| ty == Ty::Pred)?, true)),
            _ => Ok((self.from(at, Ty::Pred)?, false)),
        }
    }

    fn value(
        &mut self,
        operand: &'e Operand<'s>,
        ty: Ty,
        takes: fn(Ty, Ty) -> bool,
    ) -> Result<Slot, Error> {
        match operand {
            Operand::Word(word) => {
                if let Some(at) = SPECIALS.iter().position(|special| special == word) {
                    if !takes(ty, Ty::U(32)) {
                        return self.fail(ErrorKind::Type, format!("`{word}` is a u32"));
                    }
                    return Ok(self.syntax.registers + at as u32);
                }
                if let Some(value) = literal(word, ty) {
                    return Ok(self.constant(value));
                }
                match self.find(word) {
                    Some(Symbol::Variable { address, .. }) => self.address(address, 0, ty),
                    _ => self.register(word, |register| takes(ty, register)),
                }
            }
            Operand::Sum(name, offset) => match self.find(name) {
                Some(Symbol::Variable { address, .. }) => self.address(address, *offset, ty),
                _ => self.fail(ErrorKind::Type, format!("`{name}` is no variable")),
            },
            Operand::Negative(word) if ty != Ty::Pred && !ty.is_float() => match unsigned(word) {
                Some(value) => Ok(self.constant(mask(value.wrapping_neg(), ty))),
                None => self.fail(ErrorKind::Syntax, "expected a number"),
            },
            Operand::Negative(word) => match literal(word, ty) {
                Some(value) if ty == Ty::F(32) => Ok(self.constant(value ^ 1 << 31)),
                Some(value) if ty == Ty::F(64) => Ok(self.constant(value ^ 1 << 63)),
                Some(value) => Ok(self.constant(value)),
                None => self.fail(ErrorKind::Syntax, "expected a number"),
            },
            _ => self.fail(ErrorKind::Type, "this operand is not a value"),
        }
    }

    /// The address of a variable, as a number.
    fn address(&mut self, address: u64, offset: i64, ty: Ty) -> Result<Slot, Error> {
        if !ty.is_integer() || ty.bits() < 32 {
            return self.fail(ErrorKind::Type, "an address has 32 or 64 bits");
        }
        Ok(self.constant(mask(address.wrapping_add_signed(offset), ty)))
    }

    fn op(&mut self) -> Result<Op, Error> {
        match self.opcode {
            "mov" => self.mov(),
            "ld" | "st" => self.access(),
            "cvta" => self.cvta(),
            "setp" | "set" => self.compare(),
            "selp" => self.selp(),
            "cvt" => self.cvt(),
            "bra" | "bar" | "barrier" | "ret" | "exit" | "vote" => self.control(),
            "mul" | "mad" | "fma" => self.product(),
            "bfe" => self.field(),
            _ => self.arithmetic(),
        }
    }
}

/// The low bits of a number.
fn mask(value: u64, ty: Ty) -> u64 {
    value & (u64::MAX >> (64 - ty.bits().max(1)))
}

/// A number as the bits of a register of that type; `None` for what is no number of it.
fn literal(word: &str, ty: Ty) -> Option<u64> {
    let exact = |prefixes: [&str; 2], digits: usize| {
        let hex = prefixes
            .iter()
            .find_map(|prefix| word.strip_prefix(prefix))?;
        if hex.len() == digits {
            u64::from_str_radix(hex, 16).ok()
        } else {
            None
        }
    };
    match ty {
        Ty::F(32) | Ty::B(32) if word.starts_with("0f") || word.starts_with("0F") => {
            exact(["0f", "0F"], 8)
        }
        Ty::F(64) | Ty::B(64) if word.starts_with("0d") || word.starts_with("0D") => {
            exact(["0d", "0D"], 16)
        }
        Ty::F(bits) if word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.') => {
            let value: f64 = word.parse().ok()?;
            Some(if bits == 32 {
                u64::from((value as f32).to_bits())
            } else {
                value.to_bits()
            })
        }
        Ty::F(_) => None,
        Ty::Pred => unsigned(word).map(|value| u64::from(value != 0)),
        _ => unsigned(word).map(|value| mask(value, ty)),
    }
}

/// The space that a modifier names.
const SPACES: [(&str, Space); 4] = [
    ("global", Space::Global),
    ("shared", Space::Shared),
    ("local", Space::Local),
    ("param", Space::Param),
];
