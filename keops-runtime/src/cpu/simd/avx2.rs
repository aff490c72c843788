//! AVX2 and FMA: 8 lanes of f32, 4 of f64. A mask is a vector of all ones or zeros.

use super::{Detect, PowerOfTwo, Simd, integers_are_numbers, memory, methods};
use keops_program::arith::{Arith, Precision, Slow};
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// The token of AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx2<T>(PhantomData<T>);

impl<T> Avx2<T> {
    fn token() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Avx2(PhantomData))
    }
}

impl Detect for Avx2<f32> {
    #[inline]
    fn detect() -> Option<Self> {
        Self::token()
    }
}

impl Detect for Avx2<f64> {
    #[inline]
    fn detect() -> Option<Self> {
        Self::token()
    }
}

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
/// 1.5 · 2^52: a double of this magnitude holds an integer in its lowest bits.
const INTEGER: f64 = 6_755_399_441_055_744.0;

impl PowerOfTwo for Avx2<f32> {
    const EXPONENTS: (f64, f64) = (-126.0, 127.0);
    methods! {
        power_of_two(k: __m256) -> __m256 = _mm256_castsi256_ps(_mm256_slli_epi32::<23>(
            _mm256_add_epi32(_mm256_cvtps_epi32(k), _mm256_set1_epi32(127)),
        ));
    }
}

impl Arith for Avx2<f32> {
    type F = __m256;
    type M = __m256;
    const PRECISION: Precision = Precision::Single;
    const FMA: bool = true;

    methods! {
        splat(a: f64) -> __m256 = _mm256_set1_ps(a as f32);
        add(a: __m256, b: __m256) -> __m256 = _mm256_add_ps(a, b);
        sub(a: __m256, b: __m256) -> __m256 = _mm256_sub_ps(a, b);
        mul(a: __m256, b: __m256) -> __m256 = _mm256_mul_ps(a, b);
        div(a: __m256, b: __m256) -> __m256 = _mm256_div_ps(a, b);
        fma(a: __m256, b: __m256, c: __m256) -> __m256 = _mm256_fmadd_ps(a, b, c);
        neg(a: __m256) -> __m256 = _mm256_xor_ps(a, _mm256_set1_ps(-0.0));
        abs(a: __m256) -> __m256 = _mm256_andnot_ps(_mm256_set1_ps(-0.0), a);
        sqrt(a: __m256) -> __m256 = _mm256_sqrt_ps(a);
        // The instruction gives b where one is NaN: it is replaced by a where b is.
        min(a: __m256, b: __m256) -> __m256 =
            _mm256_blendv_ps(_mm256_min_ps(a, b), a, _mm256_cmp_ps::<_CMP_UNORD_Q>(b, b));
        max(a: __m256, b: __m256) -> __m256 =
            _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps::<_CMP_UNORD_Q>(b, b));
        round_even(a: __m256) -> __m256 = _mm256_round_ps::<NEAREST>(a);
        floor(a: __m256) -> __m256 = _mm256_round_ps::<DOWN>(a);
        copysign(a: __m256, b: __m256) -> __m256 = {
            let sign = _mm256_set1_ps(-0.0);
            _mm256_or_ps(_mm256_andnot_ps(sign, a), _mm256_and_ps(sign, b))
        };
        scale2_normal(a: __m256, k: __m256) -> __m256 = _mm256_castsi256_ps(_mm256_add_epi32(
            _mm256_castps_si256(a),
            _mm256_slli_epi32::<23>(_mm256_cvtps_epi32(k)),
        ));
        split(a: __m256) -> (__m256, __m256) = {
            let bits = _mm256_castps_si256(a);
            let fraction = _mm256_and_si256(bits, _mm256_set1_epi32(0x007f_ffff));
            let mantissa = _mm256_or_si256(fraction, _mm256_set1_epi32(0x3f80_0000));
            let exponent =
                _mm256_sub_epi32(_mm256_srli_epi32::<23>(bits), _mm256_set1_epi32(127));
            (_mm256_castsi256_ps(mantissa), _mm256_cvtepi32_ps(exponent))
        };
        lt(a: __m256, b: __m256) -> __m256 = _mm256_cmp_ps::<_CMP_LT_OQ>(a, b);
        le(a: __m256, b: __m256) -> __m256 = _mm256_cmp_ps::<_CMP_LE_OQ>(a, b);
        eq(a: __m256, b: __m256) -> __m256 = _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b);
        and(a: __m256, b: __m256) -> __m256 = _mm256_and_ps(a, b);
        or(a: __m256, b: __m256) -> __m256 = _mm256_or_ps(a, b);
        not(a: __m256) -> __m256 =
            _mm256_xor_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(-1)));
        select(m: __m256, a: __m256, b: __m256) -> __m256 = _mm256_blendv_ps(b, a, m);
    }

    #[inline(always)]
    fn scale2(self, a: __m256, k: __m256) -> __m256 {
        super::scale2(self, a, k)
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: __m256, a: __m256, fast: __m256) -> __m256 {
        super::rescue::<Self, W>(self, far, a, fast)
    }
}

