//! exp, exp2 and expm1.

use super::{fast_two_sum, polynomial, round_product};
use crate::arith::{Arith, Precision};
use std::f64::consts::{LN_2, LOG2_E};

/// ln 2 in two parts (Cody and Waite): the first has so few digits that its product with any
/// exponent is exact, the second is the rest.
pub(super) const fn ln2_parts<A: Arith>() -> (f64, f64) {
    match A::PRECISION {
        Precision::Single => (0.693_145_751_953_125, 1.428_606_765_330_187e-6),
        Precision::Double => (0.693_147_180_560_117_7, -1.723_944_452_561_483_5e-13),
    }
}

/// e^x. Exactly 0 where the result would be subnormal, +∞ where it is too large.
#[inline(always)]
pub fn exp<A: Arith>(a: A, x: A::F) -> A::F {
    let (low, high) = exp_range::<A>();
    let value = exp_within(a, x);
    // The product is +∞, or the NaN.
    let value = a.select(
        a.le(x, a.splat(high)),
        value,
        a.mul(x, a.splat(f64::INFINITY)),
    );
    a.select(a.le(x, a.splat(low)), a.splat(0.0), value)
}

/// The largest x for which e^x is subnormal, and the largest for which it is finite.
pub const fn exp_range<A: Arith>() -> (f64, f64) {
    match A::PRECISION {
        Precision::Single => (-87.336_547_851_562_5, 88.722_831_726_074_22),
        Precision::Double => (-708.396_418_532_264_2, 709.782_712_893_384),
    }
}

/// [`exp`] within [`exp_range`]; any value elsewhere. For hardware that can do better than `exp`
/// outside. Cody and Waite: x = k ln 2 + r.
#[inline(always)]
pub fn exp_within<A: Arith>(a: A, x: A::F) -> A::F {
    let (high, low) = ln2_parts::<A>();
    let k = round_product(a, x, LOG2_E);
    let r = a.fma(k, a.splat(-high), x);
    let r = a.fma(k, a.splat(-low), r);
    a.scale2_normal(exp_reduced(a, r), k)
}

/// e^r for |r| ≤ 0.3475: relative error 2^-28.2 (f32) and 2^-56.6 (f64).
#[inline(always)]
pub(super) fn exp_reduced<A: Arith>(a: A, r: A::F) -> A::F {
    let one = a.splat(1.0);
    a.fma(a.fma(exp_polynomial(a, r), r, one), r, one)
}

/// (e^r − 1 − r)/r² for |r| ≤ 0.3475, from a minimax fit of e^r of degree 6 (f32) or 11 (f64).
#[inline(always)]
fn exp_polynomial<A: Arith>(a: A, r: A::F) -> A::F {
    match A::PRECISION {
        Precision::Single => polynomial!(a, r;
            0.499_999_940_395_355_2,
            0.166_665_151_715_278_63,
            0.041_668_087_244_033_81,
            0.008_369_295_857_846_737,
            0.001_383_821_945_637_464_5,
        ),
        Precision::Double => polynomial!(a, r;
            0.500_000_000_000_000_6,
            0.166_666_666_666_666_88,
            0.041_666_666_666_566_71,
            0.008_333_333_333_312_296,
            0.001_388_888_893_528_529_4,
            0.000_198_412_699_081_551_92,
            2.480_150_074_253_123_3e-5,
            2.755_722_336_022_972e-6,
            2.762_780_768_624_651e-7,
            2.511_591_453_303_501e-8,
        ),
    }
}

/// 2^x, exact for integers. Exactly 0 where the result would be subnormal, +∞ where it is too large.
#[inline(always)]
pub fn exp2<A: Arith>(a: A, x: A::F) -> A::F {
    let (low, high) = match A::PRECISION {
        Precision::Single => (-126.0, 128.0),
        Precision::Double => (-1022.0, 1024.0),
    };
    let k = round_product(a, x, 1.0);
    let r = a.mul(a.sub(x, k), a.splat(LN_2));
    let value = a.scale2_normal(exp_reduced(a, r), k);
    let infinite = a.mul(x, a.splat(f64::INFINITY));
    let value = a.select(a.lt(x, a.splat(high)), value, infinite);
    a.select(a.lt(x, a.splat(low)), a.splat(0.0), value)
}

/// e^x as 2^k (1 + r + tail), for |x| so small that k is within the exponents of normal numbers.
pub(super) struct Exponential<A: Arith> {
    /// x less a multiple of ln 2, |r| ≤ 0.3475.
    pub(super) r: A::F,
    /// e^r − 1 − r and what r leaves out.
    pub(super) tail: A::F,
    /// An integer.
    pub(super) k: A::F,
}

/// [`Exponential`] of x; its parts err by 2^-56 (f64) or 2^-27 (f32) of e^r together.
#[inline(always)]
pub(super) fn exp_parts<A: Arith>(a: A, x: A::F) -> Exponential<A> {
    let (high, low) = ln2_parts::<A>();
    let k = round_product(a, x, LOG2_E);
    let first = a.fma(k, a.splat(-high), x);
    let r = a.fma(k, a.splat(-low), first);
    let rest = a.fma(k, a.splat(-low), a.sub(first, r));
    let tail = a.fma(a.mul(r, r), exp_polynomial(a, r), rest);
    Exponential { r, tail, k }
}

/// e^x − 1 without cancellation; +∞ where it is too large.
#[inline(always)]
pub fn expm1<A: Arith>(a: A, x: A::F) -> A::F {
    // Below the first the result rounds to −1; from exponents above the other on, 1 is rounded away.
    let (least, most) = match A::PRECISION {
        Precision::Single => (-20.0, 28.0),
        Precision::Double => (-40.0, 58.0),
    };
    let one = a.splat(1.0);
    let least = a.splat(least);
    let Exponential { r, tail, k } = exp_parts(a, a.select(a.lt(x, least), least, x));
    // 2^k (1 + r + tail) − 1, the exact terms first.
    let moderate = a.select(a.lt(a.splat(most), k), a.splat(most), k);
    let power = a.scale2_normal(one, moderate);
    let (sum, error) = fast_two_sum(a, a.sub(power, one), a.mul(power, r));
    let value = a.add(sum, a.fma(power, tail, error));
    let large = a.scale2_normal(a.add(one, a.add(r, tail)), k);
    let value = a.select(a.lt(k, a.splat(most)), value, large);
    let (_, high) = exp_range::<A>();
    let infinite = a.mul(x, a.splat(f64::INFINITY));
    let value = a.select(a.le(x, a.splat(high)), value, infinite);
    a.select(a.eq(x, a.splat(0.0)), x, value)
}
