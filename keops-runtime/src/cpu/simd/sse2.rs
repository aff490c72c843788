//! SSE2, which every x86-64 CPU has: 4 lanes of f32, 2 of f64.
//!
//! It lacks fused multiplication, blending and rounding; these are composed here.

use super::{PowerOfTwo, Simd, integers_are_numbers, memory, methods};
use keops_program::arith::{Arith, Precision, Slow};
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// The token of SSE2.
#[derive(Clone, Copy, Debug)]
pub struct Sse2<T>(PhantomData<T>);

impl<T> Sse2<T> {
    /// The token; SSE2 is part of the architecture.
    pub const TOKEN: Self = Sse2(PhantomData);
}

/// 1.5 · 2^52: a double of this magnitude holds an integer in its lowest bits.
const INTEGER: f64 = 6_755_399_441_055_744.0;
/// Numbers of this magnitude and above are integers.
const WHOLE_F32: f32 = 8_388_608.0;
/// Numbers of this magnitude and above are integers.
const WHOLE_F64: f64 = 4_503_599_627_370_496.0;

impl PowerOfTwo for Sse2<f32> {
    const EXPONENTS: (f64, f64) = (-126.0, 127.0);
    methods! {
        power_of_two(k: __m128) -> __m128 = _mm_castsi128_ps(_mm_slli_epi32::<23>(
            _mm_add_epi32(_mm_cvtps_epi32(k), _mm_set1_epi32(127)),
        ));
    }
}

impl Arith for Sse2<f32> {
    type F = __m128;
    type M = __m128;
    const PRECISION: Precision = Precision::Single;

    methods! {
        splat(a: f64) -> __m128 = _mm_set1_ps(a as f32);
        add(a: __m128, b: __m128) -> __m128 = _mm_add_ps(a, b);
        sub(a: __m128, b: __m128) -> __m128 = _mm_sub_ps(a, b);
        mul(a: __m128, b: __m128) -> __m128 = _mm_mul_ps(a, b);
        div(a: __m128, b: __m128) -> __m128 = _mm_div_ps(a, b);
        fma(a: __m128, b: __m128, c: __m128) -> __m128 = _mm_add_ps(_mm_mul_ps(a, b), c);
        neg(a: __m128) -> __m128 = _mm_xor_ps(a, _mm_set1_ps(-0.0));
        abs(a: __m128) -> __m128 = _mm_andnot_ps(_mm_set1_ps(-0.0), a);
        sqrt(a: __m128) -> __m128 = _mm_sqrt_ps(a);
        select(m: __m128, a: __m128, b: __m128) -> __m128 =
            _mm_or_ps(_mm_and_ps(m, a), _mm_andnot_ps(m, b));
        copysign(a: __m128, b: __m128) -> __m128 = {
            let sign = _mm_set1_ps(-0.0);
            _mm_or_ps(_mm_andnot_ps(sign, a), _mm_and_ps(sign, b))
        };
        scale2_normal(a: __m128, k: __m128) -> __m128 = _mm_castsi128_ps(_mm_add_epi32(
            _mm_castps_si128(a),
            _mm_slli_epi32::<23>(_mm_cvtps_epi32(k)),
        ));
        split(a: __m128) -> (__m128, __m128) = {
            let bits = _mm_castps_si128(a);
            let fraction = _mm_and_si128(bits, _mm_set1_epi32(0x007f_ffff));
            let mantissa = _mm_or_si128(fraction, _mm_set1_epi32(0x3f80_0000));
            let exponent = _mm_sub_epi32(_mm_srli_epi32::<23>(bits), _mm_set1_epi32(127));
            (_mm_castsi128_ps(mantissa), _mm_cvtepi32_ps(exponent))
        };
        lt(a: __m128, b: __m128) -> __m128 = _mm_cmplt_ps(a, b);
        le(a: __m128, b: __m128) -> __m128 = _mm_cmple_ps(a, b);
        eq(a: __m128, b: __m128) -> __m128 = _mm_cmpeq_ps(a, b);
        and(a: __m128, b: __m128) -> __m128 = _mm_and_ps(a, b);
        or(a: __m128, b: __m128) -> __m128 = _mm_or_ps(a, b);
        not(a: __m128) -> __m128 = _mm_xor_ps(a, _mm_castsi128_ps(_mm_set1_epi32(-1)));
    }

