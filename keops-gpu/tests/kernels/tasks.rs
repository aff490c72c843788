//! Launches with a table: rows against some of the columns, and states that a second launch merges.

use crate::oracle::{Size, Table, assert_near, inputs, launch, wide};
use crate::passes;
use keops_gpu::kernel::{Kernel, Precision};
use keops_gpu::scheme;
use keops_program::interpret::run_pass;
use keops_program::program::{Class, Source};
use keops_program::schedule::{Kind, Pass};

/// In f32 with blocks of 64 columns, in f64 with blocks of one.
const FLAVOURS: [((Precision, bool), u32); 2] = [
    ((Precision::Single, false), 6),
    ((Precision::Double, true), 0),
];

const NO_STATE: u32 = u32::MAX;

/// Rows, the intervals of their columns, and what positions are counted from.
struct Task {
    rows: (usize, usize),
    intervals: Vec<(usize, usize)>,
    origin: (u32, u32),
}

/// What the oracle says of one task: its rows, with the columns of its intervals one after the other.
fn expected(pass: &Pass, inputs: &[Vec<f64>], size: Size, task: &Task) -> Vec<Vec<f64>> {
    let columns: Vec<usize> = task.intervals.iter().flat_map(|&(a, b)| a..b).collect();
    let rows: Vec<usize> = (task.rows.0..task.rows.1).collect();
    let mut pass = pass.clone();
    let mut own = Vec::new();
    for (input, numbers) in pass.program.inputs.iter_mut().zip(inputs) {
        let (chosen, first) = match input.class {
            Class::Row => (&rows, size.first_row as f64 - f64::from(task.origin.0)),
            Class::Column => (
                &columns,
                size.first_column as f64 - f64::from(task.origin.1),
            ),
            _ if input.source == Source::ColumnCount => {
                input.source = Source::Argument(99);
                own.push(vec![size.columns as f64]);
                continue;
            }
            _ => {
                own.push(numbers.clone());
                continue;
            }
        };
        let width = input.width as usize;
        if input.source == Source::Position {
            input.source = Source::Argument(99);
            own.push(chosen.iter().map(|&k| k as f64 + first).collect());
        } else {
            let row = |&k: &usize| numbers[k * width..][..width].to_vec();
            own.push(chosen.iter().flat_map(row).collect());
        }
    }
    let views: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
    run_pass(&pass, &views, rows.len(), columns.len(), 0, 0)
}

/// The passes that fold columns, with their kernels and inputs in every flavour.
fn each(size: Size, what: impl Fn(&str, &Pass, &Kernel, &[Vec<f64>], ((Precision, bool), u32))) {
    for case in passes::all() {
        // Columns so wide that a block of them takes several tiles, where there are few.
        let narrow = case.name == "gaussian_300" && size.rows < 10;
        let wanted = !wide(&case.name) || narrow;
        if !wanted || !matches!(case.pass.kind, Kind::MapReduce(_)) {
            continue;
        }
        for ((precision, accurate), block) in FLAVOURS {
            let kernel = scheme::kernel(&case.pass, "k", precision, accurate, &case.name).unwrap();
            let inputs = inputs(&case.pass, size, precision, false);
            let name = format!("{} {precision:?} accurate {accurate}", case.name);
            what(
                &name,
                &case.pass,
                &kernel,
                &inputs,
                ((precision, accurate), block),
            );
        }
    }
}

fn size(rows: usize, columns: usize) -> Size {
    Size {
        rows,
        columns,
        first_row: 3,
        first_column: 5,
    }
}

#[test]
fn states_of_parts_are_merged() {
    for (rows, columns, parts) in [(3, 321, 4), (129, 66, 2), (1, 0, 2), (2, 200, 1)] {
        let size = size(rows, columns);
        each(size, |name, pass, kernel, inputs, (flavour, block)| {
            let most = kernel.threads * kernel.rows_per_thread;
            let blocks = (rows as u32).div_ceil(most);
            let length = columns.div_ceil(parts).next_multiple_of(64).max(64);
            let (mut tasks, mut merges, mut intervals) = (Vec::new(), Vec::new(), Vec::new());
            let parts = parts as u32;
            for block in 0..blocks {
                let (first, end) = (block * most, (rows as u32).min((block + 1) * most));
                for part in 0..parts {
                    let place = block * parts + part;
                    tasks.extend([first, end, part, part + 1, 0, 0, 0, place]);
                }
                merges.extend([
                    first,
                    end,
                    block * parts,
                    (block + 1) * parts,
                    0,
                    0,
                    0,
                    NO_STATE,
                ]);
            }
            for part in 0..parts as usize {
                intervals.push((part * length).min(columns) as u32);
                intervals.push(((part + 1) * length).min(columns) as u32);
            }
            let fold = Table {
                tasks: tasks.clone(),
                intervals: intervals.clone(),
                places: (blocks * parts) as usize,
                block,
                ..Table::default()
            };
            let what = format!("{name} {size:?} in {parts} parts, blocks of 2^{block}");
            let fault = |error: String| -> ! { panic!("{what}: {error}") };
            let folded = launch(pass, kernel, inputs, size, &fold);
            let (_, states, _) = folded.unwrap_or_else(|error| fault(error));
            let merge = Table {
                tasks: merges.clone(),
                intervals: vec![0, 0],
                states: Some(states),
                ..Table::default()
            };
            let merged = launch(pass, kernel, inputs, size, &merge);
            let (found, ..) = merged.unwrap_or_else(|error| fault(error));
            let whole = Task {
                rows: (0, rows),
                intervals: vec![(0, columns)],
                origin: (0, 0),
            };
            let expected = expected(pass, inputs, size, &whole);
            assert_near(&expected, &found, flavour, &what);
        });
    }
}

#[test]
fn rows_meet_the_columns_of_their_intervals() {
    let size = size(300, 200);
    let task = |from, to, intervals: &[(usize, usize)], origin| Task {
        rows: (from, to),
        intervals: intervals.to_vec(),
        origin,
    };
    // Of one row, of a warp and a bit, of a block; with no columns, one, overlaps of tiles and blocks.
    let all = [
        task(0, 1, &[(0, 200)], (0, 0)),
        task(1, 34, &[(3, 4), (10, 75), (140, 200)], (1, 3)),
        task(34, 36, &[], (34, 0)),
        task(36, 37, &[(5, 5), (64, 128), (128, 129)], (3, 5)),
        task(37, 165, &[(1, 130)], (0, 0)),
        task(165, 290, &[(0, 1), (199, 200)], (165, 199)),
        task(290, 300, &[(70, 71)], (2, 2)),
    ];
    each(size, |name, pass, kernel, inputs, (flavour, block)| {
        let mut table = Table::default();
        for task in &all {
            let first = table.intervals.len() as u32 / 2;
            for &(from, to) in &task.intervals {
                table.intervals.extend([from as u32, to as u32]);
            }
            let ((from, to), (i0, j0)) = (task.rows, task.origin);
            let end = table.intervals.len() as u32 / 2;
            let (from, to) = (from as u32, to as u32);
            table
                .tasks
                .extend([from, to, first, end, 7, i0, j0, NO_STATE]);
        }
        table.block = block;
        let what = format!("{name} in blocks of 2^{block}");
        let (found, ..) = launch(pass, kernel, inputs, size, &table)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut wanted = vec![Vec::new(); pass.program.outputs.len()];
        for task in &all {
            let part = expected(pass, inputs, size, task);
            for (all, part) in wanted.iter_mut().zip(part) {
                all.extend(part);
            }
        }
        assert_near(&wanted, &found, flavour, &what);
    });
}
