//! Angles of any size, reduced with as many digits of 2/π as they need (Payne and Hanek): for those
//! that Cody and Waite's reduction does not reach.

use super::{fast_two_sum, format, power_of_two, two_product, two_sum};
use crate::arith::{Arith, Precision};
use crate::functions::trigonometric::half_pi;

/// 2/π: the bits behind the point.
const TWO_OVER_PI: [u64; 20] = [
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
    0xf0cf_bc20_9af4_361d,
];

/// The bits of 2/π in pieces of so many digits, each a number below 1.
const fn pieces<const N: usize>(digits: usize) -> [f64; N] {
    let mut pieces = [0.0; N];
    let mut n = 0;
    while n < N {
        let (word, shift) = (n * digits / 64, n * digits % 64);
        let pair = (TWO_OVER_PI[word] as u128) << 64 | TWO_OVER_PI[word + 1] as u128;
        let bits = (pair << shift >> (128 - digits)) as u64;
        pieces[n] = bits as f64 * power_of_two(-(digits as i32));
        n += 1;
    }
    pieces
}

/// As many as the largest number needs.
static SINGLE: [f64; 9] = pieces(24);
static DOUBLE: [f64; MOST] = pieces(53);
const MOST: usize = 23;

/// Pieces that a product needs: the first is the highest whose product has bits below 4, the last
/// reaches so far that r is right even where x is as close to a multiple of π/2 as it can be.
const NEEDED: usize = 5;

/// For a normal x: (r, tail, k) with x = r + tail + (k + 4n) π/2 for some integer n, |r| ≤ π/4 and a
/// little, k in −2..=2, the sum to more than the digits of the floating type. NaN for ±∞ and NaN.
#[inline(always)]
pub(super) fn reduce<A: Arith>(a: A, x: A::F) -> (A::F, A::F, A::F) {
    let digits = format::<A>().digits;
    let d = f64::from(digits);
    let magnitude = a.abs(x);

    // |x| = y 2^(digits · first); pieces before that give multiples of 4.
    let (_, exponent) = a.split(magnitude);
    let first = a.fma(exponent, a.splat(1.0 / d), a.splat((-d - 0.5) / d));
    let first = a.max(a.floor(first), a.splat(0.0));
    let y = a.scale2(magnitude, a.mul(first, a.splat(-d)));
    let piece = pieces_from(a, first);

    // The products, exactly, the largest modulo 4, each after those that are larger.
    let unit = a.splat(power_of_two(-digits));
    let (p0, e0) = two_product(a, y, piece[0]);
    let (p1, e1) = scaled_product(a, y, piece[1], unit);
    let unit = a.mul(unit, unit);
    let (p2, e2) = scaled_product(a, y, piece[2], unit);
    let unit = a.mul(unit, a.splat(power_of_two(-digits)));
    let (p3, e3) = scaled_product(a, y, piece[3], unit);
    let p4 = a.mul(
        a.mul(y, piece[4]),
        a.mul(unit, a.splat(power_of_two(-digits))),
    );
    let mut terms = [
        modulo_4(a, p0),
        modulo_4(a, e0),
        modulo_4(a, p1),
        e1,
        p2,
        e2,
        p3,
        a.add(e3, p4),
    ];

    // The nearest integer goes; then the sum as if in thrice the digits.
    sweep(a, &mut terms);
    let multiple = a.round_even(terms[0]);
    terms[0] = a.sub(terms[0], multiple);
    sweep(a, &mut terms);
    let mut low = terms[terms.len() - 1];
    let mut k = terms.len() - 2;
    while k > 0 {
        low = a.add(low, terms[k]);
        k -= 1;
    }
    let (high, low) = fast_two_sum(a, terms[0], low);

    let (p0, p1, _) = half_pi::<A>();
    let (r, tail) = two_product(a, high, a.splat(p0));
    let low = a.fma(high, a.splat(p1), a.mul(low, a.splat(p0)));
    let (r, tail) = fast_two_sum(a, r, a.add(tail, low));

    let r = a.select(
        a.lt(magnitude, a.splat(f64::INFINITY)),
        r,
        a.splat(f64::NAN),
    );
    let quadrant = modulo_4(a, multiple);
    let negative = a.lt(x, a.splat(0.0));
    (
        a.select(negative, a.neg(r), r),
        a.select(negative, a.neg(tail), tail),
        a.select(negative, a.neg(quadrant), quadrant),
    )
}

