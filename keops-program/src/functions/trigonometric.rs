//! sin, cos and tan.

use super::{far_angle, fast_two_sum, polynomial, round_product, two_product, two_sum};
use crate::arith::{Arith, Precision, Slow};
use crate::scalar::Scalar;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// Sine, radians. Beyond |x| = 1e5 (f32) or 1e9 (f64) by [`Arith::rescue`].
#[inline(always)]
pub fn sin<A: Arith>(a: A, x: A::F) -> A::F {
    let value = sin_in_quadrant(a, &reduce(a, x));
    // The polynomial gives +0 at −0.
    let value = a.select(a.eq(x, a.splat(0.0)), x, value);
    a.rescue::<FarSin>(far(a, x), x, value)
}

/// Cosine, radians. Beyond |x| = 1e5 (f32) or 1e9 (f64) by [`Arith::rescue`].
#[inline(always)]
pub fn cos<A: Arith>(a: A, x: A::F) -> A::F {
    let value = cos_in_quadrant(a, &reduce(a, x));
    a.rescue::<FarCos>(far(a, x), x, value)
}

/// Tangent, radians. Beyond |x| = 1e5 (f32) or 1e9 (f64) by [`Arith::rescue`].
#[inline(always)]
pub fn tan<A: Arith>(a: A, x: A::F) -> A::F {
    let mut reduced = reduce(a, x);
    if A::FMA {
        (reduced.r, reduced.tail) = reduce_with_tail(a, x, reduced.multiple);
    }
    let value = tan_in_quadrant(a, &reduced);
    let value = a.select(a.eq(x, a.splat(0.0)), x, value);
    a.rescue::<FarTan>(far(a, x), x, value)
}

#[inline(always)]
fn sin_in_quadrant<A: Arith>(a: A, reduced: &Reduced<A>) -> A::F {
    let odd = a.eq(a.abs(reduced.quadrant), a.splat(1.0));
    let value = a.select(odd, cos_reduced(a, reduced), sin_reduced(a, reduced));
    // Quadrants −2, −1 and 2 are the negative half of the circle.
    let shifted = a.abs(a.sub(reduced.quadrant, a.splat(0.5)));
    a.select(a.lt(a.splat(1.0), shifted), a.neg(value), value)
}

#[inline(always)]
fn cos_in_quadrant<A: Arith>(a: A, reduced: &Reduced<A>) -> A::F {
    let odd = a.eq(a.abs(reduced.quadrant), a.splat(1.0));
    let value = a.select(odd, sin_reduced(a, reduced), cos_reduced(a, reduced));
    // Quadrants −2, 1 and 2 are the negative half of the circle.
    let shifted = a.abs(a.add(reduced.quadrant, a.splat(0.5)));
    a.select(a.lt(a.splat(1.0), shifted), a.neg(value), value)
}

#[inline(always)]
fn tan_in_quadrant<A: Arith>(a: A, reduced: &Reduced<A>) -> A::F {
    let (quotient, rest) = tan_parts(a, reduced);
    a.add(quotient, rest)
}

/// sin/cos or −cos/sin, the quotient of two sums of a large and a small part, and what its rounding leaves
/// out, so that only the last rounding counts.
#[inline(always)]
pub(super) fn tan_parts<A: Arith>(a: A, reduced: &Reduced<A>) -> (A::F, A::F) {
    let r = reduced.r;
    let (z, z_low) = two_product(a, r, r);
    let one = a.splat(1.0);
    let minus_half = a.splat(-0.5);
    let derivative = a.fma(z, minus_half, one);
    let sin_low = a.fma(
        a.mul(r, z),
        sin_polynomial(a, z),
        a.mul(reduced.tail, derivative),
    );
    let (cos, cos_low) = fast_two_sum(a, one, a.mul(z, minus_half));
    let small = a.fma(z_low, minus_half, a.neg(a.mul(r, reduced.tail)));
    let small = a.fma(a.mul(z, z), cos_polynomial(a, z), small);
    let cos_low = a.add(cos_low, small);

    let odd = a.eq(a.abs(reduced.quadrant), one);
    let above = a.select(odd, a.neg(cos), r);
    let above_low = a.select(odd, a.neg(cos_low), sin_low);
    let below = a.select(odd, r, cos);
    let below_low = a.select(odd, sin_low, cos_low);
    let (below, below_low) = fast_two_sum(a, below, below_low);
    let quotient = a.div(above, below);
    let (back, back_low) = two_product(a, quotient, below);
    let remainder = a.sub(a.sub(above, back), back_low);
    let remainder = a.add(remainder, a.fma(a.neg(quotient), below_low, above_low));
    (quotient, a.div(remainder, below))
}

