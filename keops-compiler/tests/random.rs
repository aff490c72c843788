//! Random formulas: the schedule in the f64 interpreter is the formula, and so are its derivatives.

mod common;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Formula, Kind, Node};
use keops_compiler::table::REDUCTIONS;
use keops_program::op::Op;
use keops_program::program::Type;

use common::random::{Options, Random, Sample, formula};
use common::{Size, declare, difference, dot, oracle, run};

/// Relative to the largest entry. Products that are fused, and divisions by what is common, round
/// otherwise, and the conditioning of a random formula is what it is.
const TOLERANCE: f64 = 1e-9;

/// Runs a check for many seeds, with few steps first: what fails is as small as it gets.
fn for_seeds(seeds: u64, smooth: bool, check: impl Fn(&mut Formula, &[Node], u64)) {
    for_samples(seeds, smooth, |sample, seed| {
        check(&mut sample.formula, &sample.results, seed)
    });
}

fn for_samples(seeds: u64, smooth: bool, check: impl Fn(&mut Sample, u64)) {
    for seed in 0..seeds {
        for steps in [2, 4, 6, 9, 12, 16] {
            let mut sample = formula(seed, Options { steps, smooth });
            let shown = sample.results.iter().map(|&node| sample.formula.show(node));
            let shown: Vec<String> = shown.collect();
            let outcome = catch_unwind(AssertUnwindSafe(|| check(&mut sample, seed)));
            assert!(
                outcome.is_ok(),
                "seed {seed}, {steps} steps, of:\n{}",
                shown.join("\n")
            );
        }
    }
}

/// Numbers for every variable.
fn inputs(formula: &Formula, seed: u64, size: Size) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed ^ 0x5555);
    (0..formula.variables().len())
        .map(|k| {
            let label = formula.variables()[k].ty == Type::Label;
            let mut number = || {
                if label {
                    random.below(3) as f64
                } else {
                    random.number()
                }
            };
            (0..common::count(formula, k, size))
                .map(|_| number())
                .collect()
        })
        .collect()
}

#[track_caller]
fn agrees(formula: &mut Formula, wanted: &[(Node, Axis)], inputs: &[Vec<f64>], size: Size) {
    let found = run(formula, wanted, inputs, size);
    for (&(node, axis), found) in wanted.iter().zip(found) {
        let direct = oracle::evaluate(formula, node, axis, inputs, size);
        if let Some(fault) = difference(&found, &direct, TOLERANCE) {
            panic!("{} at {size:?}: {fault}", formula.show(node));
        }
    }
}

/// The floating variables, with the axes of their gradients.
fn floating(formula: &mut Formula) -> Vec<(Node, Axis)> {
    let numbers: Vec<u32> = (0..formula.variables().len() as u32).collect();
    let real = |&k: &u32| formula.variables()[k as usize].ty == Type::Real;
    let numbers: Vec<u32> = numbers.into_iter().filter(real).collect();
    let axis = |formula: &Formula, k: u32| formula.variables()[k as usize].axis;
    numbers
        .into_iter()
        .map(|k| (formula.variable(k), axis(formula, k)))
        .collect()
}

/// A cotangent for each result.
fn cotangents(formula: &mut Formula, results: &[Node]) -> Vec<(Node, Node)> {
    let declare = |node: Node, formula: &mut Formula| {
        let shape = formula.shape(node).to_vec();
        (node, declare(formula, "e_i", Axis::I, &shape))
    };
    results.iter().map(|&node| declare(node, formula)).collect()
}

