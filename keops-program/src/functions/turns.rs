//! sin and cos of multiples of π, and sinc.

use super::trigonometric::{Reduced, cos_polynomial, sin_polynomial, tan_parts};
use super::{fast_two_sum, two_product};
use crate::arith::{Arith, Precision};
use std::f64::consts::PI;

/// π as a sum of two numbers.
pub(super) const fn pi_parts<A: Arith>() -> (f64, f64) {
    match A::PRECISION {
        Precision::Single => (3.141_592_741_012_573_2, -8.742_277_657_347_586e-8),
        Precision::Double => (PI, 1.224_646_799_147_353_2e-16),
    }
}

/// sin πx, exactly 0 at the integers; NaN at ±∞.
#[inline(always)]
pub fn sinpi<A: Arith>(a: A, x: A::F) -> A::F {
    sinpi_parts(a, x).0
}

/// [`sinpi`] and what its rounding leaves out.
#[inline(always)]
pub(super) fn sinpi_parts<A: Arith>(a: A, x: A::F) -> (A::F, A::F) {
    let reduced = reduce(a, x);
    let odd = a.eq(a.abs(reduced.quadrant), a.splat(1.0));
    let (value, low) = wave(a, &reduced, odd);
    // Quadrants −2, −1 and 2 are the negative half of the circle.
    let shifted = a.abs(a.sub(reduced.quadrant, a.splat(0.5)));
    let negative = a.lt(a.splat(1.0), shifted);
    let value = a.select(negative, a.neg(value), value);
    // Zeros have the sign of x.
    let value = a.select(a.eq(value, a.splat(0.0)), a.copysign(value, x), value);
    (value, a.select(negative, a.neg(low), low))
}

/// cos πx, exactly 0 half way between the integers; NaN at ±∞.
#[inline(always)]
pub fn cospi<A: Arith>(a: A, x: A::F) -> A::F {
    let reduced = reduce(a, x);
    let odd = a.eq(a.abs(reduced.quadrant), a.splat(1.0));
    let (value, _) = wave(a, &reduced, a.not(odd));
    // Quadrants −2, 1 and 2 are the negative half of the circle.
    let shifted = a.abs(a.add(reduced.quadrant, a.splat(0.5)));
    let value = a.select(a.lt(a.splat(1.0), shifted), a.neg(value), value);
    a.select(a.eq(value, a.splat(0.0)), a.abs(value), value)
}

/// −cot πx in two parts; of no meaning at the integers.
#[inline(always)]
pub(super) fn minus_cotpi<A: Arith>(a: A, x: A::F) -> (A::F, A::F) {
    let mut reduced = reduce(a, x);
    // A quarter of a turn on, the tangent is this.
    reduced.quadrant = a.sub(a.splat(1.0), a.abs(reduced.quadrant));
    tan_parts(a, &reduced)
}

/// sin πx/(πx); 1 at 0.
#[inline(always)]
pub fn sinc<A: Arith>(a: A, x: A::F) -> A::F {
    let (pi, pi_low) = pi_parts::<A>();
    let one = a.splat(1.0);
    let zero = a.splat(0.0);
    let magnitude = a.abs(x);
    let (s, s_low) = sinpi_parts(a, magnitude);
    let (d, d_low) = two_product(a, magnitude, a.splat(pi));
    let d_low = a.fma(magnitude, a.splat(pi_low), d_low);
    let inverse = a.div(one, d);
    let q = a.mul(s, inverse);
    let (product, product_low) = two_product(a, q, d);
    let rest = a.sub(a.sub(s, product), product_low);
    let rest = a.add(rest, a.fma(a.neg(q), d_low, s_low));
    // Far out the sine is exactly 0, and products overflow.
    let far = a.lt(a.splat(1e30), magnitude);
    let value = a.add(q, a.select(far, zero, a.mul(rest, inverse)));
    // Here the square does not count, and quotients overflow.
    a.select(a.lt(magnitude, a.splat(1e-9)), one, value)
}

/// πx less a multiple of π/2. All but the last product is exact, also for large x.
#[inline(always)]
fn reduce<A: Arith>(a: A, x: A::F) -> Reduced<A> {
    let (pi, pi_low) = pi_parts::<A>();
    let turns = a.round_even(a.mul(x, a.splat(0.5)));
    let x = a.fma(turns, a.splat(-2.0), x);
    let quadrant = a.round_even(a.add(x, x));
    let x = a.fma(quadrant, a.splat(-0.5), x);
    let (r, tail) = two_product(a, x, a.splat(pi));
    Reduced {
        r,
        tail: a.fma(x, a.splat(pi_low), tail),
        multiple: quadrant,
        quadrant,
    }
}

/// sin(r + tail), or the cosine where the mask holds, in two parts.
#[inline(always)]
fn wave<A: Arith>(a: A, reduced: &Reduced<A>, cosine: A::M) -> (A::F, A::F) {
    let (r, tail) = (reduced.r, reduced.tail);
    let one = a.splat(1.0);
    let minus_half = a.splat(-0.5);
    let z = a.mul(r, r);
    let slope = a.mul(tail, a.fma(z, minus_half, one));
    let sine = a.fma(a.mul(r, z), sin_polynomial(a, z), slope);
    let small = a.fma(a.mul(z, z), cos_polynomial(a, z), a.neg(a.mul(r, tail)));
    let small = a.fma(z, minus_half, small);
    fast_two_sum(a, a.select(cosine, one, r), a.select(cosine, small, sine))
}
