//! Integer instructions as functions of the registers' bits.
//!
//! A register holds its value zero-extended to 64 bits, signed or not.

use super::float::{Binary, Ternary, Unary};
use super::types::Ty;

/// An integer in a register.
pub(super) trait Int: Copy + Ord {
    const BITS: u32;
    fn of(bits: u64) -> Self;
    fn bits(self) -> u64;
    fn wide(self) -> i128;
    /// The low bits.
    fn wrap(value: i128) -> Self;
    fn power(self) -> u32;
    fn leading(self) -> u32;
}

macro_rules! int {
    ($($int:ident as $unsigned:ident)+) => { $(
        impl Int for $int {
            const BITS: u32 = $int::BITS;
            #[inline(always)]
            fn of(bits: u64) -> Self {
                bits as $int
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(self as $unsigned)
            }
            #[inline(always)]
            fn wide(self) -> i128 {
                i128::from(self)
            }
            #[inline(always)]
            fn wrap(value: i128) -> Self {
                value as $int
            }
            fn power(self) -> u32 {
                self.count_ones()
            }
            fn leading(self) -> u32 {
                self.leading_zeros()
            }
        }
    )+ };
}

int!(u8 as u8 u16 as u16 u32 as u32 u64 as u64 i8 as u8 i16 as u16 i32 as u32 i64 as u64);

macro_rules! wrapping {
    ($($name:ident: |$($x:ident),+| $value:expr;)+) => { $(
        fn $name<I: Int>($($x: u64),+) -> u64 {
            $(let $x = I::of($x).wide();)+
            I::wrap($value).bits()
        }
    )+ };
}

wrapping! {
    add: |a, b| a + b;
    sub: |a, b| a - b;
    mul_low: |a, b| a.wrapping_mul(b);
    mul_high: |a, b| a.wrapping_mul(b) >> I::BITS;
    mad_low: |a, b, c| a.wrapping_mul(b).wrapping_add(c);
    mad_high: |a, b, c| (a.wrapping_mul(b) >> I::BITS).wrapping_add(c);
    min: |a, b| a.min(b);
    max: |a, b| a.max(b);
    neg: |a| -a;
    abs: |a| a.abs();
    not: |a| !a;
}

/// Division by zero gives all ones, as the hardware does.
fn div<I: Int>(a: u64, b: u64) -> u64 {
    let (a, b) = (I::of(a).wide(), I::of(b).wide());
    I::wrap(if b == 0 { -1 } else { a / b }).bits()
}

fn rem<I: Int>(a: u64, b: u64) -> u64 {
    let (a, b) = (I::of(a).wide(), I::of(b).wide());
    I::wrap(if b == 0 { a } else { a % b }).bits()
}

/// The whole product, in a register of twice the width. It wraps at 64 bits by construction.
fn mul_wide<I: Int>(a: u64, b: u64) -> u64 {
    let product = I::of(a).wide() * I::of(b).wide();
    (product as u64) & (u64::MAX >> (64 - 2 * I::BITS))
}

fn mad_wide<I: Int>(a: u64, b: u64, c: u64) -> u64 {
    mul_wide::<I>(a, b).wrapping_add(c) & (u64::MAX >> (64 - 2 * I::BITS))
}

fn and<I: Int>(a: u64, b: u64) -> u64 {
    a & b
}

fn or<I: Int>(a: u64, b: u64) -> u64 {
    a | b
}

fn xor<I: Int>(a: u64, b: u64) -> u64 {
    a ^ b
}

/// Amounts beyond the width shift everything out.
fn shl<I: Int>(a: u64, amount: u64) -> u64 {
    if amount >= u64::from(I::BITS) {
        0
    } else {
        I::of(a << amount).bits()
    }
}

/// The sign comes in where the type has one.
fn shr<I: Int>(a: u64, amount: u64) -> u64 {
    I::wrap(I::of(a).wide() >> amount.min(u64::from(I::BITS))).bits()
}

fn popc<I: Int>(a: u64) -> u64 {
    u64::from(I::of(a).power())
}

fn clz<I: Int>(a: u64) -> u64 {
    u64::from(I::of(a).leading())
}

/// A field of bits: `length` of them from `position` on, with its sign where the type has one.
fn bfe<I: Int>(a: u64, position: u64, length: u64) -> u64 {
    let (position, length) = ((position & 0xff) as u32, (length & 0xff) as u32);
    if length == 0 {
        return 0;
    }
    let value = I::of(a).wide();
    let signed = I::wrap(-1).wide() < 0;
    let field = value >> position.min(I::BITS);
    let unused = 128u32.saturating_sub(length);
    let field = if signed {
        field << unused >> unused
    } else {
        ((field << unused) as u128 >> unused) as i128
    };
    I::wrap(field).bits()
}

