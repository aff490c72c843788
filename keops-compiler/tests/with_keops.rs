//! The operations that KeOps has too, against PyKeOps 2.3 (tools/golden/with_keops.py).

mod common;
#[allow(dead_code)]
#[path = "../../tests/corpus/reader.rs"]
mod reader;

use keops_compiler::calls::calls;
use keops_program::interpret::run_schedule;

use common::{Size, checked, rows};
use reader::{Numbers, numbers};

const TEXT: &str = include_str!("../../tests/golden/pykeops.txt");
const SIZE: Size = (7, 9);
const TOLERANCE: f64 = 1e-11;

/// A formula with what its numbers are made of.
struct Case {
    name: &'static str,
    seed: u64,
    low: f64,
    high: f64,
    item: &'static str,
}

fn cases() -> Vec<Case> {
    let mut name = "";
    let mut cases = Vec::new();
    for line in TEXT.lines() {
        if let Some(rest) = line.strip_prefix("case ") {
            name = rest;
        } else if let Some(rest) = line.strip_prefix("#! ") {
            let mut parts = rest.splitn(4, ' ');
            let mut next = || parts.next().expect("a seed, two bounds and an item");
            let (seed, low, high) = (next(), next(), next());
            cases.push(Case {
                name,
                seed: seed.parse().expect("a seed"),
                low: low.parse().expect("a bound"),
                high: high.parse().expect("a bound"),
                item: next(),
            });
        }
    }
    cases
}

#[test]
fn values_and_gradients_are_those_of_keops() {
    let golden = reader::read(TEXT);
    let (cases, mut faults) = (cases(), Vec::new());
    assert!(cases.len() > 50, "{} cases", cases.len());
    for case in &cases {
        let golden = &golden[case.name];
        let checked = match checked(case.item) {
            Ok(checked) => checked,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let calls = calls(&checked);
        let arguments = &calls.list[0].schedule.arguments;
        let mut inputs: Vec<Vec<f64>> = Vec::new();
        for (k, argument) in arguments.iter().enumerate() {
            let count = rows(argument.axis, SIZE) * argument.width() as usize;
            inputs.push(numbers(case.seed, k as u64, count, case.low, case.high));
        }
        let mut compare = |what: &str, wanted: &Numbers, found: &[f64]| {
            let fault = wanted.fault(case.seed, found, TOLERANCE);
            faults.extend(fault.map(|fault| format!("{}: {what}: {fault}", case.name)));
        };
        let value = run_schedule(&calls.list[0].schedule, &inputs, SIZE.0, SIZE.1);
        compare("value", &golden.values[0], &value[0]);
        if golden.gradients.is_empty() {
            continue;
        }
        inputs.push(numbers(case.seed, 100, value[0].len(), -1.0, 1.0));
        let vjp = calls
            .list
            .iter()
            .find(|call| call.of == Some(0) && call.method == "vjp");
        let vjp = vjp.expect("a value with a gradient");
        let gradients = run_schedule(&vjp.schedule, &inputs, SIZE.0, SIZE.1);
        for ((name, wanted), found) in golden.gradients.iter().zip(&gradients) {
            compare(name, wanted, found);
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
