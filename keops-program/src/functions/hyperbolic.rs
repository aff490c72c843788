//! sinh, cosh, tanh and their inverses.

use super::exponential::{Exponential, exp_parts, exp_within};
use super::logarithm::log_sum;
use super::{fast_two_sum, polynomial, two_product, two_sum};
use crate::arith::{Arith, Precision};

/// Hyperbolic sine; ±∞ where it is too large. Below 1 an odd polynomial, so nothing cancels near 0.
#[inline(always)]
pub fn sinh<A: Arith>(a: A, x: A::F) -> A::F {
    let magnitude = a.abs(x);
    let (high, low, inverse, scale) = half_exponentials(a, magnitude);
    let (sum, error) = fast_two_sum(a, high, a.neg(inverse));
    let large = a.scale2_normal(a.add(sum, a.add(error, low)), scale);
    let large = where_finite(a, magnitude, large);

    // (sinh x − x)/x³ for |x| ≤ 1: minimax in x², error of sinh x 2^-31.6 (f32) and 2^-61.8 (f64).
    let z = a.mul(x, x);
    let p = match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            0.166_666_671_633_720_4,
            0.008_333_310_484_886_17,
            0.000_198_428_941_075_690_1,
            2.782_230_239_972_705e-6,
        ),
        Precision::Double => polynomial!(a, z;
            0.166_666_666_666_666_69,
            0.008_333_333_333_332_912,
            0.000_198_412_698_415_934,
            2.755_731_910_676_532e-6,
            2.505_213_099_632_188_5e-8,
            1.605_665_944_306_617e-10,
            7.776_589_061_759_099e-13,
        ),
    };
    let small = a.fma(a.mul(magnitude, z), p, magnitude);
    // A NaN takes either path, which keeps it.
    let value = a.select(a.lt(magnitude, a.splat(1.0)), small, large);
    a.copysign(value, x)
}

/// Hyperbolic cosine; +∞ where it is too large.
#[inline(always)]
pub fn cosh<A: Arith>(a: A, x: A::F) -> A::F {
    let magnitude = a.abs(x);
    let (high, low, inverse, scale) = half_exponentials(a, magnitude);
    let (sum, error) = fast_two_sum(a, high, inverse);
    let value = a.scale2_normal(a.add(sum, a.add(error, low)), scale);
    where_finite(a, magnitude, value)
}

/// (h, l, v, k) with e^x/2 = 2^k (h + l) and e^−x/2 = 2^k v for x ≥ 0: h + l to a few digits more than
/// the floating type has, v to the type's.
#[inline(always)]
fn half_exponentials<A: Arith>(a: A, x: A::F) -> (A::F, A::F, A::F, A::F) {
    let one = a.splat(1.0);
    let Exponential { r, tail, k } = exp_parts(a, x);
    let (sum, error) = fast_two_sum(a, one, r);
    let (high, low) = fast_two_sum(a, sum, a.add(error, tail));
    // From 2^-60 on it does not count.
    let most = a.splat(30.0);
    let moderate = a.select(a.lt(most, k), most, k);
    let power = a.scale2_normal(one, a.mul(moderate, a.splat(-2.0)));
    (high, low, a.div(power, high), a.sub(k, one))
}

