//! A thread's part of a pass: blocks of rows, from their inputs to their results.

use super::arrays::{Data, Scratch, Which, take};
use super::sizes::tile;
use super::tasks::{self, Tasks};
use crate::argument::OutputMut;
use crate::cpu::lanes::{Machine, Pairs, Sections, merge};
use crate::cpu::nest::{Compiled, LANE_BLOCK, Task};
use crate::cpu::simd::Level;
use crate::row::Real;
use keops_program::program::{Class, Place, Program};
use keops_program::schedule::Kind;
use std::ops::Range;

/// What all threads of a pass read.
#[derive(Debug)]
pub(crate) struct Bound<'a, T> {
    pub(crate) program: &'a Program,
    pub(crate) kind: Kind,
    pub(crate) sections: &'a Sections<T>,
    /// None: the pair work is interpreted.
    pub(crate) compiled: Option<Compiled<T>>,
    pub(crate) level: Level,
    /// One for each input of the program.
    pub(crate) inputs: Vec<Data<'a, T>>,
    /// The number of rows and of columns.
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// What meets what.
    pub(crate) tasks: Tasks,
    /// The pairs that meet.
    pub(crate) pairs: u128,
    /// Columns in a block.
    pub(crate) block: usize,
    /// The number of the first column.
    pub(crate) column_offset: usize,
    /// How many rows and columns are of one batch.
    pub(crate) batch: (usize, usize),
    /// The param slots.
    pub(crate) params: Vec<T>,
    /// The column slots, column after column.
    pub(crate) packed: Vec<T>,
}

impl<'a, T: Real> Bound<'a, T> {
    /// Puts what is the same for all rows and columns.
    pub(crate) fn put_uniform(&self, machine: &mut Machine<'_, T>) {
        let params = machine.uniform(Place::Param);
        if params.len() == self.params.len() {
            params.copy_from_slice(&self.params);
        }
        for (number, input) in (0..).zip(&self.program.inputs) {
            if input.class == Class::Param {
                self.inputs[number as usize].put_uniform(machine, Place::Input(number));
            }
        }
    }

    /// Puts rows of the inputs of a class.
    pub(crate) fn put(
        &self,
        machine: &mut Machine<'_, T>,
        class: Class,
        which: &Which<'_>,
        lanes: usize,
        scratch: &mut Scratch<T>,
    ) {
        for (number, input) in (0..).zip(&self.program.inputs) {
            if input.class == class {
                let data = &self.inputs[number as usize];
                data.put(machine, Place::Input(number), which, lanes, scratch);
            }
        }
    }
}

/// A thread's machines and arrays. The arrays are those of the block of rows that it began last.
#[derive(Debug)]
pub(crate) struct Worker<'b, 'a, T> {
    bound: &'b Bound<'a, T>,
    row: Machine<'b, T>,
    finish: Machine<'b, T>,
    merge: Machine<'b, T>,
    column: Machine<'b, T>,
    pairs: Option<Pairs<'b, T>>,
    rows: Range<usize>,
    lanes: usize,
    row_slots: Vec<T>,
    pub(crate) state: Vec<T>,
    /// In a gather, the slots of a column for each row, and the state before them.
    slots: Vec<T>,
    before: Vec<T>,
    scratch: Scratch<T>,
}

/// No column.
const NONE: usize = usize::MAX;

impl<'b, 'a, T: Real> Worker<'b, 'a, T> {
    pub(crate) fn new(bound: &'b Bound<'a, T>) -> Worker<'b, 'a, T> {
        let sections = bound.sections;
        let pairs = match (bound.kind, bound.compiled) {
            (Kind::MapReduce(_), Some(_)) | (Kind::Map, _) => None,
            (Kind::MapReduce(_), None) | (Kind::Gather { .. }, _) => {
                Some(Pairs::new(sections, bound.program.exact))
            }
        };
        let mut worker = Worker {
            bound,
            row: Machine::new(&sections.row),
            finish: Machine::new(&sections.finish),
            merge: Machine::new(&sections.merge),
            column: Machine::new(&sections.column),
            pairs,
            rows: 0..0,
            lanes: 0,
            row_slots: Vec::new(),
            state: Vec::new(),
            slots: Vec::new(),
            before: Vec::new(),
            scratch: Scratch::default(),
        };
        for machine in [&mut worker.row, &mut worker.finish, &mut worker.column] {
            bound.put_uniform(machine);
        }
        worker
    }

    /// Begins with a block of rows: its slots, and the initial state.
    pub(crate) fn begin(&mut self, rows: Range<usize>) {
        let bound = self.bound;
        self.lanes = rows.len().next_multiple_of(LANE_BLOCK);
        self.rows = rows;
        let which = Which::Run(self.rows.clone());
        bound.put(
            &mut self.row,
            Class::Row,
            &which,
            self.lanes,
            &mut self.scratch,
        );
        self.row.run(bound.level, self.lanes);
        self.row_slots
            .resize(bound.program.row_slots.len() * self.lanes, T::default());
        self.row.get(Place::Row, &mut self.row_slots, self.lanes);
        self.state.clear();
        for &init in &bound.sections.init {
            self.state.resize(self.state.len() + self.lanes, init);
        }
    }

