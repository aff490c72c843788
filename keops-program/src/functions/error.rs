//! erf, erfc and the normal distribution.

use super::exponential::{Exponential, exp_parts};
use super::{fast_two_sum, polynomial, two_product};
use crate::arith::{Arith, Precision};

/// The error function: below 0.875 x + x Q(x²), above 1 − erfc x.
#[inline(always)]
pub fn erf<A: Arith>(a: A, x: A::F) -> A::F {
    let magnitude = a.abs(x);
    let large = a.lt(a.splat(0.875), magnitude);
    let above = a.sub(a.splat(1.0), complement(a, magnitude));
    let value = a.select(large, above, erf_small(a, magnitude));
    a.copysign(value, x)
}

/// 1 − erf x, also where that is small; results below the normal range are 0.
#[inline(always)]
pub fn erfc<A: Arith>(a: A, x: A::F) -> A::F {
    let magnitude = a.abs(x);
    let small = a.sub(a.splat(1.0), erf_small(a, magnitude));
    let value = complement(a, magnitude);
    let value = a.select(a.lt(magnitude, a.splat(0.5)), small, value);
    let negative = a.lt(x, a.splat(0.0));
    a.select(negative, a.sub(a.splat(2.0), value), value)
}

/// x + x Q(x²) for x up to 0.875, minimax, error 2^-29.9 and 2^-55.5 of 1.
#[inline(always)]
fn erf_small<A: Arith>(a: A, x: A::F) -> A::F {
    let z = a.mul(x, x);
    let q = match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            0.128_379_166_126_251_22,
            -0.376_126_289_367_675_8,
            0.112_836_323_678_493_5,
            -0.026_856_480_166_316_032,
            0.005_195_073_783_397_674_6,
            -0.000_808_738_404_884_934_4,
            8.179_168_071_364_984e-5,
        ),
        Precision::Double => polynomial!(a, z;
            0.128_379_167_095_512_6,
            -0.376_126_389_031_841_65,
            0.112_837_916_709_763_56,
            -0.026_866_170_649_366_694,
            0.005_223_977_668_686_137,
            -0.000_854_832_959_719_581,
            0.000_120_554_282_956_311_75,
            -1.492_790_507_703_261_2e-5,
            1.649_594_451_440_780_6e-6,
            -1.667_140_975_627_455_3e-7,
            1.622_318_474_144_833_6e-8,
            -1.365_505_583_576_195_4e-9,
        ),
    };
    a.fma(x, q, x)
}

/// erfc x for x ≥ 0, best above ½.
#[inline(always)]
fn complement<A: Arith>(a: A, x: A::F) -> A::F {
    let limit = match A::PRECISION {
        Precision::Single => 9.194_548_606_872_559,
        Precision::Double => 26.543_258_454_250_98,
    };
    let square = two_product(a, x, x);
    let value = scaled_complement(a, (x, a.splat(0.0)), square);
    a.select(a.lt(a.splat(limit), x), a.splat(0.0), value)
}

/// The distribution function of the normal distribution, erfc(−x/√2)/2, without the error that the
/// division by √2 has far in the tail; results below the normal range are 0.
#[inline(always)]
pub fn normcdf<A: Arith>(a: A, x: A::F) -> A::F {
    let (root, root_low, limit) = match A::PRECISION {
        Precision::Single => (
            0.707_106_769_084_930_4,
            1.210_161_748_588_234_3e-8,
            12.949_952_125_549_316,
        ),
        Precision::Double => (
            std::f64::consts::FRAC_1_SQRT_2,
            -4.833_646_656_726_457e-17,
            37.519_379_347_144_5,
        ),
    };
    let half = a.splat(0.5);
    let magnitude = a.abs(x);
    let (y, y_low) = two_product(a, magnitude, a.splat(root));
    let y_low = a.fma(magnitude, a.splat(root_low), y_low);
    let (square, square_low) = two_product(a, magnitude, magnitude);
    let square = (a.mul(square, half), a.mul(square_low, half));
    let value = a.mul(scaled_complement(a, (y, y_low), square), half);
    let value = a.select(a.lt(a.splat(limit), magnitude), a.splat(0.0), value);
    let near = a.sub(half, a.mul(erf_small(a, y), half));
    let value = a.select(a.lt(magnitude, a.splat(0.35)), near, value);
    let positive = a.lt(a.splat(0.0), x);
    a.select(positive, a.sub(a.splat(1.0), value), value)
}

