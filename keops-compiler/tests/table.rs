//! The tables: every operation, composite and contraction against its meaning and its slopes.

mod common;

use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Contraction, Formula, Node, row_major};
use keops_compiler::notation;
use keops_compiler::table::{COMPOSITES, CONTRACTIONS, REDUCTIONS};
use keops_program::op::Op;

use common::{declare, difference, dot, oracle, run, sample};

/// The slope of a function between two near points; `None` where it is not smooth between them.
fn slope(f: &dyn Fn(f64) -> f64, x: f64) -> Option<f64> {
    let by = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    let h = 1e-5 * (1.0 + x.abs());
    let (near, far) = (by(h), by(3.0 * h));
    ((near - far).abs() <= 1e-4 * (1.0 + near.abs())).then_some(near)
}

#[test]
fn partials_of_operations_are_their_slopes() {
    for (number, &op) in Op::ALL.iter().enumerate() {
        let row = op.row();
        assert_eq!(row.partials.len(), row.arity, "{}", row.name);
        assert_eq!(row.domain.len(), row.arity, "{}", row.name);
        let mut formula = Formula::new();
        let letters = ["x", "y", "z"];
        let operands: Vec<Node> = letters[..row.arity]
            .iter()
            .map(|name| declare(&mut formula, name, Axis::Unit, &[]))
            .collect();
        let r = formula.op(op, &operands);
        let mut names: Vec<(&str, Node)> = letters.into_iter().zip(operands).collect();
        names.push(("r", r));
        let mut tried = 0;
        for point in 0..40 {
            let at: Vec<f64> = (0..row.arity)
                .map(|k| {
                    let (low, high) = row.domain[k];
                    sample(
                        1000 * number as u64 + 10 * point + k as u64 + 1,
                        1,
                        low,
                        high,
                    )[0]
                })
                .collect();
            let inputs: Vec<Vec<f64>> = at.iter().map(|&x| vec![x]).collect();
            for (k, partial) in row.partials.iter().enumerate() {
                let moved = |x: f64| {
                    let mut at = at.clone();
                    at[k] = x;
                    (row.eval)(&at)
                };
                let Some(wanted) = slope(&moved, at[k]) else {
                    continue;
                };
                let partial = notation::instantiate(&mut formula, partial, &names, Axis::Unit);
                let found = oracle::evaluate(&formula, partial, Axis::Unit, &inputs, (1, 1))[0];
                tried += 1;
                let close = (found - wanted).abs() <= 1e-5 * (1.0 + wanted.abs());
                assert!(
                    close,
                    "{} by operand {k} at {at:?}: {found}, not {wanted}",
                    row.name
                );
            }
        }
        assert!(
            tried > 20 * row.arity,
            "{}: hardly any point is smooth",
            row.name
        );
    }
}

#[test]
fn derivatives_of_composites_are_their_slopes() {
    for (number, composite) in COMPOSITES.iter().enumerate() {
        let mut formula = Formula::new();
        let operands: Vec<Node> = composite
            .operands
            .iter()
            .map(|name| declare(&mut formula, name, Axis::Unit, &[3]))
            .collect();
        let names: Vec<(&str, Node)> = composite
            .operands
            .iter()
            .copied()
            .zip(operands.iter().copied())
            .collect();
        let node = match composite.partials {
            [] => notation::instantiate(&mut formula, composite.definition, &names, Axis::Unit),
            partials => {
                assert_eq!(partials.len(), operands.len(), "{}", composite.name);
                formula.composite(number, &operands)
            }
        };
        let shape = formula.shape(node).to_vec();
        let e = declare(&mut formula, "e", Axis::Unit, &shape);
        let gradients = diff::gradients(&mut formula, &[(node, e)], &operands, Axes::NONE);
        let tangents: Vec<Node> = composite
            .operands
            .iter()
            .map(|name| declare(&mut formula, name, Axis::Unit, &[3]))
            .collect();
        let pairs: Vec<(Node, Node)> = operands.iter().copied().zip(tangents).collect();
        let change = diff::jvp(&mut formula, node, &pairs);
        let mut tried = 0;
        for point in 0..8 {
            let mut inputs: Vec<Vec<f64>> = (0..formula.variables().len())
                .map(|k| {
                    let count = common::count(&formula, k, (1, 1));
                    let seed = 100 * number as u64 + 10 * point + k as u64 + 1;
                    // Away from 0, of both signs.
                    let signs = sample(seed + 7777, count, -1.0, 1.0);
                    let sizes = sample(seed, count, 0.3, 3.0);
                    signs
                        .iter()
                        .zip(sizes)
                        .map(|(s, x)| x.copysign(*s))
                        .collect()
                })
                .collect();
            if let Some((low, high)) = composite.domain {
                let near = |x: f64| low + (high - low) * (x.abs() / 3.0);
                inputs.iter_mut().flatten().for_each(|x| *x = near(*x));
            }
            let all: Vec<Node> = [node, change]
                .into_iter()
                .chain(gradients.iter().copied())
                .collect();
            let wanted: Vec<(Node, Axis)> = all.iter().map(|&node| (node, Axis::Unit)).collect();
            let found = run(&mut formula, &wanted, &inputs, (1, 1));
            for (&node, found) in all.iter().zip(&found) {
                let wanted = oracle::evaluate(&formula, node, Axis::Unit, &inputs, (1, 1));
                let fault = difference(found, &wanted, 1e-13);
                assert!(
                    fault.is_none(),
                    "{}: {}",
                    composite.name,
                    fault.unwrap_or_default()
                );
            }
            let (e, tangents) = (&inputs[operands.len()], &inputs[operands.len() + 1..]);
            let (forward, mut reverse) = (dot(&found[1], e), 0.0);
            for (k, gradient) in found[2..].iter().enumerate() {
                reverse += dot(gradient, &tangents[k]);
                for at in 0..3 {
                    let moved = |x: f64| {
                        let mut inputs = inputs.clone();
                        inputs[k][at] = x;
                        dot(
                            &oracle::evaluate(&formula, node, Axis::Unit, &inputs, (1, 1)),
                            e,
                        )
                    };
                    let Some(wanted) = slope(&moved, inputs[k][at]) else {
                        continue;
                    };
                    tried += 1;
                    let close = (gradient[at] - wanted).abs() <= 1e-5 * (1.0 + wanted.abs());
                    assert!(
                        close,
                        "{} by {k} [{at}]: {}, not {wanted}",
                        composite.name, gradient[at]
                    );
                }
            }
            let close = (forward - reverse).abs() <= 1e-12 * (1.0 + reverse.abs());
            assert!(close, "{}: jvp {forward}, vjp {reverse}", composite.name);
        }
        assert!(
            tried > 12 * operands.len(),
            "{}: hardly any point is smooth",
            composite.name
        );
    }
}

