//! Every name of docs/OPERATIONS.md is understood in a formula, and has the gradient that the slope of
//! its values says.

mod common;
#[path = "coverage/samples.rs"]
mod samples;

use std::collections::BTreeSet;

use keops_compiler::calls::{Call, Calls, calls};
use keops_compiler::check::ResultKind;
use keops_program::interpret::run_schedule;
use keops_program::program::Type;
use keops_program::schedule::Schedule;

use common::{Size, checked, dot, rows};
use samples::{Gradient, Sample, samples};

const DOCUMENT: &str = include_str!("../../docs/OPERATIONS.md");
const SIZE: Size = (3, 5);

/// The names in a piece of text without what stands in parentheses or braces: words of two letters at
/// least.
fn words(text: &str) -> Vec<String> {
    let mut depth = 0;
    let outside: String = text
        .chars()
        .map(|c| {
            depth += i32::from("({[".contains(c)) - i32::from(")}]".contains(c));
            if depth == 0 { c } else { ' ' }
        })
        .collect();
    outside
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.len() > 1 && word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(String::from)
        .collect()
}

/// What stands between backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The names that the document promises: ours, and those of KeOps.
fn promised() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut section = "";
    for line in DOCUMENT.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let reduction = section == "Reductions";
        if line.starts_with('|') && !line.starts_with("|-") && !line.starts_with("| ours") {
            let line = line.replace("\\|", "\0");
            let cells: Vec<&str> = line.split('|').collect();
            for part in code(cells[1])
                .into_iter()
                .filter(|part| !part.ends_with('…'))
            {
                names.extend(words(part));
            }
            // An ellipsis stands for the names that go with the one before.
            let theirs = words(cells[2]).into_iter().flat_map(|name| {
                let more: &[&str] = match name.as_str() {
                    "Equal" => &["NotEqual", "LessThan", "LessOrEqual"],
                    "WeightedSqNorm" => &["WeightedSqDist"],
                    "Min_ArgMin" => &["Max_ArgMax"],
                    _ => &[],
                };
                let more = more.iter().map(|name| name.to_string());
                std::iter::once(name).chain(more).collect::<Vec<_>>()
            });
            names.extend(theirs.map(|name| if reduction { name + "_j" } else { name }));
            if cells[1].contains("kmax…") {
                names.extend(["kmax_j", "argkmax_j", "kmax_argkmax_j"].map(String::from));
            }
        } else if section == "Complex numbers" && !line.starts_with('#') {
            let (ours, theirs) = line.split_once("KeOps:").unwrap_or((line, ""));
            for part in code(ours) {
                names.extend(
                    words(part)
                        .into_iter()
                        .filter(|word| !["Complex", "keops"].contains(&word.as_str())),
                );
            }
            names.extend(complex(theirs));
        } else if section == "Derivatives as operations" && line.starts_with('`') {
            names.extend(words(code(line)[0]));
            let theirs = line
                .split_once("(KeOps ")
                .and_then(|(_, rest)| rest.split_once(')'));
            names.extend(theirs.into_iter().flat_map(|(theirs, _)| words(theirs)));
        }
    }

    names
}

/// `ComplexReal/Imag/Abs`: names that share their beginning.
fn complex(text: &str) -> Vec<String> {
    let list = text.split_once('.').map_or(text, |(list, _)| list);
    let mut names = Vec::new();
    for part in list.split(',') {
        for (k, name) in part
            .trim()
            .split('/')
            .filter(|name| !name.is_empty())
            .enumerate()
        {
            names.push(if k == 0 {
                name.into()
            } else {
                format!("Complex{name}")
            });
        }
    }
    names
}

#[test]
fn every_name_has_a_sample() {
    let known: BTreeSet<String> = samples().into_iter().map(|sample| sample.name).collect();
    let promised = promised();
    assert!(
        promised.len() > 180,
        "only {} names were read",
        promised.len()
    );
    let missing: Vec<&String> = promised.difference(&known).collect();
    assert!(missing.is_empty(), "no sample uses {missing:?}");
}

