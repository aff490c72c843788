//! What a pass does, as a list of tasks: rows against intervals of columns.
//!
//! Every row with every column, columns cut in parts, ranges and batches are all one thing to what
//! runs a pass: [`Tasks`]. They are made of a [`Grid`], which says what meets what, and a [`Cut`], which
//! says how large a task is; both depend on sizes alone, never on threads or timing.

use super::sizes::Sizes;
use super::tiling::Tiling;
use crate::ranges::{Ranges, Visits};
use keops_program::program::{BLOCK, Class, Source};
use keops_program::schedule::{Axis, Kind, Pass, Schedule};
use std::ops::Range;

/// No partial state: the task is all of its rows' columns, and finishes them.
pub(crate) const NO_STATE: u32 = u32::MAX;

/// Some rows with the columns that they meet, or a part of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    /// The rows, by their numbers in the whole array.
    pub(crate) rows: Range<u32>,
    /// Which of [`Tasks::intervals`] the rows meet, one after the other.
    pub(crate) intervals: Range<u32>,
    /// The batch of the rows; of the columns, where the pass has one row for all batches.
    pub(crate) batch: u32,
    /// What is subtracted from a row's number (and the call's offset added) for its position.
    pub(crate) i0: i32,
    /// The same for columns.
    pub(crate) j0: i32,
    /// The slot of its partial state, or [`NO_STATE`].
    pub(crate) state: u32,
}

/// Rows with all their tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The rows, which are those of each of its tasks.
    pub(crate) rows: Range<u32>,
    /// Its tasks. A single one has no state; the states of several are consecutive and are merged in
    /// order.
    pub(crate) tasks: Range<u32>,
}

/// The tasks of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tasks {
    /// In the order of the rows, and for equal rows in that of the columns.
    pub(crate) tasks: Vec<Task>,
    /// Intervals of columns, `[from, to)`. Blocks of columns count from the start of each: a block
    /// never lies in two.
    pub(crate) intervals: Vec<[u32; 2]>,
    /// All rows of the pass, in order.
    pub(crate) groups: Vec<Group>,
    /// How many partial states there are.
    pub(crate) states: u32,
}

/// How large a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The most rows of a task.
    pub(crate) rows: usize,
    /// The most columns of a task: a multiple of [`BLOCK`], so that a cut is where a block ends.
    pub(crate) columns: usize,
}

/// What the rows of a pass meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid<'a> {
    rows: Side,
    columns: Side,
    /// One row meets the columns of all batches.
    whole: bool,
    /// That row's columns are told apart by batch.
    apart: bool,
    visits: Option<&'a Visits>,
    batches: usize,
}

/// The rows or the columns of a pass.
#[derive(Clone, Copy, Debug)]
struct Side {
    count: usize,
    /// How many are of one batch.
    block: usize,
    /// They have positions, which count in the batch.
    counted: bool,
}

impl Side {
    fn of(axis: Option<Axis>, sizes: Sizes) -> Side {
        Side {
            count: axis.map_or(0, |axis| sizes.of(axis)),
            block: axis.map_or(0, |axis| sizes.block(axis)),
            counted: matches!(axis, Some(Axis::I | Axis::J)),
        }
    }

    fn of_batch(self, batch: usize) -> Range<usize> {
        batch * self.block..(batch + 1) * self.block
    }

    /// The number of the first of a batch.
    fn first(self, batch: usize) -> i32 {
        if self.counted {
            (batch * self.block) as i32
        } else {
            0
        }
    }
}

