//! The tables: every row against its own derivative, its meaning, and its documented singular values.

mod common;

use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Contraction, Formula, Node, row_major};
use keops_compiler::notation;
use keops_compiler::table::{COMPOSITES, CONTRACTIONS, REDUCTIONS};
use keops_program::interpret::{Arrays, run_block};
use keops_program::op::Op;
use keops_program::program::{Class, Program, Source, Type};

use common::{checked, declare, difference, dot, oracle, planned, run};

/// Repeatable numbers between two bounds.
fn sample(seed: u64, count: usize, low: f64, high: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(|_| low + (high - low) * next()).collect()
}

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
        let operands: Vec<Node> =
            letters[..row.arity].iter().map(|name| declare(&mut formula, name, Axis::Unit, &[])).collect();
        let r = formula.op(op, &operands);
        let mut names: Vec<(&str, Node)> = letters.into_iter().zip(operands).collect();
        names.push(("r", r));
        let mut tried = 0;
        for point in 0..40 {
            let at: Vec<f64> = (0..row.arity)
                .map(|k| {
                    let (low, high) = row.domain[k];
                    sample(1000 * number as u64 + 10 * point + k as u64 + 1, 1, low, high)[0]
                })
                .collect();
            let inputs: Vec<Vec<f64>> = at.iter().map(|&x| vec![x]).collect();
            for (k, partial) in row.partials.iter().enumerate() {
                let moved = |x: f64| {
                    let mut at = at.clone();
                    at[k] = x;
                    (row.eval)(&at)
                };
                let Some(wanted) = slope(&moved, at[k]) else { continue };
                let partial = notation::instantiate(&mut formula, partial, &names, Axis::Unit);
                let found = oracle::evaluate(&formula, partial, Axis::Unit, &inputs, (1, 1))[0];
                tried += 1;
                let close = (found - wanted).abs() <= 1e-5 * (1.0 + wanted.abs());
                assert!(close, "{} by operand {k} at {at:?}: {found}, not {wanted}", row.name);
            }
        }
        assert!(tried > 20 * row.arity, "{}: hardly any point is smooth", row.name);
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
        let names: Vec<(&str, Node)> =
            composite.operands.iter().copied().zip(operands.iter().copied()).collect();
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
        let tangents: Vec<Node> =
            composite.operands.iter().map(|name| declare(&mut formula, name, Axis::Unit, &[3])).collect();
        let pairs: Vec<(Node, Node)> = operands.iter().copied().zip(tangents).collect();
        let change = diff::jvp(&mut formula, node, &pairs);
        let mut tried = 0;
        for point in 0..8 {
            let inputs: Vec<Vec<f64>> = (0..formula.variables().len())
                .map(|k| {
                    let count = common::count(&formula, k, (1, 1));
                    let seed = 100 * number as u64 + 10 * point + k as u64 + 1;
                    // Away from 0, of both signs.
                    let signs = sample(seed + 7777, count, -1.0, 1.0);
                    let sizes = sample(seed, count, 0.3, 3.0);
                    signs.iter().zip(sizes).map(|(s, x)| x.copysign(*s)).collect()
                })
                .collect();
            let all: Vec<Node> = [node, change].into_iter().chain(gradients.iter().copied()).collect();
            let wanted: Vec<(Node, Axis)> = all.iter().map(|&node| (node, Axis::Unit)).collect();
            let found = run(&mut formula, &wanted, &inputs, (1, 1));
            for (&node, found) in all.iter().zip(&found) {
                let wanted = oracle::evaluate(&formula, node, Axis::Unit, &inputs, (1, 1));
                let fault = difference(found, &wanted, 1e-13);
                assert!(fault.is_none(), "{}: {}", composite.name, fault.unwrap_or_default());
            }
            let (e, tangents) = (&inputs[operands.len()], &inputs[operands.len() + 1..]);
            let (forward, mut reverse) = (dot(&found[1], e), 0.0);
            for (k, gradient) in found[2..].iter().enumerate() {
                reverse += dot(gradient, &tangents[k]);
                for at in 0..3 {
                    let moved = |x: f64| {
                        let mut inputs = inputs.clone();
                        inputs[k][at] = x;
                        dot(&oracle::evaluate(&formula, node, Axis::Unit, &inputs, (1, 1)), e)
                    };
                    let Some(wanted) = slope(&moved, inputs[k][at]) else { continue };
                    tried += 1;
                    let close = (gradient[at] - wanted).abs() <= 1e-5 * (1.0 + wanted.abs());
                    assert!(close, "{} by {k} [{at}]: {}, not {wanted}", composite.name, gradient[at]);
                }
            }
            let close = (forward - reverse).abs() <= 1e-12 * (1.0 + reverse.abs());
            assert!(close, "{}: jvp {forward}, vjp {reverse}", composite.name);
        }
        assert!(tried > 12 * operands.len(), "{}: hardly any point is smooth", composite.name);
    }
}

