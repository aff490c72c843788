//! rsqrt, round and pow.

use super::exponential::exp_reduced;
use super::logarithm::centred_split;
use super::{fast_two_sum, format, polynomial, two_product, two_sum};
use crate::arith::{Arith, Precision};
use std::f64::consts::LN_2;

/// 1/√x; 0 at 0 as in KeOps, NaN below.
#[inline(always)]
pub fn rsqrt<A: Arith>(a: A, x: A::F) -> A::F {
    let zero = a.splat(0.0);
    a.select(a.eq(x, zero), zero, a.div(a.splat(1.0), a.sqrt(x)))
}

/// The nearest integer, half away from zero, exactly.
#[inline(always)]
pub fn round<A: Arith>(a: A, x: A::F) -> A::F {
    let magnitude = a.abs(x);
    let below = a.floor(magnitude);
    // Exact: the operands are within 1, or equal.
    let up = a.le(a.splat(0.5), a.sub(magnitude, below));
    a.copysign(a.select(up, a.add(below, a.splat(1.0)), below), x)
}

/// x to the power y, with C99's special cases, but 0 where the result would be subnormal: 2^(y log2 |x|),
/// the logarithm to about 1.3 times the digits of the floating type.
#[inline(always)]
pub fn pow<A: Arith>(a: A, x: A::F, y: A::F) -> A::F {
    let zero = a.splat(0.0);
    let infinity = a.splat(f64::INFINITY);
    let magnitude = a.abs(x);

    let (high, low) = log2_extended(a, magnitude);
    let regular = a.and(a.lt(zero, magnitude), a.lt(magnitude, infinity));
    // The logarithm of +∞ is +∞ and of NaN is NaN: the argument itself.
    let special = a.select(a.eq(magnitude, zero), a.neg(infinity), magnitude);
    let high = a.select(regular, high, special);

    // y · log2 |x| = integer + fraction; far outside the range of exponents only its sign counts.
    let (product, error) = two_product(a, y, high);
    let error = a.fma(y, low, error);
    let integer = a.round_even(product);
    let fraction = a.sub(product, integer);
    let ln2 = a.splat(LN_2);
    let value = a.scale2(
        exp_reduced(a, a.fma(fraction, ln2, a.mul(error, ln2))),
        integer,
    );
    let value = a.select(a.lt(a.splat(2000.0), product), infinity, value);
    let value = a.select(a.lt(product, a.splat(-2000.0)), zero, value);
    let value = a.select(a.lt(value, a.splat(format::<A>().smallest)), zero, value);
    pow_from_magnitude(a, x, y, value)
}

/// x to the power y, from the power of |x|, which may be any value where |x| is 1 or y is 0: the sign
/// and C99's special cases.
#[inline(always)]
pub fn pow_from_magnitude<A: Arith>(a: A, x: A::F, y: A::F, value: A::F) -> A::F {
    let zero = a.splat(0.0);
    let one = a.splat(1.0);
    let value = a.select(a.eq(a.abs(x), one), one, value);

    let whole = a.eq(a.floor(y), y);
    let half = a.mul(y, a.splat(0.5));
    let odd = a.and(whole, a.not(a.eq(a.floor(half), half)));
    let value = a.select(odd, a.copysign(value, x), value);
    let negative = a.and(a.lt(x, zero), a.lt(a.splat(f64::NEG_INFINITY), x));
    let value = a.select(a.and(negative, a.not(whole)), a.splat(f64::NAN), value);
    a.select(a.or(a.eq(y, zero), a.eq(x, one)), one, value)
}

/// log2 x for a positive, finite x as an unevaluated sum of two numbers; any values elsewhere.
///
/// log x = k ln 2 + 2 artanh s with s = (m − 1)/(m + 1) as in fdlibm's `e_pow`, but in Dekker's
/// double-length arithmetic: artanh s = s (1 + s²/3 + s⁴ Q(s²)), where only s⁴ Q is of single length.
/// Q is minimax of degree 3 (f32, error 2^-43.7 of 1) or 7 (f64, 2^-73.5).
#[inline(always)]
fn log2_extended<A: Arith>(a: A, x: A::F) -> (A::F, A::F) {
    let (third, third_low, log2e, log2e_low) = match A::PRECISION {
        Precision::Single => (
            0.333_333_343_267_440_8,
            -9.934_107_758_624_577e-9,
            2.885_390_043_258_667,
            3.851_926_067_000_022e-8,
        ),
        Precision::Double => (
            0.333_333_333_333_333_3,
            1.850_371_707_708_594e-17,
            2.885_390_081_777_926_8,
            4.071_054_748_186_206_6e-17,
        ),
    };
    let one = a.splat(1.0);
    let (m, k) = centred_split(a, x);

    // s: a quotient to working precision, then its remainder.
    let f = a.sub(m, one);
    let (d, d_low) = two_sum(a, m, one);
    let inverse = a.div(one, d);
    let s = a.mul(f, inverse);
    let (back, back_low) = two_product(a, s, d);
    let remainder = a.sub(a.sub(a.sub(f, back), back_low), a.mul(s, d_low));
    let s_low = a.mul(remainder, inverse);

    // z = s²
    let (z, z_low) = two_product(a, s, s);
    let z_low = a.fma(a.add(s, s), s_low, z_low);

    let q = match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            0.199_999_988_079_071_04,
            0.142_859_861_254_692_08,
            0.110_898_643_732_070_92,
            0.097_782_127_559_185_03,
        ),
        Precision::Double => polynomial!(a, z;
            0.199_999_999_999_999_9,
            0.142_857_142_857_219_2,
            0.111_111_111_088_947_97,
            0.090_909_094_220_155_85,
            0.076_922_792_123_015_37,
            0.066_681_323_481_066_48,
            0.058_378_879_438_380_96,
            0.059_908_998_078_463_4,
        ),
    };

    // c = z/3 + z² Q
    let (c, c_low) = two_product(a, z, a.splat(third));
    let c_low = a.add(
        c_low,
        a.fma(z, a.splat(third_low), a.mul(z_low, a.splat(third))),
    );
    let (c, c_low) = fast_two_sum(a, c, a.add(c_low, a.mul(a.mul(z, z), q)));

    // t = s + s c
    let (sc, sc_low) = two_product(a, s, c);
    let sc_low = a.add(sc_low, a.fma(s, c_low, a.mul(s_low, c)));
    let (t, t_low) = fast_two_sum(a, s, sc);
    let t_low = a.add(t_low, a.add(s_low, sc_low));

    // k + t · 2/ln 2
    let (l, l_low) = two_product(a, t, a.splat(log2e));
    let l_low = a.add(
        l_low,
        a.fma(t, a.splat(log2e_low), a.mul(t_low, a.splat(log2e))),
    );
    let (sum, sum_low) = fast_two_sum(a, k, l);
    (sum, a.add(sum_low, l_low))
}