    /// Takes up a state of a block of rows, to merge with others.
    pub(crate) fn resume(&mut self, rows: Range<usize>, state: &[T]) {
        self.lanes = rows.len().next_multiple_of(LANE_BLOCK);
        self.rows = rows;
        self.state.clear();
        self.state.extend_from_slice(state);
    }

    /// Folds the columns of a task into the state.
    pub(crate) fn visit(&mut self, task: &tasks::Task) {
        let bound = self.bound;
        for &[from, to] in bound.tasks.columns(task) {
            self.fold(from as usize..to as usize);
        }
    }

    /// Folds a run of columns into the state.
    fn fold(&mut self, columns: Range<usize>) {
        let bound = self.bound;
        let width = bound.program.column_slots.len();
        let tile = tile(width * size_of::<T>());
        let mut start = columns.start;
        while start < columns.end {
            let end = columns.end.min(start + tile);
            let mut task = Task {
                params: &bound.params,
                rows: &self.row_slots,
                lanes: self.lanes,
                active: self.rows.len(),
                columns: &bound.packed[start * width..end * width],
                column_count: end - start,
                block: bound.block,
                init: &bound.sections.init,
                state: &mut self.state,
            };
            match (bound.compiled, &mut self.pairs) {
                (_, Some(pairs)) => pairs.run(bound.level, &mut task),
                (Some(compiled), None) => compiled(bound.level, &mut task),
                (None, None) => {} // a map
            }
            start = end;
        }
    }

    /// Folds the columns that the input `index` names for each row into its state.
    pub(crate) fn gather(&mut self, index: u32) {
        let bound = self.bound;
        let data = &bound.inputs[index as usize];
        let width = bound.program.inputs[index as usize].width as usize;
        let (rows, columns) = bound.batch;
        let column = |row: usize, component| {
            let number = i64::from(data.index(row, component)) - bound.column_offset as i64;
            let number = usize::try_from(number).ok().filter(|&k| k < columns);
            number.map_or(NONE, |number| row / rows * columns + number)
        };
        // Component by component, the columns of all rows.
        let count = self.rows.len();
        let mut named: Vec<usize> = Vec::with_capacity(count * width);
        for component in 0..width {
            for (lane, row) in self.rows.clone().enumerate() {
                let column = column(row, component);
                let mut earlier = named[lane..].iter().step_by(count).take(component);
                let again = earlier.any(|&other| other == column);
                named.push(if again { NONE } else { column });
            }
        }
        for columns in named.chunks_exact(count.max(1)) {
            self.fold_each(columns);
        }
    }

    /// Folds one column for each row into its state, or none.
    fn fold_each(&mut self, columns: &[usize]) {
        let bound = self.bound;
        let Some(pairs) = &mut self.pairs else { return };
        if columns.iter().all(|&column| column == NONE) {
            return;
        }
        let picked = columns
            .iter()
            .map(|&column| if column == NONE { 0 } else { column });
        let which = Which::Picked(picked.collect());
        bound.put(
            &mut self.column,
            Class::Column,
            &which,
            self.lanes,
            &mut self.scratch,
        );
        self.column.run(bound.level, self.lanes);
        self.slots
            .resize(bound.program.column_slots.len() * self.lanes, T::default());
        self.column.get(Place::Column, &mut self.slots, self.lanes);
        self.before.clone_from(&self.state);
        let mut task = Task {
            params: &bound.params,
            rows: &self.row_slots,
            lanes: self.lanes,
            active: self.rows.len(),
            columns: &self.slots,
            column_count: 1,
            block: bound.block,
            init: &bound.sections.init,
            state: &mut self.state,
        };
        pairs.gathered(bound.level, &mut task);
        // What has no column keeps its state.
        let states = self.state.chunks_exact_mut(self.lanes);
        for (state, before) in states.zip(self.before.chunks_exact(self.lanes)) {
            for (lane, _) in columns.iter().enumerate().filter(|c| *c.1 == NONE) {
                state[lane] = before[lane];
            }
        }
    }

    /// Folds the state of later columns into the state.
    pub(crate) fn merge(&mut self, later: &[T]) {
        merge(
            &mut self.merge,
            self.bound.level,
            self.lanes,
            &mut self.state,
            later,
        );
    }

    /// Writes the results of the block.
    pub(crate) fn finish(&mut self, results: &mut [OutputMut<'_, T>]) {
        let bound = self.bound;
        let which = Which::Run(self.rows.clone());
        bound.put(
            &mut self.finish,
            Class::Row,
            &which,
            self.lanes,
            &mut self.scratch,
        );
        self.finish.put(Place::Row, &self.row_slots, self.lanes);
        self.finish.put(Place::State, &self.state, self.lanes);
        self.finish.run(bound.level, self.lanes);
        for ((number, output), result) in (0..).zip(&bound.program.outputs).zip(results) {
            let width = output.width as usize;
            take(
                &mut self.finish,
                Place::Output(number),
                output.ty,
                width,
                result,
            );
        }
    }
}
