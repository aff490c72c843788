//! What the tests of the back ends share: the corpus with what the compiler makes of it, numbers for
//! it, and comparisons.

// Each test uses its own part of it.
#![allow(dead_code)]

pub(crate) mod call;
pub(crate) mod kernel;
#[path = "../../corpus/reader.rs"]
pub(crate) mod reader;

use std::str::FromStr;
use std::sync::LazyLock;

use keops_compiler::calls::{Calls, calls};
use keops_compiler::check;
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::parse;
use keops_program::arith::Precision;
use keops_program::schedule::{Axis, Schedule};

use reader::Case;

/// The rows of both clouds.
pub(crate) type Size = (usize, usize);

/// A case with what the compiler makes of it.
pub(crate) struct Compiled {
    pub(crate) case: Case,
    pub(crate) calls: Calls,
}

/// The corpus, compiled.
pub(crate) static CORPUS: LazyLock<Vec<Compiled>> =
    LazyLock::new(|| reader::cases().into_iter().map(Compiled::new).collect());

impl Compiled {
    /// What the compiler makes of a case.
    pub(crate) fn new(case: Case) -> Compiled {
        let tokens = proc_macro2::TokenStream::from_str(&case.item()).expect("tokens");
        let mut diagnostics = Diagnostics::new();
        let input = parse::parse(tokens, &mut diagnostics);
        let checked = input.and_then(|input| check::check(&input, &mut diagnostics));
        if let Err(errors) = diagnostics.propagate() {
            let messages: Vec<&str> = errors.iter().map(|fault| fault.message.as_str()).collect();
            panic!("{}: {}", case.item(), messages.join("; "));
        }
        let calls = calls(&checked.expect("no fault, so a formula")[0]);
        Compiled { case, calls }
    }

    /// The schedules of the value and of all gradients, if there are any, with the method's name.
    pub(crate) fn schedules(&self) -> Vec<(&'static str, &Schedule)> {
        let mut schedules = vec![("value", &self.calls.list[0].schedule)];
        let vjp = self
            .calls
            .list
            .iter()
            .find(|call| call.of == Some(0) && call.method == "vjp");
        schedules.extend(vjp.map(|vjp| ("vjp", &vjp.schedule)));
        schedules
    }

    /// The numbers of the arguments, then of the cotangents, as a precision holds them.
    pub(crate) fn given(&self, size: Size, precision: Precision) -> Vec<Vec<f64>> {
        let mut given = self.case.inputs(size);
        let smooth = self.calls.list[0]
            .results
            .iter()
            .filter(|result| result.kind.is_floating());
        given.extend(smooth.enumerate().map(|(k, datum)| {
            let width = datum.width() as usize;
            self.case.cotangent(k, rows(datum.axis, size) * width)
        }));
        given
            .iter_mut()
            .flatten()
            .for_each(|x| *x = round(*x, precision));
        given
    }

    /// How much larger the errors of f32 are than in most cases: where exponents are large numbers,
    /// what is rounded of them is not small.
    pub(crate) fn condition(&self, precision: Precision) -> f64 {
        let large = self.case.name == "logsumexp_of_large_numbers";
        if large && precision == Precision::Single {
            20.0
        } else {
            1.0
        }
    }

    /// The numbers in one row of all variables together.
    pub(crate) fn width(&self) -> usize {
        self.case
            .variables
            .iter()
            .map(|variable| variable.width)
            .sum()
    }
}

/// The number of rows along an axis.
pub(crate) fn rows(axis: Axis, (m, n): Size) -> usize {
    match axis {
        Axis::I => m,
        Axis::J => n,
        Axis::Batch | Axis::Unit => 1,
    }
}

/// The nearest number that the precision holds.
pub(crate) fn round(x: f64, precision: Precision) -> f64 {
    match precision {
        Precision::Single => f64::from(x as f32),
        Precision::Double => x,
    }
}

/// Where two arrays differ by more than `tolerance` times the largest finite number, or 1. NaN is
/// equal to NaN.
pub(crate) fn difference(found: &[f64], wanted: &[f64], tolerance: f64) -> Option<String> {
    if found.len() != wanted.len() {
        return Some(format!("{} numbers, not {}", found.len(), wanted.len()));
    }
    let finite = wanted.iter().filter(|x| x.is_finite());
    let scale = finite.fold(1.0, |scale: f64, x| scale.max(x.abs()));
    let differs = |(a, b): (&f64, &f64)| {
        !(a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * scale)
    };
    let at = found.iter().zip(wanted).position(differs)?;
    Some(format!(
        "[{at}] is {:e}, not {:e} (scale {scale:e})",
        found[at], wanted[at]
    ))
}

/// Where the bits of two arrays differ. NaN is equal to NaN.
pub(crate) fn bits(found: &[f64], wanted: &[f64]) -> Option<String> {
    if found.len() != wanted.len() {
        return Some(format!("{} numbers, not {}", found.len(), wanted.len()));
    }
    let differs = |(a, b): (&f64, &f64)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    let at = found.iter().zip(wanted).position(differs)?;
    Some(format!(
        "[{at}] is {:e}, not {:e}, bit for bit",
        found[at], wanted[at]
    ))
}

/// Faults of all cases, so that one run shows them all.
#[derive(Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    /// Adds what is wrong with several arrays, by a comparison of each.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        found: &[Vec<f64>],
        wanted: &[Vec<f64>],
        fault: impl Fn(&[f64], &[f64]) -> Option<String>,
    ) {
        if found.len() != wanted.len() {
            self.add(
                what,
                Some(format!("{} arrays, not {}", found.len(), wanted.len())),
            );
        }
        for (k, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            self.add(&format!("{what}: array {k}"), fault(found, wanted));
        }
    }

    /// Adds those of others.
    pub(crate) fn append(&mut self, mut others: Faults) {
        self.0.append(&mut others.0);
    }

    /// Adds what is wrong, if anything is.
    pub(crate) fn add(&mut self, what: &str, fault: Option<String>) {
        self.0.extend(fault.map(|fault| format!("{what}: {fault}")));
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(
                self.0.is_empty(),
                "{} faults\n{}",
                self.0.len(),
                self.0.join("\n")
            );
        }
    }
}
