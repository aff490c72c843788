//! Every row of the table of operations, run in the arithmetic of plain numbers, against its own
//! value in f64.

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

/// How far a result is from the exact value, in units in the last place of a float whose numbers
/// have `digits` binary digits and are normal from 2^`least` on.
fn ulps(got: f64, exact: f64, digits: i32, least: i32) -> f64 {
    if got == exact || got.is_nan() && exact.is_nan() {
        return 0.0;
    }
    if !got.is_finite() || !exact.is_finite() {
        return f64::INFINITY;
    }
    // The exponent of the exact value, which may itself be less than normal.
    let exponent = exact.abs().log2().floor().max(f64::from(least));
    // In two steps: the unit of the smallest numbers has no inverse.
    (got - exact).abs() * (-exponent).exp2() * f64::from(digits - 1).exp2()
}

/// An operation in f64, its error in ulp.
fn double(op: Op, x: &[f64]) -> (f64, f64) {
    let got = op.apply(Scalar::<f64>::new(), x);
    (got, ulps(got, (op.row().eval)(x), 53, -1022))
}

/// An operation in f32 at the operands rounded to f32, its error in ulp.
fn single(op: Op, x: &[f64]) -> (f64, f64) {
    let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let got = f64::from(op.apply(Scalar::<f32>::new(), &x));
    let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let exact = (op.row().eval)(&x);
    // What f32 rounds to infinity.
    let limit = f64::from(f32::MAX) * (1.0 + f64::from(f32::EPSILON) / 4.0);
    let exact = if exact.abs() >= limit {
        exact * f64::INFINITY
    } else {
        exact
    };
    (got, ulps(got, exact, 24, -126))
}

/// The row's promise. Where it leaves more than rounding, the value in f64 that is compared with is
/// the standard library's, which errs by up to one ulp itself; f32's is as good as exact.
fn promised(op: Op, precision: u32) -> f64 {
    let ulp = op.row().ulp;
    match precision {
        64 if ulp > 0.5 => ulp + 1.0,
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
    for &op in Op::ALL {
        let row = op.row();
        let mut worst = [(0.0, vec![]), (0.0, vec![])];
        for _ in 0..20_000 {
            let x: Vec<f64> = row.domain.iter().map(|&d| samples.between(d)).collect();
            for (worst, ulp) in worst.iter_mut().zip([double(op, &x).1, single(op, &x).1]) {
                if ulp > worst.0 {
                    *worst = (ulp, x.clone());
                }
            }
        }
        for ((ulp, x), precision) in worst.into_iter().zip([64, 32]) {
            let name = row.name;
            println!("{name} f{precision}: {ulp:.3} ulp at {x:?}");
            assert!(
                ulp <= promised(op, precision),
                "{name} f{precision}: {ulp} ulp at {x:?}"
            );
        }
    }
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
    for &op in Op::ALL {
        let row = op.row();
        for k in 0..special.len().pow(row.arity as u32) {
            let digit = |n: usize| special[k / special.len().pow(n as u32) % special.len()];
            let x: Vec<f64> = (0..row.arity).map(digit).collect();
            for (precision, (got, ulp), normal) in [
                (64, double(op, &x), f64::MIN_POSITIVE),
                (32, single(op, &x), f64::from(f32::MIN_POSITIVE)),
            ] {
                // What exp gives below the normal range is 0, and pow goes through it.
                let flushed =
                    matches!(op, Op::Exp | Op::Pow) && got == 0.0 && (row.eval)(&x).abs() < normal;
                if ulp > promised(op, precision) && !flushed {
                    failures.push(format!(
                        "{} f{precision} at {x:?}: {got}, {ulp} ulp",
                        row.name
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn sine_and_cosine_of_large_angles() {
    let mut samples = Samples(2);
    for op in [Op::Sin, Op::Cos] {
        for k in 1..2000 {
            // Multiples of π/2 as near as a float comes, where one of the two is nearly 0.
            let near = std::f64::consts::FRAC_PI_2 * f64::from(k);
            let far = samples.between((-1e9, 1e9));
            let beyond = samples.between((1e9, 1e18));
            for x in [near, -near, far, far / 1e4, beyond] {
                for (precision, (got, ulp)) in [(64, double(op, &[x])), (32, single(op, &[x]))] {
                    let name = op.row().name;
                    assert!(
                        ulp <= promised(op, precision),
                        "{name} f{precision}({x}) = {got}: {ulp} ulp"
                    );
                }
            }
        }
    }
}
