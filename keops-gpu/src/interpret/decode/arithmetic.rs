//! Arithmetic, comparisons, selections, conversions.

use super::super::code::{Combine, Compare, Op};
use super::super::convert::{Rounding, convert};
use super::super::error::{Error, ErrorKind};
use super::super::float::{self, Precise};
use super::super::integer::{self, Part};
use super::super::syntax::Operand;
use super::super::types::Ty;
use super::Decoder;

impl Decoder<'_, '_> {
    /// How a floating instruction rounds: nothing means to nearest, where that is allowed.
    fn precise(&mut self) -> Precise {
        self.flag("rn");
        let choices = [("approx", Precise::Approximate), ("full", Precise::Full)];
        self.one_of(&choices).unwrap_or(Precise::Nearest)
    }

    /// Instructions whose operands are all of the type of the instruction.
    pub(super) fn arithmetic(&mut self) -> Result<Op, Error> {
        let sources = match self.opcode {
            "add" | "sub" | "div" | "rem" | "min" | "max" | "and" | "or" | "xor" | "shl"
            | "shr" | "copysign" => 2,
            "neg" | "abs" | "not" | "sqrt" | "rsqrt" | "rcp" | "ex2" | "lg2" | "sin" | "cos"
            | "tanh" | "popc" | "clz" => 1,
            _ => {
                return self.fail(
                    ErrorKind::Unknown,
                    format!("the instruction `{}` is not known", self.opcode),
                );
            }
        };
        let ty = self.ty()?;
        let (ftz, how, nan) = match ty {
            Ty::F(_) => (self.flag("ftz"), self.precise(), self.flag("NaN")),
            _ => (false, Precise::Nearest, false),
        };
        self.all_known()?;
        self.count(sources + 1)?;
        if sources == 1 {
            let f = match ty {
                Ty::F(_) => float::unary(self.opcode, ty, ftz, how),
                _ => integer::unary(self.opcode, ty),
            };
            let Some(f) = f else { return self.not_known() };
            let result = if matches!(self.opcode, "popc" | "clz") {
                Ty::U(32)
            } else {
                ty
            };
            return Ok(Op::Unary {
                f,
                to: self.to(0, result)?,
                a: self.from(1, ty)?,
            });
        }
        let f = match ty {
            Ty::F(_) => float::binary(self.opcode, ty, ftz, how, nan),
            _ => integer::binary(self.opcode, ty),
        };
        let Some(f) = f else { return self.not_known() };
        let second = if matches!(self.opcode, "shl" | "shr") {
            Ty::U(32)
        } else {
            ty
        };
        Ok(Op::Binary {
            f,
            to: self.to(0, ty)?,
            a: self.from(1, ty)?,
            b: self.from(2, second)?,
        })
    }

    /// `mul`, `mad`, `fma`
    pub(super) fn product(&mut self) -> Result<Op, Error> {
        let ty = self.ty()?;
        if ty.is_float() {
            let ftz = self.flag("ftz");
            let nearest = self.flag("rn");
            self.all_known()?;
            if self.opcode == "mul" {
                self.count(3)?;
                let f = float::binary("mul", ty, ftz, Precise::Nearest, false);
                let Some(f) = f else { return self.not_known() };
                return Ok(Op::Binary {
                    f,
                    to: self.to(0, ty)?,
                    a: self.from(1, ty)?,
                    b: self.from(2, ty)?,
                });
            }
            self.count(4)?;
            let (Some(f), true) = (float::fused(ty, ftz), nearest) else {
                return self.not_known();
            };
            let (to, a, b, c) = (
                self.to(0, ty)?,
                self.from(1, ty)?,
                self.from(2, ty)?,
                self.from(3, ty)?,
            );
            return Ok(Op::Ternary { f, to, a, b, c });
        }
        let parts = [("lo", Part::Low), ("hi", Part::High), ("wide", Part::Wide)];
        let Some(part) = self.one_of(&parts) else {
            return self.not_known();
        };
        self.all_known()?;
        let result = if part == Part::Wide { ty.wide() } else { ty };
        if self.opcode == "mul" {
            self.count(3)?;
            let Some(f) = integer::product(part, ty) else {
                return self.not_known();
            };
            return Ok(Op::Binary {
                f,
                to: self.to(0, result)?,
                a: self.from(1, ty)?,
                b: self.from(2, ty)?,
            });
        }
        self.count(4)?;
        let f = if self.opcode == "mad" {
            integer::product_sum(part, ty)
        } else {
            None
        };
        let Some(f) = f else { return self.not_known() };
        let (to, a, b, c) = (
            self.to(0, result)?,
            self.from(1, ty)?,
            self.from(2, ty)?,
            self.from(3, result)?,
        );
        Ok(Op::Ternary { f, to, a, b, c })
    }

