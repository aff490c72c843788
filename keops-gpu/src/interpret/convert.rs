//! Conversions (`cvt`), with every rounding.

use super::float::{Float, Unary};
use super::integer::Int;
use super::types::Ty;

/// How a conversion rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To nearest, ties to even: `.rn`, `.rni`.
    Nearest,
    /// Towards zero: `.rz`, `.rzi`.
    Zero,
    /// Towards −∞: `.rm`, `.rmi`.
    Down,
    /// Towards +∞: `.rp`, `.rpi`.
    Up,
}

const NEAREST: u8 = 0;
const ZERO: u8 = 1;
const DOWN: u8 = 2;
const UP: u8 = 3;

/// An integer as another: extended with its own sign, or cut.
fn resize<D: Int, S: Int>(a: u64) -> u64 {
    D::wrap(S::of(a).wide()).bits()
}

fn whole<const R: u8>(x: f64) -> f64 {
    match R {
        NEAREST => x.round_ties_even(),
        ZERO => x.trunc(),
        DOWN => x.floor(),
        _ => x.ceil(),
    }
}

/// A float as an integer, clamped to the range. NaN is 0, or the top bit where either has 64 bits.
fn to_int<D: Int, S: Float, const R: u8, const FTZ: bool>(a: u64) -> u64 {
    let x = if FTZ { S::of(a).flushed() } else { S::of(a) };
    if x.nan() {
        let double = D::BITS == 64 || S::narrow(f64::MIN_POSITIVE).wide() > 0.0;
        return if double { 1 << (D::BITS - 1) } else { 0 };
    }
    let x = whole::<R>(x.wide());
    // Exact: the ends of every integer type are compared as i128, in which `as` saturates.
    let (low, high) = if D::wrap(-1).wide() < 0 {
        (-(1i128 << (D::BITS - 1)), (1i128 << (D::BITS - 1)) - 1)
    } else {
        (0, (1i128 << D::BITS) - 1)
    };
    D::wrap((x as i128).clamp(low, high)).bits()
}

/// Moves the nearest number to the neighbour that the rounding asks for; `error` is the order of
/// the nearest against the exact value, `below` and `above` its neighbours.
fn direct<F: Float, const R: u8>(nearest: F, below: F, above: F, error: std::cmp::Ordering) -> F {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let down = match R {
        NEAREST => return nearest,
        ZERO => !nearest.negative(),
        DOWN => true,
        _ => false,
    };
    match (error, down) {
        (Equal, _) | (Less, true) | (Greater, false) => nearest,
        (Greater, true) => below,
        (Less, false) => above,
    }
}

macro_rules! from_int {
    ($name:ident, $float:ident) => {
        fn $name<S: Int, const R: u8>(a: u64) -> u64 {
            let exact = S::of(a).wide();
            let nearest = exact as $float;
            let error = (nearest as i128).cmp(&exact);
            direct::<$float, R>(nearest, nearest.next_down(), nearest.next_up(), error).bits()
        }
    };
}

from_int!(int_to_single, f32);
from_int!(int_to_double, f64);

/// f64 as f32.
fn narrow<const R: u8, const FTZ: bool>(a: u64) -> u64 {
    let exact = f64::from_bits(a);
    let nearest = exact as f32;
    let error = f64::from(nearest)
        .partial_cmp(&exact)
        .unwrap_or(std::cmp::Ordering::Equal);
    let value = direct::<f32, R>(nearest, nearest.next_down(), nearest.next_up(), error);
    (if FTZ { value.flushed() } else { value }).arithmetic()
}

/// f32 as f64.
fn widen<const FTZ: bool>(a: u64) -> u64 {
    let a = f32::of(a);
    f64::from(if FTZ { a.flushed() } else { a }).arithmetic()
}

/// A float as the nearest float of integer value.
fn integral<F: Float, const R: u8, const FTZ: bool>(a: u64) -> u64 {
    let x = F::of(a);
    let x = if FTZ { x.flushed() } else { x };
    F::narrow(whole::<R>(x.wide())).arithmetic()
}

