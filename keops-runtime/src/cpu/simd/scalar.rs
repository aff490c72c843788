//! One lane, in portable Rust, for architectures without vectors here; the tests' reference.
//!
//! It has no fused multiplication (without the instruction that is a slow library call).

use super::{PowerOfTwo, Simd, integers_are_numbers};
use keops_program::arith::{Arith, Precision, Slow};
use std::marker::PhantomData;

/// The token of plain numbers.
#[derive(Clone, Copy, Debug)]
pub struct Portable<T>(PhantomData<T>);

impl<T> Portable<T> {
    /// The token.
    pub const TOKEN: Self = Portable(PhantomData);
}

macro_rules! portable {
    ($t:ident, $bits:ident, $precision:ident, $digits:literal, $bias:literal) => {
        impl PowerOfTwo for Portable<$t> {
            const EXPONENTS: (f64, f64) = (1.0 - $bias as f64, $bias as f64);
            #[inline(always)]
            fn power_of_two(self, k: $t) -> $t {
                $t::from_bits(((k as i32 + $bias) as $bits) << $digits)
            }
        }

        impl Arith for Portable<$t> {
            type F = $t;
            type M = bool;
            const PRECISION: Precision = Precision::$precision;

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
                a * b + c
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
            // Of equal numbers (zeros of either sign) b, as the instructions of x86.
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
            #[inline(always)]
            fn scale2(self, a: $t, k: $t) -> $t {
                super::scale2(self, a, k)
            }
            #[inline(always)]
            fn scale2_normal(self, a: $t, k: $t) -> $t {
                let k = ((k as i32) as $bits) << $digits;
                $t::from_bits(a.to_bits().wrapping_add(k))
            }
            #[inline(always)]
            fn split(self, a: $t) -> ($t, $t) {
                let fraction = a.to_bits() & ((1 << $digits) - 1);
                let exponent = (a.to_bits() >> $digits) as i32 - $bias;
                ($t::from_bits(fraction | ($bias << $digits)), exponent as $t)
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
                a & b
            }
            #[inline(always)]
            fn or(self, a: bool, b: bool) -> bool {
                a | b
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
            fn rescue<W: Slow>(self, far: bool, a: $t, fast: $t) -> $t {
                super::rescue::<Self, W>(self, far, a, fast)
            }
        }
    };
}

portable!(f32, u32, Single, 23, 127);
portable!(f64, u64, Double, 52, 1023);

macro_rules! memory {
    ($t:ty) => {
        #[inline(always)]
        fn load(self, a: &[$t]) -> $t {
            a[0]
        }
        #[inline(always)]
        fn store(self, a: $t, out: &mut [$t]) {
            out[0] = a;
        }
        #[inline(always)]
        fn broadcast(self, a: $t) -> $t {
            a
        }
        #[inline(always)]
        fn any(self, m: bool) -> bool {
            m
        }
    };
}

impl Simd for Portable<f32> {
    type Scalar = f32;
    type I = i32;
    const LANES: usize = 1;

    memory!(f32);
    #[inline(always)]
    fn integer(self, a: f32) -> i32 {
        a.to_bits() as i32
    }
    #[inline(always)]
    fn slot(self, a: i32) -> f32 {
        f32::from_bits(a as u32)
    }
    #[inline(always)]
    fn int_splat(self, a: i64) -> i32 {
        a as i32
    }
    #[inline(always)]
    fn int_sub(self, a: i32, b: i32) -> i32 {
        a.wrapping_sub(b)
    }
    #[inline(always)]
    fn int_eq(self, a: i32, b: i32) -> bool {
        a == b
    }
    #[inline(always)]
    fn index_lt(self, a: i32, b: i32) -> bool {
        a < b
    }
    #[inline(always)]
    fn label_lt(self, a: i32, b: i32) -> bool {
        (a as u32) < b as u32
    }
    #[inline(always)]
    fn index_to_real(self, a: i32) -> f32 {
        a as f32
    }
    #[inline(always)]
    fn label_to_real(self, a: i32) -> f32 {
        a as u32 as f32
    }
    #[inline(always)]
    fn int_select(self, m: bool, a: i32, b: i32) -> i32 {
        if m { a } else { b }
    }
}

impl Simd for Portable<f64> {
    type Scalar = f64;
    type I = f64;
    const LANES: usize = 1;

    memory!(f64);
    integers_are_numbers!(f64, f64, bool);
}
