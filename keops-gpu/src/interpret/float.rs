//! Floating instructions as functions of the registers' bits.
//!
//! Arithmetic is IEEE's in the instruction's type. Approximate instructions are computed in f64 and
//! rounded: the interpreter judges a kernel's logic, not a chip's table of reciprocals.

use super::types::Ty;

/// An instruction of one source, on the bits of registers.
pub(super) type Unary = fn(u64) -> u64;
/// An instruction of two sources.
pub(super) type Binary = fn(u64, u64) -> u64;
/// An instruction of three sources.
pub(super) type Ternary = fn(u64, u64, u64) -> u64;

/// f32 or f64 in a register.
pub(super) trait Float: Copy + PartialOrd {
    fn of(bits: u64) -> Self;
    /// The bits; of a NaN, the NaN that arithmetic gives.
    fn arithmetic(self) -> u64;
    /// The bits as they are.
    fn bits(self) -> u64;
    /// A subnormal number as the zero of its sign. For f64, nothing.
    fn flushed(self) -> Self;
    fn wide(self) -> f64;
    fn narrow(value: f64) -> Self;
    fn negative(self) -> bool;
    fn nan(self) -> bool;
    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    fn div(self, b: Self) -> Self;
    fn fma(self, b: Self, c: Self) -> Self;
    fn sqrt(self) -> Self;
}

macro_rules! float {
    ($float:ident, $bits:ident, $nan:literal, |$x:ident| $flushed:expr) => {
        impl Float for $float {
            #[inline(always)]
            fn of(bits: u64) -> Self {
                $float::from_bits(bits as $bits)
            }
            #[inline(always)]
            fn arithmetic(self) -> u64 {
                if self.is_nan() { $nan } else { self.bits() }
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(self.to_bits())
            }
            #[inline(always)]
            fn flushed(self) -> Self {
                let $x = self;
                $flushed
            }
            fn wide(self) -> f64 {
                f64::from(self)
            }
            fn narrow(value: f64) -> Self {
                value as $float
            }
            fn negative(self) -> bool {
                self.is_sign_negative()
            }
            fn nan(self) -> bool {
                self.is_nan()
            }
            #[inline(always)]
            fn add(self, b: Self) -> Self {
                self + b
            }
            #[inline(always)]
            fn sub(self, b: Self) -> Self {
                self - b
            }
            #[inline(always)]
            fn mul(self, b: Self) -> Self {
                self * b
            }
            #[inline(always)]
            fn div(self, b: Self) -> Self {
                self / b
            }
            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                self.mul_add(b, c)
            }
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
        }
    };
}

float!(f32, u32, 0x7fff_ffff, |x| if x.is_subnormal() {
    0.0f32.copysign(x)
} else {
    x
});
float!(f64, u64, 0xfff8_0000_0000_0000, |x| x);

#[inline(always)]
fn take<F: Float, const FTZ: bool>(bits: u64) -> F {
    let value = F::of(bits);
    if FTZ { value.flushed() } else { value }
}

#[inline(always)]
fn give<F: Float, const FTZ: bool>(value: F) -> u64 {
    (if FTZ { value.flushed() } else { value }).arithmetic()
}

macro_rules! arithmetic {
    ($($name:ident: $method:ident($($x:ident),+);)+) => { $(
        fn $name<F: Float, const FTZ: bool>($($x: u64),+) -> u64 {
            arithmetic!(@call F, FTZ, $method, $($x),+)
        }
    )+ };
    (@call $f:ident, $ftz:ident, $method:ident, $a:ident $(, $x:ident)*) => {
        give::<$f, $ftz>(take::<$f, $ftz>($a).$method($(take::<$f, $ftz>($x)),*))
    };
}

arithmetic! {
    add: add(a, b);
    sub: sub(a, b);
    mul: mul(a, b);
    div: div(a, b);
    fma: fma(a, b, c);
    sqrt: sqrt(a);
}

fn rcp<F: Float, const FTZ: bool>(a: u64) -> u64 {
    give::<F, FTZ>(F::narrow(1.0).div(take::<F, FTZ>(a)))
}

