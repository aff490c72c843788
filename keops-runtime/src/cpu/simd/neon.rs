//! NEON, which every aarch64 CPU has: 4 lanes of f32, 2 of f64.

use super::{PowerOfTwo, Simd, integers_are_numbers, memory, methods};
use keops_program::arith::{Arith, Precision, Slow};
use std::arch::aarch64::*;
use std::marker::PhantomData;

/// The token of NEON.
#[derive(Clone, Copy, Debug)]
pub struct Neon<T>(PhantomData<T>);

impl<T> Neon<T> {
    /// The token; NEON is part of the architecture.
    pub const TOKEN: Self = Neon(PhantomData);
}

impl PowerOfTwo for Neon<f32> {
    const EXPONENTS: (f64, f64) = (-126.0, 127.0);
    methods! {
        power_of_two(k: float32x4_t) -> float32x4_t = vreinterpretq_f32_s32(vshlq_n_s32::<23>(
            vaddq_s32(vcvtnq_s32_f32(k), vdupq_n_s32(127)),
        ));
    }
}

impl Arith for Neon<f32> {
    type F = float32x4_t;
    type M = uint32x4_t;
    const PRECISION: Precision = Precision::Single;
    const FMA: bool = true;

    methods! {
        splat(a: f64) -> float32x4_t = vdupq_n_f32(a as f32);
        add(a: float32x4_t, b: float32x4_t) -> float32x4_t = vaddq_f32(a, b);
        sub(a: float32x4_t, b: float32x4_t) -> float32x4_t = vsubq_f32(a, b);
        mul(a: float32x4_t, b: float32x4_t) -> float32x4_t = vmulq_f32(a, b);
        div(a: float32x4_t, b: float32x4_t) -> float32x4_t = vdivq_f32(a, b);
        fma(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t = vfmaq_f32(c, a, b);
        neg(a: float32x4_t) -> float32x4_t = vnegq_f32(a);
        abs(a: float32x4_t) -> float32x4_t = vabsq_f32(a);
        sqrt(a: float32x4_t) -> float32x4_t = vsqrtq_f32(a);
        min(a: float32x4_t, b: float32x4_t) -> float32x4_t = vminnmq_f32(a, b);
        max(a: float32x4_t, b: float32x4_t) -> float32x4_t = vmaxnmq_f32(a, b);
        round_even(a: float32x4_t) -> float32x4_t = vrndnq_f32(a);
        floor(a: float32x4_t) -> float32x4_t = vrndmq_f32(a);
        copysign(a: float32x4_t, b: float32x4_t) -> float32x4_t =
            vbslq_f32(vdupq_n_u32(0x8000_0000), b, a);
        scale2_normal(a: float32x4_t, k: float32x4_t) -> float32x4_t = vreinterpretq_f32_s32(
            vaddq_s32(vreinterpretq_s32_f32(a), vshlq_n_s32::<23>(vcvtnq_s32_f32(k))),
        );
        split(a: float32x4_t) -> (float32x4_t, float32x4_t) = {
            let bits = vreinterpretq_u32_f32(a);
            let fraction = vandq_u32(bits, vdupq_n_u32(0x007f_ffff));
            let mantissa = vorrq_u32(fraction, vdupq_n_u32(0x3f80_0000));
            let exponent =
                vsubq_s32(vreinterpretq_s32_u32(vshrq_n_u32::<23>(bits)), vdupq_n_s32(127));
            (vreinterpretq_f32_u32(mantissa), vcvtq_f32_s32(exponent))
        };
        lt(a: float32x4_t, b: float32x4_t) -> uint32x4_t = vcltq_f32(a, b);
        le(a: float32x4_t, b: float32x4_t) -> uint32x4_t = vcleq_f32(a, b);
        eq(a: float32x4_t, b: float32x4_t) -> uint32x4_t = vceqq_f32(a, b);
        and(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = vandq_u32(a, b);
        or(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = vorrq_u32(a, b);
        not(a: uint32x4_t) -> uint32x4_t = vmvnq_u32(a);
        select(m: uint32x4_t, a: float32x4_t, b: float32x4_t) -> float32x4_t =
            vbslq_f32(m, a, b);
    }

    #[inline(always)]
    fn scale2(self, a: float32x4_t, k: float32x4_t) -> float32x4_t {
        super::scale2(self, a, k)
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: uint32x4_t, a: float32x4_t, fast: float32x4_t) -> float32x4_t {
        super::rescue::<Self, W>(self, far, a, fast)
    }
}

impl Simd for Neon<f32> {
    type Scalar = f32;
    type I = int32x4_t;
    const LANES: usize = 4;

    memory!(f32, float32x4_t, 4);
    methods! {
        broadcast(a: f32) -> float32x4_t = vdupq_n_f32(a);
        integer(a: float32x4_t) -> int32x4_t = vreinterpretq_s32_f32(a);
        slot(a: int32x4_t) -> float32x4_t = vreinterpretq_f32_s32(a);
        int_splat(a: i64) -> int32x4_t = vdupq_n_s32(a as i32);
        int_sub(a: int32x4_t, b: int32x4_t) -> int32x4_t = vsubq_s32(a, b);
        int_eq(a: int32x4_t, b: int32x4_t) -> uint32x4_t = vceqq_s32(a, b);
        index_lt(a: int32x4_t, b: int32x4_t) -> uint32x4_t = vcltq_s32(a, b);
        label_lt(a: int32x4_t, b: int32x4_t) -> uint32x4_t =
            vcltq_u32(vreinterpretq_u32_s32(a), vreinterpretq_u32_s32(b));
        index_to_real(a: int32x4_t) -> float32x4_t = vcvtq_f32_s32(a);
        label_to_real(a: int32x4_t) -> float32x4_t = vcvtq_f32_u32(vreinterpretq_u32_s32(a));
        int_select(m: uint32x4_t, a: int32x4_t, b: int32x4_t) -> int32x4_t =
            vbslq_s32(m, a, b);
        any(m: uint32x4_t) -> bool = vmaxvq_u32(m) != 0;
    }
}

impl PowerOfTwo for Neon<f64> {
    const EXPONENTS: (f64, f64) = (-1022.0, 1023.0);
    methods! {
        power_of_two(k: float64x2_t) -> float64x2_t = vreinterpretq_f64_s64(vshlq_n_s64::<52>(
            vaddq_s64(vcvtnq_s64_f64(k), vdupq_n_s64(1023)),
        ));
    }
}

impl Arith for Neon<f64> {
    type F = float64x2_t;
    type M = uint64x2_t;
    const PRECISION: Precision = Precision::Double;
    const FMA: bool = true;

    methods! {
        splat(a: f64) -> float64x2_t = vdupq_n_f64(a);
        add(a: float64x2_t, b: float64x2_t) -> float64x2_t = vaddq_f64(a, b);
        sub(a: float64x2_t, b: float64x2_t) -> float64x2_t = vsubq_f64(a, b);
        mul(a: float64x2_t, b: float64x2_t) -> float64x2_t = vmulq_f64(a, b);
        div(a: float64x2_t, b: float64x2_t) -> float64x2_t = vdivq_f64(a, b);
        fma(a: float64x2_t, b: float64x2_t, c: float64x2_t) -> float64x2_t = vfmaq_f64(c, a, b);
        neg(a: float64x2_t) -> float64x2_t = vnegq_f64(a);
        abs(a: float64x2_t) -> float64x2_t = vabsq_f64(a);
        sqrt(a: float64x2_t) -> float64x2_t = vsqrtq_f64(a);
        min(a: float64x2_t, b: float64x2_t) -> float64x2_t = vminnmq_f64(a, b);
        max(a: float64x2_t, b: float64x2_t) -> float64x2_t = vmaxnmq_f64(a, b);
        round_even(a: float64x2_t) -> float64x2_t = vrndnq_f64(a);
        floor(a: float64x2_t) -> float64x2_t = vrndmq_f64(a);
        copysign(a: float64x2_t, b: float64x2_t) -> float64x2_t =
            vbslq_f64(vdupq_n_u64(0x8000_0000_0000_0000), b, a);
        scale2_normal(a: float64x2_t, k: float64x2_t) -> float64x2_t = vreinterpretq_f64_s64(
            vaddq_s64(vreinterpretq_s64_f64(a), vshlq_n_s64::<52>(vcvtnq_s64_f64(k))),
        );
        split(a: float64x2_t) -> (float64x2_t, float64x2_t) = {
            let bits = vreinterpretq_u64_f64(a);
            let fraction = vandq_u64(bits, vdupq_n_u64(0x000f_ffff_ffff_ffff));
            let mantissa = vorrq_u64(fraction, vdupq_n_u64(0x3ff0_0000_0000_0000));
            let exponent =
                vsubq_s64(vreinterpretq_s64_u64(vshrq_n_u64::<52>(bits)), vdupq_n_s64(1023));
            (vreinterpretq_f64_u64(mantissa), vcvtq_f64_s64(exponent))
        };
        lt(a: float64x2_t, b: float64x2_t) -> uint64x2_t = vcltq_f64(a, b);
        le(a: float64x2_t, b: float64x2_t) -> uint64x2_t = vcleq_f64(a, b);
        eq(a: float64x2_t, b: float64x2_t) -> uint64x2_t = vceqq_f64(a, b);
        and(a: uint64x2_t, b: uint64x2_t) -> uint64x2_t = vandq_u64(a, b);
        or(a: uint64x2_t, b: uint64x2_t) -> uint64x2_t = vorrq_u64(a, b);
        not(a: uint64x2_t) -> uint64x2_t =
            vreinterpretq_u64_u32(vmvnq_u32(vreinterpretq_u32_u64(a)));
        select(m: uint64x2_t, a: float64x2_t, b: float64x2_t) -> float64x2_t =
            vbslq_f64(m, a, b);
    }

    #[inline(always)]
    fn scale2(self, a: float64x2_t, k: float64x2_t) -> float64x2_t {
        super::scale2(self, a, k)
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: uint64x2_t, a: float64x2_t, fast: float64x2_t) -> float64x2_t {
        super::rescue::<Self, W>(self, far, a, fast)
    }
}

impl Simd for Neon<f64> {
    type Scalar = f64;
    type I = float64x2_t;
    const LANES: usize = 2;

    memory!(f64, float64x2_t, 2);
    methods! {
        broadcast(a: f64) -> float64x2_t = vdupq_n_f64(a);
        any(m: uint64x2_t) -> bool = vmaxvq_u32(vreinterpretq_u32_u64(m)) != 0;
    }
    integers_are_numbers!(f64, float64x2_t, uint64x2_t);
}
