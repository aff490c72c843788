//! Gradients of reductions that select: for the rows of the same axis they look at the selected columns
//! alone, and are the slopes.

mod common;

use keops_compiler::calls::{Calls, calls};
use keops_compiler::formula::Axis;
use keops_program::interpret::run_schedule;
use keops_program::schedule::{Kind, Schedule};

use common::{checked, sample, sound};

/// The rows of both clouds; of the second also fewer than the longest list has entries.
const SIZES: [(usize, usize); 3] = [(7, 80), (7, 2), (5, 0)];

/// The step of a central difference.
const STEP: f64 = 1e-6;

/// Formulas, and in how many passes their gradient by x_i meets selected columns.
const FORMULAS: &[(&str, usize)] = &[
    ("min_j(|x_i - y_j|^2)", 1),
    ("kmin_j(3, |x_i - y_j|^2 * g)", 1),
    ("kmax_j(10, dot(x_i, y_j))", 1),
    ("min_j(x_i * y_j)", 1),
    ("kmin_j(3, square(x_i - y_j))", 1),
    ("sum(kmin_j(3, exp(-|x_i - y_j|^2)))", 1),
    ("kmin_j(3, if i != j { |x_i - y_j|^2 } else { inf })", 1),
    ("log(1 + kmin_j(3, |x_i - y_j|^2)) * x_i[0]", 1),
    // Different selections: a pass each.
    ("(min_j(|x_i - y_j|^2), kmax_j(2, x_i[0] * y_j[1]))", 2),
    ("(kmin_j(3, |x_i - y_j|^2), sum_j exp(-|x_i - y_j|^2))", 1),
    (
        "let (d, k) = kmin_argkmin_j(3, |x_i - y_j|^2); d * float(k)",
        1,
    ),
];

fn of(text: &str) -> Calls {
    let text = format!("#[keops(order = 2)] fn f<T>(x_i: [T; 2], y_j: [T; 2], g: T) {{ {text} }}");
    calls(&checked(&text).unwrap_or_else(|fault| panic!("{fault}")))
}

fn call<'c>(calls: &'c Calls, of: Option<usize>, method: &str) -> (usize, &'c Schedule) {
    let mut list = calls.list.iter().enumerate();
    let found = list.find(|(_, call)| call.of == of && call.method == method);
    let (number, call) = found.unwrap_or_else(|| panic!("no {method}"));
    sound(&call.schedule);
    (number, &call.schedule)
}

/// Passes that meet selected columns of j.
fn gathers(schedule: &Schedule) -> usize {
    let of_j = |kind| matches!(kind, Kind::Gather { axis: Axis::J, .. });
    schedule
        .passes
        .iter()
        .filter(|pass| of_j(pass.kind))
        .count()
}

/// The slope of Σ e·f in every component of an input.
fn slopes(
    schedule: &Schedule,
    inputs: &[Vec<f64>],
    by: usize,
    e: &[Vec<f64>],
    (m, n): (usize, usize),
) -> Vec<f64> {
    let mut inputs = inputs.to_vec();
    let mut loss = |by: usize, k: usize, step: f64| {
        inputs[by][k] += step;
        let results = run_schedule(schedule, &inputs, m, n);
        inputs[by][k] -= step;
        // Labels among the results have no cotangent.
        results
            .iter()
            .zip(e)
            .map(|(a, e)| {
                let pairs = a.iter().zip(e).filter(|(a, _)| a.is_finite());
                pairs.map(|(a, e)| a * e).sum::<f64>()
            })
            .sum::<f64>()
    };
    (0..[2 * m, 2 * n, 1][by])
        .map(|k| (loss(by, k, STEP) - loss(by, k, -STEP)) / (2.0 * STEP))
        .collect()
}

#[test]
fn gradients_meet_selected_columns_and_are_the_slopes() {
    for &(text, passes) in FORMULAS {
        let calls = of(text);
        let (value, schedule) = call(&calls, None, "");
        let (gradient, by_x) = call(&calls, Some(value), "grad_x");
        assert_eq!(gathers(by_x), passes, "{text}:\n{by_x}");
        // Where a list is too short, these have infinite results.
        let mixes = text.starts_with("sum(") || text.starts_with("log(");
        for size in SIZES.into_iter().filter(|size| size.1 >= 3 || !mixes) {
            let (m, n) = size;
            let mut inputs = vec![
                sample(1, 2 * m, -1.0, 1.0),
                sample(2, 2 * n, -1.0, 1.0),
                vec![1.5],
            ];
            let given = calls.list[gradient].given.iter();
            let e: Vec<Vec<f64>> = given
                .enumerate()
                .map(|(k, datum)| sample(9 + k as u64, m * datum.width() as usize, -1.0, 1.0))
                .collect();
            for (by, name) in ["x", "y", "g"].iter().enumerate() {
                let wanted = slopes(schedule, &inputs, by, &e, size);
                let (_, gradient) = call(&calls, Some(value), &format!("grad_{name}"));
                let before = inputs.len();
                inputs.extend(e.iter().cloned());
                let found = run_schedule(gradient, &inputs, m, n).remove(0);
                inputs.truncate(before);
                close(&format!("{text} by {name}, {size:?}"), &found, &wanted);
            }
        }
    }
}

#[test]
fn gradients_of_gradients_meet_selected_columns() {
    let alone = FORMULAS.iter().filter(|(text, _)| !text.starts_with('('));
    for &(text, passes) in alone {
        let calls = of(text);
        let size = (6, 40);
        let (m, n) = size;
        let (value, _) = call(&calls, None, "");
        let (first, gradient) = call(&calls, Some(value), "grad_x");
        let (_, second) = call(&calls, Some(first), "grad_x");
        assert!(
            gathers(second) >= passes || second.passes.len() < 2,
            "{text}:\n{second}"
        );
        let width = calls.list[first].given[0].width() as usize;
        let mut inputs = vec![
            sample(1, 2 * m, -1.0, 1.0),
            sample(2, 2 * n, -1.0, 1.0),
            vec![1.5],
            sample(3, width * m, -1.0, 1.0),
        ];
        let u = sample(4, 2 * m, -1.0, 1.0);
        let wanted = slopes(gradient, &inputs, 0, std::slice::from_ref(&u), size);
        inputs.push(u);
        let found = run_schedule(second, &inputs, m, n).remove(0);
        close(text, &found, &wanted);
    }
}

#[test]
fn two_components_that_select_one_column_meet_it_once() {
    // Both components are smallest at the same column.
    let calls = of("min_j(x_i * y_j)");
    let (value, _) = call(&calls, None, "");
    let (_, gradient) = call(&calls, Some(value), "grad_x");
    let inputs = [
        vec![1.0, 2.0],
        vec![0.5, 0.25, -3.0, -5.0, 1.0, 0.0],
        vec![1.0],
        vec![10.0, 100.0],
    ];
    let found = run_schedule(gradient, &inputs, 1, 3).remove(0);
    assert_eq!(found, [-30.0, -500.0]);
}

fn close(what: &str, found: &[f64], wanted: &[f64]) {
    let fault = common::difference(found, wanted, 1e-7);
    assert!(fault.is_none(), "{what}: {}", fault.unwrap_or_default());
}