/// The value, but +∞ where x ≥ 0 is beyond the last number of which sinh and cosh are finite.
#[inline(always)]
fn where_finite<A: Arith>(a: A, x: A::F, value: A::F) -> A::F {
    let limit = match A::PRECISION {
        Precision::Single => 89.415_985_107_421_88,
        Precision::Double => 710.475_860_073_943_9,
    };
    // The product is +∞, or the NaN.
    let infinite = a.mul(x, a.splat(f64::INFINITY));
    a.select(a.le(x, a.splat(limit)), value, infinite)
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

/// Where the square of a number is so large that 1 does not count beside it.
const fn large<A: Arith>() -> f64 {
    match A::PRECISION {
        Precision::Single => 16_384.0,
        Precision::Double => 1_073_741_824.0,
    }
}

/// Inverse of the hyperbolic sine: log(|x| + √(x² + 1)), root and sum to twice the digits.
#[inline(always)]
pub fn asinh<A: Arith>(a: A, x: A::F) -> A::F {
    let one = a.splat(1.0);
    let zero = a.splat(0.0);
    let magnitude = a.abs(x);
    let (square, square_low) = two_product(a, magnitude, magnitude);
    let (sum, sum_low) = two_sum(a, one, square);
    let (root, root_low) = root_of_sum(a, sum, a.add(sum_low, square_low));
    let (sum, sum_low) = two_sum(a, root, magnitude);
    let rest = a.add(sum_low, root_low);

    let far = a.lt(a.splat(large::<A>()), magnitude);
    let sum = a.select(far, magnitude, sum);
    let rest = a.select(far, zero, rest);
    let value = log_sum(a, sum, rest, a.select(far, one, zero));
    let infinity = a.splat(f64::INFINITY);
    let value = a.select(a.lt(magnitude, infinity), value, magnitude);
    a.copysign(value, x)
}

/// Inverse of the hyperbolic cosine: log(x + √(x² − 1)), root and sum to twice the digits; NaN below 1.
#[inline(always)]
pub fn acosh<A: Arith>(a: A, x: A::F) -> A::F {
    let one = a.splat(1.0);
    let zero = a.splat(0.0);
    let (square, square_low) = two_product(a, x, x);
    let (sum, sum_low) = two_sum(a, square, a.splat(-1.0));
    let (root, root_low) = root_of_sum(a, sum, a.add(sum_low, square_low));
    let (sum, sum_low) = two_sum(a, x, root);
    let rest = a.add(sum_low, root_low);

    let far = a.lt(a.splat(large::<A>()), x);
    let sum = a.select(far, x, sum);
    let rest = a.select(far, zero, rest);
    let value = log_sum(a, sum, rest, a.select(far, one, zero));
    let value = a.select(a.lt(x, a.splat(f64::INFINITY)), value, x);
    a.select(a.le(one, x), value, a.splat(f64::NAN))
}

/// √(x + rest) as a sum of two numbers, for a rest of less than half x's digits; 0 at 0.
#[inline(always)]
fn root_of_sum<A: Arith>(a: A, x: A::F, rest: A::F) -> (A::F, A::F) {
    let (x, rest) = fast_two_sum(a, x, rest);
    let root = a.sqrt(x);
    let (square, square_low) = two_product(a, root, root);
    let remainder = a.add(a.sub(a.sub(x, square), square_low), rest);
    let correction = a.div(remainder, a.add(root, root));
    let zero = a.splat(0.0);
    (root, a.select(a.eq(root, zero), zero, correction))
}

/// Inverse of the hyperbolic tangent: log(1 + 2|x|/(1 − |x|))/2, the quotient to twice the digits;
/// ±∞ at ±1, NaN beyond.
#[inline(always)]
pub fn atanh<A: Arith>(a: A, x: A::F) -> A::F {
    let one = a.splat(1.0);
    let magnitude = a.abs(x);
    let above = a.add(magnitude, magnitude);
    let (below, below_low) = two_sum(a, one, a.neg(magnitude));
    let quotient = a.div(above, below);
    let (back, back_low) = two_product(a, quotient, below);
    let remainder = a.sub(a.sub(above, back), back_low);
    let remainder = a.fma(a.neg(quotient), below_low, remainder);
    let (sum, sum_low) = two_sum(a, one, quotient);
    let rest = a.add(sum_low, a.div(remainder, below));
    let value = a.mul(log_sum(a, sum, rest, a.splat(0.0)), a.splat(0.5));

    let value = a.select(a.eq(magnitude, one), a.splat(f64::INFINITY), value);
    let value = a.select(a.le(magnitude, one), value, a.splat(f64::NAN));
    a.copysign(value, x)
}
