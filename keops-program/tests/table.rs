//! Every row of the table of operations, run in the arithmetic of plain numbers, against its own
//! value in f64 and against MPFR's.

#[path = "support/golden.rs"]
mod golden;

use golden::{F32, F64, Format, Point};
use keops_program::op::{Op, Operation, Visitor};
use keops_program::scalar::Scalar;

/// A sequence that looks random.
struct Samples(u64);

impl Samples {
    /// A number between two.
    fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        low + (high - low) * ((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// An operation in f64 on numbers of a format, rounded to it.
fn apply(op: Op, x: &[f64], format: Format) -> f64 {
    if format.digits == 53 {
        return op.apply(Scalar::<f64>::new(), x);
    }
    let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    f64::from(op.apply(Scalar::<f32>::new(), &x))
}

/// Operands rounded to a format, and the row's value there.
fn point(op: Op, x: &[f64], format: Format) -> Point {
    let round = |&x: &f64| match format.digits {
        53 => x,
        _ => f64::from(x as f32),
    };
    let arguments: Vec<f64> = x.iter().map(round).collect();
    let value = (op.row().eval)(&arguments);
    Point {
        arguments,
        value,
        rest: f64::NAN,
    }
}

/// The row's promise. Where it leaves more than rounding, the value in f64 that is compared with is
/// the standard library's, which errs by up to one ulp itself; f32's is as good as exact.
fn promised(op: Op, format: Format) -> f64 {
    let ulp = op.row().ulp;
    match format.digits {
        53 if ulp > 0.5 => ulp + 1.0,
        _ => ulp + 1e-6,
    }
}

#[test]
fn rows_are_complete() {
    for (k, &op) in Op::ALL.iter().enumerate() {
        let row = op.row();
        assert_eq!(row.domain.len(), row.arity, "{}", row.name);
        assert_eq!(row.partials.len(), row.arity, "{}", row.name);
        assert!(
            row.domain.iter().all(|(low, high)| low < high),
            "{}",
            row.name
        );
        assert!(!row.doc.trim().is_empty(), "{}", row.name);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(row.name.chars().all(plain), "{}", row.name);
        assert_eq!(
            Op::by_name(row.name),
            Some(op),
            "{} is a name of two",
            row.name
        );
        if let Some(infix) = row.infix {
            assert_eq!(row.arity, 2, "{}", row.name);
            assert_ne!(infix.left, infix.right, "{}", row.name);
            let same = |other: &&Op| other.row().infix.is_some_and(|i| i.symbol == infix.symbol);
            assert_eq!(Op::ALL.iter().find(same), Some(&op), "{}", infix.symbol);
        }
        assert_eq!(op as usize, k);
    }
    assert_eq!(Op::by_name("no such operation"), None);
}

#[test]
fn an_operation_is_a_type_too() {
    struct Which;
    impl Visitor for Which {
        type Result = Op;
        fn visit<O: Operation>(self) -> Op {
            O::OP
        }
    }
    for &op in Op::ALL {
        assert_eq!(op.visit(Which), op);
    }
}

#[test]
fn values_keep_their_promise() {
    let mut samples = Samples(1);
    let mut failures = Vec::new();
    for &op in Op::ALL {
        let row = op.row();
        for format in [F64, F32] {
            let results = (0..20_000).map(|_| {
                let x: Vec<f64> = row.domain.iter().map(|&d| samples.between(d)).collect();
                let point = point(op, &x, format);
                let got = apply(op, &point.arguments, format);
                (point, got)
            });
            failures.extend(golden::judge(
                op,
                "domain",
                format,
                promised(op, format),
                results,
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn values_are_those_of_mpfr() {
    let mut failures = Vec::new();
    for &op in Op::ALL {
        for format in [F64, F32] {
            let results = golden::points(op, format).into_iter().map(|point| {
                let got = apply(op, &point.arguments, format);
                (point, got)
            });
            failures.extend(golden::judge(op, "golden", format, op.row().ulp, results));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn values_at_special_points() {
    let special = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        -2.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        // The smallest normal and two less than normal, of f32 and of f64.
        f64::from(f32::MIN_POSITIVE),
        1e-40,
        -1e-45,
        f64::MIN_POSITIVE,
        1e-310,
        -5e-324,
        // Halves, and where there are none any more.
        0.49999999999999994,
        8388609.0,
        -4503599627370497.0,
    ];
    let mut failures = Vec::new();
    // The elementary functions have MPFR's values there.
    for &op in Op::ALL.iter().filter(|op| op.row().ulp <= 0.5) {
        let row = op.row();
        for format in [F64, F32] {
            let count = special.len().pow(row.arity as u32);
            let results = (0..count).map(|k| {
                let digit = |n: usize| special[k / special.len().pow(n as u32) % special.len()];
                let x: Vec<f64> = (0..row.arity).map(digit).collect();
                let point = point(op, &x, format);
                let got = apply(op, &point.arguments, format);
                (point, got)
            });
            failures.extend(golden::judge(
                op,
                "special",
                format,
                promised(op, format),
                results,
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn errors_are_counted_in_the_type() {
    assert_eq!(F64.ulps(1.0 + f64::EPSILON, 1.0), 1.0);
    assert_eq!(F32.ulps(1.0, 1.0 + 2f64.powi(-23)), 1.0);
    assert_eq!(F64.ulps(5e-324, 0.0), 1.0);
    assert_eq!(F32.ulps(f64::from(f32::from_bits(3)), 0.0), 3.0);
    assert_eq!(F64.ulps(f64::INFINITY, f64::MAX), f64::INFINITY);
    assert_eq!(F32.ulps(f64::INFINITY, 1e39), 0.0);
    assert_eq!(F64.ulps(f64::NAN, 1.0), f64::INFINITY);
    let exp = Op::by_name("exp").expect("a row").row();
    let tiny = Point {
        arguments: vec![-745.0],
        value: 5e-324,
        rest: 0.0,
    };
    assert_eq!(tiny.error(exp, 0.0, F64), 0.0);
    assert_eq!(tiny.error(exp, 5e-324, F64), f64::INFINITY);
    let zero = Point {
        arguments: vec![-0.0],
        value: -0.0,
        rest: 0.0,
    };
    let sin = Op::by_name("sin").expect("a row").row();
    assert_eq!(zero.error(sin, -0.0, F64), 0.0);
    assert_eq!(zero.error(sin, 0.0, F64), f64::INFINITY);
}