#[test]
fn everything_is_tried_on_finite_numbers() {
    let (mut kinds, mut finite, mut all) = (BTreeSet::new(), 0, 0);
    for seed in 0..500 {
        let mut sample = formula(
            seed,
            Options {
                steps: 16,
                smooth: false,
            },
        );
        let wanted: Vec<(Node, Axis)> =
            sample.results.iter().map(|&node| (node, Axis::I)).collect();
        let inputs = inputs(&sample.formula, seed, (3, 5));
        let found = run(&mut sample.formula, &wanted, &inputs, (3, 5)).concat();
        finite += found.iter().filter(|x| x.is_finite()).count();
        all += found.len();
        for node in sample.formula.reachable(&sample.results) {
            kinds.insert(match sample.formula.kind(node) {
                Kind::Op(op) => op.row().name.to_string(),
                Kind::Reduce { reduction, .. } => REDUCTIONS[*reduction].name.to_string(),
                other => format!("{other:?}")
                    .split([' ', '('])
                    .next()
                    .unwrap_or_default()
                    .to_string(),
            });
        }
    }
    assert!(
        10 * finite > 9 * all,
        "{finite} of {all} numbers are finite"
    );
    let ops = Op::ALL.iter().map(|op| op.row().name);
    let reductions = (0..REDUCTIONS.len())
        .filter(|&k| oracle::knows(k))
        .map(|k| REDUCTIONS[k].name);
    let others = [
        "Real",
        "Integer",
        "Variable",
        "Position",
        "Composite",
        "Compare",
        "And",
        "Or",
        "Not",
    ];
    let more = ["Select", "Subtract", "ToReal", "Contract", "View", "Concat"];
    for name in ops.chain(reductions).chain(others).chain(more) {
        assert!(kinds.contains(name), "no random formula has `{name}`");
    }
}

#[test]
fn what_is_made_means_what_was_asked_for() {
    for_samples(250, false, |sample, seed| {
        let size = (2, 3);
        let inputs = inputs(&sample.formula, seed, size);
        for made in &sample.made {
            let (data, node) = (&made.data, made.node);
            assert_eq!(sample.formula.shape(node), data.shape, "{data:?}");
            let [asked, got] = oracle::compare(&sample.formula, data, node, &inputs, size);
            if let Some(fault) = difference(&got, &asked, TOLERANCE) {
                let of: Vec<String> = data
                    .operands
                    .iter()
                    .map(|&n| sample.formula.show(n))
                    .collect();
                panic!(
                    "{:?} of {of:?} as {}: {fault}",
                    data.kind,
                    sample.formula.show(node)
                );
            }
        }
    });
}

#[test]
fn schedules_mean_what_formulas_mean() {
    for_seeds(250, false, |formula, results, seed| {
        let wanted: Vec<(Node, Axis)> = results.iter().map(|&node| (node, Axis::I)).collect();
        for size in [(3, 5), (2, 66), (1, 0)] {
            let inputs = inputs(formula, seed, size);
            agrees(formula, &wanted, &inputs, size);
        }
    });
}

#[test]
fn schedules_of_gradients_mean_what_their_formulas_mean() {
    for_seeds(120, false, |formula, results, seed| {
        let variables = floating(formula);
        let roots = cotangents(formula, results);
        let nodes: Vec<Node> = variables.iter().map(|&(node, _)| node).collect();
        let gradients = diff::gradients(formula, &roots, &nodes, Axes::NONE);
        let wanted: Vec<(Node, Axis)> = gradients
            .into_iter()
            .zip(&variables)
            .map(|(node, &(_, axis))| (node, axis))
            .collect();
        for size in [(3, 5), (2, 66)] {
            let inputs = inputs(formula, seed, size);
            agrees(formula, &wanted, &inputs, size);
        }
    });
}

#[test]
fn forward_mode_agrees_with_reverse_mode() {
    for_seeds(120, false, |formula, results, seed| {
        let variables = floating(formula);
        let roots = cotangents(formula, results);
        let nodes: Vec<Node> = variables.iter().map(|&(node, _)| node).collect();
        let gradients = diff::gradients(formula, &roots, &nodes, Axes::NONE);
        let first = formula.variables().len();
        let mut tangents = Vec::new();
        for &(node, axis) in &variables {
            let shape = formula.shape(node).to_vec();
            tangents.push((node, declare(formula, "u", axis, &shape)));
        }
        let mut wanted: Vec<(Node, Axis)> = gradients
            .into_iter()
            .zip(&variables)
            .map(|(node, &(_, axis))| (node, axis))
            .collect();
        for &(root, _) in &roots {
            wanted.push((diff::jvp(formula, root, &tangents), Axis::I));
        }
        let inputs = inputs(formula, seed, (3, 5));
        let found = run(formula, &wanted, &inputs, (3, 5));
        let (gradients, changes) = found.split_at(variables.len());
        let reverse: f64 = gradients
            .iter()
            .zip(&inputs[first..])
            .map(|(g, u)| dot(g, u))
            .sum();
        let cotangents = &inputs[first - roots.len()..first];
        let forward: f64 = changes.iter().zip(cotangents).map(|(c, e)| dot(c, e)).sum();
        let fault = difference(&[forward], &[reverse], TOLERANCE);
        assert!(fault.is_none(), "jvp {forward}, vjp {reverse}");
    });
}