/// The sign flipped; of a NaN, too.
fn neg<F: Float, const FTZ: bool>(a: u64) -> u64 {
    let a: F = take::<F, FTZ>(a);
    a.bits() ^ sign::<F>()
}

fn abs<F: Float, const FTZ: bool>(a: u64) -> u64 {
    let a: F = take::<F, FTZ>(a);
    a.bits() & !sign::<F>()
}

fn sign<F: Float>() -> u64 {
    F::narrow(-0.0).bits()
}

/// The smaller; −0 is smaller than +0; of a NaN and a number the number, or with `NAN` a NaN.
fn min<F: Float, const FTZ: bool, const NAN: bool>(a: u64, b: u64) -> u64 {
    let (a, b): (F, F) = (take::<F, FTZ>(a), take::<F, FTZ>(b));
    selected::<F, NAN>(a, b, a < b || a == b && a.negative())
}

/// The larger, with the same rules.
fn max<F: Float, const FTZ: bool, const NAN: bool>(a: u64, b: u64) -> u64 {
    let (a, b): (F, F) = (take::<F, FTZ>(a), take::<F, FTZ>(b));
    selected::<F, NAN>(a, b, a > b || a == b && b.negative())
}

fn selected<F: Float, const NAN: bool>(a: F, b: F, first: bool) -> u64 {
    let first = match (a.nan(), b.nan()) {
        (false, false) => first,
        (a_nan, _) => a_nan == NAN,
    };
    (if first { a } else { b }).arithmetic()
}

/// The magnitude of the second with the sign of the first, as PTX has it.
fn copysign<F: Float, const FTZ: bool>(a: u64, b: u64) -> u64 {
    a & sign::<F>() | b & !sign::<F>()
}

macro_rules! through_f64 {
    ($($name:ident: |$x:ident| $value:expr;)+) => { $(
        fn $name<F: Float, const FTZ: bool>(a: u64) -> u64 {
            let $x = take::<F, FTZ>(a).wide();
            give::<F, FTZ>(F::narrow($value))
        }
    )+ };
}

through_f64! {
    sqrt_approx: |x| x.sqrt();
    rcp_approx: |x| 1.0 / x;
    rsqrt_approx: |x| if x == 0.0 { 1.0 / x } else { 1.0 / x.sqrt() };
    ex2: |x| x.exp2();
    lg2: |x| if x == 0.0 { f64::NEG_INFINITY } else { x.log2() };
    sin: |x| x.sin();
    cos: |x| x.cos();
    tanh: |x| x.tanh();
}

fn div_approx<F: Float, const FTZ: bool>(a: u64, b: u64) -> u64 {
    let quotient = take::<F, FTZ>(a).wide() / take::<F, FTZ>(b).wide();
    give::<F, FTZ>(F::narrow(quotient))
}

/// The coarse starting values of f64: 20 bits of mantissa, as the hardware gives, so that a
/// missing step of refinement is seen.
fn rcp_coarse(a: u64) -> u64 {
    coarse(1.0 / f64::from_bits(a))
}

fn rsqrt_coarse(a: u64) -> u64 {
    coarse(f64::from_bits(rsqrt_approx::<f64, false>(a)))
}

fn coarse(value: f64) -> u64 {
    let value = if value.is_subnormal() {
        0.0f64.copysign(value)
    } else {
        value
    };
    if value.is_nan() {
        value.arithmetic()
    } else {
        value.to_bits() & !0xffff_ffff
    }
}

/// The function for a type and for whether subnormal numbers are flushed.
macro_rules! of_type {
    ($ty:expr, $ftz:expr, $name:ident $(, $flag:literal)?) => {
        match ($ty, $ftz) {
            (Ty::F(32), false) => Some($name::<f32, false $(, $flag)?> as _),
            (Ty::F(32), true) => Some($name::<f32, true $(, $flag)?> as _),
            (Ty::F(64), false) => Some($name::<f64, false $(, $flag)?> as _),
            _ => None,
        }
    };
}

/// How an instruction with a choice rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Precise {
    /// `.rn`, or nothing.
    Nearest,
    /// `.approx`
    Approximate,
    /// `.full`: division in f32, any operands.
    Full,
}

