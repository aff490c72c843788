//! A pass with its inputs: where the rows of each come from, and which rows meet which columns.

use super::arrays::{Array, Data, Pick};
use super::sizes::{ROWS, part};
use super::tasks::{Cut, Grid, Tasks};
use super::tiling::Tiling;
use super::worker::Bound;
use super::{Prepared, column_axis};
use crate::cpu::nest::Compiled;
use crate::row::Real;
use keops_program::program::{Class, Source};
use keops_program::schedule::{Axis, Pass};

impl<T: Real> Prepared<'_, T> {
    /// A pass with its inputs, prepared to run.
    pub(super) fn bind<'b>(&'b self, number: usize, done: &'b [Vec<Array<T>>]) -> Bound<'b, T> {
        let pass = &self.loaded.schedule.passes[number];
        let column_axis = column_axis(pass);
        let columns = self.columns(pass);
        let first = |axis| self.offsets.of(axis);
        let column_offset = column_axis.map_or(0, first);
        let mut inputs = Vec::with_capacity(pass.program.inputs.len());
        for input in &pass.program.inputs {
            // What the input is one row of.
            let axis = match input.class {
                Class::Row => pass.rows,
                Class::Column => column_axis.unwrap_or(Axis::Unit),
                Class::Param => Axis::Unit,
            };
            let block = self.sizes.block(axis).max(1);
            let by_batch = self.loaded.schedule.axis(input.source) == Some(Axis::Batch);
            let pick = match (axis, Tiling::of(input.source, &self.tiled)) {
                (Axis::Unit, _) => Pick::Same,
                (_, Some(tiling)) => Pick::Tiled {
                    block,
                    own: if by_batch { 1 } else { block },
                    batches: &tiling.batches,
                },
                (Axis::I | Axis::J, None) if by_batch => Pick::Batch(block),
                _ => Pick::Same,
            };
            inputs.push(match input.source {
                Source::Argument(k) => Data::argument(&self.arguments[k as usize], pick),
                Source::Output { pass, output } => {
                    let array = &done[pass as usize][output as usize];
                    Data::array(array, input.ty, input.width as usize, pick)
                }
                Source::Position => match input.class {
                    Class::Column => Data::Position {
                        offset: column_offset,
                        block,
                    },
                    Class::Row | Class::Param => Data::Position {
                        offset: first(pass.rows),
                        block,
                    },
                },
                Source::ColumnCount => {
                    Data::Count(column_axis.map_or(0, |axis| self.sizes.block(axis)))
                }
            });
        }
        let grid = self.grid(pass);
        let batch = (
            self.sizes.block(pass.rows).max(1),
            column_axis.map_or(0, |axis| self.sizes.block(axis)),
        );
        Bound {
            program: &pass.program,
            kind: pass.kind,
            sections: &self.loaded.passes[number],
            compiled: self.kernel(number),
            level: self.level,
            block: self.block,
            tasks: self.tasks(number, &grid),
            pairs: grid.pairs(),
            batch,
            inputs,
            rows: self.sizes.of(pass.rows),
            columns,
            column_offset,
            params: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// What meets what in a pass.
    pub(super) fn grid(&self, pass: &Pass) -> Grid<'_> {
        let (schedule, sizes) = (&self.loaded.schedule, self.sizes);
        Grid::of(schedule, pass, sizes, self.ranges, &self.tiled).together(pass.kind)
    }

    /// What a pass does on the CPU.
    pub(super) fn tasks(&self, number: usize, grid: &Grid<'_>) -> Tasks {
        let sections = &self.loaded.passes[number];
        let (most, work) = grid.work(ROWS);
        let cut = Cut {
            rows: sections.lanes,
            columns: part(most, work, sections.init.len()),
        };
        Tasks::new(grid, cut)
    }

    /// The compiled kernel of a pass, if it is to run.
    pub(super) fn kernel(&self, pass: usize) -> Option<Compiled<T>> {
        if self.options.interpreted() {
            return None;
        }
        self.compiled.get(pass).copied().flatten()
    }
}