#[test]
fn second_derivatives_agree_in_both_modes() {
    for_seeds(40, false, |formula, results, seed| {
        let variables = floating(formula);
        let roots = cotangents(formula, results);
        let nodes: Vec<Node> = variables.iter().map(|&(node, _)| node).collect();
        let gradients = diff::gradients(formula, &roots, &nodes, Axes::NONE);
        let mut tangents = Vec::new();
        for &(node, axis) in &variables {
            let shape = formula.shape(node).to_vec();
            tangents.push((node, declare(formula, "u", axis, &shape)));
        }
        let along: Vec<(Node, Node)> = gradients
            .iter()
            .zip(&tangents)
            .map(|(&gradient, &(_, tangent))| (gradient, tangent))
            .collect();
        let reverse = diff::gradients(formula, &along, &nodes, Axes::NONE);
        let axes = variables.iter().map(|&(_, axis)| axis);
        let mut wanted: Vec<(Node, Axis)> = reverse.into_iter().zip(axes.clone()).collect();
        for (gradient, axis) in gradients.into_iter().zip(axes) {
            wanted.push((diff::jvp(formula, gradient, &tangents), axis));
        }
        let inputs = inputs(formula, seed, (2, 3));
        let found = run(formula, &wanted, &inputs, (2, 3));
        let (reverse, forward) = found.split_at(variables.len());
        for ((node, reverse), forward) in nodes.iter().zip(reverse).zip(forward) {
            if let Some(fault) = difference(reverse, forward, TOLERANCE) {
                panic!("by {}: {fault}", formula.show(*node));
            }
        }
    });
}

#[test]
fn gradients_are_slopes() {
    for_seeds(120, true, |formula, results, seed| {
        let variables = floating(formula);
        let roots = cotangents(formula, results);
        let nodes: Vec<Node> = variables.iter().map(|&(node, _)| node).collect();
        let gradients = diff::gradients(formula, &roots, &nodes, Axes::NONE);
        let wanted: Vec<(Node, Axis)> = gradients
            .into_iter()
            .zip(&variables)
            .map(|(node, &(_, axis))| (node, axis))
            .collect();
        let size = (2, 3);
        let inputs = inputs(formula, seed, size);
        let found = run(formula, &wanted, &inputs, size);
        let values: Vec<(Node, Axis)> = results.iter().map(|&node| (node, Axis::I)).collect();
        let value = common::planned(formula, &values);
        let first = formula.variables().len() - roots.len();
        let loss = |inputs: &[Vec<f64>]| -> f64 {
            let values = keops_program::interpret::run_schedule(&value, inputs, size.0, size.1);
            values
                .iter()
                .zip(&inputs[first..])
                .map(|(a, e)| dot(a, e))
                .sum()
        };
        // All variables at once, in a few directions.
        let mut random = Random::new(seed);
        for _ in 0..3 {
            let steps: Vec<Vec<f64>> = found
                .iter()
                .map(|g| g.iter().map(|_| random.number()).collect())
                .collect();
            let slope: f64 = found.iter().zip(&steps).map(|(g, s)| dot(g, s)).sum();
            let moved = |h: f64| {
                let mut inputs = inputs.clone();
                let mut steps = steps.iter();
                for (k, data) in inputs[..first].iter_mut().enumerate() {
                    if formula.variables()[k].ty == Type::Real {
                        let step = steps.next().expect("a step for every floating variable");
                        data.iter_mut().zip(step).for_each(|(x, s)| *x += h * s);
                    }
                }
                loss(&inputs)
            };
            let by = |h: f64| (moved(h) - moved(-h)) / (2.0 * h);
            // Four points: the error is of the fourth order.
            let wanted = (4.0 * by(1e-4) - by(2e-4)) / 3.0;
            let scale = 1.0 + slope.abs() + loss(&inputs).abs();
            assert!(
                (slope - wanted).abs() <= 1e-6 * scale,
                "{slope}, by differences {wanted}"
            );
        }
    });
}