    // The instructions give b where one is NaN: it is replaced by a where b is.
    #[inline(always)]
    fn min(self, a: __m128, b: __m128) -> __m128 {
        // SAFETY: SSE2 is part of the architecture.
        let (least, nan) = unsafe { (_mm_min_ps(a, b), _mm_cmpunord_ps(b, b)) };
        self.select(nan, a, least)
    }
    #[inline(always)]
    fn max(self, a: __m128, b: __m128) -> __m128 {
        // SAFETY: SSE2 is part of the architecture.
        let (most, nan) = unsafe { (_mm_max_ps(a, b), _mm_cmpunord_ps(b, b)) };
        self.select(nan, a, most)
    }
    #[inline(always)]
    fn round_even(self, a: __m128) -> __m128 {
        let whole = self.broadcast(WHOLE_F32);
        let magnitude = self.abs(a);
        let rounded = self.sub(self.add(magnitude, whole), whole);
        let rounded = self.select(self.lt(magnitude, whole), rounded, magnitude);
        self.copysign(rounded, a)
    }
    #[inline(always)]
    fn floor(self, a: __m128) -> __m128 {
        let rounded = self.round_even(a);
        let below = self.sub(rounded, self.splat(1.0));
        self.select(self.lt(a, rounded), below, rounded)
    }
    #[inline(always)]
    fn scale2(self, a: __m128, k: __m128) -> __m128 {
        super::scale2(self, a, k)
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: __m128, a: __m128, fast: __m128) -> __m128 {
        super::rescue::<Self, W>(self, far, a, fast)
    }
}

impl Simd for Sse2<f32> {
    type Scalar = f32;
    type I = __m128i;
    const LANES: usize = 4;

    memory!(f32, __m128, 4);
    methods! {
        broadcast(a: f32) -> __m128 = _mm_set1_ps(a);
        integer(a: __m128) -> __m128i = _mm_castps_si128(a);
        slot(a: __m128i) -> __m128 = _mm_castsi128_ps(a);
        int_splat(a: i64) -> __m128i = _mm_set1_epi32(a as i32);
        int_sub(a: __m128i, b: __m128i) -> __m128i = _mm_sub_epi32(a, b);
        int_eq(a: __m128i, b: __m128i) -> __m128 = _mm_castsi128_ps(_mm_cmpeq_epi32(a, b));
        index_lt(a: __m128i, b: __m128i) -> __m128 = _mm_castsi128_ps(_mm_cmplt_epi32(a, b));
        label_lt(a: __m128i, b: __m128i) -> __m128 = {
            let sign = _mm_set1_epi32(i32::MIN);
            _mm_castsi128_ps(_mm_cmplt_epi32(_mm_xor_si128(a, sign), _mm_xor_si128(b, sign)))
        };
        index_to_real(a: __m128i) -> __m128 = _mm_cvtepi32_ps(a);
        // Both halves and the product are exact, so only the sum is rounded.
        label_to_real(a: __m128i) -> __m128 = {
            let high = _mm_cvtepi32_ps(_mm_srli_epi32::<16>(a));
            let low = _mm_cvtepi32_ps(_mm_and_si128(a, _mm_set1_epi32(0xffff)));
            _mm_add_ps(_mm_mul_ps(high, _mm_set1_ps(65536.0)), low)
        };
        int_select(m: __m128, a: __m128i, b: __m128i) -> __m128i = {
            let m = _mm_castps_si128(m);
            _mm_or_si128(_mm_and_si128(m, a), _mm_andnot_si128(m, b))
        };
        any(m: __m128) -> bool = _mm_movemask_ps(m) != 0;
    }
}

impl PowerOfTwo for Sse2<f64> {
    const EXPONENTS: (f64, f64) = (-1022.0, 1023.0);
    methods! {
        power_of_two(k: __m128d) -> __m128d = _mm_castsi128_pd(_mm_slli_epi64::<52>(
            _mm_castpd_si128(_mm_add_pd(k, _mm_set1_pd(INTEGER + 1023.0))),
        ));
    }
}

impl Arith for Sse2<f64> {
    type F = __m128d;
    type M = __m128d;
    const PRECISION: Precision = Precision::Double;