impl Simd for Avx2<f32> {
    type Scalar = f32;
    type I = __m256i;
    const LANES: usize = 8;

    memory!(f32, __m256, 8);
    methods! {
        broadcast(a: f32) -> __m256 = _mm256_set1_ps(a);
        integer(a: __m256) -> __m256i = _mm256_castps_si256(a);
        slot(a: __m256i) -> __m256 = _mm256_castsi256_ps(a);
        int_splat(a: i64) -> __m256i = _mm256_set1_epi32(a as i32);
        int_sub(a: __m256i, b: __m256i) -> __m256i = _mm256_sub_epi32(a, b);
        int_eq(a: __m256i, b: __m256i) -> __m256 = _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b));
        index_lt(a: __m256i, b: __m256i) -> __m256 =
            _mm256_castsi256_ps(_mm256_cmpgt_epi32(b, a));
        label_lt(a: __m256i, b: __m256i) -> __m256 = {
            let sign = _mm256_set1_epi32(i32::MIN);
            _mm256_castsi256_ps(_mm256_cmpgt_epi32(
                _mm256_xor_si256(b, sign),
                _mm256_xor_si256(a, sign),
            ))
        };
        index_to_real(a: __m256i) -> __m256 = _mm256_cvtepi32_ps(a);
        // Both halves are exact, so only the sum is rounded.
        label_to_real(a: __m256i) -> __m256 = {
            let high = _mm256_cvtepi32_ps(_mm256_srli_epi32::<16>(a));
            let low = _mm256_cvtepi32_ps(_mm256_and_si256(a, _mm256_set1_epi32(0xffff)));
            _mm256_fmadd_ps(high, _mm256_set1_ps(65536.0), low)
        };
        int_select(m: __m256, a: __m256i, b: __m256i) -> __m256i = _mm256_castps_si256(
            _mm256_blendv_ps(_mm256_castsi256_ps(b), _mm256_castsi256_ps(a), m),
        );
        any(m: __m256) -> bool = _mm256_movemask_ps(m) != 0;
    }
}

impl PowerOfTwo for Avx2<f64> {
    const EXPONENTS: (f64, f64) = (-1022.0, 1023.0);
    methods! {
        power_of_two(k: __m256d) -> __m256d = _mm256_castsi256_pd(_mm256_slli_epi64::<52>(
            _mm256_castpd_si256(_mm256_add_pd(k, _mm256_set1_pd(INTEGER + 1023.0))),
        ));
    }
}

impl Arith for Avx2<f64> {
    type F = __m256d;
    type M = __m256d;
    const PRECISION: Precision = Precision::Double;
    const FMA: bool = true;