/// The pieces from one on, by halving: no hardware here looks up a table lane by lane.
#[inline(always)]
fn pieces_from<A: Arith>(a: A, first: A::F) -> [A::F; NEEDED] {
    let (all, mut step): (&[f64], usize) = match A::PRECISION {
        Precision::Single => (&SINGLE, 4),
        Precision::Double => (&DOUBLE, 16),
    };
    let mut pieces = [a.splat(0.0); MOST];
    let mut len = all.len();
    let mut k = 0;
    while k < len {
        pieces[k] = a.splat(all[k]);
        k += 1;
    }
    let mut rest = first;
    while step > 0 {
        let by = a.splat(step as f64);
        let later = a.le(by, rest);
        rest = a.select(later, a.sub(rest, by), rest);
        let mut k = 0;
        // What is left to be chosen from.
        let left = NEEDED + step - 1;
        while k < left && k + step < len {
            pieces[k] = a.select(later, pieces[k + step], pieces[k]);
            k += 1;
        }
        len = if left < len { left } else { len };
        step /= 2;
    }
    [pieces[0], pieces[1], pieces[2], pieces[3], pieces[4]]
}

/// The product of two numbers and a power of two, exactly.
#[inline(always)]
fn scaled_product<A: Arith>(a: A, x: A::F, y: A::F, unit: A::F) -> (A::F, A::F) {
    let (product, error) = two_product(a, x, y);
    (a.mul(product, unit), a.mul(error, unit))
}

/// A number less the nearest multiple of 4, exactly.
#[inline(always)]
fn modulo_4<A: Arith>(a: A, x: A::F) -> A::F {
    let fours = a.round_even(a.mul(x, a.splat(0.25)));
    a.fma(fours, a.splat(-4.0), x)
}

/// The rounded sum in the first place, the errors of its additions in the others: the exact sum is
/// what it was.
#[inline(always)]
fn sweep<A: Arith>(a: A, terms: &mut [A::F; 8]) {
    let mut sum = terms[7];
    let mut k = 7;
    while k > 0 {
        (sum, terms[k]) = two_sum(a, terms[k - 1], sum);
        k -= 1;
    }
    terms[0] = sum;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::Scalar;
    use std::f64::consts::FRAC_PI_2;

    fn double(x: f64) -> (f64, f64, f64) {
        reduce(Scalar::<f64>::new(), x)
    }

    #[test]
    fn small_angles_are_reduced_as_by_subtraction() {
        for k in [1.0, 2.0, -3.0, 101.0, -4098.0] {
            for part in [0.3, -0.7, 1e-3] {
                let x: f64 = k * FRAC_PI_2 + part;
                let (r, tail, quadrant) = double(x);
                let n = (x / FRAC_PI_2).round();
                let difference = (-n).mul_add(FRAC_PI_2, x) - n * 6.123_233_995_736_766e-17;
                assert!((r - difference).abs() < 1e-15, "{x}: {r} {difference}");
                assert_eq!((quadrant - n).rem_euclid(4.0), 0.0, "{x}");
                assert!(tail.abs() <= r.abs() * 2f64.powi(-53));
            }
        }
    }

    /// The f64 nearest to a multiple of π/2 (Muller, Elementary Functions, 11.4).
    #[test]
    fn the_worst_case_keeps_its_digits() {
        let (r, _, quadrant) = double(6_381_956_970_095_103.0 * 2f64.powi(797));
        assert_eq!(quadrant.abs(), 1.0);
        assert!((r.abs() / 4.687_165_924_254_628e-19 - 1.0).abs() < 1e-15);
    }

    /// In f32 as in f64, over all exponents.
    #[test]
    fn both_types_agree() {
        let mut x = 1e5f32;
        while x.is_finite() {
            let (r, tail, quadrant) = reduce(Scalar::<f32>::new(), x);
            let (exact, _, same) = double(f64::from(x));
            assert_eq!((quadrant - same as f32).rem_euclid(4.0), 0.0, "{x}");
            let error = (f64::from(r) + f64::from(tail) - exact).abs();
            assert!(error <= exact.abs() * 2f64.powi(-40), "{x}: {r} {exact}");
            x *= 1.0137;
        }
        assert!(reduce(Scalar::<f32>::new(), f32::INFINITY).0.is_nan());
        assert!(double(f64::NAN).0.is_nan());
    }
}