macro_rules! of_type {
    ($ty:expr, $name:ident) => {
        match $ty {
            Ty::U(8) | Ty::B(8) => Some($name::<u8> as _),
            Ty::U(16) | Ty::B(16) => Some($name::<u16> as _),
            Ty::U(32) | Ty::B(32) => Some($name::<u32> as _),
            Ty::U(64) | Ty::B(64) => Some($name::<u64> as _),
            Ty::S(8) => Some($name::<i8> as _),
            Ty::S(16) => Some($name::<i16> as _),
            Ty::S(32) => Some($name::<i32> as _),
            Ty::S(64) => Some($name::<i64> as _),
            _ => None,
        }
    };
}

/// Which part of a product an instruction gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Low,
    High,
    Wide,
}

/// Whether the type has arithmetic: at least 16 bits, signed or not.
fn arithmetic(ty: Ty) -> bool {
    matches!(ty, Ty::U(16 | 32 | 64) | Ty::S(16 | 32 | 64))
}

fn raw(ty: Ty) -> bool {
    matches!(ty, Ty::B(16 | 32 | 64))
}

/// An instruction of one source.
pub(super) fn unary(name: &str, ty: Ty) -> Option<Unary> {
    match name {
        "neg" if matches!(ty, Ty::S(16 | 32 | 64)) => of_type!(ty, neg),
        "abs" if matches!(ty, Ty::S(16 | 32 | 64)) => of_type!(ty, abs),
        "not" if raw(ty) => of_type!(ty, not),
        "not" if ty == Ty::Pred => Some(|a| a ^ 1),
        "popc" if raw(ty) => of_type!(ty, popc),
        "clz" if raw(ty) => of_type!(ty, clz),
        _ => None,
    }
}

/// An instruction of two sources of its type (of shifts, the second is a u32).
pub(super) fn binary(name: &str, ty: Ty) -> Option<Binary> {
    match name {
        "add" if arithmetic(ty) => of_type!(ty, add),
        "sub" if arithmetic(ty) => of_type!(ty, sub),
        "div" if arithmetic(ty) => of_type!(ty, div),
        "rem" if arithmetic(ty) => of_type!(ty, rem),
        "min" if arithmetic(ty) => of_type!(ty, min),
        "max" if arithmetic(ty) => of_type!(ty, max),
        "and" if raw(ty) => of_type!(ty, and),
        "or" if raw(ty) => of_type!(ty, or),
        "xor" if raw(ty) => of_type!(ty, xor),
        "and" if ty == Ty::Pred => Some(|a, b| a & b),
        "or" if ty == Ty::Pred => Some(|a, b| a | b),
        "xor" if ty == Ty::Pred => Some(|a, b| a ^ b),
        "shl" if raw(ty) => of_type!(ty, shl),
        "shr" if raw(ty) || arithmetic(ty) => of_type!(ty, shr),
        _ => None,
    }
}

/// A product.
pub(super) fn product(part: Part, ty: Ty) -> Option<Binary> {
    match part {
        _ if !arithmetic(ty) => None,
        Part::Low => of_type!(ty, mul_low),
        Part::High => of_type!(ty, mul_high),
        Part::Wide if ty.bits() <= 32 => of_type!(ty, mul_wide),
        Part::Wide => None,
    }
}

/// A product and a sum.
pub(super) fn product_sum(part: Part, ty: Ty) -> Option<Ternary> {
    match part {
        _ if !arithmetic(ty) => None,
        Part::Low => of_type!(ty, mad_low),
        Part::High => of_type!(ty, mad_high),
        Part::Wide if ty.bits() <= 32 => of_type!(ty, mad_wide),
        Part::Wide => None,
    }
}

/// The extraction of a field.
pub(super) fn field(ty: Ty) -> Option<Ternary> {
    if arithmetic(ty) && ty.bits() >= 32 {
        of_type!(ty, bfe)
    } else {
        None
    }
}

/// A comparison, by the name of its operator.
pub(super) fn compare(operator: &str, ty: Ty) -> Option<Binary> {
    macro_rules! ordering {
        ($($name:literal if $when:expr => |$a:ident, $b:ident| $holds:expr;)+) => {
            match operator {
                $($name if $when => {
                    fn holds<I: Int>(a: u64, b: u64) -> u64 {
                        let ($a, $b) = (I::of(a), I::of(b));
                        u64::from($holds)
                    }
                    of_type!(ty, holds)
                })+
                _ => None,
            }
        };
    }
    let unsigned = matches!(ty, Ty::U(_));
    ordering! {
        "eq" if arithmetic(ty) || raw(ty) => |a, b| a == b;
        "ne" if arithmetic(ty) || raw(ty) => |a, b| a != b;
        "lt" if arithmetic(ty) => |a, b| a < b;
        "le" if arithmetic(ty) => |a, b| a <= b;
        "gt" if arithmetic(ty) => |a, b| a > b;
        "ge" if arithmetic(ty) => |a, b| a >= b;
        "lo" if unsigned => |a, b| a < b;
        "ls" if unsigned => |a, b| a <= b;
        "hi" if unsigned => |a, b| a > b;
        "hs" if unsigned => |a, b| a >= b;
    }
}