/// A formula of one pair at a point: its value, and its gradient by `x_i` for the cotangent 1 (2, 3, …
/// for further components).
#[track_caller]
fn at_point(body: &str, x: &[f64], value: &[f64], gradient: &[f64]) {
    let ty = if x.len() == 1 { "T".to_string() } else { format!("[T; {}]", x.len()) };
    let checked = checked(&format!("fn f<T>(x_i: {ty}, y_j: T) {{ {body} }}")).unwrap_or_else(|e| panic!("{e}"));
    let (mut formula, root) = (checked.formula, checked.results[0].node);
    let shape = formula.shape(root).to_vec();
    let e = declare(&mut formula, "e_i", Axis::I, &shape);
    let variable = formula.variable(0);
    let g = diff::gradients(&mut formula, &[(root, e)], &[variable], Axes::NONE)[0];
    let shape = formula.shape(variable).to_vec();
    let tangent = declare(&mut formula, "u_i", Axis::I, &shape);
    let change = diff::jvp(&mut formula, root, &[(variable, tangent)]);
    let cotangent: Vec<f64> = (1..=value.len()).map(|k| k as f64).collect();
    let direction: Vec<f64> = (1..=x.len()).map(|k| 0.5 + k as f64).collect();
    let inputs = [x.to_vec(), vec![1.0], cotangent.clone(), direction.clone()];
    let wanted = [(root, Axis::I), (g, Axis::I), (change, Axis::I)];
    let found = run(&mut formula, &wanted, &inputs, (1, 1));
    for (what, found, wanted) in [("value", &found[0], value), ("gradient", &found[1], gradient)] {
        let fault = difference(found, wanted, 1e-14);
        assert!(fault.is_none(), "{body} at {x:?}: {what}: {}", fault.unwrap_or_default());
    }
    let (forward, reverse) = (dot(&found[2], &cotangent), dot(gradient, &direction));
    let fault = difference(&[forward], &[reverse], 1e-14);
    assert!(fault.is_none(), "{body} at {x:?}: jvp {forward}, vjp {reverse}");
}

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

