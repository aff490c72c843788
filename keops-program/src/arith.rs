//! The arithmetic in which every function is written, once.
//!
//! A CPU's vectors, the registers of a GPU kernel that is being written, and plain numbers
//! implement [`Arith`]. So `functions::exp` is one text: run on vectors it computes, run on a
//! kernel builder it emits instructions. The vocabulary is what all of them have in hardware or
//! in two or three instructions; everything else is a function of it.

/// The floating type that an implementation computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// f32
    Single,
    /// f64
    Double,
}

/// Floating numbers `F` and masks `M`. Methods take `self` by value: an implementation is a token.
///
/// Unless a method says otherwise, results are IEEE's, rounded to nearest even.
pub trait Arith: Copy {
    /// One floating number per lane.
    type F: Copy;
    /// One truth value per lane.
    type M: Copy;

    /// The floating type.
    const PRECISION: Precision;
    /// Whether [`fma`](Arith::fma) rounds once. Where it is false, functions take constants and
    /// error-free products that do without.
    const FMA: bool = false;

    /// A constant in every lane, rounded to the floating type.
    fn splat(self, a: f64) -> Self::F;
    /// a + b
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// a - b
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// a · b
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// a / b. On a GPU in f32, unless accurate results were asked for: within 2 ulp.
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// a · b + c, rounded once where the hardware can, else as a product and a sum.
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The sign flipped (of zeros and NaN, too).
    fn neg(self, a: Self::F) -> Self::F;
    /// The sign cleared.
    fn abs(self, a: Self::F) -> Self::F;
    /// √a; NaN below 0. On a GPU in f32, unless accurate results were asked for: within 2 ulp.
    fn sqrt(self, a: Self::F) -> Self::F;
    /// The smaller; of a NaN and a number, the number.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// The larger; of a NaN and a number, the number.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// The nearest integer, ties to even.
    fn round_even(self, a: Self::F) -> Self::F;
    /// The largest integer that is not larger.
    fn floor(self, a: Self::F) -> Self::F;
    /// The magnitude of `a` with the sign of `b`.
    fn copysign(self, a: Self::F, b: Self::F) -> Self::F;
    /// a · 2^k for an integer-valued k in −2200..=2200, correct for results in the normal range,
    /// infinite above it; results below it may be flushed to 0 or rounded twice.
    fn scale2(self, a: Self::F, k: Self::F) -> Self::F;
    /// a · 2^k where both `a` and the result are finite, normal numbers and k an integer; any value
    /// elsewhere, so the caller selects. Cheaper than [`scale2`](Arith::scale2) on some hardware.
    #[inline(always)]
    fn scale2_normal(self, a: Self::F, k: Self::F) -> Self::F {
        self.scale2(a, k)
    }
    /// For a positive, finite, normal `a` = m · 2^k with 1 ≤ m < 2: (m, k).
    fn split(self, a: Self::F) -> (Self::F, Self::F);

    /// a < b; false with a NaN.
    fn lt(self, a: Self::F, b: Self::F) -> Self::M;
    /// a ≤ b; false with a NaN.
    fn le(self, a: Self::F, b: Self::F) -> Self::M;
    /// a = b; false with a NaN.
    fn eq(self, a: Self::F, b: Self::F) -> Self::M;
    /// Both.
    fn and(self, a: Self::M, b: Self::M) -> Self::M;
    /// Either.
    fn or(self, a: Self::M, b: Self::M) -> Self::M;
    /// The contrary.
    fn not(self, a: Self::M) -> Self::M;
    /// `a` where the mask holds, else `b`.
    fn select(self, m: Self::M, a: Self::F, b: Self::F) -> Self::F;

    // What some hardware has itself. The defaults are the functions written in this arithmetic.

    /// e^a
    #[inline(always)]
    fn exp(self, a: Self::F) -> Self::F {
        crate::functions::exp(self, a)
    }
    /// 2^a
    #[inline(always)]
    fn exp2(self, a: Self::F) -> Self::F {
        crate::functions::exp2(self, a)
    }
    /// Base 2 logarithm.
    #[inline(always)]
    fn log2(self, a: Self::F) -> Self::F {
        crate::functions::log2(self, a)
    }
    /// Natural logarithm.
    #[inline(always)]
    fn log(self, a: Self::F) -> Self::F {
        crate::functions::log(self, a)
    }
    /// Sine, in radians.
    #[inline(always)]
    fn sin(self, a: Self::F) -> Self::F {
        crate::functions::sin(self, a)
    }
    /// Cosine, in radians.
    #[inline(always)]
    fn cos(self, a: Self::F) -> Self::F {
        crate::functions::cos(self, a)
    }
    /// Hyperbolic tangent.
    #[inline(always)]
    fn tanh(self, a: Self::F) -> Self::F {
        crate::functions::tanh(self, a)
    }
    /// a to the power b; C99's special cases, 0 where the result would be subnormal.
    #[inline(always)]
    fn pow(self, a: Self::F, b: Self::F) -> Self::F {
        crate::functions::pow(self, a, b)
    }
    /// 1/√a with the value 0 at 0, as KeOps has it.
    #[inline(always)]
    fn rsqrt(self, a: Self::F) -> Self::F {
        crate::functions::rsqrt(self, a)
    }
    /// `fast`, but where the mask holds the slow function's value at `a`: the way out for arguments
    /// that a branch-free function does not reach. Hardware that promises less keeps `fast`.
    #[inline(always)]
    fn rescue<S: Slow>(self, far: Self::M, a: Self::F, fast: Self::F) -> Self::F {
        let _ = (far, a);
        fast
    }
}

/// A function for the arguments that its branch-free version does not reach; see [`Arith::rescue`].
pub trait Slow {
    /// The value, in any arithmetic.
    fn apply<A: Arith>(a: A, x: A::F) -> A::F;
    /// The value in f64; it is to be compiled here, not wherever the function is inlined.
    fn number(x: f64) -> f64;
}
