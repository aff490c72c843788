//! exp, log and tanh.

use super::{format, polynomial, power_of_two, round_product};
use crate::arith::{Arith, Precision};
use std::f64::consts::{LOG2_E, SQRT_2};

/// ln 2 in two parts (Cody and Waite): the first has so few digits that its product with any
/// exponent is exact, the second is the rest.
const fn ln2_parts<A: Arith>() -> (f64, f64) {
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

/// e^r for |r| ≤ 0.3475: minimax, relative error 2^-28.2 (degree 6) and 2^-56.6 (degree 11).
#[inline(always)]
pub(super) fn exp_reduced<A: Arith>(a: A, r: A::F) -> A::F {
    match A::PRECISION {
        Precision::Single => polynomial!(a, r;
            1.0,
            1.0,
            0.499_999_940_395_355_2,
            0.166_665_151_715_278_63,
            0.041_668_087_244_033_81,
            0.008_369_295_857_846_737,
            0.001_383_821_945_637_464_5,
        ),
        Precision::Double => polynomial!(a, r;
            1.0,
            1.0,
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

/// For x > 0 and finite, also subnormal: (m, k) with x = m · 2^k and √½ < m ≤ √2.
#[inline(always)]
pub(super) fn centred_split<A: Arith>(a: A, x: A::F) -> (A::F, A::F) {
    let format = format::<A>();
    let tiny = a.lt(x, a.splat(format.smallest));
    let lifted = a.mul(x, a.splat(power_of_two(format.lift)));
    let (m, k) = a.split(a.select(tiny, lifted, x));
    let k = a.select(tiny, a.sub(k, a.splat(format.lift as f64)), k);
    let large = a.lt(a.splat(SQRT_2), m);
    let m = a.select(large, a.mul(m, a.splat(0.5)), m);
    (m, a.select(large, a.add(k, a.splat(1.0)), k))
}

/// Natural logarithm; −∞ at 0, NaN below.
#[inline(always)]
pub fn log<A: Arith>(a: A, x: A::F) -> A::F {
    let (m, k) = centred_split(a, x);
    let f = a.sub(m, a.splat(1.0));
    let value = match A::PRECISION {
        Precision::Single => log_single(a, f, k),
        Precision::Double => log_double(a, f, k),
    };
    let infinity = a.splat(f64::INFINITY);
    let value = a.select(a.eq(x, infinity), infinity, value);
    let value = a.select(a.eq(x, a.splat(0.0)), a.neg(infinity), value);
    a.select(a.le(a.splat(0.0), x), value, a.splat(f64::NAN))
}

/// k ln 2 + log(1 + f), where log(1 + f) = f − f²/2 + f³ P(f), P minimax of degree 8 (Cephes' form):
/// relative error 2^-28.2.
#[inline(always)]
fn log_single<A: Arith>(a: A, f: A::F, k: A::F) -> A::F {
    let (high, low) = ln2_parts::<A>();
    let p = polynomial!(a, f;
        0.333_333_164_453_506_47,
        -0.249_999_865_889_549_26,
        0.200_018_480_420_112_6,
        -0.166_690_796_613_693_24,
        0.142_251_566_052_436_83,
        -0.123_901_985_585_689_54,
        0.118_352_383_375_167_85,
        -0.117_455_117_404_460_91,
        0.069_427_147_507_667_54,
    );
    let z = a.mul(f, f);
    let tail = a.mul(a.mul(f, z), p);
    let tail = a.fma(k, a.splat(low), tail);
    let tail = a.fma(z, a.splat(-0.5), tail);
    a.fma(k, a.splat(high), a.add(f, tail))
}

/// k ln 2 + log(1 + f) by log((1 + s)/(1 − s)), s = f/(2 + f), arranged as fdlibm's `e_log` so that
/// the division's error counts little; minimax in s², error 2^-58.5 of 2.
#[inline(always)]
fn log_double<A: Arith>(a: A, f: A::F, k: A::F) -> A::F {
    let (high, low) = ln2_parts::<A>();
    let s = a.div(f, a.add(a.splat(2.0), f));
    let z = a.mul(s, s);
    let r = polynomial!(a, z;
        0.666_666_666_666_673_4,
        0.399_999_999_994_165_2,
        0.285_714_287_420_732_35,
        0.222_221_985_990_368_1,
        0.181_835_632_235_523_35,
        0.153_140_740_036_287_3,
        0.147_957_535_044_741_23,
    );
    let r = a.mul(z, r);
    let half_square = a.mul(a.mul(a.splat(0.5), f), f);
    let correction = a.fma(k, a.splat(low), a.mul(s, a.add(half_square, r)));
    let rest = a.sub(a.sub(half_square, correction), f);
    a.fma(k, a.splat(high), a.neg(rest))
}

/// Hyperbolic tangent: below 0.625 an odd polynomial (f32) or Cephes' rational function (f64), so
/// nothing cancels near 0; above, 1 − 2/(e^2|x| + 1).
#[inline(always)]
pub fn tanh<A: Arith>(a: A, x: A::F) -> A::F {
    // From the limit on, the result is 1 to the last digit.
    let limit = a.splat(match A::PRECISION {
        Precision::Single => 10.0,
        Precision::Double => 22.0,
    });
    let one = a.splat(1.0);
    let magnitude = a.abs(x);
    // A NaN takes the path of small arguments, which keeps it.
    let large = a.le(a.splat(0.625), magnitude);
    let z = a.mul(x, x);
    let clamped = a.select(a.lt(limit, magnitude), limit, magnitude);
    let denominator = a.add(exp_within(a, a.add(clamped, clamped)), one);
    let value = match A::PRECISION {
        Precision::Single => {
            let p = polynomial!(a, z;
                -0.333_332_836_627_960_2,
                0.133_314_788_341_522_22,
                -0.053_742_170_333_862_305,
                0.020_645_553_246_140_48,
                -0.005_710_788_071_155_548,
            );
            let small = a.fma(a.mul(magnitude, z), p, magnitude);
            a.select(large, a.sub(one, a.div(a.splat(2.0), denominator)), small)
        }
        Precision::Double => {
            let p = polynomial!(a, z;
                -1.614_687_684_417_084_5e3,
                -9.928_772_310_019_185e1,
                -9.643_991_794_250_523e-1,
            );
            let q = polynomial!(a, z;
                4.844_063_053_251_255e3,
                2.235_488_390_601_004_5e3,
                1.128_116_784_916_329_3e2,
                1.0,
            );
            // One division serves both ranges.
            let numerator = a.mul(a.mul(magnitude, z), p);
            let quotient = a.div(
                a.select(large, a.splat(-2.0), numerator),
                a.select(large, denominator, q),
            );
            a.add(a.select(large, one, magnitude), quotient)
        }
    };
    a.copysign(value, x)
}
