//! The logarithm of the gamma function, and that logarithm's first two derivatives.
//!
//! For large arguments each is what its asymptotic series begins with, in terms of w = x − ½ (which leaves out
//! every other term), and a polynomial in t = 1/(w² + 1). That holds from w = 2 or 1.5 on already, where the series
//! itself does not: what is left of it is smooth in t, though singular where w² is negative.

use super::exponential::ln2_parts;
use super::logarithm::{centred_split, log_tail};
use super::turns::{minus_cotpi, pi_parts, sinpi, sinpi_parts};
use super::{fast_two_sum, polynomial, two_product, two_sum};
use crate::arith::{Arith, Precision};
use std::f64::consts::{FRAC_1_PI, FRAC_1_SQRT_2};

/// log |Γ(x)|; +∞ at 0, at the negative integers and at ±∞.
///
/// Near 2 a polynomial times x − 2, near 1 that and the logarithm of x, in which x − 1 is a factor; between them,
/// where these cancel, the square of the distance from the minimum. Γ(x + 1) = x Γ(x) leads to these from −½ on.
/// From 2.5, Stirling's formula in double-length arithmetic. Below −½, π/(x sin πx Γ(−x)).
#[inline(always)]
pub fn lgamma<A: Arith>(a: A, x: A::F) -> A::F {
    let zero = a.splat(0.0);
    let one = a.splat(1.0);
    let two = a.splat(2.0);
    let half = a.splat(0.5);
    let infinity = a.splat(f64::INFINITY);
    let magnitude = a.abs(x);
    let reflected = a.lt(x, a.splat(-0.5));
    let u = a.select(reflected, magnitude, x);

    // Where the polynomial is taken, and of what the logarithm.
    let large = a.le(a.splat(2.5), u);
    let near_one = a.lt(u, a.splat(1.23));
    let near_two = a.lt(a.splat(1.73), u);
    let near_zero = a.lt(u, a.splat(0.375));
    let w = a.sub(u, half);
    let t = a.sub(u, a.select(near_two, two, one));
    let t = a.select(near_zero, u, t);
    let (next, next_low) = fast_two_sum(a, one, u);
    let (product, product_low) = two_product(a, a.abs(u), next);
    let product_low = a.fma(a.abs(u), next_low, product_low);
    let p = a.select(near_one, a.abs(u), one);
    let p = a.select(near_zero, product, p);
    let p = a.select(large, w, p);
    let inverse = a.div(one, a.select(large, a.fma(w, w, one), p));

    // log p = k ln 2 + f + tail
    let (ln2, ln2_low) = ln2_parts::<A>();
    let (m, k) = centred_split(a, p);
    let f = a.sub(m, one);
    let tail = a.fma(k, a.splat(ln2_low), log_tail(a, f));

    // log Γ(2 + t)/t = c + t P(t), minimax, error 2^-27.2 and 2^-57.5; near 1, t = f and the difference
    // of c and the logarithm's 1 is −γ.
    let middle = a.and(near_one, a.lt(a.splat(FRAC_1_SQRT_2), u));
    let (c, p) = match A::PRECISION {
        Precision::Single => (
            0.422_784_328_460_693_36,
            polynomial!(a, t;
                0.322_467_029_094_696_04,
                -0.067_351_669_073_104_86,
                0.020_581_241_697_072_983,
                -0.007_397_037_465_125_322,
                0.002_882_474_567_741_155_6,
                -0.001_122_107_729_315_757_8,
                0.000_560_847_867_745_906_1,
                -0.000_372_590_031_474_828_7,
            ),
        ),
        Precision::Double => (
            0.422_784_335_098_467_13,
            polynomial!(a, t;
                0.322_467_033_424_113_2,
                -0.067_352_301_053_196_26,
                0.020_580_808_427_788_855,
                -0.007_385_551_028_835_003,
                0.002_890_510_330_422_721,
                -0.001_192_753_905_889_003_3,
                0.000_509_669_535_405_923_1,
                -0.000_223_154_866_093_826_42,
                9.945_731_830_456_734e-5,
                -4.492_510_912_232_599e-5,
                2.050_930_713_202_160_4e-5,
                -9.446_398_012_627_907e-6,
                4.361_195_631_159_01e-6,
                -2.015_096_965_439_133_5e-6,
                1.008_347_465_885_857_6e-6,
                -4.911_797_070_507_991e-7,
                9.770_382_346_978_855e-8,
                -8.214_233_709_377_933e-8,
                1.559_589_257_824_427e-7,
            ),
        ),
    };
    let c = a.select(middle, a.splat(-0.577_215_664_901_532_9), a.splat(c));
    // −0, so that the difference at 1 is +0.
    let power = a.mul(k, a.splat(ln2));
    let logarithm = a.add(power, f);
    let logarithm_low = a.sub(f, a.sub(logarithm, power));
    let logarithm = a.select(middle, a.splat(-0.0), logarithm);
    let factor = a.fma(t, p, c);
    let factor_low = a.fma(t, p, a.sub(c, factor));
    let low = a.fma(t, factor_low, a.neg(a.add(tail, logarithm_low)));
    let small = a.fma(t, factor, low);
    let small = a.sub(small, logarithm);
    // What the rounding of the product adds to its logarithm; nothing where its inverse may overflow.
    let corrected = a.and(near_zero, a.lt(a.splat(1e-30), a.abs(u)));
    let correction = a.mul(product_low, inverse);
    let small = a.sub(small, a.select(corrected, correction, zero));

    // Minimax, error 2^-30.1 and 2^-60.1 of ⅛.
    let (root, root_low, least, least_low) = match A::PRECISION {
        Precision::Single => (
            1.461_632_132_530_212_4,
            1.243_815_006_546_356e-8,
            -0.121_486_291_289_329_53,
            7.534_799_451_036_633e-10,
        ),
        Precision::Double => (
            1.461_632_144_968_362_2,
            9.549_995_429_965_697e-17,
            -0.121_486_290_535_849_61,
            3.364_991_468_473_138e-18,
        ),
    };
    let t = a.sub(a.sub(u, a.splat(root)), a.splat(root_low));
    let p = match A::PRECISION {
        Precision::Single => polynomial!(a, t;
            0.483_836_144_208_908_1,
            -0.147_587_895_393_371_58,
            0.064_622_707_664_966_58,
            -0.032_772_891_223_430_634,
            0.018_034_800_887_107_85,
            -0.010_746_595_449_745_655,
            0.005_660_745_780_915_022,
        ),
        Precision::Double => polynomial!(a, t;
            0.483_836_122_723_810_66,
            -0.147_587_722_994_531_5,
            0.064_624_940_238_872_93,
            -0.032_788_541_088_204_14,
            0.017_970_675_121_890_337,
            -0.010_314_223_073_395_32,
            0.006_100_535_512_027_878,
            -0.003_684_567_142_455_077,
            0.002_259_784_925_312_918_7,
            -0.001_402_343_570_806_146_8,
            0.000_877_810_605_582_506_8,
            -0.000_552_257_002_075_448_4,
            0.000_356_173_816_395_429_17,
            -0.000_245_982_041_212_922_6,
            0.000_132_347_744_921_329_75,
        ),
    };
    let valley = a.fma(a.mul(t, t), p, a.splat(least_low));
    let valley = a.add(a.splat(least), valley);
    let small = a.select(a.or(near_one, near_two), small, valley);

    // w (log w − 1) + ½ log 2π + w t G(t), minimax, error 2^-27.4 and 2^-59.6.
    let (constant, constant_low) = match A::PRECISION {
        Precision::Single => (0.918_938_517_570_495_6, 1.563_417_661_998_301e-8),
        Precision::Double => (0.918_938_533_204_672_8, -3.878_294_158_067_241_4e-17),
    };
    let g = match A::PRECISION {
        Precision::Single => polynomial!(a, inverse;
            -0.041_667_204_350_233_08,
            -0.039_199_382_066_726_685,
            -0.038_381_475_955_247_88,
            -0.028_524_855_151_772_5,
            -0.065_317_854_285_240_17,
        ),
        Precision::Double => polynomial!(a, inverse;
            -0.041_666_666_666_665_936,
            -0.039_236_111_111_433_22,
            -0.037_574_404_711_897_616,
            -0.036_090_963_785_942_92,
            -0.035_035_105_768_407_036,
            -0.033_586_471_332_050_165,
            -0.034_179_307_301_511_61,
            -0.026_943_745_922_826_355,
            -0.052_276_028_284_140_54,
            0.038_478_781_768_455_456,
            -0.199_576_050_925_043_32,
            0.242_112_492_713_155_66,
            -0.254_419_862_021_747_9,
        ),
    };
    let (l, l_low) = two_sum(a, a.fma(k, a.splat(ln2), a.splat(-1.0)), f);
    let l_low = a.add(l_low, tail);
    // Where the product or its parts might overflow its error is nothing, and the first part alone is too large.
    let huge = a.lt(a.splat(1e30), w);
    let whole = a.add(l, l_low);
    let l = a.select(huge, whole, l);
    let l_low = a.select(huge, zero, l_low);
    let (wl, wl_low) = two_product(a, w, l);
    let wl_low = a.select(huge, zero, wl_low);
    let (sum, sum_low) = two_sum(a, wl, a.splat(constant));
    let sum_low = a.select(huge, zero, sum_low);
    let rest = a.fma(a.mul(w, inverse), g, a.splat(constant_low));
    let rest = a.add(a.fma(w, l_low, rest), a.add(wl_low, sum_low));
    let value = a.select(large, a.add(sum, rest), small);
    let value = a.select(a.eq(u, zero), infinity, value);

    // log π, and what the roundings of the product below and of the difference leave out.
    let (log_pi, log_pi_low) = match A::PRECISION {
        Precision::Single => (1.1447298526763916, 3.317300857258093e-08),
        Precision::Double => (1.1447298858494002, 1.0265951162707826e-17),
    };
    let sine = a.abs(sinpi(a, magnitude));
    let (product, product_low) = two_product(a, magnitude, sine);
    let (reflection, rest) = two_sum(a, a.splat(log_pi), a.neg(a.log(product)));
    let rest = a.sub(rest, a.div(product_low, product));
    let rest = a.add(rest, a.splat(log_pi_low));
    let moderate = a.lt(magnitude, a.splat(1e30));
    let rest = a.select(moderate, rest, zero);
    let reflection = a.add(a.sub(reflection, value), rest);
    let value = a.select(reflected, reflection, value);
    let pole = a.and(reflected, a.eq(sine, zero));
    a.select(a.or(pole, a.eq(magnitude, infinity)), infinity, value)
}

