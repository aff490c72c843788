//! The elementary functions, each written once in [`Arith`].
//!
//! Every function is straight-line code over constants: no closure, no iterator, no branch on data,
//! so it is inlined into a loop compiled for any instruction set and can equally be recorded by a
//! builder of GPU kernels. On hardware where [`Arith::FMA`] is false a product and a sum stand for
//! `fma`; the constants are chosen so that the promised errors hold there, too.
//!
//! Promised: ≤ 2 ulp in f32 and f64. Polynomials are minimax fits by the Remez exchange, their
//! coefficients rounded to the floating type, unless a source is named; tools/minimax.py makes those of the
//! functions in `error`, `gamma`, `inverse` and `root`.

mod error;
mod exponential;
mod far_angle;
mod gamma;
mod hyperbolic;
mod inverse;
mod logarithm;
mod power;
mod root;
mod trigonometric;
mod turns;

pub use error::{erf, erfc, normcdf};
pub use exponential::{exp, exp_range, exp_within, exp2, expm1};
pub use gamma::{digamma, lgamma, trigamma};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub use inverse::{acos, asin, atan, atan2};
pub use logarithm::{log, log1p, log2};
pub use power::{pow, pow_from_magnitude, round, rsqrt};
pub use root::{cbrt, hypot};
pub use trigonometric::{cos, sin, tan};
pub use turns::{cospi, sinc, sinpi};

use crate::arith::{Arith, Precision};

/// Horner's scheme, lowest coefficient first. A macro, so that no loop is left to be unrolled.
macro_rules! polynomial {
    ($a:expr, $x:expr; $last:expr $(,)?) => { $a.splat($last) };
    ($a:expr, $x:expr; $first:expr, $($rest:expr),+ $(,)?) => {
        $a.fma(polynomial!($a, $x; $($rest),+), $x, $a.splat($first))
    };
}
use polynomial;

/// What depends on the floating type alone.
struct Format {
    /// Binary digits.
    digits: i32,
    /// The smallest normal number.
    smallest: f64,
    /// Half the number of bits, rounded up: Veltkamp's splitting constant is 2^this + 1.
    half_digits: i32,
    /// The exponent of a factor that makes every subnormal number normal.
    lift: i32,
    /// 1.5 · 2^(digits − 1): adding and subtracting it rounds to the nearest integer.
    rounder: f64,
}

const fn format<A: Arith>() -> Format {
    match A::PRECISION {
        Precision::Single => Format {
            digits: 24,
            smallest: f32::MIN_POSITIVE as f64,
            half_digits: 12,
            lift: 24,
            rounder: 12_582_912.0,
        },
        Precision::Double => Format {
            digits: 53,
            smallest: f64::MIN_POSITIVE,
            half_digits: 27,
            lift: 54,
            rounder: 6_755_399_441_055_744.0,
        },
    }
}

/// The nearest integer to a · b, for a result of less than half the digits of the floating type.
#[inline(always)]
fn round_product<A: Arith>(a: A, x: A::F, y: f64) -> A::F {
    let rounder = a.splat(format::<A>().rounder);
    a.sub(a.fma(x, a.splat(y), rounder), rounder)
}

/// (fl(x + y), the rounding error), for |x| ≥ |y| or x = 0: Dekker's fast two-sum.
#[inline(always)]
fn fast_two_sum<A: Arith>(a: A, x: A::F, y: A::F) -> (A::F, A::F) {
    let sum = a.add(x, y);
    (sum, a.sub(y, a.sub(sum, x)))
}

/// (fl(x + y), the rounding error) for any two numbers: Knuth's two-sum.
#[inline(always)]
fn two_sum<A: Arith>(a: A, x: A::F, y: A::F) -> (A::F, A::F) {
    let sum = a.add(x, y);
    let y_part = a.sub(sum, x);
    let x_part = a.sub(sum, y_part);
    (sum, a.add(a.sub(x, x_part), a.sub(y, y_part)))
}

/// (fl(x · y), the rounding error): one fma where it rounds once, else Dekker's two-product.
#[inline(always)]
fn two_product<A: Arith>(a: A, x: A::F, y: A::F) -> (A::F, A::F) {
    let product = a.mul(x, y);
    if A::FMA {
        return (product, a.fma(x, y, a.neg(product)));
    }
    let (xh, xl) = halves(a, x);
    let (yh, yl) = halves(a, y);
    let error = a.sub(a.mul(xh, yh), product);
    let error = a.add(error, a.mul(xh, yl));
    let error = a.add(error, a.mul(xl, yh));
    (product, a.add(error, a.mul(xl, yl)))
}

/// Two numbers of half the digits whose sum is x: Veltkamp's splitting.
#[inline(always)]
fn halves<A: Arith>(a: A, x: A::F) -> (A::F, A::F) {
    let scaled = a.mul(x, a.splat(1.0 + power_of_two(format::<A>().half_digits)));
    let high = a.sub(scaled, a.sub(scaled, x));
    (high, a.sub(x, high))
}

/// 2^k, exactly, for −1022 ≤ k ≤ 1023.
const fn power_of_two(k: i32) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::power_of_two;

    #[test]
    fn powers_of_two_are_exact() {
        assert_eq!(power_of_two(0), 1.0);
        assert_eq!(power_of_two(27), 134_217_728.0);
        assert_eq!(power_of_two(-1022), f64::MIN_POSITIVE);
    }
}