/// Where the reduction below does not reach.
#[inline(always)]
fn far<A: Arith>(a: A, x: A::F) -> A::M {
    let reach = match A::PRECISION {
        Precision::Single => 1e5,
        Precision::Double => 1e9,
    };
    a.lt(a.splat(reach), a.abs(x))
}

/// x = k π/2 + r + tail, |r| ≤ π/4 and a little.
pub(super) struct Reduced<A: Arith> {
    pub(super) r: A::F,
    /// What r leaves out. Where `fma` rounds once, sine and cosine do without.
    pub(super) tail: A::F,
    /// k
    pub(super) multiple: A::F,
    /// k modulo 4, in −2..=2.
    pub(super) quadrant: A::F,
}

#[inline(always)]
fn reduce<A: Arith>(a: A, x: A::F) -> Reduced<A> {
    let k = round_product(a, x, FRAC_2_PI);
    let fours = round_product(a, k, 0.25);
    let quadrant = a.fma(fours, a.splat(-4.0), k);
    let (r, tail) = if A::FMA {
        reduce_fused(a, x, k)
    } else {
        reduce_unfused(a, x, k)
    };
    Reduced {
        r,
        tail,
        multiple: k,
        quadrant,
    }
}

/// The same for a number of any size.
#[inline(always)]
fn reduce_far<A: Arith>(a: A, x: A::F) -> Reduced<A> {
    let (r, tail, quadrant) = far_angle::reduce(a, x);
    Reduced {
        r,
        tail,
        multiple: quadrant,
        quadrant,
    }
}

macro_rules! far {
    ($($name:ident $function:ident)*) => { $(
        struct $name;
        impl Slow for $name {
            #[inline(always)]
            fn apply<A: Arith>(a: A, x: A::F) -> A::F {
                $function(a, &reduce_far(a, x))
            }
            #[cold]
            #[inline(never)]
            fn number(x: f64) -> f64 {
                Self::apply(Scalar::<f64>::new(), x)
            }
        }
    )* };
}
far! { FarSin sin_in_quadrant FarCos cos_in_quadrant FarTan tan_in_quadrant }

/// Cody and Waite with parts of full width: the first difference is exact, since its true value
/// has few digits, and each of the others is rounded once.
#[inline(always)]
fn reduce_fused<A: Arith>(a: A, x: A::F, k: A::F) -> (A::F, A::F) {
    let (p0, p1, p2) = half_pi::<A>();
    let r = a.fma(k, a.splat(-p0), x);
    let r = a.fma(k, a.splat(-p1), r);
    (a.fma(k, a.splat(-p2), r), a.splat(0.0))
}

/// The same with what r leaves out.
#[inline(always)]
fn reduce_with_tail<A: Arith>(a: A, x: A::F, k: A::F) -> (A::F, A::F) {
    let (p0, p1, p2) = half_pi::<A>();
    let first = a.fma(k, a.splat(-p0), x);
    let (product, product_low) = two_product(a, k, a.splat(-p1));
    let (r, error) = two_sum(a, first, product);
    let tail = a.fma(k, a.splat(-p2), a.add(product_low, error));
    fast_two_sum(a, r, tail)
}

/// π/2 as a sum of three numbers of full width.
pub(super) const fn half_pi<A: Arith>() -> (f64, f64, f64) {
    match A::PRECISION {
        Precision::Single => (
            1.570_796_370_506_286_6,
            -4.371_138_828_673_793e-8,
            -1.715_124_510_005_881_9e-15,
        ),
        Precision::Double => (
            FRAC_PI_2,
            6.123_233_995_736_766e-17,
            -1.497_384_904_859_169_8e-33,
        ),
    }
}