/// A floating instruction of one source.
pub(super) fn unary(name: &str, ty: Ty, ftz: bool, how: Precise) -> Option<Unary> {
    use Precise::{Approximate, Nearest};
    let single = ty == Ty::F(32);
    match (name, how) {
        ("neg", Nearest) => of_type!(ty, ftz, neg),
        ("abs", Nearest) => of_type!(ty, ftz, abs),
        ("sqrt", Nearest) => of_type!(ty, ftz, sqrt),
        ("rcp", Nearest) => of_type!(ty, ftz, rcp),
        ("rcp", Approximate) if !single && ftz => Some(rcp_coarse),
        ("rsqrt", Approximate) if !single && ftz => Some(rsqrt_coarse),
        ("rsqrt", Approximate) => of_type!(ty, ftz, rsqrt_approx),
        ("sqrt", Approximate) if single => of_type!(ty, ftz, sqrt_approx),
        ("rcp", Approximate) if single => of_type!(ty, ftz, rcp_approx),
        ("ex2", Approximate) if single => of_type!(ty, ftz, ex2),
        ("lg2", Approximate) if single => of_type!(ty, ftz, lg2),
        ("sin", Approximate) if single => of_type!(ty, ftz, sin),
        ("cos", Approximate) if single => of_type!(ty, ftz, cos),
        ("tanh", Approximate) if single && !ftz => of_type!(ty, false, tanh),
        _ => None,
    }
}

/// A floating instruction of two sources; `nan` is the modifier `.NaN`.
pub(super) fn binary(name: &str, ty: Ty, ftz: bool, how: Precise, nan: bool) -> Option<Binary> {
    match (name, how, nan) {
        ("add", Precise::Nearest, false) => of_type!(ty, ftz, add),
        ("sub", Precise::Nearest, false) => of_type!(ty, ftz, sub),
        ("mul", Precise::Nearest, false) => of_type!(ty, ftz, mul),
        ("div", Precise::Nearest, false) => of_type!(ty, ftz, div),
        ("div", _, false) if ty == Ty::F(32) => of_type!(ty, ftz, div_approx),
        ("min", Precise::Nearest, false) => of_type!(ty, ftz, min, false),
        ("min", Precise::Nearest, true) if ty == Ty::F(32) => of_type!(ty, ftz, min, true),
        ("max", Precise::Nearest, false) => of_type!(ty, ftz, max, false),
        ("max", Precise::Nearest, true) if ty == Ty::F(32) => of_type!(ty, ftz, max, true),
        ("copysign", Precise::Nearest, false) if !ftz => of_type!(ty, false, copysign),
        _ => None,
    }
}

/// a · b + c, rounded once.
pub(super) fn fused(ty: Ty, ftz: bool) -> Option<Ternary> {
    of_type!(ty, ftz, fma)
}

/// A comparison, by the name of its operator.
pub(super) fn compare(operator: &str, ty: Ty, ftz: bool) -> Option<Binary> {
    macro_rules! ordering {
        ($($name:literal: |$a:ident, $b:ident| $holds:expr;)+) => {
            match operator {
                $($name => {
                    fn holds<F: Float, const FTZ: bool>(a: u64, b: u64) -> u64 {
                        let ($a, $b): (F, F) = (take::<F, FTZ>(a), take::<F, FTZ>(b));
                        u64::from($holds)
                    }
                    of_type!(ty, ftz, holds)
                })+
                _ => None,
            }
        };
    }
    ordering! {
        "eq": |a, b| a == b;
        "ne": |a, b| a.partial_cmp(&b).is_some_and(|order| order.is_ne());
        "lt": |a, b| a < b;
        "le": |a, b| a <= b;
        "gt": |a, b| a > b;
        "ge": |a, b| a >= b;
        "equ": |a, b| a == b || a.nan() || b.nan();
        "neu": |a, b| a != b;
        "ltu": |a, b| a < b || a.nan() || b.nan();
        "leu": |a, b| a <= b || a.nan() || b.nan();
        "gtu": |a, b| a > b || a.nan() || b.nan();
        "geu": |a, b| a >= b || a.nan() || b.nan();
        "num": |a, b| !(a.nan() || b.nan());
        "nan": |a, b| a.nan() || b.nan();
    }
}
