//! The arithmetic of keops-program over the registers of a kernel.

use super::Builder;
use crate::kernel::{Binary, Comparison, Instr, Operand, Precision, Reg, Type, Unary};
use keops_program::arith::{Arith, Slow};
use keops_program::functions;
use std::f64::consts;
use std::marker::PhantomData;

/// A floating type, as a type.
pub trait Floating: Copy {
    /// Which.
    const PRECISION: Precision;
}

/// f32
#[derive(Clone, Copy, Debug)]
pub struct Single;

/// f64
#[derive(Clone, Copy, Debug)]
pub struct Double;

impl Floating for Single {
    const PRECISION: Precision = Precision::Single;
}

impl Floating for Double {
    const PRECISION: Precision = Precision::Double;
}

/// The arithmetic of a builder whose precision is `T`'s.
///
/// In f32, unless the builder is accurate, `exp`, `exp2`, `log`, `log2`, `pow`, `sin`, `cos`, `rsqrt`, `sqrt` and `div` are
/// the hardware's approximations; else they are functions of IEEE's operations.
#[derive(Clone, Copy, Debug)]
pub struct Emit<'a, T> {
    builder: &'a Builder,
    floating: PhantomData<T>,
}

impl<'a, T: Floating> Emit<'a, T> {
    /// Over a builder of the same precision.
    pub fn new(builder: &'a Builder) -> Emit<'a, T> {
        debug_assert_eq!(builder.precision, T::PRECISION);
        Emit {
            builder,
            floating: PhantomData,
        }
    }

    /// Whether the hardware's approximations are wanted.
    fn fast(self) -> bool {
        T::PRECISION == Precision::Single && !self.builder.accurate
    }

    fn unary(self, op: Unary, a: Operand) -> Operand {
        self.builder.unary(op, Type::Real, a)
    }

    fn binary(self, op: Binary, a: Operand, b: Operand) -> Operand {
        self.builder.binary(op, Type::Real, a, b).into()
    }

    /// The word with the sign and the exponent.
    fn word(self, a: Operand) -> Operand {
        let op = if T::PRECISION == Precision::Single {
            Unary::Bits
        } else {
            Unary::High
        };
        self.builder.unary(op, Type::U32, a)
    }

    /// The number with that word; in f64 with the low half of `low`.
    fn with_word(self, word: Operand, low: Option<Operand>) -> Operand {
        match T::PRECISION {
            Precision::Single => self.unary(Unary::FromBits, word),
            Precision::Double => {
                let low = match low {
                    Some(a) => self.builder.unary(Unary::Low, Type::U32, a),
                    None => Operand::U32(0),
                };
                self.builder
                    .binary(Binary::Pack, Type::Real, low, word)
                    .into()
            }
        }
    }

    fn bits(self, op: Binary, a: Operand, b: u32) -> Operand {
        self.builder
            .binary(op, Type::U32, a, Operand::U32(b))
            .into()
    }

    /// Where the exponent starts in the word, and its bias.
    const EXPONENT: (u32, u32) = match T::PRECISION {
        Precision::Single => (23, 127),
        Precision::Double => (20, 1023),
    };

    /// 2^k for an i32; 0 one below the smallest normal exponent.
    fn power_of_two(self, k: Operand) -> Operand {
        let (shift, bias) = Self::EXPONENT;
        let biased = self
            .builder
            .binary(Binary::Add, Type::I32, k, Operand::I32(bias as i32));
        let bits = self.builder.unary(Unary::Cast, Type::U32, biased.into());
        self.with_word(self.bits(Binary::Shl, bits, shift), None)
    }

    /// `a` less the nearest multiple of 2π, for the approximations of sine and cosine.
    fn turn(self, a: Operand) -> Operand {
        let high = f64::from(consts::TAU as f32);
        let turns = self.mul(a, self.splat(1.0 / consts::TAU));
        let turns = self.neg(self.round_even(turns));
        let rest = self.fma(turns, self.splat(high), a);
        self.fma(turns, self.splat(consts::TAU - high), rest)
    }
}

impl<T: Floating> Arith for Emit<'_, T> {
    type F = Operand;
    type M = Reg;

    const PRECISION: Precision = T::PRECISION;
    const FMA: bool = true;

    fn splat(self, a: f64) -> Operand {
        self.builder.real(a)
    }

    fn add(self, a: Operand, b: Operand) -> Operand {
        self.binary(Binary::Add, a, b)
    }

    fn sub(self, a: Operand, b: Operand) -> Operand {
        self.binary(Binary::Sub, a, b)
    }

    fn mul(self, a: Operand, b: Operand) -> Operand {
        self.binary(Binary::Mul, a, b)
    }

    fn div(self, a: Operand, b: Operand) -> Operand {
        self.binary(
            if self.fast() {
                Binary::DivApprox
            } else {
                Binary::Div
            },
            a,
            b,
        )
    }

    fn fma(self, a: Operand, b: Operand, c: Operand) -> Operand {
        self.builder.fma(Type::Real, a, b, c).into()
    }

    fn neg(self, a: Operand) -> Operand {
        match a {
            Operand::Real(a) => Operand::Real(-a),
            a => self.unary(Unary::Neg, a),
        }
    }

    fn abs(self, a: Operand) -> Operand {
        self.unary(Unary::Abs, a)
    }

    fn sqrt(self, a: Operand) -> Operand {
        self.unary(
            if self.fast() {
                Unary::SqrtApprox
            } else {
                Unary::Sqrt
            },
            a,
        )
    }

    fn min(self, a: Operand, b: Operand) -> Operand {
        self.binary(Binary::Min, a, b)
    }