/// Cody and Waite with parts so short that their products with k are exact (8 digits beside the 16
/// of k in f32, 23 beside 30 in f64), the last excepted. Where terms cancel all differences are
/// exact; the errors of the others are kept in the tail.
#[inline(always)]
fn reduce_unfused<A: Arith>(a: A, x: A::F, k: A::F) -> (A::F, A::F) {
    let parts = match A::PRECISION {
        Precision::Single => [
            1.570_312_5,
            0.000_484_466_552_734_375,
            -6.407_499_313_354_492e-7,
            9.895_302_355_289_46e-10,
            2.557_953_848_736_360_7e-12,
            5.390_302_953_474_238e-15,
        ],
        Precision::Double => [
            1.570_796_251_296_997,
            7.549_789_415_861_596e-8,
            5.390_302_529_957_765e-15,
            3.282_003_668_243_402_6e-22,
            -1.253_699_020_693_249_3e-29,
            0.0,
        ],
    };
    let mut r = a.sub(x, a.mul(k, a.splat(parts[0])));
    let mut tail = a.splat(0.0);
    let mut part = 1;
    while part < parts.len() {
        let (sum, error) = two_sum(a, r, a.mul(k, a.splat(-parts[part])));
        r = sum;
        tail = a.add(tail, error);
        part += 1;
    }
    fast_two_sum(a, r, tail)
}

/// sin(r + tail): minimax in r², relative error 2^-27.8 (degree 7) and 2^-57.9 (degree 13).
#[inline(always)]
fn sin_reduced<A: Arith>(a: A, reduced: &Reduced<A>) -> A::F {
    let r = reduced.r;
    let z = a.mul(r, r);
    let p = sin_polynomial(a, z);
    let cubic = a.mul(r, z);
    if A::FMA {
        return a.fma(cubic, p, r);
    }
    // sin(r + tail) = sin r + tail · cos r, to first order.
    let derivative = a.sub(a.splat(1.0), a.mul(z, a.splat(0.5)));
    a.add(r, a.add(a.mul(cubic, p), a.mul(reduced.tail, derivative)))
}

/// cos(r + tail): minimax in r², relative error 2^-32.6 (degree 8) and 2^-63.9 (degree 14).
#[inline(always)]
fn cos_reduced<A: Arith>(a: A, reduced: &Reduced<A>) -> A::F {
    let r = reduced.r;
    let z = a.mul(r, r);
    let p = cos_polynomial(a, z);
    let one = a.splat(1.0);
    if A::FMA {
        return a.fma(a.fma(p, z, a.splat(-0.5)), z, one);
    }
    // fdlibm's k_cos: the rounding error of 1 − z/2 is added to the small terms.
    let half = a.mul(z, a.splat(0.5));
    let leading = a.sub(one, half);
    let error = a.sub(a.sub(one, leading), half);
    let small = a.sub(a.mul(a.mul(z, z), p), a.mul(r, reduced.tail));
    a.add(leading, a.add(error, small))
}

/// (sin r − r)/r³ for z = r².
#[inline(always)]
pub(super) fn sin_polynomial<A: Arith>(a: A, z: A::F) -> A::F {
    match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            -0.166_666_537_523_269_65,
            0.008_332_099_765_539_17,
            -0.000_195_064_989_384_263_75,
        ),
        Precision::Double => polynomial!(a, z;
            -0.166_666_666_666_666_3,
            0.008_333_333_333_321_84,
            -0.000_198_412_698_293_585_41,
            2.755_731_353_852_301_3e-6,
            -2.505_073_439_104_880_6e-8,
            1.589_543_340_634_404_2e-10,
        ),
    }
}

/// (cos r − 1 + r²/2)/r⁴ for z = r².
#[inline(always)]
pub(super) fn cos_polynomial<A: Arith>(a: A, z: A::F) -> A::F {
    match A::PRECISION {
        Precision::Single => polynomial!(a, z;
            0.041_666_641_831_398_01,
            -0.001_388_713_018_968_701_4,
            2.441_208_562_231_622_6e-5,
        ),
        Precision::Double => polynomial!(a, z;
            0.041_666_666_666_666_595,
            -0.001_388_888_888_887_329_6,
            2.480_158_728_895_383_2e-5,
            -2.755_731_419_879_637e-7,
            2.087_570_245_170_697_2e-9,
            -1.135_857_691_197_952_8e-11,
        ),
    }
}
