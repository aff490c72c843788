//! AVX-512F alone: 16 lanes of f32, 8 of f64.
//!
//! Bit operations on f64 and f32 are those of integers; the floating ones belong to AVX-512DQ.

use super::{Detect, Simd, integers_are_numbers, memory, methods};
use keops_program::arith::{Arith, Precision, Slow};
use keops_program::functions;
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// The token of AVX-512F.
#[derive(Clone, Copy, Debug)]
pub struct Avx512<T>(PhantomData<T>);

impl<T> Avx512<T> {
    fn token() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Avx512(PhantomData))
    }
}

impl Detect for Avx512<f32> {
    #[inline]
    fn detect() -> Option<Self> {
        Self::token()
    }
}

impl Detect for Avx512<f64> {
    #[inline]
    fn detect() -> Option<Self> {
        Self::token()
    }
}

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;

impl Arith for Avx512<f32> {
    type F = __m512;
    type M = __mmask16;
    const PRECISION: Precision = Precision::Single;
    const FMA: bool = true;

    methods! {
        splat(a: f64) -> __m512 = _mm512_set1_ps(a as f32);
        add(a: __m512, b: __m512) -> __m512 = _mm512_add_ps(a, b);
        sub(a: __m512, b: __m512) -> __m512 = _mm512_sub_ps(a, b);
        mul(a: __m512, b: __m512) -> __m512 = _mm512_mul_ps(a, b);
        div(a: __m512, b: __m512) -> __m512 = _mm512_div_ps(a, b);
        fma(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c);
        // Not a bit operation: this the compiler knows to be a negation and folds into an fma.
        neg(a: __m512) -> __m512 = _mm512_sub_ps(_mm512_set1_ps(-0.0), a);
        abs(a: __m512) -> __m512 = _mm512_castsi512_ps(_mm512_and_epi32(
            _mm512_castps_si512(a),
            _mm512_set1_epi32(i32::MAX),
        ));
        sqrt(a: __m512) -> __m512 = _mm512_sqrt_ps(a);
        // The instruction gives b where one is NaN: it is left out where b is.
        min(a: __m512, b: __m512) -> __m512 =
            _mm512_mask_min_ps(a, _mm512_cmp_ps_mask::<_CMP_ORD_Q>(b, b), a, b);
        max(a: __m512, b: __m512) -> __m512 =
            _mm512_mask_max_ps(a, _mm512_cmp_ps_mask::<_CMP_ORD_Q>(b, b), a, b);
        round_even(a: __m512) -> __m512 = _mm512_roundscale_ps::<NEAREST>(a);
        floor(a: __m512) -> __m512 = _mm512_roundscale_ps::<DOWN>(a);
        copysign(a: __m512, b: __m512) -> __m512 = {
            let sign = _mm512_set1_epi32(i32::MIN);
            _mm512_castsi512_ps(_mm512_or_epi32(
                _mm512_andnot_epi32(sign, _mm512_castps_si512(a)),
                _mm512_and_epi32(sign, _mm512_castps_si512(b)),
            ))
        };
        scale2(a: __m512, k: __m512) -> __m512 = _mm512_scalef_ps(a, k);
        split(a: __m512) -> (__m512, __m512) = (
            _mm512_getmant_ps::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_SRC>(a),
            _mm512_getexp_ps(a),
        );
        lt(a: __m512, b: __m512) -> __mmask16 = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b);
        le(a: __m512, b: __m512) -> __mmask16 = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b);
        eq(a: __m512, b: __m512) -> __mmask16 = _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b);
        select(m: __mmask16, a: __m512, b: __m512) -> __m512 = _mm512_mask_blend_ps(m, b, a);
    }

    #[inline(always)]
    fn and(self, a: __mmask16, b: __mmask16) -> __mmask16 {
        a & b
    }
    #[inline(always)]
    fn or(self, a: __mmask16, b: __mmask16) -> __mmask16 {
        a | b
    }
    #[inline(always)]
    fn not(self, a: __mmask16) -> __mmask16 {
        !a
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: __mmask16, a: __m512, fast: __m512) -> __m512 {
        super::rescue::<Self, W>(self, far, a, fast)
    }
    #[inline(always)]
    fn exp(self, a: __m512) -> __m512 {
        let (low, high) = functions::exp_range::<Self>();
        // SAFETY: `self` exists, so the CPU has the instructions.
        unsafe {
            // A NaN stays: the instruction gives its second operand. Just above the range
            // `scalef` overflows by itself.
            let clamped = _mm512_min_ps(self.splat(high + 1.0), a);
            let kept = _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(a, self.splat(low));
            _mm512_maskz_mov_ps(kept, functions::exp_within(self, clamped))
        }
    }
}

impl Simd for Avx512<f32> {
    type Scalar = f32;
    type I = __m512i;
    const LANES: usize = 16;

