//! Every operation of the table, at every level, against MPFR and against its row's f64 value.

use super::golden::{self, F32, F64, Format, Point};
use super::{apply, samples};
use crate::cpu::simd::Level;
use crate::row::Real;
use keops_program::op::Op;

fn format<T: Real>() -> Format {
    if size_of::<T>() == 4 { F32 } else { F64 }
}

/// The row's value, but where an operation is fused on some levels only, as this one computes it.
fn expected<T: Real>(op: Op, arguments: &[f64], fused: bool) -> f64 {
    if op == Op::Fma && !fused {
        let [a, b, c] = [arguments[0], arguments[1], arguments[2]];
        return match format::<T>().digits {
            24 => f64::from(a as f32 * b as f32 + c as f32),
            _ => a * b + c,
        };
    }
    (op.row().eval)(arguments)
}

/// Every operation at every level at its samples.
fn check<T: Real>(slack: f64) {
    let mut failures = Vec::new();
    for level in Level::available() {
        let fused = level != Level::Baseline || cfg!(target_arch = "aarch64");
        for &op in Op::ALL {
            let columns = samples::<T>(op);
            let values = apply(level, op, &columns);
            let results = values.iter().enumerate().map(|(at, value)| {
                let arguments: Vec<f64> = columns.iter().map(|x| x[at].to_f64()).collect();
                let value_there = expected::<T>(op, &arguments, fused);
                let point = Point {
                    arguments,
                    value: value_there,
                    rest: f64::NAN,
                };
                (point, value.to_f64())
            });
            let promised = op.row().ulp + slack;
            let format = format::<T>();
            failures.extend(golden::judge(op, level.name(), format, promised, results));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
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

/// Every function at every level at its golden points.
fn check_golden<T: Real>() {
    let mut failures = Vec::new();
    for &op in Op::ALL {
        let points = golden::points(op, format::<T>());
        let columns: Vec<Vec<T>> = (0..op.row().arity)
            .map(|k| points.iter().map(|p| T::from_f64(p.arguments[k])).collect())
            .collect();
        for level in Level::available() {
            let values = apply(level, op, &columns);
            let results = points
                .iter()
                .cloned()
                .zip(values.iter().map(|v| v.to_f64()));
            let (format, promised) = (format::<T>(), op.row().ulp);
            failures.extend(golden::judge(op, level.name(), format, promised, results));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn functions_in_f64_are_within_their_ulps_of_mpfr() {
    check_golden::<f64>();
}

#[test]
fn functions_in_f32_are_within_their_ulps_of_mpfr() {
    check_golden::<f32>();
}

/// Functions of one number over the whole of f32, against themselves in f64: a minute with
/// optimisation, an hour without.
#[test]
#[ignore = "long: cargo test --release -p keops-runtime --lib -- --ignored every --nocapture"]
fn every_61st_f32_keeps_its_promise() {
    let functions = |op: &&Op| op.row().arity == 1 && op.row().ulp > 0.5;
    let mut failures = Vec::new();
    for &op in Op::ALL.iter().filter(functions) {
        for level in Level::available() {
            let mut worst = (0.0, String::new());
            for first in (0..=u32::MAX).step_by(61 << 12) {
                let numbers: Vec<f32> = (0..1 << 12)
                    .map(|k| f32::from_bits(first.wrapping_add(61 * k)))
                    .collect();
                let wide: Vec<f64> = numbers.iter().map(|&x| f64::from(x)).collect();
                let values = apply(Level::best(), op, std::slice::from_ref(&wide));
                let found = apply(level, op, std::slice::from_ref(&numbers));
                for (at, (&got, &value)) in found.iter().zip(&values).enumerate() {
                    let got = f64::from(got);
                    if F32.ulps(got, value) > worst.0 {
                        let point = Point {
                            arguments: vec![wide[at]],
                            value,
                            rest: f64::NAN,
                        };
                        let error = point.error(op.row(), got, F32);
                        if error > worst.0 {
                            worst = (error, point.say(op.row(), got));
                        }
                    }
                }
            }
            let line = format!("{level:8} {:.3} ulp: {}", worst.0, worst.1);
            println!("{line}");
            if worst.0 > op.row().ulp + 1e-6 {
                failures.push(line);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// As C99 has them.
#[test]
fn signs_of_zero() {
    let zeros: Vec<f64> = vec![0.0, -0.0];
    for level in Level::available() {
        for op in [Op::Round, Op::Floor, Op::Sqrt] {
            let values = apply(level, op, std::slice::from_ref(&zeros));
            for (value, zero) in values.iter().zip(&zeros) {
                assert_eq!(value.to_bits(), zero.to_bits(), "{op:?} at {level}");
            }
        }
    }
}
