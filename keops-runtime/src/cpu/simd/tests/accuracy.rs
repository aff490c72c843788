//! Every operation of the table, at every level, against its row's f64 value.

use super::{apply, samples};
use crate::cpu::simd::Level;
use crate::row::Real;
use keops_program::op::Op;

/// |got − want| in units in the last place of a floating type with so many digits, whose smallest
/// normal number is 2^smallest; an overflow counts as a step beyond the largest number.
fn ulps(got: f64, want: f64, digits: i32, smallest: i32) -> f64 {
    if got.is_nan() || want.is_nan() {
        return if got.is_nan() && want.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if got == want {
        return 0.0;
    }
    if got.is_infinite() || want.is_infinite() {
        return f64::INFINITY;
    }
    let exponent = ((want.abs().to_bits() >> 52) as i32 - 1023).max(smallest);
    // In two steps: the reciprocal of the unit may be too large for f64.
    let steps = digits - 1 - exponent;
    (got - want).abs() * 2f64.powi(steps / 2) * 2f64.powi(steps - steps / 2)
}

/// The row's value in the floating type, where the type's own arithmetic decides.
fn expected<T: Real>(op: Op, arguments: &[f64], fused: bool) -> f64 {
    let value = (op.row().eval)(arguments);
    let single = size_of::<T>() == 4;
    let normal = if single {
        f64::from(f32::MIN_POSITIVE)
    } else {
        f64::MIN_POSITIVE
    };
    if op == Op::Exp && value < normal {
        return 0.0;
    }
    if op == Op::Fma && !fused {
        let [a, b, c] = [arguments[0], arguments[1], arguments[2]];
        return if single {
            f64::from(a as f32 * b as f32 + c as f32)
        } else {
            a * b + c
        };
    }
    // What overflows f32 is infinite.
    if single && (value as f32).is_infinite() {
        f64::from(value as f32)
    } else {
        value
    }
}

/// The largest error of an operation at a level, with its arguments.
fn worst<T: Real>(level: Level, op: Op) -> (f64, Vec<f64>, f64) {
    let columns = samples::<T>(op);
    let values = apply(level, op, &columns);
    let fused = level != Level::Baseline || cfg!(target_arch = "aarch64");
    let (digits, smallest) = if size_of::<T>() == 4 {
        (24, -126)
    } else {
        (53, -1022)
    };
    let mut worst = (0.0, Vec::new(), 0.0);
    for (at, value) in values.iter().enumerate() {
        let arguments: Vec<f64> = columns.iter().map(|column| column[at].to_f64()).collect();
        let want = expected::<T>(op, &arguments, fused);
        let error = ulps(value.to_f64(), want, digits, smallest);
        if error > worst.0 {
            worst = (error, arguments, value.to_f64());
        }
    }
    worst
}

fn check<T: Real>(slack: f64) {
    for level in Level::available() {
        for &op in Op::ALL {
            let row = op.row();
            let (error, arguments, value) = worst::<T>(level, op);
            println!("{level:8} {:6} {error:.3} ulp at {arguments:?}", row.name);
            assert!(
                error <= row.ulp + slack,
                "{} at {level}: {error} ulp at {arguments:?}, got {value:e}",
                row.name
            );
        }
    }
}

#[test]
fn operations_in_f32_keep_their_promise() {
    // f64's value is the true one but for 2^-29 of a unit.
    check::<f32>(1e-6);
}

#[test]
fn operations_in_f64_agree_with_the_standard_library() {
    // Its functions are within 1 ulp; golden values test ours more sharply.
    check::<f64>(1.0);
}

#[test]
fn ulps_are_counted_in_the_type() {
    assert_eq!(ulps(1.0 + f64::EPSILON, 1.0, 53, -1022), 1.0);
    assert_eq!(ulps(1.0, 1.0 + 2f64.powi(-23), 24, -126), 1.0);
    assert_eq!(ulps(5e-324, 0.0, 53, -1022), 1.0);
    assert_eq!(ulps(f64::from(f32::from_bits(3)), 0.0, 24, -126), 3.0);
    assert_eq!(ulps(f64::INFINITY, f64::MAX, 53, -1022), f64::INFINITY);
    assert_eq!(ulps(f64::NAN, 1.0, 53, -1022), f64::INFINITY);
}

/// As C99 has them.
#[test]
fn signs_of_zero() {
    let zeros: Vec<f64> = vec![0.0, -0.0];
    let bases: Vec<f64> = vec![-0.0, -0.0, -0.0, -0.0, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let exponents = vec![3.0, 2.0, -3.0, -2.0, -3.0, 3.0];
    for level in Level::available() {
        for op in [Op::Sin, Op::Tanh, Op::Round, Op::Floor, Op::Sqrt] {
            let values = apply(level, op, std::slice::from_ref(&zeros));
            for (value, zero) in values.iter().zip(&zeros) {
                assert_eq!(value.to_bits(), zero.to_bits(), "{op:?} at {level}");
            }
        }
        let values = apply(level, Op::Pow, &[bases.clone(), exponents.clone()]);
        for (at, value) in values.iter().enumerate() {
            let want = bases[at].powf(exponents[at]);
            assert_eq!(
                value.to_bits(),
                want.to_bits(),
                "{} ^ {}",
                bases[at],
                exponents[at]
            );
        }
    }
}