#[test]
fn contractions_and_their_gradients() {
    for (number, row) in CONTRACTIONS.iter().enumerate() {
        // Written out, and in loops.
        for sizes in [[2, 3, 4], [9, 10, 3]] {
            // A run of indices is one where there are three at most, else none.
            let runs = row
                .indices
                .matches(|c: char| c.is_ascii_uppercase())
                .count();
            let text = match row.indices.len() - runs {
                0..=4 => row.indices.to_string(),
                _ => row.indices.replace(|c: char| c.is_ascii_uppercase(), ""),
            };
            let contraction = Contraction::parse(&text).expect("rows are index notation");
            let mut formula = Formula::new();
            let shape = |indices: &[u8]| -> Vec<u32> {
                indices.iter().map(|&k| sizes[k as usize]).collect()
            };
            let axes = [Axis::I, Axis::J];
            let operands: Vec<Node> = contraction
                .inputs
                .iter()
                .zip(axes)
                .map(|(indices, axis)| declare(&mut formula, "a", axis, &shape(indices)))
                .collect();
            let node = formula.contract(contraction.clone(), &operands);
            assert_eq!(
                formula.shape(node),
                shape(&contraction.output),
                "{}",
                row.indices
            );
            let sum = REDUCTIONS
                .iter()
                .position(|row| row.additive)
                .expect("the table has a sum");
            let bent = formula.op(Op::Sin, &[node]);
            let roots = [node, bent].map(|node| formula.reduce(sum, Axis::J, &[node]));
            let size = (2, 3);
            let e = declare(&mut formula, "e", Axis::I, &shape(&contraction.output));
            let gradients = diff::gradients(&mut formula, &[(roots[1], e)], &operands, Axes::NONE);
            let inputs: Vec<Vec<f64>> = (0..formula.variables().len())
                .map(|k| {
                    sample(
                        (10 * number + k + 1) as u64,
                        common::count(&formula, k, size),
                        -1.0,
                        1.0,
                    )
                })
                .collect();
            let mut wanted = vec![(roots[0], Axis::I), (roots[1], Axis::I)];
            wanted.extend(gradients.into_iter().zip(axes));
            let found = run(&mut formula, &wanted, &inputs, size);

            let naive = naive_contraction(&contraction, &sizes, &inputs, size);
            let fault = difference(&found[0], &naive, 1e-13);
            assert!(
                fault.is_none(),
                "{}: {}",
                row.indices,
                fault.unwrap_or_default()
            );
            for (k, gradient) in found[2..].iter().enumerate() {
                for at in 0..gradient.len() {
                    let moved = |x: f64| {
                        let mut inputs = inputs.clone();
                        inputs[k][at] = x;
                        dot(
                            &oracle::evaluate(&formula, roots[1], Axis::I, &inputs, size),
                            &inputs[2],
                        )
                    };
                    let slope = slope(&moved, inputs[k][at]).expect("a contraction is smooth");
                    let close = (gradient[at] - slope).abs() <= 1e-6 * (1.0 + slope.abs());
                    assert!(
                        close,
                        "{} by {k} [{at}]: {}, not {slope}",
                        row.indices, gradient[at]
                    );
                }
            }
        }
    }
}

/// Σ_j of a contraction of the rows i of the first array and j of the second.
fn naive_contraction(
    contraction: &Contraction,
    sizes: &[u32; 3],
    inputs: &[Vec<f64>],
    (m, n): (usize, usize),
) -> Vec<f64> {
    let shape =
        |indices: &[u8]| -> Vec<u32> { indices.iter().map(|&k| sizes[k as usize]).collect() };
    let place = |indices: &[u8], at: &[u32; 3]| -> usize {
        let strides = row_major(&shape(indices));
        indices
            .iter()
            .zip(strides)
            .map(|(&k, stride)| (at[k as usize] * stride) as usize)
            .sum()
    };
    let width = |indices: &[u8]| shape(indices).iter().product::<u32>() as usize;
    let used = |k: u8| contraction.inputs.iter().flatten().any(|&index| index == k);
    let range = |k: u8| 0..if used(k) { sizes[k as usize] } else { 1 };
    let out = width(&contraction.output);
    let mut sums = vec![0.0; m * out];
    for i in 0..m {
        for j in 0..n {
            for a in range(0) {
                for b in range(1) {
                    for c in range(2) {
                        let at = [a, b, c];
                        let mut product = 1.0;
                        for ((indices, row), data) in
                            contraction.inputs.iter().zip([i, j]).zip(inputs)
                        {
                            product *= data[row * width(indices) + place(indices, &at)];
                        }
                        sums[i * out + place(&contraction.output, &at)] += product;
                    }
                }
            }
        }
    }
    sums
}
