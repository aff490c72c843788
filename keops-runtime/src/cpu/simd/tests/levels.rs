//! Levels: their choice, and that those with fused multiplication agree to the bit.

use super::{Uniform, apply, samples, special};
use crate::cpu::simd::{Level, LevelError, OnLevel, Simd, dispatch};
use crate::row::Real;
use keops_program::arith::Arith;
use keops_program::op::Op;
use keops_program::scalar::Scalar;

/// The bits, with every NaN the same.
fn bits<T: Real>(value: T) -> u64 {
    let value = value.to_f64();
    if value.is_nan() {
        u64::MAX
    } else {
        value.to_bits()
    }
}

fn assert_equal<T: Real>(what: &str, a: &[T], b: &[T]) {
    for (at, (&a, &b)) in a.iter().zip(b).enumerate() {
        assert_eq!(bits(a), bits(b), "{what}, sample {at}: {a} and {b}");
    }
}

fn agree<T: Real>() {
    for &op in Op::ALL {
        let arguments = samples::<T>(op);
        let narrow = apply(Level::Avx2, op, &arguments);
        let wide = apply(Level::Avx512, op, &arguments);
        assert_equal(op.row().name, &narrow, &wide);
    }
    let narrow = dispatch(Level::Avx2, Scale::<T>::new());
    let wide = dispatch(Level::Avx512, Scale::<T>::new());
    assert_equal("scale2", &narrow, &wide);
}

/// The arithmetic on plain numbers, in which programs without a vector are run, is of the same class.
fn plain_numbers_agree<T: Real>(plain: impl Arith<F = T>) {
    for &op in Op::ALL {
        let arguments = samples::<T>(op);
        let vectors = apply(Level::Avx2, op, &arguments);
        let mut numbers = Vec::new();
        for at in 0..vectors.len() {
            let x: Vec<T> = arguments.iter().map(|column| column[at]).collect();
            numbers.push(op.apply(plain, &x));
        }
        assert_equal(op.row().name, &numbers, &vectors);
    }
}

#[test]
fn plain_numbers_and_vectors_agree_to_the_bit() {
    if !Level::Avx2.is_available() {
        println!("skipped: this CPU does not have AVX2");
        return;
    }
    plain_numbers_agree(Scalar::<f32>::new());
    plain_numbers_agree(Scalar::<f64>::new());
}

/// a · 2^k for numbers and exponents of every magnitude.
struct Scale<T> {
    numbers: Vec<T>,
    exponents: Vec<T>,
}

impl<T: Real> Scale<T> {
    fn new() -> Scale<T> {
        let mut uniform = Uniform(1);
        let mut numbers = Vec::new();
        let mut exponents = Vec::new();
        for _ in 0..20_000 {
            let k = uniform.within((-2200.0, 2200.0)).round();
            let reach = if size_of::<T>() == 4 { 127.0 } else { 1022.0 };
            // Products near both ends of the range among others.
            let near = if uniform.next() < 0.5 {
                reach + 40.0 - k.abs()
            } else {
                reach
            };
            let magnitude = uniform
                .within((-near.abs(), near.abs()))
                .clamp(-reach, reach)
                .exp2();
            numbers.push(T::from_f64(magnitude * (1.0 + uniform.next())));
            exponents.push(T::from_f64(if uniform.next() < 0.5 {
                k
            } else {
                (k / 8.0).round()
            }));
        }
        for number in special::<T>() {
            for k in -275..275 {
                numbers.push(number);
                exponents.push(T::from_f64(f64::from(8 * k)));
            }
        }
        Scale { numbers, exponents }
    }
}

impl<T: Real> OnLevel<T> for Scale<T> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run<S: Simd<Scalar = T>>(self, s: S) -> Vec<T> {
        let mut out = vec![T::ZERO; self.numbers.len()];
        let mut at = 0;
        while at + S::LANES <= out.len() {
            let value = s.scale2(s.load(&self.numbers[at..]), s.load(&self.exponents[at..]));
            s.store(value, &mut out[at..]);
            at += S::LANES;
        }
        // A multiple of every number of lanes.
        out.truncate(out.len() / 16 * 16);
        out
    }
}

#[test]
fn levels_with_fused_multiplication_agree_to_the_bit() {
    if Level::best() < Level::Avx512 {
        println!("skipped: this CPU does not have AVX2 and AVX-512 to compare");
        return;
    }
    agree::<f32>();
    agree::<f64>();
}

/// In f32, f64 has all the digits and exponents to round the true value once.
#[test]
fn scaling_by_a_power_of_two_is_exact() {
    let scale = Scale::<f32>::new();
    let (numbers, exponents) = (scale.numbers.clone(), scale.exponents.clone());
    for level in Level::available() {
        let scale = Scale {
            numbers: numbers.clone(),
            exponents: exponents.clone(),
        };
        for (at, &got) in dispatch(level, scale).iter().enumerate() {
            let k = (exponents[at] as i32).clamp(-500, 500);
            let want = (f64::from(numbers[at]) * 2f64.powi(k)) as f32;
            assert_eq!(
                bits(got),
                bits(want),
                "{level}: {} · 2^{}",
                numbers[at],
                exponents[at]
            );
        }
    }
}

#[test]
fn levels_have_names() {
    for level in Level::ALL {
        assert_eq!(level.to_string().parse(), Ok(level));
    }
    assert_eq!(
        "sse9".parse::<Level>(),
        Err(LevelError::Unknown("sse9".to_string()))
    );
    let message = LevelError::Unknown("sse9".to_string()).to_string();
    assert!(
        message.contains("KEOPS_CPU_LEVEL") && message.contains("avx512"),
        "{message}"
    );
    assert!(
        LevelError::Missing(Level::Avx512)
            .to_string()
            .contains("`avx512`")
    );
}

#[test]
fn only_levels_of_this_cpu_can_be_forced() {
    for level in Level::ALL {
        let forced = Level::forced(level.name());
        if Level::available().contains(&level) {
            assert_eq!(forced, Ok(level));
        } else {
            assert_eq!(forced, Err(LevelError::Missing(level)));
        }
    }
    assert_eq!(Level::available().last(), Some(&Level::best()));
    assert_eq!(Level::available().first(), Some(&Level::Baseline));
}
