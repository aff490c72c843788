//! log, log2 and log1p.

use super::exponential::ln2_parts;
use super::{fast_two_sum, format, polynomial, power_of_two, two_product, two_sum};
use crate::arith::{Arith, Precision};
use std::f64::consts::{LOG2_E, SQRT_2};

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
    at_the_ends(a, x, value)
}

/// The value of a logarithm, but −∞ where its argument x is 0, +∞ where it is, and NaN below 0.
#[inline(always)]
fn at_the_ends<A: Arith>(a: A, x: A::F, value: A::F) -> A::F {
    let infinity = a.splat(f64::INFINITY);
    let value = a.select(a.eq(x, infinity), infinity, value);
    let value = a.select(a.eq(x, a.splat(0.0)), a.neg(infinity), value);
    a.select(a.le(a.splat(0.0), x), value, a.splat(f64::NAN))
}

/// k ln 2 + log(1 + f), where log(1 + f) = f − f²/2 + f³ P(f) (Cephes' form).
#[inline(always)]
fn log_single<A: Arith>(a: A, f: A::F, k: A::F) -> A::F {
    let (high, low) = ln2_parts::<A>();
    let p = single_polynomial(a, f);
    let z = a.mul(f, f);
    let tail = a.mul(a.mul(f, z), p);
    let tail = a.fma(k, a.splat(low), tail);
    let tail = a.fma(z, a.splat(-0.5), tail);
    a.fma(k, a.splat(high), a.add(f, tail))
}

/// k ln 2 + log(1 + f) by log((1 + s)/(1 − s)), s = f/(2 + f), arranged as fdlibm's `e_log` so that
/// the division's error counts little.
#[inline(always)]
fn log_double<A: Arith>(a: A, f: A::F, k: A::F) -> A::F {
    let (high, low) = ln2_parts::<A>();
    let s = a.div(f, a.add(a.splat(2.0), f));
    let z = a.mul(s, s);
    let r = double_polynomial(a, z);
    let r = a.mul(z, r);
    let half_square = a.mul(a.mul(a.splat(0.5), f), f);
    let correction = a.fma(k, a.splat(low), a.mul(s, a.add(half_square, r)));
    let rest = a.sub(a.sub(half_square, correction), f);
    a.fma(k, a.splat(high), a.neg(rest))
}

/// P in log(1 + f) = f − f²/2 + f³ P(f) for √½ < 1 + f ≤ √2: minimax of degree 8, relative error 2^-28.2.
#[inline(always)]
fn single_polynomial<A: Arith>(a: A, f: A::F) -> A::F {
    polynomial!(a, f;
        0.333_333_164_453_506_47,
        -0.249_999_865_889_549_26,
        0.200_018_480_420_112_6,
        -0.166_690_796_613_693_24,
        0.142_251_566_052_436_83,
        -0.123_901_985_585_689_54,
        0.118_352_383_375_167_85,
        -0.117_455_117_404_460_91,
        0.069_427_147_507_667_54,
    )
}

/// R in log((1 + s)/(1 − s)) = 2s + s z R(z), z = s², for the same f: minimax, error 2^-58.5 of 2.
#[inline(always)]
fn double_polynomial<A: Arith>(a: A, z: A::F) -> A::F {
    polynomial!(a, z;
        0.666_666_666_666_673_4,
        0.399_999_999_994_165_2,
        0.285_714_287_420_732_35,
        0.222_221_985_990_368_1,
        0.181_835_632_235_523_35,
        0.153_140_740_036_287_3,
        0.147_957_535_044_741_23,
    )
}

/// Base 2 logarithm, exact for powers of two; −∞ at 0, NaN below.
#[inline(always)]
pub fn log2<A: Arith>(a: A, x: A::F) -> A::F {
    let (high, low) = match A::PRECISION {
        Precision::Single => (1.442_695_021_629_333_5, 1.925_963_033_500_011e-8),
        Precision::Double => (LOG2_E, 2.035_527_374_093_103_3e-17),
    };
    let (m, k) = centred_split(a, x);
    let f = a.sub(m, a.splat(1.0));
    let tail = log_tail(a, f);
    // k + (f + tail) · log2 e
    let (product, product_low) = two_product(a, f, a.splat(high));
    let (sum, sum_low) = fast_two_sum(a, k, product);
    let rest = a.fma(f, a.splat(low), a.add(product_low, sum_low));
    let value = a.add(sum, a.fma(tail, a.splat(high), rest));
    at_the_ends(a, x, value)
}

/// log(1 + f) − f for √½ < 1 + f ≤ √2.
#[inline(always)]
pub(super) fn log_tail<A: Arith>(a: A, f: A::F) -> A::F {
    match A::PRECISION {
        Precision::Single => {
            let z = a.mul(f, f);
            let tail = a.mul(a.mul(f, z), single_polynomial(a, f));
            a.fma(z, a.splat(-0.5), tail)
        }
        Precision::Double => {
            let (half_square, correction) = double_parts(a, f);
            a.sub(correction, half_square)
        }
    }
}

/// log(1 + x) without cancellation; −∞ at −1, NaN below.
#[inline(always)]
pub fn log1p<A: Arith>(a: A, x: A::F) -> A::F {
    let (sum, rest) = two_sum(a, a.splat(1.0), x);
    let value = log_sum(a, sum, rest, a.splat(0.0));
    let value = at_the_ends(a, sum, value);
    a.select(a.eq(x, a.splat(0.0)), x, value)
}

/// log(x + rest) + extra · ln 2 for a positive, finite x, a rest of less than half its digits, and an
/// integer. Near 1 accurate relatively to the result: the rest counts with all its digits.
#[inline(always)]
pub(super) fn log_sum<A: Arith>(a: A, x: A::F, rest: A::F, extra: A::F) -> A::F {
    let (high, low) = ln2_parts::<A>();
    let (m, k) = centred_split(a, x);
    let k = a.add(k, extra);
    let f = a.sub(m, a.splat(1.0));
    let rest = a.div(rest, x);
    match A::PRECISION {
        Precision::Single => {
            let z = a.mul(f, f);
            let tail = a.mul(a.mul(f, z), single_polynomial(a, f));
            let tail = a.fma(k, a.splat(low), tail);
            let tail = a.add(a.fma(z, a.splat(-0.5), tail), rest);
            a.fma(k, a.splat(high), a.add(f, tail))
        }
        Precision::Double => {
            let (half_square, correction) = double_parts(a, f);
            let correction = a.add(a.fma(k, a.splat(low), correction), rest);
            let rest = a.sub(a.sub(half_square, correction), f);
            a.fma(k, a.splat(high), a.neg(rest))
        }
    }
}

/// (f²/2, the rest) with log(1 + f) = f − f²/2 + rest.
#[inline(always)]
fn double_parts<A: Arith>(a: A, f: A::F) -> (A::F, A::F) {
    let s = a.div(f, a.add(a.splat(2.0), f));
    let z = a.mul(s, s);
    let r = a.mul(z, double_polynomial(a, z));
    let half_square = a.mul(a.mul(a.splat(0.5), f), f);
    (half_square, a.mul(s, a.add(half_square, r)))
}