/// ψ(x), the derivative of log Γ(x); −∞ at +0, +∞ at −0, NaN at the negative integers and at −∞.
///
/// From 1 to 2 a polynomial times the distance from the root, so that it is accurate there, too; it leads to 0..1
/// by ψ(x) = ψ(x + 1) − 1/x. Above, log w and a polynomial. Below 0, ψ(1 − x) − π cot πx.
#[inline(always)]
pub fn digamma<A: Arith>(a: A, x: A::F) -> A::F {
    let zero = a.splat(0.0);
    let one = a.splat(1.0);
    let reflected = a.lt(x, zero);
    let u = a.abs(x);
    let large = a.le(a.select(reflected, one, a.splat(2.0)), u);
    let low = a.or(reflected, a.lt(u, one));
    let half = a.splat(0.5);
    let w = a.add(u, a.select(reflected, half, a.neg(half)));
    let divisor = a.select(large, a.fma(w, w, one), x);
    let q = a.div(one, divisor);

    // Minimax, error 2^-28.4 and 2^-56.5 of 1.
    let h = match A::PRECISION {
        Precision::Single => polynomial!(a, q;
            0.041_666_116_565_465_93,
            0.034_408_219_158_649_445,
            0.030_264_800_414_443_016,
            0.033_173_859_119_415_28,
            0.000_124_866_521_218_791_6,
            0.073_031_768_202_781_68,
        ),
        Precision::Double => polynomial!(a, q;
            0.041_666_666_666_653_33,
            0.034_375_000_005_641_48,
            0.030_927_578_520_347_946,
            0.027_190_355_321_273_833,
            0.026_586_912_343_024_873,
            0.019_129_559_297_474_622,
            0.040_879_728_862_550_93,
            -0.070_768_734_797_683_84,
            0.441_763_283_567_825_35,
            -1.688_991_347_066_978_4,
            5.656_036_661_375_632,
            -14.441_611_293_096_374,
            27.373_916_889_093_074,
            -35.680_384_222_939_395,
            28.554_464_530_148_476,
            -10.473_312_692_760_139,
        ),
    };
    // What the rounding of w leaves out, by the logarithm's derivative 1/w = wq/(1 − q).
    let w_low = a.mul(a.sub(u, a.sub(w, half)), a.mul(w, a.fma(q, q, q)));
    let w_low = a.select(reflected, w_low, zero);
    let above = a.add(a.log(w), a.fma(q, h, w_low));

    // Minimax, error 2^-25.7 and 2^-54.7 of 1.
    let (root, root_low) = match A::PRECISION {
        Precision::Single => (1.461_632_132_530_212_4, 1.243_815_006_546_356e-8),
        Precision::Double => (1.461_632_144_968_362_2, 9.549_995_429_965_697e-17),
    };
    let near = a.sub(u, a.select(low, a.splat(root - 1.0), a.splat(root)));
    let t = a.sub(near, a.splat(root_low));
    let (first, slope) = match A::PRECISION {
        Precision::Single => (
            0.967_672_228_813_171_4,
            polynomial!(a, t;
                -0.442_763_239_145_278_93,
                0.258_500_516_414_642_33,
                -0.163_937_211_036_682_13,
                0.107_818_000_018_596_65,
                -0.072_327_040_135_860_44,
                0.048_788_011_074_066_16,
                -0.031_923_651_695_251_465,
                0.022_679_394_111_037_254,
                -0.020_657_947_286_963_463,
                0.011_975_198_052_823_544,
            ),
        ),
        Precision::Double => (
            0.967_672_245_447_621_2,
            polynomial!(a, t;
                -0.442_763_168_983_592_14,
                0.258_499_760_955_638_26,
                -0.163_942_705_442_396_09,
                0.107_824_050_692_685_33,
                -0.072_199_561_257_693_64,
                0.048_804_288_090_743_02,
                -0.033_161_126_403_599_88,
                0.022_597_650_335_690_38,
                -0.015_424_768_204_482_49,
                0.010_538_754_879_178_146,
                -0.007_204_489_194_639_347,
                0.004_927_190_725_730_543,
                -0.003_370_367_140_567_78,
                0.002_302_179_699_011_069,
                -0.001_572_352_391_252_743_3,
                0.001_092_229_063_889_023_3,
                -0.000_761_921_525_524_748_3,
                0.000_469_488_277_926_891_84,
                -0.000_269_525_041_767_459_07,
                0.000_277_229_643_999_713_4,
                -0.000_291_873_976_256_354_84,
                0.000_127_024_669_724_869_77,
            ),
        ),
    };
    // The rounding errors of the distance and of the last step, too.
    let first = a.splat(first);
    let p = a.fma(slope, t, first);
    let p_low = a.fma(slope, t, a.sub(first, p));
    let middle = a.fma(t, p_low, a.mul(p, a.splat(-root_low)));
    let middle = a.fma(near, p, middle);
    // 1/x in two parts. Where the quotient is infinite, so is the result.
    let (product, product_low) = two_product(a, q, x);
    let q_low = a.mul(a.sub(a.sub(one, product), product_low), q);
    let finite = a.lt(a.abs(q), a.splat(1e30));
    let q_low = a.select(finite, q_low, zero);
    let shifted = a.sub(a.sub(middle, q_low), q);
    let shifted = a.select(reflected, middle, shifted);
    let value = a.select(large, above, a.select(low, shifted, middle));

    let (pi, pi_low) = pi_parts::<A>();
    let (c, c_low) = minus_cotpi(a, x);
    let (product, product_low) = two_product(a, c, a.splat(pi));
    let rest = a.fma(c, a.splat(pi_low), a.fma(c_low, a.splat(pi), product_low));
    let (sum, error) = two_sum(a, product, value);
    // Beside a pole the rest is nothing, or an infinity less another.
    let moderate = a.lt(a.abs(c), a.splat(1e30));
    let below = a.select(moderate, a.add(sum, a.add(error, rest)), product);
    let whole = a.eq(a.floor(x), x);
    let below = a.select(whole, a.splat(f64::NAN), below);
    let value = a.select(reflected, below, value);
    // Here 1/x is all that can be seen, and the reflection of a subnormal number is not accurate.
    let pole = a.lt(u, a.splat(1e-30));
    a.select(pole, a.neg(a.div(one, x)), value)
}

