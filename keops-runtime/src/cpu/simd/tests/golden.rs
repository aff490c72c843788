//! The functions in f64, at every level, against MPFR's values.

use super::apply;
use crate::cpu::simd::Level;
use keops_program::op::Op;

const GOLDEN: &str = include_str!("../../../../tests/golden/functions.txt");

/// A hexadecimal float as Python writes it: `-0x1.8p-3`.
fn hexadecimal(text: &str) -> f64 {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.strip_prefix("0x").unwrap().split_once('p').unwrap();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = u64::from_str_radix(&format!("{whole}{fraction}"), 16).unwrap();
    let exponent = exponent.parse::<i32>().unwrap() - 4 * fraction.len() as i32;
    // In two steps: 2^exponent may be subnormal where the product is not.
    let magnitude = digits as f64 * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
    if negative { -magnitude } else { magnitude }
}

/// A function's points: its arguments, its value, and the rest in units in the last place.
struct Points {
    arguments: Vec<Vec<f64>>,
    values: Vec<f64>,
    rests: Vec<f64>,
}

fn points(op: Op) -> Points {
    let arity = op.row().arity;
    let mut points = Points {
        arguments: vec![Vec::new(); arity],
        values: Vec::new(),
        rests: Vec::new(),
    };
    for line in GOLDEN.lines() {
        let mut words = line.split(' ');
        if words.next() != Some(op.row().name) {
            continue;
        }
        for column in &mut points.arguments {
            column.push(hexadecimal(words.next().unwrap()));
        }
        points.values.push(hexadecimal(words.next().unwrap()));
        points.rests.push(words.next().unwrap().parse().unwrap());
    }
    points
}

#[test]
fn hexadecimal_floats_are_read() {
    assert_eq!(hexadecimal("0x1.8000000000000p+1"), 3.0);
    assert_eq!(hexadecimal("-0x1.0000000000000p-1022"), -f64::MIN_POSITIVE);
    assert_eq!(hexadecimal("0x0.0000000000001p-1022"), f64::from_bits(1));
    assert_eq!(hexadecimal("0x1.fffffffffffffp+1023"), f64::MAX);
}

#[test]
fn functions_in_f64_are_within_their_ulps_of_mpfr() {
    for op in [
        Op::Exp,
        Op::Log,
        Op::Sin,
        Op::Cos,
        Op::Tanh,
        Op::Rsqrt,
        Op::Pow,
    ] {
        let points = points(op);
        assert!(
            points.values.len() > 200,
            "{op:?} has {} points",
            points.values.len()
        );
        for level in Level::available() {
            let values = apply(level, op, &points.arguments);
            let mut worst = (0.0, 0);
            for (at, &got) in values.iter().enumerate() {
                let want = points.values[at];
                let unit = f64::from_bits(want.abs().to_bits() + 1) - want.abs();
                let error = ((got - want) / unit - points.rests[at]).abs();
                if error > worst.0 || error.is_nan() {
                    worst = (error, at);
                }
            }
            let at = worst.1;
            let arguments: Vec<f64> = points.arguments.iter().map(|column| column[at]).collect();
            println!(
                "{level:8} {:6} {:.3} ulp at {arguments:?}",
                op.row().name,
                worst.0
            );
            assert!(
                worst.0 <= op.row().ulp,
                "{} at {level}: {} ulp at {arguments:?}, got {:e}",
                op.row().name,
                worst.0,
                values[at]
            );
        }
    }
}
