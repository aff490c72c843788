//! Every method of the vectors, at every level, against plain numbers.

use super::{special, special_pairs};
use crate::cpu::simd::{Level, OnLevel, Portable, Simd, dispatch};
use crate::row::Real;

/// A method as a function of two vectors; masks are told by what they select.
#[derive(Clone, Copy, Debug)]
enum Method {
    Neg,
    Abs,
    Sqrt,
    RoundEven,
    Floor,
    Split,
    SplitExponent,
    Min,
    Max,
    CopySign,
    Lt,
    Le,
    Eq,
    And,
    Or,
    Not,
    Select,
    Any,
    ScaleNormal,
    IntSub,
    IntEq,
    IndexLt,
    LabelLt,
    IndexToReal,
    LabelToReal,
    IntSelect,
    IntSplat,
}
use Method::*;

const FLOATING: [Method; 16] = [
    Neg, Abs, Sqrt, RoundEven, Floor, Min, Max, CopySign, Lt, Le, Eq, And, Or, Not, Select, Any,
];
const SPLITTING: [Method; 3] = [Split, SplitExponent, ScaleNormal];
const INTEGER: [Method; 8] = [
    IntSub,
    IntEq,
    IndexLt,
    LabelLt,
    IndexToReal,
    LabelToReal,
    IntSelect,
    IntSplat,
];

struct Call<'a, T> {
    method: Method,
    a: &'a [T],
    b: &'a [T],
}

#[inline(always)]
fn call<S: Simd>(s: S, method: Method, a: S::F, b: S::F) -> S::F {
    let (m, n) = (s.lt(a, b), s.le(s.splat(0.0), b));
    let (i, j) = (s.integer(a), s.integer(b));
    let flag = |m: S::M| s.select(m, s.splat(1.0), s.splat(0.0));
    match method {
        Neg => s.neg(a),
        Abs => s.abs(a),
        Sqrt => s.sqrt(a),
        RoundEven => s.round_even(a),
        Floor => s.floor(a),
        Split => s.split(a).0,
        SplitExponent => s.split(a).1,
        Min => s.min(a, b),
        Max => s.max(a, b),
        CopySign => s.copysign(a, b),
        Lt => flag(m),
        Le => flag(s.le(a, b)),
        Eq => flag(s.eq(a, b)),
        And => flag(s.and(m, n)),
        Or => flag(s.or(m, n)),
        Not => flag(s.not(m)),
        Select => s.select(m, a, b),
        Any => s.splat(if s.any(m) { 1.0 } else { 0.0 }),
        // Near 1 whatever the argument.
        ScaleNormal => {
            let (mantissa, exponent) = s.split(a);
            let a = s.scale2_normal(mantissa, exponent);
            s.scale2_normal(a, s.neg(exponent))
        }
        IntSub => s.slot(s.int_sub(i, j)),
        IntEq => flag(s.int_eq(i, j)),
        IndexLt => flag(s.index_lt(i, j)),
        LabelLt => flag(s.label_lt(i, j)),
        IndexToReal => s.index_to_real(i),
        LabelToReal => s.label_to_real(i),
        IntSelect => s.slot(s.int_select(s.index_lt(i, j), i, j)),
        IntSplat => {
            s.slot(s.int_select(s.int_eq(i, j), s.int_splat(4_294_967_295), s.int_splat(-7)))
        }
    }
}

impl<T: Real> OnLevel<T> for Call<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run<S: Simd<Scalar = T>>(self, s: S) -> Vec<T> {
        let mut out = Vec::new();
        for (&a, &b) in self.a.iter().zip(self.b) {
            let mut lanes = [T::ZERO; 16];
            s.store(
                call(s, self.method, s.broadcast(a), s.broadcast(b)),
                &mut lanes,
            );
            for lane in &lanes[1..S::LANES] {
                assert_eq!(Bits::bits(*lane), Bits::bits(lanes[0]), "lanes differ");
            }
            out.push(lanes[0]);
        }
        out
    }
}

/// The bits of a number, all of them, but every NaN the same.
trait Bits: Real {
    fn bits(self) -> u64;
}
impl<T: Real> Bits for T {
    fn bits(self) -> u64 {
        let value = self.to_f64();
        if value.is_nan() {
            u64::MAX
        } else {
            value.to_bits()
        }
    }
}

fn compare<T: Real, R: Simd<Scalar = T, F = T>>(
    reference: R,
    methods: &[Method],
    a: &[T],
    b: &[T],
) {
    for &method in methods {
        for level in Level::available() {
            let got = dispatch(level, Call { method, a, b });
            for (at, &got) in got.iter().enumerate() {
                let want = call(reference, method, a[at], b[at]);
                // Which zero is smaller is the hardware's choice.
                let same = if matches!(method, Min | Max) && cfg!(target_arch = "aarch64") {
                    got == want || got.bits() == want.bits()
                } else {
                    got.bits() == want.bits()
                };
                assert!(
                    same,
                    "{method:?} at {level}: {}, {}: {got}, not {want}",
                    a[at], b[at]
                );
            }
        }
    }
}

