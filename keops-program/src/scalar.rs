//! The arithmetic on plain numbers.
//!
//! It computes exactly what the vectors of a CPU with fused multiplication compute in one lane:
//! the elementary functions are those of [`functions`](crate::functions), not the standard
//! library's.

use std::marker::PhantomData;

use crate::arith::{Arith, Precision, Slow};

/// Plain numbers: `Scalar<f32>` or `Scalar<f64>`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar<T>(PhantomData<T>);

impl<T> Scalar<T> {
    /// The token.
    pub const fn new() -> Scalar<T> {
        Scalar(PhantomData)
    }
}

macro_rules! scalar {
    ($t:ident, $bits:ident, $precision:ident, $mantissa:literal, $bias:literal) => {
        impl Arith for Scalar<$t> {
            type F = $t;
            type M = bool;

            const PRECISION: Precision = Precision::$precision;
            const FMA: bool = true;

            #[inline(always)]
            fn splat(self, a: f64) -> $t {
                a as $t
            }
            #[inline(always)]
            fn add(self, a: $t, b: $t) -> $t {
                a + b
            }
            #[inline(always)]
            fn sub(self, a: $t, b: $t) -> $t {
                a - b
            }
            #[inline(always)]
            fn mul(self, a: $t, b: $t) -> $t {
                a * b
            }
            #[inline(always)]
            fn div(self, a: $t, b: $t) -> $t {
                a / b
            }
            #[inline(always)]
            fn fma(self, a: $t, b: $t, c: $t) -> $t {
                a.mul_add(b, c)
            }
            #[inline(always)]
            fn neg(self, a: $t) -> $t {
                -a
            }
            #[inline(always)]
            fn abs(self, a: $t) -> $t {
                a.abs()
            }
            #[inline(always)]
            fn sqrt(self, a: $t) -> $t {
                a.sqrt()
            }
            // Of zeros of different sign the second, as x86's instructions.
            #[inline(always)]
            fn min(self, a: $t, b: $t) -> $t {
                if a < b || b.is_nan() { a } else { b }
            }
            #[inline(always)]
            fn max(self, a: $t, b: $t) -> $t {
                if a > b || b.is_nan() { a } else { b }
            }
            #[inline(always)]
            fn round_even(self, a: $t) -> $t {
                a.round_ties_even()
            }
            #[inline(always)]
            fn floor(self, a: $t) -> $t {
                a.floor()
            }
            #[inline(always)]
            fn copysign(self, a: $t, b: $t) -> $t {
                a.copysign(b)
            }
            fn scale2(self, a: $t, k: $t) -> $t {
                let power = |k: i32| $t::from_bits(((k + $bias) as $bits) << $mantissa);
                // One power of two does not reach from the smallest number to the largest. The
                // largest factor comes last, so that a subnormal result is rounded once.
                let last = (k as i32).clamp(1 - $bias, $bias);
                let middle = (k as i32 - last).clamp(1 - $bias, $bias);
                let first = (k as i32 - last - middle).clamp(1 - $bias, $bias);
                a * power(first) * power(middle) * power(last)
            }
            #[inline(always)]
            fn split(self, a: $t) -> ($t, $t) {
                let bits = a.to_bits();
                let exponent = (bits >> $mantissa) as i32 - $bias;
                let fraction = bits & ((1 << $mantissa) - 1);
                (
                    $t::from_bits(fraction | ($bias << $mantissa)),
                    exponent as $t,
                )
            }
            #[inline(always)]
            fn lt(self, a: $t, b: $t) -> bool {
                a < b
            }
            #[inline(always)]
            fn le(self, a: $t, b: $t) -> bool {
                a <= b
            }
            #[inline(always)]
            fn eq(self, a: $t, b: $t) -> bool {
                a == b
            }
            #[inline(always)]
            fn and(self, a: bool, b: bool) -> bool {
                a && b
            }
            #[inline(always)]
            fn or(self, a: bool, b: bool) -> bool {
                a || b
            }
            #[inline(always)]
            fn not(self, a: bool) -> bool {
                !a
            }
            #[inline(always)]
            fn select(self, m: bool, a: $t, b: $t) -> $t {
                if m { a } else { b }
            }
            #[inline(always)]
            fn rescue<S: Slow>(self, far: bool, a: $t, fast: $t) -> $t {
                if far {
                    S::number(f64::from(a)) as $t
                } else {
                    fast
                }
            }
        }
    };
}

scalar!(f32, u32, Single, 23, 127);
scalar!(f64, u64, Double, 52, 1023);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_reach_from_end_to_end() {
        let d = Scalar::<f64>::new();
        assert_eq!(d.scale2(1.5, 10.0), 1536.0);
        assert_eq!(d.scale2(f64::from_bits(1), 2097.0), 2f64.powi(1023));
        assert_eq!(d.scale2(f64::from_bits(1), 2098.0), f64::INFINITY);
        assert_eq!(
            d.scale2(f64::MAX, -2045.0),
            f64::MIN_POSITIVE * (2.0 - f64::EPSILON)
        );
        assert_eq!(d.scale2(-1.0, -2200.0), 0.0);
        let s = Scalar::<f32>::new();
        assert_eq!(s.scale2(f32::from_bits(1), 276.0), 2f32.powi(127));
        assert_eq!(s.scale2(1.0, -126.0), f32::MIN_POSITIVE);
        assert_eq!(s.scale2(3.0, 127.0), f32::INFINITY);
    }

    #[test]
    fn numbers_split_into_mantissa_and_exponent() {
        for a in [1.0, 0.75, 3.0e300, 2.5e-308, f64::MAX, f64::MIN_POSITIVE] {
            let (m, k) = Scalar::<f64>::new().split(a);
            assert!((1.0..2.0).contains(&m));
            assert_eq!(Scalar::<f64>::new().scale2(m, k), a);
        }
        assert_eq!(Scalar::<f32>::new().split(12.0), (1.5, 3.0));
    }

    #[test]
    fn a_number_wins_over_nan() {
        let d = Scalar::<f64>::new();
        assert_eq!(d.min(f64::NAN, 1.0), 1.0);
        assert_eq!(d.max(1.0, f64::NAN), 1.0);
        assert_eq!(d.round_even(2.5), 2.0);
    }
}