/// A call by its method, of the value.
fn call<'c>(calls: &'c Calls, method: &str) -> Option<&'c Call> {
    let mut list = calls.list.iter();
    list.find(|call| call.of == Some(0) && call.method == method)
}

/// What is wrong with a sample.
fn fault(sample: &Sample, seed: u64) -> Option<String> {
    let checked = match checked(&sample.item) {
        Ok(checked) => checked,
        Err(fault) => return Some(fault),
    };
    let calls = calls(&checked);
    let vjp = match (call(&calls, "vjp"), sample.gradient) {
        (None, Gradient::None) => return None,
        (None, _) => return Some("it has no gradient".into()),
        (Some(_), Gradient::None) => return Some("it has a gradient".into()),
        (Some(vjp), _) => vjp,
    };
    let numbers =
        |stream: u64, count, low, high| common::sample(1000 * seed + stream + 1, count, low, high);
    let mut inputs: Vec<Vec<f64>> = Vec::new();
    let mut directions: Vec<Vec<f64>> = Vec::new();
    let mut floating = Vec::new();
    let value = &calls.list[0];
    for (k, argument) in value.schedule.arguments.iter().enumerate() {
        let count = rows(argument.axis, SIZE) * argument.width() as usize;
        if argument.ty == Type::Label {
            let labels = numbers(k as u64, count, 0.0, 4.0);
            inputs.push(labels.iter().map(|x| x.floor()).collect());
        } else {
            inputs.push(numbers(k as u64, count, sample.low, sample.high));
            directions.push(numbers(50 + k as u64, count, -1.0, 1.0));
            floating.push(k);
        }
    }
    let smooth: Vec<usize> = (0..value.results.len())
        .filter(|&k| !matches!(value.results[k].kind, ResultKind::Label | ResultKind::Bool))
        .collect();
    let at =
        |schedule: &Schedule, inputs: &[Vec<f64>]| run_schedule(schedule, inputs, SIZE.0, SIZE.1);
    let values = at(&value.schedule, &inputs);
    let cotangents: Vec<Vec<f64>> = smooth
        .iter()
        .enumerate()
        .map(|(e, &k)| numbers(90 + e as u64, values[k].len(), -1.0, 1.0))
        .collect();
    let moved = |h: f64| {
        let mut inputs = inputs.clone();
        for (&k, direction) in floating.iter().zip(&directions) {
            inputs[k]
                .iter_mut()
                .zip(direction)
                .for_each(|(x, u)| *x += h * u);
        }
        let values = at(&value.schedule, &inputs);
        let weighted = smooth.iter().zip(&cotangents);
        weighted.map(|(&k, e)| dot(&values[k], e)).sum::<f64>()
    };
    let slope = |h: f64| (moved(h) - moved(-h)) / (2.0 * h);
    // Richardson: the error is of fourth order.
    let h = 1e-4;
    let wanted = match sample.gradient {
        Gradient::Constant => 0.0,
        _ => (4.0 * slope(h) - slope(2.0 * h)) / 3.0,
    };
    let all: Vec<Vec<f64>> = inputs.iter().chain(&cotangents).cloned().collect();
    let gradients = at(&vjp.schedule, &all);
    let found: f64 = gradients
        .iter()
        .zip(&directions)
        .map(|(g, u)| dot(g, u))
        .sum();
    let scale = 1.0 + wanted.abs();
    let constant = sample.gradient == Gradient::Constant;
    if (found - wanted).abs() > 1e-6 * scale {
        Some(format!("the gradient gives {found}, the slope is {wanted}"))
    } else if !constant && found == 0.0 {
        Some("the gradient is 0: the sample says nothing".into())
    } else {
        None
    }
}

#[test]
fn every_name_is_understood_and_its_gradient_is_the_slope() {
    let mut faults = Vec::new();
    for (k, sample) in samples().iter().enumerate() {
        if let Some(fault) = fault(sample, k as u64 + 1) {
            faults.push(format!("`{}` in `{}`: {fault}", sample.name, sample.item));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}