#[test]
fn roots_and_norms_at_zero() {
    at_point("sum_j sqrt(x_i)", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j rsqrt(x_i)", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j 1 / sqrt(x_i)", &[0.0], &[INF], &[NAN]);
    at_point("sum_j |x_i|", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j |x_i|", &[0.0, 0.0, 0.0], &[0.0], &[0.0, 0.0, 0.0]);
    at_point("sum_j norm(x_i)", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point("sum_j normalize(x_i)", &[0.0, 0.0], &[0.0, 0.0], &[0.0, 0.0]);
    at_point("sum_j |x_i|^3", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point("sum_j |x_i|^1.5", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point("sum_j exp(-|x_i|)", &[0.0, 0.0], &[1.0], &[0.0, 0.0]);
}

#[test]
fn powers_at_zero() {
    at_point("sum_j x_i^0", &[0.0], &[1.0], &[0.0]);
    at_point("sum_j x_i^2", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j x_i^1.5", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j x_i^0.5", &[-1.0], &[NAN], &[NAN]);
    at_point("sum_j y_j^x_i", &[0.0], &[1.0], &[0.0]);
    at_point("sum_j 0^x_i", &[0.0], &[1.0], &[0.0]);
}

#[test]
fn steps_and_rounding() {
    at_point("sum_j sign(x_i)", &[0.0, -2.0, 3.0], &[0.0, -1.0, 1.0], &[0.0; 3]);
    at_point("sum_j step(x_i)", &[0.0, -2.0, 3.0], &[1.0, 0.0, 1.0], &[0.0; 3]);
    at_point("sum_j floor(x_i)", &[-0.5, 2.0, 2.9], &[-1.0, 2.0, 2.0], &[0.0; 3]);
    at_point("sum_j round(x_i)", &[0.5, -0.5, 2.5], &[1.0, -1.0, 3.0], &[0.0; 3]);
    at_point("sum_j mod(x_i, 3)", &[-1.0, 4.0], &[2.0, 1.0], &[1.0, 2.0]);
    at_point("sum_j mod(7, x_i)", &[-3.0, 2.0], &[-2.0, 1.0], &[3.0, -6.0]);
}

#[test]
fn kinks() {
    at_point("sum_j relu(x_i)", &[0.0, NAN, 2.0], &[0.0, 0.0, 2.0], &[0.0, 0.0, 3.0]);
    at_point("sum_j clamp(x_i, -1, 2)", &[-1.0, 2.0, 3.0], &[-1.0, 2.0, 2.0], &[1.0, 2.0, 0.0]);
    at_point("sum_j clamp(x_i, -1, 2)", &[-2.0, 0.5], &[-1.0, 0.5], &[0.0, 2.0]);
    at_point("sum_j min(x_i, y_j)", &[1.0, 0.5, 2.0], &[1.0, 0.5, 1.0], &[0.5, 2.0, 0.0]);
    at_point("sum_j max(x_i, y_j)", &[1.0, 0.5, 2.0], &[1.0, 1.0, 2.0], &[0.5, 0.0, 3.0]);
    at_point("sum_j min(x_i, y_j)", &[NAN, 0.5], &[1.0, 0.5], &[0.0, 2.0]);
    at_point("sum_j max(x_i, y_j)", &[NAN, 3.0], &[1.0, 3.0], &[0.0, 2.0]);
    at_point("sum_j ifelse(x_i, 2 * x_i, 5 * x_i)", &[0.0, -1.0], &[0.0, -5.0], &[2.0, 10.0]);
}

#[test]
fn a_branch_not_taken_reaches_nothing() {
    at_point("sum_j if x_i > 0 { log(x_i) } else { 0 }", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j if x_i > 0 { log(x_i) } else { 0 }", &[-1.0], &[0.0], &[0.0]);
    at_point("sum_j if x_i != 0 { sin(x_i) / x_i } else { 1 }", &[0.0], &[1.0], &[0.0]);
    at_point("sum_j if x_i > 0 { x_i * log(x_i) } else { 0 }", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j if x_i < 1 { sqrt(1 - x_i) } else { x_i }", &[2.0], &[2.0], &[1.0]);
    at_point("sum_j if x_i < 9 { x_i } else { exp(exp(x_i)) }", &[8.0], &[8.0], &[1.0]);
    at_point("sum_j if x_i > 0 { 1 / x_i } else { x_i }", &[0.0, 2.0], &[0.0, 0.5], &[1.0, -0.5]);
    at_point("sum_j ifelse(x_i, 3, rsqrt(x_i) * log(x_i))", &[0.0], &[3.0], &[0.0]);
    at_point(
        "let d = x_i / x_i; sum_j if x_i[0] == 0 { 1 } else { dot(d, log(x_i)) }",
        &[0.0, 0.0],
        &[1.0],
        &[0.0, 0.0],
    );
    at_point("min_j(if x_i > 0 { log(x_i) } else { 5 })", &[-1.0], &[5.0], &[0.0]);
    at_point("sum_j if x_i > 0 { pow(x_i, x_i) } else { 2 }", &[-0.5], &[2.0], &[0.0]);
}

#[test]
fn second_derivatives_at_singular_points() {
    at_point("sum_j grad(if x_i > 0 { sqrt(x_i) } else { x_i }, x_i)", &[-1.0], &[1.0], &[0.0]);
    at_point("sum_j grad(if x_i > 0 { log(x_i) } else { x_i^2 }, x_i)", &[0.0], &[0.0], &[2.0]);
    at_point("sum_j grad(if x_i > 0 { pow(x_i, 0.5) } else { 0 }, x_i)", &[-1.0], &[0.0], &[0.0]);
    at_point("sum_j grad(|x_i|, x_i)", &[0.0, 0.0], &[0.0, 0.0], &[0.0, 0.0]);
    at_point("sum_j grad(|x_i|^3, x_i)", &[0.0, 0.0], &[0.0, 0.0], &[0.0, 0.0]);
    at_point("sum_j laplacian(|x_i|, x_i)", &[0.0, 0.0, 0.0], &[0.0], &[0.0, 0.0, 0.0]);
    at_point("sum_j grad(relu(x_i)^2, x_i)", &[0.0], &[0.0], &[0.0]);
}

#[test]
fn reductions_without_an_entry() {
    at_point("min_j(x_i / 0)", &[NAN], &[INF], &[0.0]);
    at_point("max_j(x_i * y_j)", &[NAN], &[f64::NEG_INFINITY], &[0.0]);
    at_point("min_j(if y_j < 0 { x_i } else { inf })", &[2.0], &[INF], &[0.0]);
    at_point("logsumexp_j(if y_j < 0 { x_i } else { -inf })", &[2.0], &[-INF], &[0.0]);
    at_point("logsumexp_j(x_i - inf)", &[2.0], &[-INF], &[0.0]);
    at_point("logsumexp_j(x_i, 0 * y_j)", &[2.0], &[-INF], &[0.0]);
}

#[test]
fn ties_go_to_the_first() {
    let item = "fn f<T>(x_i: T, y_j: T) { (min_argmin_j(x_i * y_j), max_argmax_j(x_i * y_j)) }";
    let checked = checked(item).unwrap_or_else(|fault| panic!("{fault}"));
    let (mut formula, results) = (checked.formula, checked.results);
    let e = declare(&mut formula, "e_i", Axis::I, &[]);
    let mut wanted: Vec<(Node, Axis)> = results.iter().map(|result| (result.node, Axis::I)).collect();
    let y = formula.variable(1);
    for k in [0, 2] {
        let root = (results[k].node, e);
        let gradient = diff::gradients(&mut formula, &[root], &[y], Axes::NONE)[0];
        wanted.push((gradient, Axis::J));
    }
    let inputs = [vec![1.0], vec![3.0, NAN, 2.0, 3.0, 2.0], vec![7.0]];
    let found = run(&mut formula, &wanted, &inputs, (1, 5));
    let least = [0.0, 0.0, 7.0, 0.0, 0.0];
    let most = [7.0, 0.0, 0.0, 0.0, 0.0];
    let all: [&[f64]; 6] = [&[2.0], &[2.0], &[3.0], &[0.0], &least, &most];
    for (found, wanted) in found.iter().zip(all) {
        assert_eq!(found, wanted);
    }
}

#[test]
fn contractions_and_their_gradients() {
    for (number, row) in CONTRACTIONS.iter().enumerate() {
        // Written out, and in loops.
        for sizes in [[2, 3, 4], [9, 10, 3]] {
            let contraction = Contraction::parse(row.indices).expect("rows are index notation");
            let mut formula = Formula::new();
            let shape = |indices: &[u8]| -> Vec<u32> { indices.iter().map(|&k| sizes[k as usize]).collect() };
            let axes = [Axis::I, Axis::J];
            let operands: Vec<Node> = contraction
                .inputs
                .iter()
                .zip(axes)
                .map(|(indices, axis)| declare(&mut formula, "a", axis, &shape(indices)))
                .collect();
            let node = formula.contract(contraction.clone(), &operands);
            assert_eq!(formula.shape(node), shape(&contraction.output), "{}", row.indices);
            let sum = REDUCTIONS.iter().position(|row| row.additive).expect("the table has a sum");
            let bent = formula.op(Op::Sin, &[node]);
            let roots = [node, bent].map(|node| formula.reduce(sum, Axis::J, &[node]));
            let size = (2, 3);
            let e = declare(&mut formula, "e", Axis::I, &shape(&contraction.output));
            let gradients = diff::gradients(&mut formula, &[(roots[1], e)], &operands, Axes::NONE);
            let inputs: Vec<Vec<f64>> = (0..formula.variables().len())
                .map(|k| sample((10 * number + k + 1) as u64, common::count(&formula, k, size), -1.0, 1.0))
                .collect();
            let mut wanted = vec![(roots[0], Axis::I), (roots[1], Axis::I)];
            wanted.extend(gradients.into_iter().zip(axes));
            let found = run(&mut formula, &wanted, &inputs, size);

            let naive = naive_contraction(&contraction, &sizes, &inputs, size);
            let fault = difference(&found[0], &naive, 1e-13);
            assert!(fault.is_none(), "{}: {}", row.indices, fault.unwrap_or_default());
            for (k, gradient) in found[2..].iter().enumerate() {
                for at in 0..gradient.len() {
                    let moved = |x: f64| {
                        let mut inputs = inputs.clone();
                        inputs[k][at] = x;
                        dot(&oracle::evaluate(&formula, roots[1], Axis::I, &inputs, size), &inputs[2])
                    };
                    let slope = slope(&moved, inputs[k][at]).expect("a contraction is smooth");
                    let close = (gradient[at] - slope).abs() <= 1e-6 * (1.0 + slope.abs());
                    assert!(close, "{} by {k} [{at}]: {}, not {slope}", row.indices, gradient[at]);
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
    let shape = |indices: &[u8]| -> Vec<u32> { indices.iter().map(|&k| sizes[k as usize]).collect() };
    let place = |indices: &[u8], at: &[u32; 3]| -> usize {
        let strides = row_major(&shape(indices));
        indices.iter().zip(strides).map(|(&k, stride)| (at[k as usize] * stride) as usize).sum()
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
                        for ((indices, row), data) in contraction.inputs.iter().zip([i, j]).zip(inputs) {
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

/// Terms of every kind, in twos for a second operand.
fn terms() -> Vec<Vec<f64>> {
    vec![
        vec![0.5, -1.0, 3.0, 3.0, -1.0, 2.0, 0.25],
        vec![1e3, -1e3, 1e3, 0.0, 7.0, 900.0, -2.0],
        vec![f64::NEG_INFINITY, 2.0, f64::NEG_INFINITY, 1.0, 2.0, 0.0, -3.0],
        vec![f64::NEG_INFINITY; 7],
        vec![INF, INF, 2.0, INF, 4.0, 2.0, INF],
        vec![INF; 4],
        vec![2.0, -0.0, 0.0, 1e-300],
        vec![4.0],
        vec![],
    ]
}

/// One reduction of the rows j of one array (and another, of weights).
fn reduction_program(reduction: usize) -> Program {
    let row = &REDUCTIONS[reduction];
    let mut formula = Formula::new();
    let operands: Vec<Node> =
        row.operands.iter().map(|name| declare(&mut formula, name, Axis::J, &[])).collect();
    let node = formula.reduce(reduction, Axis::J, &operands);
    let schedule = planned(&mut formula, &[(node, Axis::Unit)]);
    assert_eq!(schedule.passes.len(), 1, "{}", row.name);
    schedule.passes[0].program.clone()
}

/// The result of a reduction whose columns are cut into blocks of these lengths.
fn reduced(program: &Program, operands: &[Vec<f64>], blocks: &[usize]) -> f64 {
    let init: Vec<f64> = program.state.iter().map(|slot| slot.init).collect();
    let mut arrays = Arrays {
        inputs: vec![&[]; program.inputs.len()],
        param: vec![NAN; program.param_slots.len()],
        row: vec![NAN; program.row_slots.len()],
        column: vec![NAN; program.column_slots.len()],
        state: init.clone(),
        other: init.clone(),
        outputs: vec![vec![NAN]],
    };
    run_block(&program.param, &mut arrays);
    run_block(&program.row, &mut arrays);
    let (mut total, mut column) = (init.clone(), 0);
    for &block in blocks {
        arrays.state.clone_from(&init);
        for _ in 0..block {
            let position = [column as f64];
            let mut one = Arrays { inputs: Vec::new(), ..arrays.clone() };
            one.inputs = program
                .inputs
                .iter()
                .map(|input| match (input.class, input.source) {
                    (Class::Column, Source::Argument(k)) => &operands[k as usize][column..][..1],
                    (Class::Column, Source::Position) => &position[..],
                    other => panic!("what a reduction reads: {other:?}"),
                })
                .collect();
            run_block(&program.column, &mut one);
            run_block(&program.update, &mut one);
            arrays.state.clone_from(&one.state);
            column += 1;
        }
        arrays.other.clone_from(&arrays.state);
        arrays.state.clone_from(&total);
        run_block(&program.merge, &mut arrays);
        total.clone_from(&arrays.state);
    }
    arrays.state = total;
    run_block(&program.finish, &mut arrays);
    arrays.outputs[0][0]
}

#[test]
fn every_split_of_the_columns_reduces_to_the_same() {
    for (number, row) in REDUCTIONS.iter().enumerate() {
        let program = reduction_program(number);
        for terms in terms() {
            let n = terms.len();
            let operands: Vec<Vec<f64>> = (0..row.operands.len())
                .map(|k| if k == 0 { terms.clone() } else { sample(5, n, 0.5, 2.0) })
                .collect();
            let wanted = oracle::reduce(row.name, &operands);
            // Bit k of `cuts`: a block ends after column k.
            for cuts in 0..1_u32 << n.saturating_sub(1) {
                let mut blocks = vec![0];
                for k in 0..n {
                    *blocks.last_mut().expect("there is one") += 1;
                    if cuts >> k & 1 == 1 {
                        blocks.extend([0, 0]);
                    }
                }
                let found = reduced(&program, &operands, &blocks);
                let fault = difference(&[found], &[wanted], 1e-14);
                let fault = fault.unwrap_or_default();
                assert!(fault.is_empty(), "{} of {terms:?} in {blocks:?}: {fault}", row.name);
            }
        }
    }
}

#[test]
fn nan_goes_through_sums_and_is_never_selected() {
    let terms = [3.0, NAN, 1.0, 2.0];
    for (number, row) in REDUCTIONS.iter().enumerate() {
        let program = reduction_program(number);
        let operands: Vec<Vec<f64>> =
            (0..row.operands.len()).map(|k| if k == 0 { terms.to_vec() } else { vec![1.0; 4] }).collect();
        for blocks in [&[4][..], &[1, 1, 2], &[2, 2]] {
            let found = reduced(&program, &operands, blocks);
            assert_eq!(found.is_nan(), !row.selects, "{} in {blocks:?}: {found}", row.name);
            if row.selects {
                assert_eq!(found, oracle::reduce(row.name, &operands), "{} in {blocks:?}", row.name);
            }
            assert_eq!(row.ty == Type::Index, row.name.starts_with("arg"), "{}", row.name);
        }
    }
}

#[test]
fn sums_of_many_equal_terms_lose_nothing() {
    let sum = REDUCTIONS.iter().position(|row| row.additive).expect("the table has a sum");
    let program = reduction_program(sum);
    // Added one by one, each term would vanish beside the first.
    let mut terms = vec![1e-16; 64 * 200];
    terms[0] = 1.0;
    let mut blocks = vec![1; 64 * 200];
    let found = reduced(&program, &[terms.clone()], &blocks);
    assert_eq!(found, 1.0 + 1e-16 * (64.0 * 200.0 - 1.0));
    blocks = vec![64; 200];
    let found = reduced(&program, &[terms], &blocks);
    assert!((found - (1.0 + 1.28e-12)).abs() < 1e-14, "{found}");
}