    methods! {
        splat(a: f64) -> __m128d = _mm_set1_pd(a);
        add(a: __m128d, b: __m128d) -> __m128d = _mm_add_pd(a, b);
        sub(a: __m128d, b: __m128d) -> __m128d = _mm_sub_pd(a, b);
        mul(a: __m128d, b: __m128d) -> __m128d = _mm_mul_pd(a, b);
        div(a: __m128d, b: __m128d) -> __m128d = _mm_div_pd(a, b);
        fma(a: __m128d, b: __m128d, c: __m128d) -> __m128d = _mm_add_pd(_mm_mul_pd(a, b), c);
        neg(a: __m128d) -> __m128d = _mm_xor_pd(a, _mm_set1_pd(-0.0));
        abs(a: __m128d) -> __m128d = _mm_andnot_pd(_mm_set1_pd(-0.0), a);
        sqrt(a: __m128d) -> __m128d = _mm_sqrt_pd(a);
        select(m: __m128d, a: __m128d, b: __m128d) -> __m128d =
            _mm_or_pd(_mm_and_pd(m, a), _mm_andnot_pd(m, b));
        copysign(a: __m128d, b: __m128d) -> __m128d = {
            let sign = _mm_set1_pd(-0.0);
            _mm_or_pd(_mm_andnot_pd(sign, a), _mm_and_pd(sign, b))
        };
        scale2_normal(a: __m128d, k: __m128d) -> __m128d = {
            let k = _mm_castpd_si128(_mm_add_pd(k, _mm_set1_pd(INTEGER)));
            _mm_castsi128_pd(_mm_add_epi64(_mm_castpd_si128(a), _mm_slli_epi64::<52>(k)))
        };
        split(a: __m128d) -> (__m128d, __m128d) = {
            let bits = _mm_castpd_si128(a);
            let fraction = _mm_and_si128(bits, _mm_set1_epi64x(0x000f_ffff_ffff_ffff));
            let mantissa = _mm_or_si128(fraction, _mm_set1_epi64x(0x3ff0_0000_0000_0000));
            // 2^52 with the exponent in its lowest bits.
            let exponent = _mm_or_si128(
                _mm_srli_epi64::<52>(bits),
                _mm_set1_epi64x(0x4330_0000_0000_0000),
            );
            let offset = _mm_set1_pd(WHOLE_F64 + 1023.0);
            (_mm_castsi128_pd(mantissa), _mm_sub_pd(_mm_castsi128_pd(exponent), offset))
        };
        lt(a: __m128d, b: __m128d) -> __m128d = _mm_cmplt_pd(a, b);
        le(a: __m128d, b: __m128d) -> __m128d = _mm_cmple_pd(a, b);
        eq(a: __m128d, b: __m128d) -> __m128d = _mm_cmpeq_pd(a, b);
        and(a: __m128d, b: __m128d) -> __m128d = _mm_and_pd(a, b);
        or(a: __m128d, b: __m128d) -> __m128d = _mm_or_pd(a, b);
        not(a: __m128d) -> __m128d = _mm_xor_pd(a, _mm_castsi128_pd(_mm_set1_epi32(-1)));
    }

    #[inline(always)]
    fn min(self, a: __m128d, b: __m128d) -> __m128d {
        // SAFETY: SSE2 is part of the architecture.
        let (least, nan) = unsafe { (_mm_min_pd(a, b), _mm_cmpunord_pd(b, b)) };
        self.select(nan, a, least)
    }
    #[inline(always)]
    fn max(self, a: __m128d, b: __m128d) -> __m128d {
        // SAFETY: SSE2 is part of the architecture.
        let (most, nan) = unsafe { (_mm_max_pd(a, b), _mm_cmpunord_pd(b, b)) };
        self.select(nan, a, most)
    }
    #[inline(always)]
    fn round_even(self, a: __m128d) -> __m128d {
        let whole = self.broadcast(WHOLE_F64);
        let magnitude = self.abs(a);
        let rounded = self.sub(self.add(magnitude, whole), whole);
        let rounded = self.select(self.lt(magnitude, whole), rounded, magnitude);
        self.copysign(rounded, a)
    }
    #[inline(always)]
    fn floor(self, a: __m128d) -> __m128d {
        let rounded = self.round_even(a);
        let below = self.sub(rounded, self.splat(1.0));
        self.select(self.lt(a, rounded), below, rounded)
    }
    #[inline(always)]
    fn scale2(self, a: __m128d, k: __m128d) -> __m128d {
        super::scale2(self, a, k)
    }
    #[inline(always)]
    fn rescue<W: Slow>(self, far: __m128d, a: __m128d, fast: __m128d) -> __m128d {
        super::rescue::<Self, W>(self, far, a, fast)
    }
}

impl Simd for Sse2<f64> {
    type Scalar = f64;
    type I = __m128d;
    const LANES: usize = 2;

    memory!(f64, __m128d, 2);
    methods! {
        broadcast(a: f64) -> __m128d = _mm_set1_pd(a);
        any(m: __m128d) -> bool = _mm_movemask_pd(m) != 0;
    }
    integers_are_numbers!(f64, __m128d, __m128d);
}