/// ψ′(x), the second derivative of log Γ(x); +∞ at 0 and at the negative integers, NaN at −∞.
///
/// From 2 on (1 + a polynomial)/w; below, by ψ′(x) = ψ′(x + 1) + 1/x². Below 0, (π/sin πx)² − ψ′(1 − x).
#[inline(always)]
pub fn trigamma<A: Arith>(a: A, x: A::F) -> A::F {
    let zero = a.splat(0.0);
    let one = a.splat(1.0);
    // Beside the pole at 0 the recurrence is accurate below it, too, and the reflection less so.
    let reflected = a.lt(x, a.splat(-0.003_906_25));
    let u = a.select(reflected, a.sub(one, x), x);
    let (twice, once) = (a.lt(u, one), a.lt(u, a.splat(2.0)));
    let shift = a.select(once, a.splat(0.5), a.splat(-0.5));
    let shift = a.select(twice, a.splat(1.5), shift);
    let w = a.add(u, shift);

    // Minimax, error 2^-32.2 and 2^-57.0 of 1.
    let t = a.div(one, a.fma(w, w, one));
    let k = match A::PRECISION {
        Precision::Single => polynomial!(a, t;
            -0.083_333_380_520_343_78,
            -0.054_163_109_511_137_01,
            -0.048_152_796_924_114_23,
            -0.031_035_665_422_677_994,
            -0.051_878_418_773_412_704,
            0.021_776_292_473_077_774,
            -0.093_795_955_181_121_83,
        ),
        Precision::Double => polynomial!(a, t;
            -0.083_333_333_333_320_55,
            -0.054_166_666_674_163_86,
            -0.048_065_474_631_609_54,
            -0.031_957_012_562_946_044,
            -0.048_366_475_882_575_255,
            0.037_027_089_780_139_44,
            -0.359_750_947_615_827_8,
            1.991_667_598_951_601_7,
            -12.633_573_631_734_63,
            74.545_852_208_619_45,
            -388.018_149_785_366_8,
            1_697.976_962_866_243_9,
            -6_051.551_731_076_769,
            17_085.872_136_644_393,
            -37_083.730_555_281_574,
            59_441.803_455_922_56,
            -66_105.740_953_061_89,
            45_462.861_491_679_02,
            -14_544.773_391_178_349,
        ),
    };
    let q = a.div(one, w);
    let rest = a.mul(q, a.mul(t, k));

    // 1/u², the rounding error of 1/u included, and 1/(u + 1)².
    let r = a.div(one, u);
    let (product, product_low) = two_product(a, r, u);
    let r_low = a.mul(a.sub(a.sub(one, product), product_low), r);
    let square = a.mul(r, r);
    // Numbers whose squares are finite.
    let limit = a.splat(match A::PRECISION {
        Precision::Single => 1.8e19,
        Precision::Double => 1.3e154,
    });
    let finite = a.lt(a.abs(r), limit);
    let square_low = a.select(finite, a.mul(a.add(r, r), r_low), zero);
    let s = a.div(one, a.add(u, one));
    let rest = a.add(rest, a.select(once, square_low, zero));
    let rest = a.add(rest, a.select(twice, a.mul(s, s), zero));
    let value = a.add(a.select(once, square, zero), a.add(q, rest));

    // π/sin πx in two parts.
    let (pi, pi_low) = pi_parts::<A>();
    let (sine, sine_low) = sinpi_parts(a, x);
    let c = a.div(a.splat(pi), sine);
    let (product, product_low) = two_product(a, c, sine);
    let rest = a.sub(a.sub(a.splat(pi), product), product_low);
    let rest = a.add(rest, a.fma(a.neg(c), sine_low, a.splat(pi_low)));
    let finite = a.lt(a.abs(c), limit);
    let c_low = a.mul(a.mul(rest, c), a.splat(FRAC_1_PI));
    let (square, square_low) = two_product(a, c, c);
    let low = a.fma(a.add(c, c), c_low, square_low);
    let below = a.add(square, a.sub(a.select(finite, low, zero), value));
    a.select(reflected, below, value)
}
