//! atan, atan2, asin and acos.

use super::{fast_two_sum, polynomial, power_of_two};
use crate::arith::{Arith, Precision};
use std::f64::consts::FRAC_PI_2;

/// What rounding to the floating type leaves out of π/2 rounded to it.
const fn half_pi_parts<A: Arith>() -> (f64, f64) {
    match A::PRECISION {
        Precision::Single => (1.570_796_370_506_286_6, -4.371_138_828_673_793e-8),
        Precision::Double => (FRAC_PI_2, 6.123_233_995_736_766e-17),
    }
}

/// Inverse tangent, radians.
#[inline(always)]
pub fn atan<A: Arith>(a: A, x: A::F) -> A::F {
    let one = a.splat(1.0);
    let magnitude = a.abs(x);
    let steep = a.lt(one, magnitude);
    // A NaN stays the numerator.
    let numerator = a.select(steep, one, magnitude);
    let denominator = a.select(steep, magnitude, one);
    let value = angle(a, numerator, denominator, steep, None);
    a.copysign(value, x)
}

/// The angle of the point (x, y), radians: IEEE's but for the origin, whose angle is 0 whatever the signs
/// of its zeros.
#[inline(always)]
pub fn atan2<A: Arith>(a: A, y: A::F, x: A::F) -> A::F {
    let one = a.splat(1.0);
    let zero = a.splat(0.0);
    let infinity = a.splat(f64::INFINITY);
    let (width, height) = (a.abs(x), a.abs(y));
    let steep = a.lt(width, height);
    let smaller = a.select(steep, width, height);
    let larger = a.select(steep, height, width);
    // Two infinite coordinates are as good as two equal ones, and 0/1 is what the origin needs.
    let diagonal = a.and(a.eq(smaller, infinity), a.eq(larger, infinity));
    let smaller = a.select(diagonal, one, smaller);
    let larger = a.select(diagonal, one, larger);
    let larger = a.select(a.eq(larger, zero), one, larger);
    // So that neither the sum of both overflows, nor does a GPU's fast division give 0.
    let (limit, factor) = match A::PRECISION {
        Precision::Single => (power_of_two(100), power_of_two(-64)),
        Precision::Double => (power_of_two(1000), power_of_two(-64)),
    };
    let factor = a.select(a.lt(a.splat(limit), larger), a.splat(factor), one);
    let smaller = a.mul(smaller, factor);
    let larger = a.mul(larger, factor);
    let behind = a.lt(x, zero);
    let value = angle(a, smaller, larger, steep, Some(behind));
    a.copysign(value, y)
}

/// atan(n/d) for 0 ≤ n ≤ d, then its difference from π/2 if `steep`, then its difference from π if
/// `behind`.
///
/// Above tan(π/8), atan t = π/4 + atan((t − 1)/(t + 1)), so one division serves all. What is left is a
/// multiple of π/4, in two parts, and an odd polynomial: minimax, error 2^-30.5 and 2^-63.9 of 1.
#[inline(always)]
fn angle<A: Arith>(a: A, n: A::F, d: A::F, steep: A::M, behind: Option<A::M>) -> A::F {
    let (high, low) = match A::PRECISION {
        // So short that four times the first is exact.
        Precision::Single => (0.785_398_244_857_788_1, -8.146_034_247_147_327e-8),
        Precision::Double => (std::f64::consts::FRAC_PI_4, 3.061_616_997_868_383e-17),
    };
    let upper = a.lt(a.mul(d, a.splat(std::f64::consts::SQRT_2 - 1.0)), n);
    let t = a.div(
        a.select(upper, a.sub(n, d), n),
        a.select(upper, a.add(n, d), d),
    );
    let eighths = a.select(upper, a.splat(1.0), a.splat(0.0));
    let eighths = a.select(steep, a.sub(a.splat(2.0), eighths), eighths);
    let t = a.select(steep, a.neg(t), t);
    let (eighths, t) = match behind {
        Some(behind) => (
            a.select(behind, a.sub(a.splat(4.0), eighths), eighths),
            a.select(behind, a.neg(t), t),
        ),
        None => (eighths, t),
    };
    let z = a.mul(t, t);
    let p = match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            -0.333_333_164_453_506_47,
            0.199_985_310_435_295_1,
            -0.142_444_640_398_025_5,
            0.105_997_264_385_223_39,
            -0.060_913_980_007_171_63,
        ),
        Precision::Double => polynomial!(a, z;
            -0.333_333_333_333_333_26,
            0.199_999_999_999_970_95,
            -0.142_857_142_853_163_8,
            0.111_111_110_837_429_35,
            -0.090_909_079_856_905_87,
            0.076_922_791_952_498_54,
            -0.066_661_745_648_601_94,
            0.058_765_149_647_907_44,
            -0.052_151_692_432_753_28,
            0.044_905_056_474_147_25,
            -0.033_173_344_905_553_59,
            0.014_891_908_873_368_39,
        ),
    };
    let small = a.fma(eighths, a.splat(low), a.mul(a.mul(t, z), p));
    a.fma(eighths, a.splat(high), a.add(t, small))
}

