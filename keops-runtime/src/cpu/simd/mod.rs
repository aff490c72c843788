//! Explicit vectors: one implementation of [`Simd`] per instruction set, chosen at run time.
//!
//! A value of an implementation is a token that only detection makes, so it proves that the CPU has
//! the instructions, and code that is generic over [`Simd`] is safe. [`dispatch`] makes the token
//! and calls an [`OnLevel`] inside a function that is compiled with the level's instructions;
//! everything that is inlined into it is compiled with them, too. Closures and iterator adaptors
//! may not be inlined, and then are not: keep them out.
//!
//! AVX-512 and AVX2 give the same bits for every operation and every function; the baseline of
//! x86-64 has no fused multiplication and differs from them in the last place.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod level;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use level::{Level, LevelError, dispatch};
pub use scalar::Portable;

/// The vectors that every CPU of this architecture has.
#[cfg(target_arch = "aarch64")]
pub use neon::Neon as Baseline;
/// The vectors that every CPU of this architecture has.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use scalar::Portable as Baseline;
/// The vectors that every CPU of this architecture has.
#[cfg(target_arch = "x86_64")]
pub use sse2::Sse2 as Baseline;

use crate::row::{Real, Row};
use keops_program::arith::{Arith, Slow};

/// Vectors of floating numbers and of integers.
///
/// **Slot encoding.** In memory and in vectors of numbers, an index (signed, 32 bits) or a label
/// (unsigned, 32 bits) is a number of the floating type: in f32 the one with the integer's 32 bits,
/// in f64 the one with the integer's value.
pub trait Simd: Arith + Send + Sync + 'static {
    /// The floating type.
    type Scalar: Real;
    /// One index or label per lane.
    type I: Copy;
    /// The number of lanes.
    const LANES: usize;

    /// The first [`LANES`](Simd::LANES) numbers of a slice.
    ///
    /// # Panics
    ///
    /// Where the slice is shorter.
    fn load(self, a: &[Self::Scalar]) -> Self::F;
    /// Writes the first [`LANES`](Simd::LANES) numbers of a slice.
    ///
    /// # Panics
    ///
    /// Where the slice is shorter.
    fn store(self, a: Self::F, out: &mut [Self::Scalar]);
    /// A number in every lane.
    fn broadcast(self, a: Self::Scalar) -> Self::F;

    /// The integers of which `a` is the slot encoding.
    fn integer(self, a: Self::F) -> Self::I;
    /// The slot encoding.
    fn slot(self, a: Self::I) -> Self::F;
    /// An index or a label in every lane.
    fn int_splat(self, a: i64) -> Self::I;
    /// a − b
    fn int_sub(self, a: Self::I, b: Self::I) -> Self::I;
    /// a = b
    fn int_eq(self, a: Self::I, b: Self::I) -> Self::M;
    /// a < b of indices
    fn index_lt(self, a: Self::I, b: Self::I) -> Self::M;
    /// a < b of labels
    fn label_lt(self, a: Self::I, b: Self::I) -> Self::M;
    /// An index as a number, rounded to nearest even.
    fn index_to_real(self, a: Self::I) -> Self::F;
    /// A label as a number, rounded to nearest even.
    fn label_to_real(self, a: Self::I) -> Self::F;
    /// `a` where the mask holds, else `b`.
    fn int_select(self, m: Self::M, a: Self::I, b: Self::I) -> Self::I;

    /// Whether the mask holds in any lane.
    fn any(self, m: Self::M) -> bool;
}

/// A level whose token detection makes.
pub trait Detect: Simd {
    /// The token, if the CPU has the instructions.
    fn detect() -> Option<Self>;
}

/// The vectors of a floating type at each level.
pub trait Lanes: Sized {
    /// AVX-512F.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Detect<Scalar = Self>;
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Detect<Scalar = Self>;
    /// What every CPU of the architecture has.
    type Baseline: Simd<Scalar = Self>;
    /// The token of the baseline.
    const BASELINE: Self::Baseline;
}

macro_rules! lanes {
    ($($t:ty),*) => { $(
        impl Lanes for $t {
            #[cfg(target_arch = "x86_64")]
            type Avx512 = Avx512<$t>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = Avx2<$t>;
            type Baseline = Baseline<$t>;
            const BASELINE: Baseline<$t> = Baseline::<$t>::TOKEN;
        }
    )* };
}
lanes!(f32, f64);

/// Work that is generic over the level.
pub trait OnLevel<T: Real> {
    /// What it gives.
    type Output;
    /// Does it. Mark the implementation `#[inline(always)]`.
    fn run<S: Simd<Scalar = T>>(self, s: S) -> Self::Output;
}

/// The largest number of lanes at any level.
const MOST_LANES: usize = 16;