impl<'a> Grid<'a> {
    /// Of a pass of a schedule; `tiled` are the arguments whose batches stand for several.
    pub(crate) fn of(
        schedule: &Schedule,
        pass: &Pass,
        sizes: Sizes,
        ranges: Option<&'a Ranges>,
        tiled: &[Option<Tiling>],
    ) -> Grid<'a> {
        let columns = super::column_axis(pass);
        let visits = match (ranges, pass.rows, pass.kind) {
            (Some(ranges), Axis::I, Kind::MapReduce(Axis::J)) => Some(ranges.by_i()),
            (Some(ranges), Axis::J, Kind::MapReduce(Axis::I)) => Some(ranges.by_j()),
            _ => None,
        };
        let by_batch = |axis| matches!(axis, Some(Axis::Batch));
        // Whether the number of a column does not say all.
        let reads_batches = pass.program.inputs.iter().any(|input| {
            let counted = input.source == Source::Position || by_batch(schedule.axis(input.source));
            input.class == Class::Column
                && (counted && !by_batch(columns) || Tiling::of(input.source, tiled).is_some())
        });
        Grid {
            rows: Side::of(Some(pass.rows), sizes),
            columns: Side::of(columns, sizes),
            whole: pass.rows == Axis::Unit,
            apart: sizes.batches > 1 && reads_batches,
            visits,
            batches: sizes.batches,
        }
    }

    /// The same rows, in tasks that may be of several batches: for what finds the batch of each row
    /// and column itself.
    pub(crate) fn together(mut self, kind: Kind) -> Grid<'a> {
        self.apart = false;
        if !matches!(kind, Kind::MapReduce(_)) {
            self.batches = 1;
            self.columns.count = 0;
        }
        self
    }

    /// The most columns that a row meets, and those that all blocks of so many rows meet together.
    pub(crate) fn work(&self, rows: usize) -> (usize, usize) {
        let (mut most, mut work) = (0, 0);
        self.each(|run, _, intervals| {
            let columns = intervals
                .iter()
                .map(|[from, to]| (to - from) as usize)
                .sum();
            most = most.max(columns);
            work += run.len().div_ceil(rows) * columns;
        });
        (most, work)
    }

    /// The pairs that are visited.
    pub(crate) fn pairs(&self) -> u128 {
        let (rows, columns) = (self.rows.count as u128, self.columns.count as u128);
        match self.visits {
            Some(visits) => visits.pairs(),
            None if self.whole => rows * columns,
            None => rows * columns / self.batches.max(1) as u128,
        }
    }

    /// How many batches there are that do not meet.
    pub(crate) fn batches(&self) -> usize {
        if self.whole { 1 } else { self.batches }
    }

    /// Whether every row meets every column, and positions count from the first: the list of tasks
    /// says nothing that the numbers of rows and columns do not.
    pub(crate) fn is_dense(&self) -> bool {
        self.visits.is_none() && (self.batches == 1 || self.whole && !self.apart)
    }

    /// Whether, besides, there is one batch.
    #[cfg(feature = "cuda")]
    pub(crate) fn is_whole(&self) -> bool {
        self.is_dense() && self.batches == 1
    }

    /// Calls `run` for each run of rows that meet the same columns, in order.
    fn each(&self, mut run: impl FnMut(Range<usize>, usize, &[[u32; 2]])) {
        let all = |columns: Range<usize>| {
            let interval = [columns.start as u32, columns.end as u32];
            if interval[0] < interval[1] {
                vec![interval]
            } else {
                Vec::new()
            }
        };
        match self.visits {
            Some(visits) => {
                for (rows, intervals) in visits.runs() {
                    let (mut start, end) = (rows.start as usize, rows.end as usize);
                    while start < end {
                        // What meets nothing may be of several batches.
                        let batch = start / self.rows.block;
                        let next = end.min((batch + 1) * self.rows.block);
                        run(start..next, batch, intervals);
                        start = next;
                    }
                }
            }
            None if self.is_dense() => run(0..self.rows.count, 0, &all(0..self.columns.count)),
            None => {
                for batch in 0..self.batches {
                    let rows = if self.whole {
                        0..1
                    } else {
                        self.rows.of_batch(batch)
                    };
                    run(rows, batch, &all(self.columns.of_batch(batch)));
                }
            }
        }
    }
}