/// A float as itself.
fn same<F: Float, const FTZ: bool>(a: u64) -> u64 {
    let x = F::of(a);
    (if FTZ { x.flushed() } else { x }).bits()
}

/// Calls a macro with the integer type.
macro_rules! with_int {
    ($ty:expr, $then:ident!($($rest:tt)*)) => {
        match $ty {
            Ty::U(8) | Ty::B(8) => $then!(u8 $($rest)*),
            Ty::U(16) | Ty::B(16) => $then!(u16 $($rest)*),
            Ty::U(32) | Ty::B(32) => $then!(u32 $($rest)*),
            Ty::U(64) | Ty::B(64) => $then!(u64 $($rest)*),
            Ty::S(8) => $then!(i8 $($rest)*),
            Ty::S(16) => $then!(i16 $($rest)*),
            Ty::S(32) => $then!(i32 $($rest)*),
            Ty::S(64) => $then!(i64 $($rest)*),
            _ => None,
        }
    };
}

/// The function with the rounding as a constant.
macro_rules! rounded {
    ($rounding:expr, $name:ident $(<$($t:ty),*>)? $(, $flag:literal)?) => {
        match $rounding {
            Rounding::Nearest => Some($name::<$($($t,)*)? NEAREST $(, $flag)?> as Unary),
            Rounding::Zero => Some($name::<$($($t,)*)? ZERO $(, $flag)?> as Unary),
            Rounding::Down => Some($name::<$($($t,)*)? DOWN $(, $flag)?> as Unary),
            Rounding::Up => Some($name::<$($($t,)*)? UP $(, $flag)?> as Unary),
        }
    };
}

/// The conversion from `source` to `to`. `rounding` is `.rn` and its like, `integral` is `.rni` and
/// its like; each must be there exactly where PTX wants it.
pub(super) fn convert(
    to: Ty,
    source: Ty,
    rounding: Option<Rounding>,
    whole: Option<Rounding>,
    ftz: bool,
) -> Option<Unary> {
    match (to, source, rounding, whole, ftz) {
        (Ty::F(32), Ty::F(64), Some(rounding), None, false) => rounded!(rounding, narrow, false),
        (Ty::F(32), Ty::F(64), Some(rounding), None, true) => rounded!(rounding, narrow, true),
        (Ty::F(64), Ty::F(32), None, None, false) => Some(widen::<false>),
        (Ty::F(64), Ty::F(32), None, None, true) => Some(widen::<true>),
        (Ty::F(32), Ty::F(32), None, None, false) => Some(same::<f32, false>),
        (Ty::F(32), Ty::F(32), None, None, true) => Some(same::<f32, true>),
        (Ty::F(64), Ty::F(64), None, None, false) => Some(same::<f64, false>),
        (Ty::F(32), Ty::F(32), None, Some(whole), false) => rounded!(whole, integral<f32>, false),
        (Ty::F(32), Ty::F(32), None, Some(whole), true) => rounded!(whole, integral<f32>, true),
        (Ty::F(64), Ty::F(64), None, Some(whole), false) => rounded!(whole, integral<f64>, false),
        (to, Ty::F(source), None, Some(whole), ftz) => {
            macro_rules! from {
                ($int:ident) => {
                    match (source, ftz) {
                        (32, false) => rounded!(whole, to_int<$int, f32>, false),
                        (32, true) => rounded!(whole, to_int<$int, f32>, true),
                        (64, false) => rounded!(whole, to_int<$int, f64>, false),
                        _ => None,
                    }
                };
            }
            with_int!(to, from!())
        }
        (Ty::F(to), source, Some(rounding), None, false) => {
            macro_rules! into {
                ($int:ident) => {
                    match to {
                        32 => rounded!(rounding, int_to_single<$int>),
                        _ => rounded!(rounding, int_to_double<$int>),
                    }
                };
            }
            with_int!(source, into!())
        }
        (to, source, None, None, false) => {
            macro_rules! outer {
                ($to:ident) => {{
                    macro_rules! inner {
                        ($source:ident) => {
                            Some(resize::<$to, $source> as Unary)
                        };
                    }
                    with_int!(source, inner!())
                }};
            }
            with_int!(to, outer!())
        }
        _ => None,
    }
}