/// [`Arith::rescue`] at every level: nearly always no lane needs it.
#[inline(always)]
fn rescue<S: Simd, W: Slow>(s: S, far: S::M, a: S::F, fast: S::F) -> S::F {
    if !s.any(far) {
        return fast;
    }
    let mut arguments = [S::Scalar::ZERO; MOST_LANES];
    let mut flags = [S::Scalar::ZERO; MOST_LANES];
    let mut values = [S::Scalar::ZERO; MOST_LANES];
    s.store(a, &mut arguments);
    s.store(s.select(far, s.splat(1.0), s.splat(0.0)), &mut flags);
    s.store(fast, &mut values);
    rescue_lanes(&arguments, &flags, &mut values, W::number);
    s.load(&values)
}

#[cold]
#[inline(never)]
fn rescue_lanes<T: Real>(
    arguments: &[T; MOST_LANES],
    flags: &[T; MOST_LANES],
    values: &mut [T; MOST_LANES],
    slow: fn(f64) -> f64,
) {
    for lane in 0..MOST_LANES {
        if flags[lane] != T::ZERO {
            values[lane] = T::from_f64(slow(arguments[lane].to_f64()));
        }
    }
}

/// Levels without an instruction for a · 2^k make 2^k from its bits.
trait PowerOfTwo: Simd {
    /// The range of exponents whose powers are normal numbers.
    const EXPONENTS: (f64, f64);
    /// 2^k for an integer k in that range.
    fn power_of_two(self, k: Self::F) -> Self::F;
}

/// [`Arith::scale2`] in three factors. The largest comes last, and the others are exact beside it,
/// so that a subnormal result is rounded once, as by AVX-512's instruction.
#[inline(always)]
fn scale2<S: PowerOfTwo>(s: S, a: S::F, k: S::F) -> S::F {
    let low = s.splat(S::EXPONENTS.0);
    let high = s.splat(S::EXPONENTS.1);
    let last = s.min(s.max(k, low), high);
    let rest = s.sub(k, last);
    let middle = s.min(s.max(rest, low), high);
    let rest = s.sub(rest, middle);
    let first = s.min(s.max(rest, low), high);
    let a = s.mul(a, s.power_of_two(first));
    let a = s.mul(a, s.power_of_two(middle));
    s.mul(a, s.power_of_two(last))
}

/// Methods of a level: each body is the value, in terms of the intrinsics.
macro_rules! methods {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $result:ty = $body:expr;)*) => { $(
        #[inline(always)]
        fn $name(self $(, $arg: $ty)*) -> $result {
            // SAFETY: `self` exists, so the CPU has the instructions. No memory is touched.
            unsafe { $body }
        }
    )* };
}

/// `load` and `store` of a level: by value, since the instructions' functions check their pointers in
/// dev builds.
macro_rules! memory {
    ($t:ty, $f:ty, $lanes:literal) => {
        #[inline(always)]
        fn load(self, a: &[$t]) -> $f {
            let Some(a) = a.first_chunk() else {
                panic!("fewer numbers than lanes")
            };
            // SAFETY: a vector is that many numbers.
            unsafe { std::mem::transmute::<[$t; $lanes], $f>(*a) }
        }
        #[inline(always)]
        fn store(self, a: $f, out: &mut [$t]) {
            let Some(out) = out.first_chunk_mut() else {
                panic!("fewer numbers than lanes")
            };
            // SAFETY: a vector is that many numbers, and any bits are a number.
            *out = unsafe { std::mem::transmute::<$f, [$t; $lanes]>(a) };
        }
    };
}

/// Methods of the f64 levels: integers are numbers.
macro_rules! integers_are_numbers {
    ($t:ty, $f:ty, $m:ty) => {
        #[inline(always)]
        fn integer(self, a: $f) -> $f {
            a
        }
        #[inline(always)]
        fn slot(self, a: $f) -> $f {
            a
        }
        #[inline(always)]
        fn int_splat(self, a: i64) -> $f {
            self.splat(a as f64)
        }
        #[inline(always)]
        fn int_sub(self, a: $f, b: $f) -> $f {
            self.sub(a, b)
        }
        #[inline(always)]
        fn int_eq(self, a: $f, b: $f) -> $m {
            self.eq(a, b)
        }
        #[inline(always)]
        fn index_lt(self, a: $f, b: $f) -> $m {
            self.lt(a, b)
        }
        #[inline(always)]
        fn label_lt(self, a: $f, b: $f) -> $m {
            self.lt(a, b)
        }
        #[inline(always)]
        fn index_to_real(self, a: $f) -> $f {
            a
        }
        #[inline(always)]
        fn label_to_real(self, a: $f) -> $f {
            a
        }
        #[inline(always)]
        fn int_select(self, m: $m, a: $f, b: $f) -> $f {
            self.select(m, a, b)
        }
    };
}
use {integers_are_numbers, memory, methods};