/// erfc x for x ≥ 0 where it is a normal number, and any value elsewhere; x and x² in two parts each.
///
/// (1 + 2x) e^(x²) erfc x is a polynomial in t = (x − 4)/(x + 4), after Shepherd and Laframboise, "Chebyshev
/// approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞", Math. Comp. 36 (1981): minimax, error 2^-25
/// and 2^-54.4 of 1.
#[inline(always)]
fn scaled_complement<A: Arith>(a: A, x: (A::F, A::F), square: (A::F, A::F)) -> A::F {
    let one = a.splat(1.0);
    let two = a.splat(2.0);
    let four = a.splat(4.0);
    let (x, x_low) = x;
    let t = a.div(a.sub(x, four), a.add(x, four));
    // Of the last step of each polynomial the rounding error is kept.
    let (first, slope) = match A::PRECISION {
        Precision::Single => (
            1.232_995_152_473_449_7,
            polynomial!(a, t;
                -0.139_621_123_671_531_68,
                0.015_377_932_228_147_984,
                0.068_096_347_153_186_8,
                -0.101_014_710_962_772_37,
                0.093_756_109_476_089_48,
                -0.066_461_235_284_805_3,
                0.036_972_228_437_662_125,
                -0.015_975_626_185_536_385,
                0.005_572_181_660_681_963,
                -0.000_640_592_654_235_661,
                -0.000_494_821_986_649_185_4,
            ),
        ),
        Precision::Double => (
            1.232_995_118_625_552_6,
            polynomial!(a, t;
                -0.139_621_116_840_562_91,
                0.015_379_652_102_614_702,
                0.068_097_054_254_738_28,
                -0.101_039_066_036_133_54,
                0.093_732_834_996_808_62,
                -0.066_330_365_815_136_06,
                0.037_167_515_561_515_964,
                -0.016_197_734_026_519_313,
                0.005_031_969_770_990_695,
                -0.000_757_773_517_678_998_1,
                -0.000_199_255_621_833_900_14,
                0.000_150_622_835_397_322_87,
                -2.440_267_489_613_106_5e-5,
                -1.122_601_261_278_006_5e-5,
                5.716_605_192_921_734e-6,
                3.028_080_391_199_695_4e-7,
                -8.331_883_210_264_108e-7,
                6.193_262_422_588_946e-8,
                1.136_853_966_986_222_8e-7,
                -7.811_855_918_913_509e-9,
                -1.307_869_437_768_693_8e-8,
                -1.613_956_481_190_816_8e-9,
            ),
        ),
    };
    let first = a.splat(first);
    let p = a.fma(slope, t, first);
    let p_low = a.fma(slope, t, a.sub(first, p));

    // p/(1 + 2x) and what its rounding, and that of the denominator, leaves out.
    let denominator = a.fma(x, two, one);
    let inverse = a.div(one, denominator);
    let q = a.mul(p, inverse);
    let (product, product_low) = two_product(a, q, a.add(x, x));
    let less = a.sub(p, q);
    let p_low = a.add(p_low, a.sub(a.sub(p, less), q));
    let rest = a.sub(a.sub(less, product), product_low);
    let rest = a.fma(a.mul(q, x_low), a.splat(-2.0), a.add(rest, p_low));
    let q_low = a.mul(rest, inverse);

    // e^(−x²)
    let (square, square_low) = square;
    let Exponential { r, tail, k } = exp_parts(a, a.neg(square));
    let (e, e_low) = fast_two_sum(a, one, r);
    let e_low = a.add(e_low, tail);
    let e_low = a.fma(a.add(e, e_low), a.neg(square_low), e_low);
    let small = a.fma(e, q_low, a.mul(e_low, q));
    a.scale2_normal(a.fma(e, q, small), k)
}