    methods! {
        splat(a: f64) -> __m256d = _mm256_set1_pd(a);
        add(a: __m256d, b: __m256d) -> __m256d = _mm256_add_pd(a, b);
        sub(a: __m256d, b: __m256d) -> __m256d = _mm256_sub_pd(a, b);
        mul(a: __m256d, b: __m256d) -> __m256d = _mm256_mul_pd(a, b);
        div(a: __m256d, b: __m256d) -> __m256d = _mm256_div_pd(a, b);
        fma(a: __m256d, b: __m256d, c: __m256d) -> __m256d = _mm256_fmadd_pd(a, b, c);
        neg(a: __m256d) -> __m256d = _mm256_xor_pd(a, _mm256_set1_pd(-0.0));
        abs(a: __m256d) -> __m256d = _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
        sqrt(a: __m256d) -> __m256d = _mm256_sqrt_pd(a);
        min(a: __m256d, b: __m256d) -> __m256d =
            _mm256_blendv_pd(_mm256_min_pd(a, b), a, _mm256_cmp_pd::<_CMP_UNORD_Q>(b, b));
        max(a: __m256d, b: __m256d) -> __m256d =
            _mm256_blendv_pd(_mm256_max_pd(a, b), a, _mm256_cmp_pd::<_CMP_UNORD_Q>(b, b));
        round_even(a: __m256d) -> __m256d = _mm256_round_pd::<NEAREST>(a);
        floor(a: __m256d) -> __m256d = _mm256_round_pd::<DOWN>(a);
        copysign(a: __m256d, b: __m256d) -> __m256d = {
            let sign = _mm256_set1_pd(-0.0);
            _mm256_or_pd(_mm256_andnot_pd(sign, a), _mm256_and_pd(sign, b))
        };
        scale2_normal(a: __m256d, k: __m256d) -> __m256d = {
            let k = _mm256_castpd_si256(_mm256_add_pd(k, _mm256_set1_pd(INTEGER)));
            _mm256_castsi256_pd(_mm256_add_epi64(
                _mm256_castpd_si256(a),
                _mm256_slli_epi64::<52>(k),
            ))
        };
        split(a: __m256d) -> (__m256d, __m256d) = {
            let bits = _mm256_castpd_si256(a);
            let fraction = _mm256_and_si256(bits, _mm256_set1_epi64x(0x000f_ffff_ffff_ffff));
            let mantissa = _mm256_or_si256(fraction, _mm256_set1_epi64x(0x3ff0_0000_0000_0000));
            // 2^52 with the exponent in its lowest bits.
            let exponent = _mm256_or_si256(
                _mm256_srli_epi64::<52>(bits),
                _mm256_set1_epi64x(0x4330_0000_0000_0000),
            );
            let offset = _mm256_set1_pd(4_503_599_627_370_496.0 + 1023.0);
            (
                _mm256_castsi256_pd(mantissa),
                _mm256_sub_pd(_mm256_castsi256_pd(exponent), offset),
            )
        };
        lt(a: __m256d, b: __m256d) -> __m256d = _mm256_cmp_pd::<_CMP_LT_OQ>(a, b);
        le(a: __m256d, b: __m256d) -> __m256d = _mm256_cmp_pd::<_CMP_LE_OQ>(a, b);
        eq(a: __m256d, b: __m256d) -> __m256d = _mm256_cmp_pd::<_CMP_EQ_OQ>(a, b);
        and(a: __m256d, b: __m256d) -> __m256d = _mm256_and_pd(a, b);
        or(a: __m256d, b: __m256d) -> __m256d = _mm256_or_pd(a, b);
        not(a: __m256d) -> __m256d =
            _mm256_xor_pd(a, _mm256_castsi256_pd(_mm256_set1_epi64x(-1)));
        select(m: __m256d, a: __m256d, b: __m256d) -> __m256d = _mm256_blendv_pd(b, a, m);
    }

    #[inline(always)]
    fn scale2(self, a: __m256d, k: __m256d) -> __m256d {
        super::scale2(self, a, k)
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: __m256d, a: __m256d, fast: __m256d) -> __m256d {
        super::rescue::<Self, W>(self, far, a, fast)
    }
}

impl Simd for Avx2<f64> {
    type Scalar = f64;
    type I = __m256d;
    const LANES: usize = 4;

    memory!(f64, __m256d, 4);
    methods! {
        broadcast(a: f64) -> __m256d = _mm256_set1_pd(a);
        any(m: __m256d) -> bool = _mm256_movemask_pd(m) != 0;
    }
    integers_are_numbers!(f64, __m256d, __m256d);
}