    fn max(self, a: Operand, b: Operand) -> Operand {
        self.binary(Binary::Max, a, b)
    }

    fn round_even(self, a: Operand) -> Operand {
        self.unary(Unary::RoundEven, a)
    }

    fn floor(self, a: Operand) -> Operand {
        self.unary(Unary::Floor, a)
    }

    fn copysign(self, a: Operand, b: Operand) -> Operand {
        let magnitude = self.bits(Binary::And, self.word(a), 0x7fff_ffff);
        let sign = self.bits(Binary::And, self.word(b), 0x8000_0000);
        let word = self.builder.binary(Binary::Or, Type::U32, magnitude, sign);
        self.with_word(word.into(), Some(a))
    }

    // Two factors reach every power between a and a normal result, but for k = 1 - 2 · bias, which
    // only the largest binade would need.
    fn scale2(self, a: Operand, k: Operand) -> Operand {
        let bias = Self::EXPONENT.1 as i32;
        let b = self.builder;
        let k = b.unary(Unary::ToInteger, Type::I32, k);
        let k = b.binary(Binary::Max, Type::I32, k, Operand::I32(-2 * bias));
        let k = b.binary(Binary::Min, Type::I32, k, Operand::I32(2 * bias));
        let half = b.binary(Binary::Shr, Type::I32, k, Operand::U32(1));
        let rest = b.binary(Binary::Sub, Type::I32, k, half);
        let a = self.mul(a, self.power_of_two(half.into()));
        self.mul(a, self.power_of_two(rest.into()))
    }

    fn scale2_normal(self, a: Operand, k: Operand) -> Operand {
        let b = self.builder;
        let k = b.unary(Unary::ToInteger, Type::I32, k);
        let k = b.unary(Unary::Cast, Type::U32, k);
        let exponent = self.bits(Binary::Shl, k, Self::EXPONENT.0);
        let word = b.binary(Binary::Add, Type::U32, self.word(a), exponent);
        self.with_word(word.into(), Some(a))
    }

    fn split(self, a: Operand) -> (Operand, Operand) {
        let (shift, bias) = Self::EXPONENT;
        let b = self.builder;
        let word = self.word(a);
        let mantissa = self.bits(Binary::And, word, (1 << shift) - 1);
        let mantissa = self.bits(Binary::Or, mantissa, bias << shift);
        let exponent = b.unary(Unary::Cast, Type::I32, self.bits(Binary::Shr, word, shift));
        let exponent = b.binary(Binary::Sub, Type::I32, exponent, Operand::I32(bias as i32));
        (
            self.with_word(mantissa, Some(a)),
            b.unary(Unary::ToReal, Type::Real, exponent.into()),
        )
    }

    fn lt(self, a: Operand, b: Operand) -> Reg {
        self.builder.compare(Comparison::Lt, a, b)
    }

    fn le(self, a: Operand, b: Operand) -> Reg {
        self.builder.compare(Comparison::Le, a, b)
    }

    fn eq(self, a: Operand, b: Operand) -> Reg {
        self.builder.compare(Comparison::Eq, a, b)
    }

    fn and(self, a: Reg, b: Reg) -> Reg {
        self.builder.binary(Binary::And, Type::Pred, a, b)
    }

    fn or(self, a: Reg, b: Reg) -> Reg {
        self.builder.binary(Binary::Or, Type::Pred, a, b)
    }

    fn not(self, a: Reg) -> Reg {
        let to = self.builder.register(Type::Pred, None);
        self.builder.instr(Instr::Unary {
            op: Unary::Not,
            to,
            a: a.into(),
        });
        to
    }

    fn select(self, m: Reg, a: Operand, b: Operand) -> Operand {
        self.builder.select(m, a, b)
    }

    fn exp(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::exp(self, a);
        }
        self.unary(Unary::Ex2Approx, self.mul(a, self.splat(consts::LOG2_E)))
    }

    fn exp2(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::exp2(self, a);
        }
        self.unary(Unary::Ex2Approx, a)
    }

    fn log2(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::log2(self, a);
        }
        self.unary(Unary::Lg2Approx, a)
    }

    fn log(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::log(self, a);
        }
        self.mul(self.unary(Unary::Lg2Approx, a), self.splat(consts::LN_2))
    }

    fn pow(self, a: Operand, b: Operand) -> Operand {
        if !self.fast() {
            return functions::pow(self, a, b);
        }
        let exponent = self.mul(b, self.unary(Unary::Lg2Approx, self.abs(a)));
        let magnitude = self.unary(Unary::Ex2Approx, exponent);
        functions::pow_from_magnitude(self, a, b, magnitude)
    }

    fn sin(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::sin(self, a);
        }
        self.unary(Unary::SinApprox, self.turn(a))
    }

    fn cos(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::cos(self, a);
        }
        self.unary(Unary::CosApprox, self.turn(a))
    }

    fn rsqrt(self, a: Operand) -> Operand {
        if !self.fast() {
            return functions::rsqrt(self, a);
        }
        let zero = self.splat(0.0);
        let root = self.unary(Unary::RsqrtApprox, a);
        self.select(self.eq(a, zero), zero, root)
    }

    fn rescue<S: Slow>(self, far: Reg, a: Operand, fast: Operand) -> Operand {
        if self.fast() {
            return fast;
        }
        let result = self.builder.register(Type::Real, None);
        self.builder.assign(result, fast);
        self.builder.when(far, || {
            let slow = S::apply(self, a);
            self.builder.assign(result, slow);
        });
        result.into()
    }
}