    /// `bfe`
    pub(super) fn field(&mut self) -> Result<Op, Error> {
        let ty = self.ty()?;
        self.count(4)?;
        let Some(f) = integer::field(ty) else {
            return self.not_known();
        };
        let (to, a) = (self.to(0, ty)?, self.from(1, ty)?);
        Ok(Op::Ternary {
            f,
            to,
            a,
            b: self.from(2, Ty::U(32))?,
            c: self.from(3, Ty::U(32))?,
        })
    }

    /// `setp`, `set`
    pub(super) fn compare(&mut self) -> Result<Op, Error> {
        let operator = self.first()?;
        let combine = self.one_of(&[
            ("and", Combine::And),
            ("or", Combine::Or),
            ("xor", Combine::Xor),
        ]);
        let ftz = self.flag("ftz");
        let result = if self.opcode == "set" {
            self.ty()?
        } else {
            Ty::Pred
        };
        let ty = self.ty()?;
        self.all_known()?;
        self.count(3 + usize::from(combine.is_some()))?;
        let holds = match ty {
            Ty::F(_) => float::compare(operator, ty, ftz),
            _ if ftz => None,
            _ => integer::compare(operator, ty),
        };
        let Some(holds) = holds else {
            return self.not_known();
        };
        let truth = match result {
            Ty::Pred => 1,
            Ty::F(32) => u64::from(1.0f32.to_bits()),
            Ty::B(32) | Ty::U(32) | Ty::S(32) => 0xffff_ffff,
            _ => return self.not_known(),
        };
        let name = |name: &str| match name {
            "_" if result == Ty::Pred => Ok(None),
            name => self
                .register(name, |register| result.takes(register))
                .map(Some),
        };
        let (to, contrary) = match &self.statement.operands[0] {
            Operand::Word(to) => (name(to)?, None),
            Operand::Both(to, contrary) if result == Ty::Pred => (name(to)?, name(contrary)?),
            _ => return self.fail(ErrorKind::Type, "the result must be a register"),
        };
        let combine = match combine {
            None => None,
            Some(how) => {
                let (slot, negated) = self.predicate(3)?;
                Some((how, slot, negated))
            }
        };
        let (a, b) = (self.from(1, ty)?, self.from(2, ty)?);
        Ok(Op::Compare(Box::new(Compare {
            holds,
            a,
            b,
            combine,
            truth,
            to,
            contrary,
        })))
    }

    /// `selp`
    pub(super) fn selp(&mut self) -> Result<Op, Error> {
        let ty = self.ty()?;
        self.count(4)?;
        if ty == Ty::Pred || ty.bits() < 16 {
            return self.not_known();
        }
        let (to, a, b, c) = (
            self.to(0, ty)?,
            self.from(1, ty)?,
            self.from(2, ty)?,
            self.from(3, Ty::Pred)?,
        );
        Ok(Op::Ternary {
            f: |a, b, p| if p != 0 { a } else { b },
            to,
            a,
            b,
            c,
        })
    }

    /// `cvt`
    pub(super) fn cvt(&mut self) -> Result<Op, Error> {
        let rounding = self.one_of(&[
            ("rn", Rounding::Nearest),
            ("rz", Rounding::Zero),
            ("rm", Rounding::Down),
            ("rp", Rounding::Up),
        ]);
        let whole = self.one_of(&[
            ("rni", Rounding::Nearest),
            ("rzi", Rounding::Zero),
            ("rmi", Rounding::Down),
            ("rpi", Rounding::Up),
        ]);
        let ftz = self.flag("ftz");
        let (to_ty, from_ty) = (self.ty()?, self.ty()?);
        self.all_known()?;
        self.count(2)?;
        let Some(f) = convert(to_ty, from_ty, rounding, whole, ftz) else {
            return self.not_known();
        };
        let to = match &self.statement.operands[0] {
            Operand::Word(name) => self.register(name, |register| to_ty.takes_wider(register))?,
            _ => return self.fail(ErrorKind::Type, "the result must be a register"),
        };
        let a = self.value(&self.statement.operands[1], from_ty, Ty::takes_wider)?;
        Ok(Op::Unary { f, to, a })
    }
}