/// Inverse sine, radians; NaN outside −1..=1.
#[inline(always)]
pub fn asin<A: Arith>(a: A, x: A::F) -> A::F {
    let (high, low) = half_pi_parts::<A>();
    let (outer, s, p) = arcsine(a, x);
    // π/2 − 2 (s + p)
    let (sum, rest) = fast_two_sum(a, a.splat(high), a.mul(s, a.splat(-2.0)));
    let rest = a.add(rest, a.fma(p, a.splat(-2.0), a.splat(low)));
    let value = a.select(outer, a.add(sum, rest), a.add(s, p));
    a.copysign(value, x)
}

/// Inverse cosine, radians; NaN outside −1..=1.
#[inline(always)]
pub fn acos<A: Arith>(a: A, x: A::F) -> A::F {
    let (high, low) = half_pi_parts::<A>();
    let zero = a.splat(0.0);
    let (outer, s, p) = arcsine(a, x);
    let negative = a.lt(x, zero);
    // π/2 − asin x; 2 asin of the half angle's sine; π less that.
    let factor = a.select(negative, a.splat(-2.0), a.splat(2.0));
    let inner = a.select(negative, a.splat(1.0), a.splat(-1.0));
    let factor = a.select(outer, factor, inner);
    let quarters = a.select(negative, a.splat(2.0), zero);
    let quarters = a.select(outer, quarters, a.splat(1.0));
    let (sum, rest) = fast_two_sum(a, a.mul(quarters, a.splat(high)), a.mul(s, factor));
    let small = a.fma(p, factor, a.mul(quarters, a.splat(low)));
    a.add(sum, a.add(rest, small))
}

/// Whether |x| > ½, and s and p with asin s = s + p, where s is |x|, or √((1 − |x|)/2) if |x| > ½: the sine
/// of half the angle whose cosine is |x|. Minimax in s², error 2^-31.7 and 2^-59.8 of 1.
#[inline(always)]
fn arcsine<A: Arith>(a: A, x: A::F) -> (A::M, A::F, A::F) {
    let half = a.splat(0.5);
    let magnitude = a.abs(x);
    let outer = a.lt(half, magnitude);
    let halved = a.mul(a.sub(a.splat(1.0), magnitude), half);
    let s = a.select(outer, a.sqrt(halved), magnitude);
    let z = a.select(outer, halved, a.mul(magnitude, magnitude));
    let p = match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            0.166_666_597_127_914_43,
            0.075_005_210_936_069_49,
            0.044_513_635_337_352_75,
            0.031_836_055_219_173_43,
            0.014_329_180_121_421_814,
            0.037_673_167_884_349_82,
        ),
        Precision::Double => polynomial!(a, z;
            0.166_666_666_666_667_63,
            0.074_999_999_999_701_28,
            0.044_642_857_175_256_664,
            0.030_381_942_676_763_096,
            0.022_372_215_862_102_63,
            0.017_351_596_321_545_804,
            0.013_981_008_291_360_054,
            0.011_397_379_956_977_675,
            0.010_788_817_541_389_151,
            0.003_674_146_865_793_419,
            0.021_785_734_946_585_276,
            -0.021_109_578_276_181_97,
            0.032_697_581_789_542_4,
        ),
    };
    (outer, s, a.mul(a.mul(s, z), p))
}
