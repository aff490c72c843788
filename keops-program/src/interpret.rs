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
use std::ops::Range;

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
    let met = |r: usize| match pass.kind {
        Kind::MapReduce(_) => std::iter::once(0..columns).collect(),
        Kind::Map => Vec::new(),
        Kind::Gather { index, .. } => {
            let width = program.inputs[index as usize].width as usize;
            let named = &data[index as usize][r * width..][..width];
            let named = named.iter().map(|number| number - column_offset as f64);
            chosen(named, columns)
        }
    };
    fold(pass, &data, rows, columns, &met)
}

/// The columns below `columns` among these numbers, each once and by itself.
fn chosen(numbers: impl Iterator<Item = f64>, columns: usize) -> Vec<Range<usize>> {
    let mut chosen: Vec<Range<usize>> = Vec::new();
    for number in numbers.filter(|number| (0.0..columns as f64).contains(number)) {
        let column = number as usize..number as usize + 1;
        if !chosen.contains(&column) {
            chosen.push(column);
        }
    }
    chosen
}

/// Runs a pass whose inputs are given whole: `met` gives the columns that a row meets.
fn fold(
    pass: &Pass,
    data: &[&[f64]],
    rows: usize,
    columns: usize,
    met: &dyn Fn(usize) -> Vec<Range<usize>>,
) -> Vec<Vec<f64>> {
    let program = &pass.program;
    let [param, row, column, update, grouped, merge, finish] =
        program.sections().map(|(_, block)| block);
    let init: Vec<f64> = program.state.iter().map(|slot| slot.init).collect();
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
    show(&mut arrays, program, data, Class::Param, 0);
    Runner::new(param).run(&mut arrays);

    let mut fill = Runner::new(column);
    let column_slots: Vec<Vec<f64>> = (0..columns)
        .map(|c| {
            show(&mut arrays, program, data, Class::Column, c);
            fill.run(&mut arrays);
            arrays.column.clone()
        })
        .collect();

    let [mut row, mut update, mut grouped, mut merge, mut finish] =
        [row, update, grouped, merge, finish].map(Runner::new);
    let group = program.group.max(1) as usize;
    let mut results = vec![Vec::new(); program.outputs.len()];
    for r in 0..rows {
        show(&mut arrays, program, data, Class::Row, r);
        row.run(&mut arrays);
        let mut total = init.clone();
        for block in met(r)
            .into_iter()
            .flat_map(|run| column_slots[run].chunks(BLOCK))
        {
            arrays.state.copy_from_slice(&init);
            for (k, slot) in program.state.iter().enumerate() {
                if slot.carried {
                    arrays.state[k] = total[k];
                }
            }
            for columns in block.chunks(group) {
                if columns.len() == program.group as usize {
                    arrays.column = columns.concat();
                    grouped.run(&mut arrays);
                    continue;
                }
                for column in columns {
                    arrays.column.clone_from(column);
                    update.run(&mut arrays);
                }
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
    run_schedule_over(schedule, arguments, &Pairs::all(m, n))
}

/// The rows of both axes, and which of them meet.
#[derive(Clone, Copy)]
pub struct Pairs<'a> {
    /// The number of rows of axis i.
    pub m: usize,
    /// The number of rows of axis j.
    pub n: usize,
    /// The number of batches: a divisor of both.
    pub batches: usize,
    /// Whether row i meets row j, both counted in the whole array, where they are of one batch.
    pub meet: &'a dyn Fn(usize, usize) -> bool,
}

impl Pairs<'_> {
    /// Every row with every row.
    pub fn all(m: usize, n: usize) -> Pairs<'static> {
        Pairs {
            m,
            n,
            batches: 1,
            meet: &|_, _| true,
        }
    }

    fn count(&self, axis: Axis) -> usize {
        match axis {
            Axis::I => self.m,
            Axis::J => self.n,
            Axis::Batch => self.batches,
            Axis::Unit => 1,
        }
    }

    /// Rows of an axis in a batch; those of `Unit` are of all batches.
    fn block(&self, axis: Axis) -> usize {
        match axis {
            Axis::I | Axis::J => (self.count(axis) / self.batches).max(1),
            Axis::Batch => 1,
            Axis::Unit => usize::MAX,
        }
    }

    /// Whether a row meets a column.
    fn meets(&self, (rows, r): (Axis, usize), (columns, c): (Axis, usize)) -> bool {
        match (rows, columns) {
            (Axis::Unit, _) => true,
            _ if r / self.block(rows) != c / self.block(columns) => false,
            (Axis::I, Axis::J) => (self.meet)(r, c),
            (Axis::J, Axis::I) => (self.meet)(c, r),
            _ => true,
        }
    }
}

/// Runs a schedule over some of the pairs; see [`run_schedule`].
pub fn run_schedule_over(
    schedule: &Schedule,
    arguments: &[Vec<f64>],
    pairs: &Pairs<'_>,
) -> Vec<Vec<f64>> {
    let mut outputs: Vec<Vec<Vec<f64>>> = Vec::new();
    for pass in &schedule.passes {
        let over = match pass.kind {
            Kind::MapReduce(axis) | Kind::Gather { axis, .. } => Some(axis),
            Kind::Map => None,
        };
        let (rows, columns) = (
            pairs.count(pass.rows),
            over.map_or(0, |axis| pairs.count(axis)),
        );
        let data: Vec<Vec<f64>> = (pass.program.inputs.iter())
            .map(|input| {
                let axis = if input.class == Class::Row {
                    pass.rows
                } else {
                    over.unwrap_or(Axis::Unit)
                };
                let block = pairs.block(axis);
                let from = match input.source {
                    Source::Argument(k) => &arguments[k as usize],
                    Source::Output { pass, output } => &outputs[pass as usize][output as usize],
                    Source::Position => {
                        return (0..pairs.count(axis)).map(|k| (k % block) as f64).collect();
                    }
                    Source::ColumnCount => return vec![columns as f64 / pairs.batches as f64],
                };
                if schedule.axis(input.source) == Some(Axis::Batch) && axis != Axis::Batch {
                    // One row for each row of its batch.
                    let width = input.width as usize;
                    let spread =
                        (0..pairs.count(axis)).flat_map(|k| &from[k / block * width..][..width]);
                    return spread.copied().collect();
                }
                from.clone()
            })
            .collect();
        let data: Vec<&[f64]> = data.iter().map(Vec::as_slice).collect();
        let met = |r: usize| match pass.kind {
            Kind::Map => Vec::new(),
            Kind::MapReduce(axis) => {
                let mut runs: Vec<Range<usize>> = Vec::new();
                for c in (0..columns).filter(|&c| pairs.meets((pass.rows, r), (axis, c))) {
                    match runs.last_mut() {
                        Some(run) if run.end == c => run.end += 1,
                        _ => runs.push(c..c + 1),
                    }
                }
                runs
            }
            Kind::Gather { axis, index } => {
                let width = pass.program.inputs[index as usize].width as usize;
                let named = data[index as usize][r * width..][..width].iter().copied();
                let first = r / pairs.block(pass.rows) * pairs.block(axis);
                let chosen = chosen(named, pairs.block(axis).min(columns)).into_iter();
                chosen.map(|c| first + c.start..first + c.end).collect()
            }
        };
        outputs.push(fold(pass, &data, rows, columns, &met));
    }
    (schedule.results.iter())
        .map(|target| outputs[target.pass as usize][target.output as usize].clone())
        .collect()
}