#[test]
fn floating_methods_on_special_numbers() {
    let [a, b] = special_pairs::<f32>();
    compare(Portable::<f32>::TOKEN, &FLOATING, &a, &b);
    let [a, b] = special_pairs::<f64>();
    compare(Portable::<f64>::TOKEN, &FLOATING, &a, &b);
}

#[test]
fn splitting_positive_normal_numbers() {
    let a: Vec<f32> = special::<f32>()
        .into_iter()
        .filter(|a| a.is_normal() && *a > 0.0)
        .collect();
    compare(Portable::<f32>::TOKEN, &SPLITTING, &a, &a);
    let a: Vec<f64> = special::<f64>()
        .into_iter()
        .filter(|a| a.is_normal() && *a > 0.0)
        .collect();
    compare(Portable::<f64>::TOKEN, &SPLITTING, &a, &a);
    let s = Portable::<f64>::TOKEN;
    assert_eq!(
        (call(s, Split, 12.0, 0.0), call(s, SplitExponent, 12.0, 0.0)),
        (1.5, 3.0)
    );
    assert_eq!(call(s, ScaleNormal, 12.0, 0.0), 1.5);
}

/// Integers as which f32's rounding, signs and wrapping show.
const INTEGERS: [i64; 14] = [
    0,
    1,
    2,
    77,
    65_535,
    65_536,
    16_777_215,
    16_777_217,
    33_554_435,
    2_147_483_583,
    2_147_483_584,
    2_147_483_585,
    2_147_483_647,
    1_000_000_007,
];

#[test]
fn integer_methods_in_f32_are_those_of_32_bits() {
    let mut words: Vec<u32> = INTEGERS
        .iter()
        .flat_map(|&i| [i as u32, (-i) as u32])
        .collect();
    words.extend([
        0x8000_0000,
        0xffff_ff7f,
        0xffff_ff80,
        0xffff_ff81,
        0xc000_0041,
    ]);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for &x in &words {
        for &y in &words {
            a.push(x);
            b.push(y);
        }
    }
    // Some of these bits are NaN: compare them as words.
    struct Words<'a>(Method, &'a [u32], &'a [u32]);
    impl OnLevel<f32> for Words<'_> {
        type Output = Vec<u32>;
        #[inline(always)]
        fn run<S: Simd<Scalar = f32>>(self, s: S) -> Vec<u32> {
            let mut out = Vec::new();
            for (&a, &b) in self.1.iter().zip(self.2) {
                let mut lanes = [0.0; 16];
                let (i, j) = (s.int_splat(i64::from(a)), s.int_splat(i64::from(b)));
                s.store(call(s, self.0, s.slot(i), s.slot(j)), &mut lanes);
                out.push(lanes[S::LANES - 1].to_bits());
            }
            out
        }
    }
    for method in INTEGER {
        let want = |a: u32, b: u32| {
            let flag = |m: bool| f32::from(u8::from(m)).to_bits();
            match method {
                IntSub => a.wrapping_sub(b),
                IntEq => flag(a == b),
                IndexLt => flag((a as i32) < b as i32),
                LabelLt => flag(a < b),
                IndexToReal => (a as i32 as f32).to_bits(),
                LabelToReal => (a as f32).to_bits(),
                IntSelect => (a as i32).min(b as i32) as u32,
                _ => {
                    if a == b {
                        u32::MAX
                    } else {
                        -7i32 as u32
                    }
                }
            }
        };
        for level in Level::available() {
            let got = dispatch(level, Words(method, &a, &b));
            for (at, got) in got.into_iter().enumerate() {
                assert_eq!(
                    got,
                    want(a[at], b[at]),
                    "{method:?} at {level}: {:#x}, {:#x}",
                    a[at],
                    b[at]
                );
            }
        }
    }
}

#[test]
fn integer_methods_in_f64_are_those_of_numbers() {
    let integers: Vec<f64> = INTEGERS
        .iter()
        .flat_map(|&i| [i as f64, -(i as f64)])
        .collect();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for &x in &integers {
        for &y in &integers {
            a.push(x);
            b.push(y);
        }
    }
    compare(Portable::<f64>::TOKEN, &INTEGER, &a, &b);
    let s = Portable::<f64>::TOKEN;
    assert_eq!(call(s, IntSub, 3.0, 5.0), -2.0);
    assert_eq!(call(s, IntSelect, 3.0, -5.0), -5.0);
    assert_eq!(call(s, LabelToReal, 4_294_967_295.0, 0.0), 4_294_967_295.0);
}

#[test]
fn portable_numbers_do_what_the_trait_says() {
    let s = Portable::<f64>::TOKEN;
    assert_eq!(call(s, Min, f64::NAN, 1.0), 1.0);
    assert_eq!(call(s, Min, 1.0, f64::NAN), 1.0);
    assert_eq!(call(s, Max, f64::NAN, -1.0), -1.0);
    assert_eq!(call(s, Max, 2.0, 3.0), 3.0);
    assert_eq!(call(s, RoundEven, 2.5, 0.0), 2.0);
    assert_eq!(call(s, Floor, -0.5, 0.0), -1.0);
    assert_eq!(call(s, Select, 1.0, 2.0), 1.0);
    assert_eq!(call(s, Not, f64::NAN, 2.0), 1.0);
}
