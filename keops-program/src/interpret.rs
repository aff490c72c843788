//! The meaning of programs, in f64: the oracle of the tests.
//!
//! It is written to be seen to be right, not to be fast. Every scalar is an f64: an Index its i32, a
//! Label its u32, a Mask 0 or 1, all exact. Rows are contiguous, `width` numbers each.
//!
//! Programs must be valid ([`verify`](crate::verify)); others panic.

mod block;
#[cfg(test)]
mod tests;

use crate::program::{BLOCK, Class, Program, Source};
use crate::schedule::{Axis, Kind, Pass, Schedule};

use block::Runner;
pub use block::{Arrays, run_block};

/// Runs a pass: one array of rows for each output.
///
/// `inputs` has an entry for each input of the program, that of class Param being one row; the
/// entries of positions and column counts are not read. Inputs of class Column have `columns` rows;
/// a map has no columns. The offsets are the numbers of the first row and column: positions count
/// from them, and so does the column that a gather names (none, if it is not among these).
pub fn run_pass(
    pass: &Pass,
    inputs: &[&[f64]],
    rows: usize,
    columns: usize,
    row_offset: usize,
    column_offset: usize,
) -> Vec<Vec<f64>> {
    let program = &pass.program;
    let [param, row, column, update, merge, finish] = program.sections().map(|(_, block)| block);
    let init: Vec<f64> = program.state.iter().map(|slot| slot.init).collect();
    let columns = if pass.kind == Kind::Map { 0 } else { columns };

    // Each input with its generated positions, so that all are read alike.
    let positions = |from, count| (from..from + count).map(|k| k as f64).collect();
    let generated: Vec<Vec<f64>> = program
        .inputs
        .iter()
        .map(|input| match (input.source, input.class) {
            (Source::Position, Class::Row) => positions(row_offset, rows),
            (Source::Position, _) => positions(column_offset, columns),
            (Source::ColumnCount, _) => vec![columns as f64],
            _ => Vec::new(),
        })
        .collect();
    let data: Vec<&[f64]> = (0..program.inputs.len())
        .map(|k| match program.inputs[k].source {
            Source::Position | Source::ColumnCount => &generated[k][..],
            _ => inputs[k],
        })
        .collect();
    let mut arrays = Arrays {
        inputs: vec![&[]; data.len()],
        param: vec![f64::NAN; program.param_slots.len()],
        row: vec![f64::NAN; program.row_slots.len()],
        column: vec![f64::NAN; program.column_slots.len()],
        state: init.clone(),
        other: init.clone(),
        outputs: program
            .outputs
            .iter()
            .map(|out| vec![f64::NAN; out.width as usize])
            .collect(),
    };
    show(&mut arrays, program, &data, Class::Param, 0);
    Runner::new(param).run(&mut arrays);

    let mut fill = Runner::new(column);
    let column_slots: Vec<Vec<f64>> = (0..columns)
        .map(|c| {
            show(&mut arrays, program, &data, Class::Column, c);
            fill.run(&mut arrays);
            arrays.column.clone()
        })
        .collect();

    let [mut row, mut update, mut merge, mut finish] =
        [row, update, merge, finish].map(Runner::new);
    let mut results = vec![Vec::new(); program.outputs.len()];
    for r in 0..rows {
        show(&mut arrays, program, &data, Class::Row, r);
        row.run(&mut arrays);
        let run = match pass.kind {
            Kind::MapReduce(_) => &column_slots[..],
            Kind::Map => &[],
            Kind::Gather { index, .. } => {
                let c = data[index as usize][r] - column_offset as f64;
                let chosen = column_slots.get(c as usize).filter(|_| c >= 0.0);
                chosen.map(std::slice::from_ref).unwrap_or_default()
            }
        };
        let mut total = init.clone();
        for block in run.chunks(BLOCK) {
            arrays.state.copy_from_slice(&init);
            for column in block {
                arrays.column.copy_from_slice(column);
                update.run(&mut arrays);
            }
            arrays.other.copy_from_slice(&arrays.state);
            arrays.state.copy_from_slice(&total);
            merge.run(&mut arrays);
            total.copy_from_slice(&arrays.state);
        }
        arrays.state.copy_from_slice(&total);
        finish.run(&mut arrays);
        for (result, output) in results.iter_mut().zip(&arrays.outputs) {
            result.extend_from_slice(output);
        }
    }
    results
}

/// Lets the blocks see row `r` of the inputs of a class.
fn show<'a>(
    arrays: &mut Arrays<'a>,
    program: &Program,
    data: &[&'a [f64]],
    class: Class,
    r: usize,
) {
    for (k, input) in program.inputs.iter().enumerate() {
        if input.class == class {
            let width = input.width as usize;
            arrays.inputs[k] = &data[k][r * width..(r + 1) * width];
        }
    }
}

/// Runs a schedule for `m` rows of axis i and `n` of axis j: one array of rows for each result.
pub fn run_schedule(
    schedule: &Schedule,
    arguments: &[Vec<f64>],
    m: usize,
    n: usize,
) -> Vec<Vec<f64>> {
    let count = |axis| match axis {
        Axis::I => m,
        Axis::J => n,
        Axis::Unit => 1,
    };
    let mut outputs: Vec<Vec<Vec<f64>>> = Vec::new();
    for pass in &schedule.passes {
        let inputs: Vec<&[f64]> = (pass.program.inputs.iter())
            .map(|input| match input.source {
                Source::Argument(k) => &arguments[k as usize][..],
                Source::Output { pass, output } => &outputs[pass as usize][output as usize],
                Source::Position | Source::ColumnCount => &[],
            })
            .collect();
        let columns = match pass.kind {
            Kind::MapReduce(axis) | Kind::Gather { axis, .. } => count(axis),
            Kind::Map => 0,
        };
        let result = run_pass(pass, &inputs, count(pass.rows), columns, 0, 0);
        outputs.push(result);
    }
    (schedule.results.iter())
        .map(|target| outputs[target.pass as usize][target.output as usize].clone())
        .collect()
}
