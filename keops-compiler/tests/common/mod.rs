//! What the tests of the compiler share: formulas from text, schedules that are valid and survive
//! their text, and comparisons.

// Each test uses its own part of it.
#![allow(dead_code)]

pub(crate) mod graph;
pub(crate) mod oracle;
pub(crate) mod random;

use std::str::FromStr;

use keops_compiler::check::{self, Checked};
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::formula::{Axis, Formula, Node, Variable, width};
use keops_compiler::parse;
use keops_compiler::schedule::{Wanted, schedule};
use keops_program::interpret::run_schedule;
use keops_program::program::Type;
use keops_program::schedule::Schedule;
use keops_program::verify::verify_schedule;
use proc_macro2::TokenStream;

/// The rows of both clouds.
pub(crate) type Size = (usize, usize);

/// The one formula of a macro call, or what is wrong with it.
pub(crate) fn checked(text: &str) -> Result<Checked, String> {
    let tokens = TokenStream::from_str(text).map_err(|error| format!("{text}: {error}"))?;
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    let found = input.and_then(|input| check::check(&input, &mut diagnostics));
    if let Err(errors) = diagnostics.propagate() {
        let messages: Vec<&str> = errors.iter().map(|fault| fault.message.as_str()).collect();
        return Err(format!("{text}: {}", messages.join("; ")));
    }
    match &found.as_deref() {
        Some([only]) => Ok(only.clone()),
        _ => Err(format!("{text}: not one formula")),
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

/// Declares a floating variable.
pub(crate) fn declare(formula: &mut Formula, name: &str, axis: Axis, shape: &[u32]) -> Node {
    let (name, shape) = (name.to_string(), shape.to_vec());
    formula.declare(Variable {
        name,
        axis,
        ty: Type::Real,
        shape,
    })
}

/// How many numbers the rows of a variable are.
pub(crate) fn count(formula: &Formula, variable: usize, size: Size) -> usize {
    let variable = &formula.variables()[variable];
    rows(variable.axis, size) * width(&variable.shape) as usize
}

/// The schedule of nodes, each with a row for each of an axis, of all variables of a formula; it is
/// valid and survives its text.
pub(crate) fn planned(formula: &mut Formula, wanted: &[(Node, Axis)]) -> Schedule {
    let arguments: Vec<u32> = (0..formula.variables().len() as u32).collect();
    let wanted: Vec<Wanted> = wanted
        .iter()
        .enumerate()
        .map(|(k, &(node, axis))| Wanted {
            like: None,
            name: format!("a{k}"),
            node,
            axis,
        })
        .collect();
    let schedule = schedule(formula, &arguments, &wanted, &[], false);
    sound(&schedule);
    schedule
}

/// Checks that a schedule is valid and survives its text.
pub(crate) fn sound(schedule: &Schedule) {
    let text = schedule.to_string();
    verify_schedule(schedule).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let read = text
        .parse::<Schedule>()
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    // A NaN in it is not equal to itself.
    let same = read == *schedule || text.contains("NaN") && read.to_string() == text;
    assert!(same, "the text reads as another schedule:\n{text}\n{read}");
}

/// The values of nodes by the f64 interpreter.
pub(crate) fn run(
    formula: &mut Formula,
    wanted: &[(Node, Axis)],
    inputs: &[Vec<f64>],
    size: Size,
) -> Vec<Vec<f64>> {
    run_schedule(&planned(formula, wanted), inputs, size.0, size.1)
}

/// Σ a·b
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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

/// Repeatable numbers between two bounds.
pub(crate) fn sample(seed: u64, count: usize, low: f64, high: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(|_| low + (high - low) * next()).collect()
}
