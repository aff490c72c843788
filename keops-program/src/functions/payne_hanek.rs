//! Angles of any size, reduced with as many digits of 2/π as they need (Payne and Hanek), on plain
//! numbers: the way out that [`Arith::rescue`](crate::arith::Arith::rescue) takes.

use super::{fast_two_sum, power_of_two};
use crate::scalar::Scalar;
use std::f64::consts::FRAC_PI_2;

/// 2/π after 64 zero bits, so that windows may start before the point: 1216 bits.
const TWO_OVER_PI: [u64; 20] = [
    0,
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
];

/// What π/2 as an f64 leaves out.
const FRAC_PI_2_LOW: f64 = 6.123_233_995_736_766e-17;

/// For 1 ≤ |x| < ∞: (r, tail, k) with x = r + tail + (k + 4n) π/2 for some integer n, |r| ≤ π/4 and a
/// little, k in −2..=2. r + tail is within 2^-70 of the true remainder, relatively: no f64 is
/// closer to a multiple of π/2 than 2^-62.
pub(super) fn reduce(x: f64) -> (f64, f64, f64) {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;

    // |x| · 2/π = mantissa · 2^exponent · 0.b₁b₂b₃…: from bit b_(exponent − 1) on, the higher ones
    // contribute multiples of 4. Three words of those, mantissa times which is a quarter of it mod 1.
    let start = (exponent - 2 + 64) as usize;
    let (word, shift) = (start / 64, start % 64);
    let window = |k: usize| {
        let pair = u128::from(TWO_OVER_PI[word + k]) << 64 | u128::from(TWO_OVER_PI[word + k + 1]);
        (pair << shift >> 64) as u64
    };
    let low = u128::from(mantissa) * u128::from(window(2));
    let middle = u128::from(mantissa) * u128::from(window(1)) + (low >> 64);
    let top = mantissa
        .wrapping_mul(window(0))
        .wrapping_add((middle >> 64) as u64);

    // The two leading bits are the quadrant; what follows is a fraction of it with a sign.
    let (middle, low) = (middle as u64, low as u64);
    let high_bits = u128::from(top << 2 | middle >> 62) << 64 | u128::from(middle << 2 | low >> 62);
    let low_bits = low << 2;
    let negative = high_bits >> 127 == 1;
    let quadrant = (top >> 62) as i32 + i32::from(negative);
    let (high_bits, low_bits) = if negative {
        let low = low_bits.wrapping_neg();
        ((!high_bits).wrapping_add(u128::from(low_bits == 0)), low)
    } else {
        (high_bits, low_bits)
    };

    // The fraction as 53 bits and the next 64; it has fewer than 64 leading zeros.
    let zeros = high_bits.leading_zeros().min(63);
    let bits = high_bits << zeros | u128::from(low_bits) >> (64 - zeros);
    let unit = power_of_two(-(zeros as i32));
    let high = (bits >> 75) as f64 * power_of_two(-53) * unit;
    let rest = (bits >> 11) as u64 as f64 * power_of_two(-117) * unit;

    let r = high * FRAC_PI_2;
    let tail = high.mul_add(FRAC_PI_2, -r) + (high * FRAC_PI_2_LOW + rest * FRAC_PI_2);
    let (r, tail) = fast_two_sum(Scalar::<f64>::new(), r, tail);
    let sign = if negative == (x < 0.0) { 1.0 } else { -1.0 };
    let turned = if x < 0.0 { -quadrant } else { quadrant };
    (
        sign * r,
        sign * tail,
        f64::from((turned + 2).rem_euclid(4) - 2),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_angles_are_reduced_as_by_subtraction() {
        for k in [1.0, 2.0, -3.0, 101.0, -4098.0] {
            for part in [0.3, -0.7, 1e-3] {
                let x: f64 = k * FRAC_PI_2 + part;
                let (r, tail, quadrant) = reduce(x);
                let n = (x / FRAC_PI_2).round();
                let difference = (-n).mul_add(FRAC_PI_2, x) - n * FRAC_PI_2_LOW;
                assert!(
                    (r + tail - difference).abs() < 1e-15,
                    "{x}: {r} {difference}"
                );
                assert_eq!((quadrant - n).rem_euclid(4.0), 0.0, "{x}");
                assert!(tail.abs() <= r.abs() * 2f64.powi(-52));
            }
        }
    }

    /// The f64 nearest to a multiple of π/2 (Muller, Elementary Functions, 11.4).
    #[test]
    fn the_worst_case_keeps_its_digits() {
        let x = 6_381_956_970_095_103.0 * 2f64.powi(797);
        let (r, _, quadrant) = reduce(x);
        assert_eq!(quadrant.abs(), 1.0);
        assert!(
            (r.abs() / 4.687_165_924_254_628e-19 - 1.0).abs() < 1e-15,
            "{r:e}"
        );
    }
}