impl Tasks {
    /// The tasks of a pass.
    pub(crate) fn new(grid: &Grid<'_>, cut: Cut) -> Tasks {
        let mut tasks = Tasks::default();
        let most = cut.columns / BLOCK * BLOCK;
        let most = u32::try_from(most.max(BLOCK)).unwrap_or(u32::MAX / BLOCK as u32 * BLOCK as u32);
        grid.each(|rows, batch, intervals| {
            let parts = tasks.parts(intervals, most);
            let mut start = rows.start;
            while start < rows.end {
                let end = rows.end.min(start + cut.rows.max(1));
                tasks.group(start as u32..end as u32, batch, grid, &parts);
                start = end;
            }
        });
        tasks.number();
        tasks
    }

    /// Adds the intervals, cut in parts of at most `most` columns.
    fn parts(&mut self, intervals: &[[u32; 2]], most: u32) -> Vec<Range<u32>> {
        let mut parts = Vec::new();
        let mut begun = self.intervals.len() as u32;
        let mut left = most;
        for &[mut from, to] in intervals {
            while to - from > left {
                // A cut inside of an interval is where a block ends, counted from its start.
                let part = left / BLOCK as u32 * BLOCK as u32;
                if part > 0 {
                    self.intervals.push([from, from + part]);
                    from += part;
                }
                parts.push(begun..self.intervals.len() as u32);
                begun = self.intervals.len() as u32;
                left = most;
            }
            self.intervals.push([from, to]);
            left -= to - from;
        }
        if parts.is_empty() || begun < self.intervals.len() as u32 {
            parts.push(begun..self.intervals.len() as u32);
        }
        parts
    }

    /// Adds tasks for rows; the same rows as before are the same group.
    fn group(&mut self, rows: Range<u32>, batch: usize, grid: &Grid<'_>, parts: &[Range<u32>]) {
        let first = self.tasks.len() as u32;
        for part in parts {
            self.tasks.push(Task {
                rows: rows.clone(),
                intervals: part.clone(),
                batch: batch as u32,
                i0: grid.rows.first(batch),
                j0: grid.columns.first(batch),
                state: NO_STATE,
            });
        }
        let end = self.tasks.len() as u32;
        match self.groups.last_mut() {
            Some(last) if last.rows == rows => last.tasks.end = end,
            _ => self.groups.push(Group {
                rows,
                tasks: first..end,
            }),
        }
    }

    /// Numbers the states of groups of several tasks.
    fn number(&mut self) {
        for group in &self.groups {
            if group.tasks.len() > 1 {
                for task in &mut self.tasks[group.tasks.start as usize..group.tasks.end as usize] {
                    task.state = self.states;
                    self.states += 1;
                }
            }
        }
    }

    /// The tasks of a group.
    pub(crate) fn of(&self, group: &Group) -> &[Task] {
        &self.tasks[group.tasks.start as usize..group.tasks.end as usize]
    }

    /// The intervals of columns of a task.
    pub(crate) fn columns(&self, task: &Task) -> &[[u32; 2]] {
        &self.intervals[task.intervals.start as usize..task.intervals.end as usize]
    }

    /// The most tasks of a group: in how many parts the columns are cut.
    pub(crate) fn splits(&self) -> usize {
        let counts = self.groups.iter().map(|group| group.tasks.len());
        counts.max().unwrap_or(1).max(1)
    }

    #[allow(dead_code, reason = "the GPU's launches pass it")]
    /// The table as a GPU kernel reads it: eight numbers for each task, in the order of the fields.
    pub(crate) fn table(&self) -> Vec<u32> {
        let mut table = Vec::with_capacity(8 * self.tasks.len());
        for task in &self.tasks {
            table.extend([
                task.rows.start,
                task.rows.end,
                task.intervals.start,
                task.intervals.end,
                task.batch,
                task.i0 as u32,
                task.j0 as u32,
                task.state,
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests;
