//! One pass on the CPU.

use super::arrays::{Array, Scratch, Which};
use super::tasks::{Group, NO_STATE, Task};
use super::worker::{Bound, Worker};
use crate::argument::OutputMut;
use crate::cpu::lanes::Machine;
use crate::cpu::nest::LANE_BLOCK;
use crate::row::Real;
use keops_program::program::{Class, Place};
use keops_program::schedule::Kind;
use rayon::prelude::*;
use std::ops::Range;

/// Instructions times lanes below which threads cost more than they gain: some 20 µs.
const SERIAL: u64 = 400_000;

impl<T: Real> Bound<'_, T> {
    /// Computes the param slots and the slots of all columns.
    pub(crate) fn prepare(&mut self) {
        self.prepare_params();
        if let Kind::MapReduce(_) = self.kind {
            self.packed = self.pack();
        }
    }

    /// Computes the param slots.
    pub(crate) fn prepare_params(&mut self) {
        let mut machine = Machine::new(&self.sections.param);
        self.put_uniform(&mut machine);
        machine.run(self.level, LANE_BLOCK);
        self.params = vec![T::default(); self.program.param_slots.len()];
        let params = machine.uniform(Place::Param);
        if params.len() == self.params.len() {
            self.params.copy_from_slice(params);
        }
    }

    /// The slots of all columns.
    fn pack(&self) -> Vec<T> {
        let width = self.program.column_slots.len();
        if width == 0 || self.columns == 0 {
            return Vec::new();
        }
        let lanes = self.sections.lanes;
        let mut packed = vec![T::default(); self.columns * width];
        let start = || {
            let mut machine = Machine::new(&self.sections.column);
            self.put_uniform(&mut machine);
            (machine, Scratch::default())
        };
        let block = |(machine, scratch): &mut (Machine<'_, T>, Scratch<T>),
                     (number, packed): (usize, &mut [T])| {
            let first = number * lanes;
            let count = packed.len() / width;
            let padded = count.next_multiple_of(LANE_BLOCK);
            let which = Which::Run(first..first + count);
            self.put(machine, Class::Column, &which, padded, scratch);
            machine.run(self.level, padded);
            for k in 0..width {
                let from = machine.lanes(Place::Column, k).iter();
                let to = packed[k..].iter_mut().step_by(width);
                from.zip(to).for_each(|(from, to)| *to = *from);
            }
        };
        let work = self.columns as u64 * (self.sections.column.work() + width as u64);
        if work < SERIAL {
            let mut local = start();
            packed
                .chunks_mut(lanes * width)
                .enumerate()
                .for_each(|part| block(&mut local, part));
        } else {
            let parts = packed.par_chunks_mut(lanes * width).enumerate();
            parts.for_each_init(start, block);
        }
        packed
    }

    /// Whether the pass is too small for threads.
    fn is_small(&self) -> bool {
        let pair = match self.kind {
            Kind::MapReduce(_) => self.sections.update.work() + 1,
            Kind::Map | Kind::Gather { .. } => 0,
        };
        let row = self.sections.row.work() + self.sections.finish.work();
        // One row takes as long as a whole group of them.
        let padded = |rows: usize| rows.next_multiple_of(LANE_BLOCK) as u64;
        let groups = self
            .tasks
            .groups
            .iter()
            .map(|group| padded(group.rows.len()));
        let rows = groups.sum::<u64>().max(1);
        let columns = self.pairs as u64 / self.rows.max(1) as u64;
        rows.saturating_mul((pair * columns).saturating_add(row)) < SERIAL
    }

    /// Runs the pass: its outputs.
    pub(crate) fn run(&self) -> Vec<Array<T>> {
        let mut outputs = self.new_outputs();
        let parts = self.fold_parts();
        self.each(
            &self.tasks.groups,
            &mut outputs,
            |worker, group, results| {
                worker.begin(rows(group));
                self.fold_group(worker, group, &parts);
                worker.finish(results);
            },
        );
        outputs
    }

    /// Memory for the outputs.
    pub(crate) fn new_outputs(&self) -> Vec<Array<T>> {
        let outputs = self.program.outputs.iter();
        outputs
            .map(|output| Array::new(output.ty, self.rows * output.width as usize))
            .collect()
    }

    /// Folds the tasks that leave a partial state.
    fn fold_parts(&self) -> Vec<Vec<T>> {
        let tasks: Vec<&Task> = self
            .tasks
            .tasks
            .iter()
            .filter(|task| task.state != NO_STATE)
            .collect();
        let fold = |worker: &mut Worker<'_, '_, T>, task: &&Task| {
            worker.begin(task.rows.start as usize..task.rows.end as usize);
            worker.visit(task);
            worker.state.clone()
        };
        self.map(&tasks, fold)
    }

    /// Folds all columns of a group's rows, with which the worker has begun.
    fn fold_group(&self, worker: &mut Worker<'_, '_, T>, group: &Group, parts: &[Vec<T>]) {
        match (self.kind, self.tasks.of(group)) {
            (Kind::Gather { index, .. }, _) => worker.gather(index),
            (Kind::Map, _) => {}
            (Kind::MapReduce(_), [task]) => worker.visit(task),
            (Kind::MapReduce(_), tasks) => {
                let mut parts = tasks.iter().map(|task| &parts[task.state as usize]);
                if let Some(first) = parts.next() {
                    worker.state.copy_from_slice(first);
                }
                parts.for_each(|part| worker.merge(part));
            }
        }
    }

    /// Folds all columns: the state of all rows, scalar after scalar.
    pub(crate) fn fold(&self) -> Vec<T> {
        let parts = self.fold_parts();
        let states = self.map(&self.tasks.groups, |worker, group| {
            worker.begin(rows(group));
            self.fold_group(worker, group, &parts);
            worker.state.clone()
        });
        let mut all = vec![T::default(); self.sections.init.len() * self.rows];
        for (group, state) in self.tasks.groups.iter().zip(states) {
            put_state(&mut all, self.rows, rows(group), &state);
        }
        all
    }

    /// Merges the states of all rows with those after later columns.
    pub(crate) fn merge(&self, state: &mut [T], later: &[T]) {
        let mut worker = Worker::new(self);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let scalars = self.sections.init.len();
        for block in blocks(self.rows, self.sections.lanes) {
            let rows = rows(&block);
            take_state(&mut one, state, (scalars, self.rows), rows.clone());
            take_state(&mut other, later, (scalars, self.rows), rows.clone());
            worker.resume(rows.clone(), &one);
            worker.merge(&other);
            put_state(state, self.rows, rows, &worker.state);
        }
    }

    /// Turns the states of all rows into outputs.
    pub(crate) fn finish(&self, state: &[T], outputs: &mut [Array<T>]) {
        let blocks = blocks(self.rows, self.sections.lanes);
        self.each(&blocks, outputs, |worker, block, results| {
            worker.begin(rows(block));
            let mut own = Vec::new();
            let scalars = self.sections.init.len();
            take_state(&mut own, state, (scalars, self.rows), rows(block));
            worker.state.copy_from_slice(&own);
            worker.finish(results);
        });
    }

    /// Does something with each, in parallel where that pays.
    fn map<A: Sync, R: Send>(
        &self,
        all: &[A],
        what: impl Fn(&mut Worker<'_, '_, T>, &A) -> R + Send + Sync,
    ) -> Vec<R> {
        if all.len() < 2 || self.is_small() {
            let mut worker = Worker::new(self);
            all.iter().map(|one| what(&mut worker, one)).collect()
        } else {
            let start = || Worker::new(self);
            all.par_iter().map_init(start, what).collect()
        }
    }

    /// Does something with each group of rows and its part of the outputs.
    fn each(
        &self,
        groups: &[Group],
        outputs: &mut [Array<T>],
        what: impl Fn(&mut Worker<'_, '_, T>, &Group, &mut [OutputMut<'_, T>]) + Sync,
    ) {
        let mut parts: Vec<(&Group, Vec<OutputMut<'_, T>>)> = groups
            .iter()
            .map(|group| (group, Vec::with_capacity(outputs.len())))
            .collect();
        for (array, output) in outputs.iter_mut().zip(&self.program.outputs) {
            let width = output.width as usize;
            let mut rest = array.as_mut();
            for (group, part) in &mut parts {
                let (first, after) = rest.split(group.rows.len() * width);
                part.push(first);
                rest = after;
            }
        }
        if parts.len() < 2 || self.is_small() {
            let mut worker = Worker::new(self);
            for (group, mut part) in parts {
                what(&mut worker, group, &mut part);
            }
        } else {
            parts.into_par_iter().for_each_init(
                || Worker::new(self),
                |worker, (group, mut part)| what(worker, group, &mut part),
            );
        }
    }
}

/// The rows of a group.
fn rows(group: &Group) -> Range<usize> {
    group.rows.start as usize..group.rows.end as usize
}

/// All rows in blocks of at most so many.
fn blocks(rows: usize, most: usize) -> Vec<Group> {
    let block = |start: usize| Group {
        rows: start as u32..(start + most).min(rows) as u32,
        tasks: 0..0,
    };
    (0..rows).step_by(most).map(block).collect()
}

/// Copies the state of some rows, laid out in lanes, to that of all rows.
fn put_state<T: Real>(all: &mut [T], count: usize, rows: Range<usize>, state: &[T]) {
    if all.is_empty() {
        return;
    }
    let lanes = rows.len().next_multiple_of(LANE_BLOCK);
    for (to, from) in all.chunks_exact_mut(count).zip(state.chunks_exact(lanes)) {
        to[rows.clone()].copy_from_slice(&from[..rows.len()]);
    }
}

/// Copies the state of some rows into lanes; those after the last row get that of the last.
fn take_state<T: Real>(
    to: &mut Vec<T>,
    all: &[T],
    (scalars, count): (usize, usize),
    rows: Range<usize>,
) {
    let lanes = rows.len().next_multiple_of(LANE_BLOCK);
    to.clear();
    for from in (0..scalars).map(|k| &all[k * count..][rows.clone()]) {
        to.extend_from_slice(from);
        to.resize(to.len() + lanes - rows.len(), from[rows.len() - 1]);
    }
}
