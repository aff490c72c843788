//! Reductions: what they mean, however the columns are cut into blocks.

mod common;

use keops_compiler::formula::{Axis, Formula, Node};
use keops_compiler::table::REDUCTIONS;
use keops_program::interpret::{Arrays, run_block};
use keops_program::program::{Class, Program, Source, Type};

use common::{declare, difference, oracle, planned, sample};

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

/// One reduction of the rows j of one array (and another, of weights).
fn reduction_program(reduction: usize) -> Program {
    let row = &REDUCTIONS[reduction];
    let mut formula = Formula::new();
    let operands: Vec<Node> = row
        .operands
        .iter()
        .map(|name| declare(&mut formula, name, Axis::J, &[]))
        .collect();
    let node = formula.reduce(reduction, Axis::J, &operands);
    let schedule = planned(&mut formula, &[(node, Axis::Batch)]);
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
    arrays.outputs[0][0]
}

#[test]
fn every_split_of_the_columns_reduces_to_the_same() {
    for (number, row) in REDUCTIONS.iter().enumerate() {
        let program = reduction_program(number);
        for terms in terms() {
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
        let program = reduction_program(number);
        let operands: Vec<Vec<f64>> = (0..row.operands.len())
            .map(|k| if k == 0 { terms.to_vec() } else { vec![1.0; 4] })
            .collect();
        for blocks in [&[4][..], &[1, 1, 2], &[2, 2]] {
            let found = reduced(&program, &operands, blocks);
            assert_eq!(
                found.is_nan(),
                !row.selects,
                "{} in {blocks:?}: {found}",
                row.name
            );
            if row.selects {
                assert_eq!(
                    found,
                    oracle::reduce(row.name, &operands),
                    "{} in {blocks:?}",
                    row.name
                );
            }
            assert_eq!(
                row.ty == Type::Index,
                row.name.starts_with("arg"),
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
