//! Reductions: what they mean, however the columns are cut into blocks.

mod common;

use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Formula, Node};
use keops_compiler::table::REDUCTIONS;
use keops_program::interpret::{Arrays, run_block};
use keops_program::program::{Class, Comparison, Program, Source, Type};

use common::{declare, difference, oracle, planned, run, sample};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// Terms of every kind.
fn terms() -> Vec<Vec<f64>> {
    vec![
        vec![0.5, -1.0, 3.0, 3.0, -1.0, 2.0, 0.25],
        vec![1e3, -1e3, 1e3, 0.0, 7.0, 900.0, -2.0],
        vec![
            f64::NEG_INFINITY,
            2.0,
            f64::NEG_INFINITY,
            1.0,
            2.0,
            0.0,
            -3.0,
        ],
        vec![f64::NEG_INFINITY; 7],
        vec![INF, INF, 2.0, INF, 4.0, 2.0, INF],
        vec![INF; 4],
        vec![2.0, -0.0, 0.0, 1e-300],
        vec![4.0],
        vec![],
    ]
}

/// How many entries lists are to have: one, a few, more than are written out.
fn entries(reduction: usize) -> &'static [u32] {
    if REDUCTIONS[reduction].list.is_some() {
        &[1, 2, 9]
    } else {
        &[0]
    }
}

/// What the oracle says.
fn wanted(reduction: usize, entries: u32, operands: &[Vec<f64>]) -> Vec<f64> {
    let name = REDUCTIONS[reduction].name;
    match entries {
        0 => vec![oracle::reduce(name, operands)],
        _ => oracle::reduce_list(name, entries as usize, &operands[0]),
    }
}

/// One reduction of the rows j of one array (and another, of weights).
fn reduction_program(reduction: usize, entries: u32) -> Program {
    let row = &REDUCTIONS[reduction];
    let mut formula = Formula::new();
    let operands: Vec<Node> = row
        .operands
        .iter()
        .map(|name| declare(&mut formula, name, Axis::J, &[]))
        .collect();
    let node = formula.reduce_list(reduction, (Axis::J, entries), &operands);
    let schedule = planned(&mut formula, &[(node, Axis::Batch)]);
    assert_eq!(schedule.passes.len(), 1, "{}", row.name);
    schedule.passes[0].program.clone()
}

