//! Moves, loads, stores, addresses.

use super::super::code::{Access, Op, Slot};
use super::super::error::{Error, ErrorKind};
use super::super::memory::{LOCAL_WINDOW, SHARED_WINDOW};
use super::super::syntax::{Operand, Space, Symbol};
use super::super::types::Ty;
use super::{Decoder, SPACES};

impl<'e, 's> Decoder<'e, 's> {
    /// `mov`, with `{a, b}` on either side.
    pub(super) fn mov(&mut self) -> Result<Op, Error> {
        let ty = self.ty()?;
        self.count(2)?;
        if ty.bits() == 8 {
            return self.not_known();
        }
        let statement = self.statement;
        match (&statement.operands[0], &statement.operands[1]) {
            (Operand::List(parts), _) => {
                let part = self.part(ty, parts.len())?;
                let to = parts
                    .iter()
                    .map(|operand| self.discardable(operand, part, Ty::takes));
                let to = to.collect::<Result<_, _>>()?;
                Ok(Op::Unpack {
                    to,
                    a: self.from(1, ty)?,
                    bits: part.bits(),
                })
            }
            (_, Operand::List(parts)) => {
                let part = self.part(ty, parts.len())?;
                let to = self.to(0, ty)?;
                let parts = parts
                    .iter()
                    .map(|operand| self.value(operand, part, Ty::takes));
                Ok(Op::Pack {
                    to,
                    parts: parts.collect::<Result<_, _>>()?,
                    bits: part.bits(),
                })
            }
            _ => Ok(Op::Copy {
                to: self.to(0, ty)?,
                a: self.from(1, ty)?,
            }),
        }
    }

    /// The type of one of `count` parts of a value of raw bits.
    fn part(&self, ty: Ty, count: usize) -> Result<Ty, Error> {
        match (ty, count) {
            (Ty::B(bits @ (32 | 64)), 2) => Ok(Ty::B(bits / 2)),
            (Ty::B(64), 4) => Ok(Ty::B(16)),
            _ => self.not_known(),
        }
    }

    /// A register to be written, or `_`.
    fn discardable(
        &self,
        operand: &Operand<'s>,
        ty: Ty,
        takes: fn(Ty, Ty) -> bool,
    ) -> Result<Option<Slot>, Error> {
        match operand {
            Operand::Word("_") => Ok(None),
            Operand::Word(name) => self
                .register(name, |register| takes(ty, register))
                .map(Some),
            _ => self.fail(ErrorKind::Type, "the result must be a register"),
        }
    }

    /// `ld`, `st`
    pub(super) fn access(&mut self) -> Result<Op, Error> {
        let load = self.opcode == "ld";
        let space = self.one_of(&SPACES).unwrap_or(Space::Generic);
        let constant = load && space == Space::Global && self.flag("nc");
        let count = self.one_of(&[("v2", 2), ("v4", 4)]);
        let ty = self.ty()?;
        self.all_known()?;
        self.count(2)?;
        if ty == Ty::Pred || !load && space == Space::Param {
            return self.not_known();
        }
        if ty.bytes() as usize * count.unwrap_or(1) > 16 {
            return self.fail(ErrorKind::Type, "one access has at most 16 bytes");
        }
        let (values, address) = if load { (0, 1) } else { (1, 0) };
        let statement = self.statement;
        let values: &'e [Operand<'s>] = match (&statement.operands[values], count) {
            (Operand::List(list), Some(count)) if list.len() == count => list,
            (operand, None) => std::slice::from_ref(operand),
            _ => return self.fail(ErrorKind::Type, "the vector has another length"),
        };
        let mut slots = Vec::with_capacity(values.len());
        let mut wide = ty;
        for operand in values {
            slots.push(if load {
                if let Operand::Word(name) = operand
                    && let Some(Symbol::Register { ty, .. }) = self.find(name)
                {
                    wide = ty;
                }
                self.discardable(operand, ty, Ty::takes_wider)?
            } else {
                Some(self.value(operand, ty, Ty::takes_wider)?)
            });
        }
        let sign = match ty {
            Ty::S(bits) if load && wide.bits() > bits => Some((bits, wide.bits())),
            _ => None,
        };
        let Operand::Address(base, offset) = statement.operands[address] else {
            return self.fail(ErrorKind::Type, "expected an address in brackets");
        };
        let size = u64::from(ty.bytes()) * slots.len() as u64;
        let (base, offset) = self.base(space, base, offset, size)?;
        let access = Access {
            space,
            bytes: ty.bytes(),
            slots,
            base,
            offset,
            sign,
            constant,
        };
        Ok(if load {
            Op::Load(Box::new(access))
        } else {
            Op::Store(Box::new(access))
        })
    }

    /// What an address counts from: a register, or a variable of the space, or a parameter.
    fn base(
        &mut self,
        space: Space,
        name: &str,
        offset: i64,
        size: u64,
    ) -> Result<(Slot, i64), Error> {
        match self.find(name) {
            Some(Symbol::Param {
                offset: start,
                size: whole,
            }) if space == Space::Param => {
                if u64::try_from(offset).map_or(true, |offset| offset + size > whole) {
                    return self.fail(
                        ErrorKind::OutOfBounds,
                        format!("`{name}` has {whole} bytes"),
                    );
                }
                Ok((self.constant(start), offset))
            }
            Some(Symbol::Variable {
                space: own,
                address,
            }) if own == space => Ok((self.constant(address), offset)),
            Some(Symbol::Register { number, ty }) if space != Space::Param && ty.is_integer() => {
                let narrow = matches!(space, Space::Shared | Space::Local) && ty.bits() == 32;
                if ty.bits() == 64 || narrow {
                    return Ok((number, offset));
                }
                self.fail(
                    ErrorKind::Type,
                    format!("`{name}` has {} bits: no address of that space", ty.bits()),
                )
            }
            Some(_) => self.fail(
                ErrorKind::Type,
                format!("`{name}` is no address of that space"),
            ),
            None => self.fail(ErrorKind::Unknown, format!("`{name}` is not declared")),
        }
    }

    /// `cvta`: addresses of a space to generic ones, with `.to` the other way.
    pub(super) fn cvta(&mut self) -> Result<Op, Error> {
        let back = self.flag("to");
        let space = self.one_of(&SPACES);
        let ty = self.ty()?;
        self.all_known()?;
        self.count(2)?;
        if ty != Ty::U(64) {
            return self.not_known();
        }
        let (to, a) = (self.to(0, ty)?, self.from(1, ty)?);
        let window = match space {
            Some(Space::Global) => return Ok(Op::Copy { to, a }),
            Some(Space::Shared) => SHARED_WINDOW,
            Some(Space::Local) => LOCAL_WINDOW,
            _ => return self.not_known(),
        };
        let b = self.constant(if back { window.wrapping_neg() } else { window });
        Ok(Op::Binary {
            f: u64::wrapping_add,
            to,
            a,
            b,
        })
    }
}