    memory!(f32, __m512, 16);
    methods! {
        broadcast(a: f32) -> __m512 = _mm512_set1_ps(a);
        integer(a: __m512) -> __m512i = _mm512_castps_si512(a);
        slot(a: __m512i) -> __m512 = _mm512_castsi512_ps(a);
        int_splat(a: i64) -> __m512i = _mm512_set1_epi32(a as i32);
        int_sub(a: __m512i, b: __m512i) -> __m512i = _mm512_sub_epi32(a, b);
        int_eq(a: __m512i, b: __m512i) -> __mmask16 = _mm512_cmpeq_epi32_mask(a, b);
        index_lt(a: __m512i, b: __m512i) -> __mmask16 = _mm512_cmplt_epi32_mask(a, b);
        label_lt(a: __m512i, b: __m512i) -> __mmask16 = _mm512_cmplt_epu32_mask(a, b);
        index_to_real(a: __m512i) -> __m512 = _mm512_cvtepi32_ps(a);
        label_to_real(a: __m512i) -> __m512 = _mm512_cvtepu32_ps(a);
        int_select(m: __mmask16, a: __m512i, b: __m512i) -> __m512i =
            _mm512_mask_blend_epi32(m, b, a);
    }
    #[inline(always)]
    fn any(self, m: __mmask16) -> bool {
        m != 0
    }
}

impl Arith for Avx512<f64> {
    type F = __m512d;
    type M = __mmask8;
    const PRECISION: Precision = Precision::Double;
    const FMA: bool = true;

    methods! {
        splat(a: f64) -> __m512d = _mm512_set1_pd(a);
        add(a: __m512d, b: __m512d) -> __m512d = _mm512_add_pd(a, b);
        sub(a: __m512d, b: __m512d) -> __m512d = _mm512_sub_pd(a, b);
        mul(a: __m512d, b: __m512d) -> __m512d = _mm512_mul_pd(a, b);
        div(a: __m512d, b: __m512d) -> __m512d = _mm512_div_pd(a, b);
        fma(a: __m512d, b: __m512d, c: __m512d) -> __m512d = _mm512_fmadd_pd(a, b, c);
        // Not a bit operation: this the compiler knows to be a negation and folds into an fma.
        neg(a: __m512d) -> __m512d = _mm512_sub_pd(_mm512_set1_pd(-0.0), a);
        abs(a: __m512d) -> __m512d = _mm512_castsi512_pd(_mm512_and_epi64(
            _mm512_castpd_si512(a),
            _mm512_set1_epi64(i64::MAX),
        ));
        sqrt(a: __m512d) -> __m512d = _mm512_sqrt_pd(a);
        min(a: __m512d, b: __m512d) -> __m512d =
            _mm512_mask_min_pd(a, _mm512_cmp_pd_mask::<_CMP_ORD_Q>(b, b), a, b);
        max(a: __m512d, b: __m512d) -> __m512d =
            _mm512_mask_max_pd(a, _mm512_cmp_pd_mask::<_CMP_ORD_Q>(b, b), a, b);
        round_even(a: __m512d) -> __m512d = _mm512_roundscale_pd::<NEAREST>(a);
        floor(a: __m512d) -> __m512d = _mm512_roundscale_pd::<DOWN>(a);
        copysign(a: __m512d, b: __m512d) -> __m512d = {
            let sign = _mm512_set1_epi64(i64::MIN);
            _mm512_castsi512_pd(_mm512_or_epi64(
                _mm512_andnot_epi64(sign, _mm512_castpd_si512(a)),
                _mm512_and_epi64(sign, _mm512_castpd_si512(b)),
            ))
        };
        scale2(a: __m512d, k: __m512d) -> __m512d = _mm512_scalef_pd(a, k);
        split(a: __m512d) -> (__m512d, __m512d) = (
            _mm512_getmant_pd::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_SRC>(a),
            _mm512_getexp_pd(a),
        );
        lt(a: __m512d, b: __m512d) -> __mmask8 = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b);
        le(a: __m512d, b: __m512d) -> __mmask8 = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a, b);
        eq(a: __m512d, b: __m512d) -> __mmask8 = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b);
        select(m: __mmask8, a: __m512d, b: __m512d) -> __m512d = _mm512_mask_blend_pd(m, b, a);
    }

    #[inline(always)]
    fn and(self, a: __mmask8, b: __mmask8) -> __mmask8 {
        a & b
    }
    #[inline(always)]
    fn or(self, a: __mmask8, b: __mmask8) -> __mmask8 {
        a | b
    }
    #[inline(always)]
    fn not(self, a: __mmask8) -> __mmask8 {
        !a
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: __mmask8, a: __m512d, fast: __m512d) -> __m512d {
        super::rescue::<Self, W>(self, far, a, fast)
    }
    #[inline(always)]
    fn exp(self, a: __m512d) -> __m512d {
        let (low, high) = functions::exp_range::<Self>();
        // SAFETY: `self` exists, so the CPU has the instructions.
        unsafe {
            // A NaN stays: the instruction gives its second operand. Just above the range
            // `scalef` overflows by itself.
            let clamped = _mm512_min_pd(self.splat(high + 1.0), a);
            let kept = _mm512_cmp_pd_mask::<_CMP_NLE_UQ>(a, self.splat(low));
            _mm512_maskz_mov_pd(kept, functions::exp_within(self, clamped))
        }
    }
}

impl Simd for Avx512<f64> {
    type Scalar = f64;
    type I = __m512d;
    const LANES: usize = 8;

    memory!(f64, __m512d, 8);
    methods! {
        broadcast(a: f64) -> __m512d = _mm512_set1_pd(a);
    }
    integers_are_numbers!(f64, __m512d, __mmask8);
    #[inline(always)]
    fn any(self, m: __mmask8) -> bool {
        m != 0
    }
}