/// The result of a reduction whose columns are cut into blocks of these lengths.
fn reduced(program: &Program, operands: &[Vec<f64>], blocks: &[usize]) -> Vec<f64> {
    let init: Vec<f64> = program.state.iter().map(|slot| slot.init).collect();
    let mut arrays = Arrays {
        inputs: vec![&[]; program.inputs.len()],
        param: vec![NAN; program.param_slots.len()],
        row: vec![NAN; program.row_slots.len()],
        column: vec![NAN; program.column_slots.len()],
        state: init.clone(),
        other: init.clone(),
        outputs: vec![vec![NAN; program.outputs[0].width as usize]],
    };
    run_block(&program.param, &mut arrays);
    run_block(&program.row, &mut arrays);
    let (mut total, mut column) = (init.clone(), 0);
    for &block in blocks {
        arrays.state.clone_from(&init);
        for _ in 0..block {
            let position = [column as f64];
            let mut one = Arrays {
                inputs: Vec::new(),
                ..arrays.clone()
            };
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
    arrays.outputs.swap_remove(0)
}

#[test]
fn every_split_of_the_columns_reduces_to_the_same() {
    for (number, row) in REDUCTIONS.iter().enumerate() {
        for (&count, terms) in entries(number)
            .iter()
            .flat_map(|count| terms().into_iter().map(move |terms| (count, terms)))
        {
            let program = reduction_program(number, count);
            let n = terms.len();
            let operands: Vec<Vec<f64>> = (0..row.operands.len())
                .map(|k| {
                    if k == 0 {
                        terms.clone()
                    } else {
                        sample(5, n, 0.5, 2.0)
                    }
                })
                .collect();
            let wanted = wanted(number, count, &operands);
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
                let fault = difference(&found, &wanted, 1e-14);
                // Exact folds may go on from the total.
                if program.exact {
                    assert_eq!(found, reduced(&program, &operands, &[n]), "{}", row.name);
                }
                let fault = fault.unwrap_or_default();
                assert!(
                    fault.is_empty(),
                    "{} of {terms:?} in {blocks:?}: {fault}",
                    row.name
                );
            }
        }
    }
}

#[test]
fn nan_goes_through_sums_and_is_never_selected() {
    let terms = [3.0, NAN, 1.0, 2.0];
    for (number, row) in REDUCTIONS.iter().enumerate() {
        let count = entries(number)[0];
        let program = reduction_program(number, count);
        let operands: Vec<Vec<f64>> = (0..row.operands.len())
            .map(|k| if k == 0 { terms.to_vec() } else { vec![1.0; 4] })
            .collect();
        for blocks in [&[4][..], &[1, 1, 2], &[2, 2]] {
            let found = reduced(&program, &operands, blocks);
            assert_eq!(
                found[0].is_nan(),
                !row.exact,
                "{} in {blocks:?}: {found:?}",
                row.name
            );
            if row.selects {
                assert_eq!(
                    found,
                    wanted(number, count, &operands),
                    "{} in {blocks:?}",
                    row.name
                );
            }
            assert_eq!(
                row.ty == Type::Index,
                row.name.starts_with("arg") || row.conditions,
                "{}",
                row.name
            );
        }
    }
}

#[test]
fn sums_of_many_equal_terms_lose_nothing() {
    let sum = REDUCTIONS
        .iter()
        .position(|row| row.additive)
        .expect("the table has a sum");
    let program = reduction_program(sum, 0);
    // Added one by one, each term would vanish beside the first.
    let mut terms = vec![1e-16; 64 * 200];
    terms[0] = 1.0;
    let mut blocks = vec![1; 64 * 200];
    let found = reduced(&program, &[terms.clone()], &blocks)[0];
    assert_eq!(found, 1.0 + 1e-16 * (64.0 * 200.0 - 1.0));
    blocks = vec![64; 200];
    let found = reduced(&program, &[terms], &blocks)[0];
    assert!((found - (1.0 + 1.28e-12)).abs() < 1e-14, "{found}");
}

#[test]
fn reductions_of_one_pass_share_their_state() {
    let state = |names: &[&str]| {
        let mut formula = Formula::new();
        let x = declare(&mut formula, "x", Axis::J, &[]);
        let v = declare(&mut formula, "v", Axis::J, &[5]);
        let wanted: Vec<(Node, Axis)> = names
            .iter()
            .map(|name| {
                let row = REDUCTIONS
                    .iter()
                    .position(|row| format!("{}/{}", row.name, row.operands.len()) == *name)
                    .expect("a reduction");
                let entries = if REDUCTIONS[row].list.is_some() { 3 } else { 0 };
                let operands = &[x, v][..REDUCTIONS[row].operands.len()];
                let node = formula.reduce_list(row, (Axis::J, entries), operands);
                (node, Axis::Batch)
            })
            .collect();
        let schedule = planned(&mut formula, &wanted);
        assert_eq!(schedule.passes.len(), 1);
        schedule.passes[0].program.state.len()
    };
    assert_eq!(state(&["min/1", "argmin/1"]), 2);
    // A shift is not the largest entry.
    assert_eq!(state(&["max/1", "argmax/1", "logsumexp/1"]), 2 + 3);
    assert_eq!(state(&["kmin/1", "argkmin/1"]), 6);
    assert_eq!(state(&["kmin/1", "kmax/1"]), 6);
    // One shift and one mass, and a pair for each component.
    assert_eq!(state(&["softmax/2"]), 3 + 2 * 5);
    assert_eq!(
        state(&["softmax/2", "logsumexp/1", "logsumexp/2"]),
        3 + 2 * 5
    );
}

#[test]
fn pairs_that_are_masked_out_do_not_matter() {
    // As `logsumexp_j(if m { x } else { -inf }, w)`: the weight of an excluded column is NaN.
    for (number, row) in REDUCTIONS.iter().enumerate() {
        let Some(neutral) = row.neutral else { continue };
        let mut formula = Formula::new();
        let names = ["x", "w", "m"];
        let [x, w, m] = names.map(|name| declare(&mut formula, name, Axis::J, &[]));
        let zero = formula.real(0.0);
        let mask = formula.compare(Comparison::Lt, zero, m);
        let none = formula.real(neutral);
        let score = formula.select(mask, x, none);
        let operands = &[score, w][..row.operands.len()];
        let node = formula.reduce(number, Axis::J, operands);
        let inputs = [
            vec![1.0, NAN, 2.0, INF],
            vec![3.0, NAN, 4.0, -INF],
            vec![1.0, 0.0, 1.0, 0.0],
        ];
        let e = declare(&mut formula, "e", Axis::Unit, &[]);
        let gradients = diff::gradients(&mut formula, &[(node, e)], &[x, w], Axes::NONE);
        let mut inputs = inputs.to_vec();
        inputs.push(vec![1.0]);
        let wanted = [
            (node, Axis::Batch),
            (gradients[0], Axis::J),
            (gradients[1], Axis::J),
        ];
        let found = run(&mut formula, &wanted, &inputs, (1, 4));
        let kept = [vec![1.0, 2.0], vec![3.0, 4.0]];
        let value = oracle::reduce(row.name, &kept[..row.operands.len()]);
        assert!(
            difference(&found[0], &[value], 1e-14).is_none(),
            "{}",
            row.name
        );
        for gradient in &found[1..] {
            assert!(
                gradient.iter().all(|g| g.is_finite()),
                "{}: {gradient:?}",
                row.name
            );
            assert_eq!([gradient[1], gradient[3]], [0.0; 2], "{}", row.name);
        }
    }
}
