//! One pass on the CPU.

use super::arrays::{Array, Scratch, Which};
use super::sizes::Chunks;
use super::worker::{Bound, Worker};
use crate::argument::OutputMut;
use crate::cpu::lanes::Machine;
use crate::cpu::nest::LANE_BLOCK;
use crate::row::Real;
use keops_program::program::{Class, Place};
use keops_program::schedule::Kind;
use rayon::prelude::*;

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
            Kind::MapReduce(_) => (self.sections.update.work() + 1) * self.columns as u64,
            Kind::Map | Kind::Gather { .. } => 0,
        };
        let row = self.sections.row.work() + self.sections.finish.work();
        // One row takes as long as a whole group of them.
        let rows = self.rows.next_multiple_of(LANE_BLOCK) as u64;
        rows.saturating_mul(pair.saturating_add(row)) < SERIAL
    }

    /// Runs the pass: its outputs.
    pub(crate) fn run(&self) -> Vec<Array<T>> {
        let mut outputs = self.new_outputs();
        let chunks = self.chunks();
        if chunks.count > 1 {
            let states = self.fold();
            self.finish(&states, &mut outputs);
        } else {
            self.each_block(&mut outputs, |worker, number, results| {
                worker.begin(self.block(number));
                match self.kind {
                    Kind::MapReduce(_) => worker.fold(0..self.columns),
                    Kind::Gather { index, .. } => worker.gather(index),
                    Kind::Map => {}
                }
                worker.finish(results);
            });
        }
        outputs
    }

    /// Memory for the outputs.
    pub(crate) fn new_outputs(&self) -> Vec<Array<T>> {
        let outputs = self.program.outputs.iter();
        outputs
            .map(|output| Array::new(output.ty, self.rows * output.width as usize))
            .collect()
    }

    /// How the columns are cut.
    pub(crate) fn chunks(&self) -> Chunks {
        match self.kind {
            Kind::MapReduce(_) => Chunks::of(self.rows, self.columns, self.sections.init.len()),
            Kind::Map | Kind::Gather { .. } => Chunks::of(self.rows, 0, 0),
        }
    }

    /// Folds all columns: the state of each block of rows.
    pub(crate) fn fold(&self) -> Vec<Vec<T>> {
        let chunks = self.chunks();
        let task = |worker: &mut Worker<'_, '_, T>, number: usize| {
            worker.begin(self.block(number / chunks.count));
            worker.fold(chunks.range(number % chunks.count));
            worker.state.clone()
        };
        let tasks = self.blocks() * chunks.count;
        let mut states: Vec<Vec<T>> = if self.is_small() {
            let mut worker = Worker::new(self);
            (0..tasks).map(|number| task(&mut worker, number)).collect()
        } else {
            (0..tasks)
                .into_par_iter()
                .map_init(|| Worker::new(self), task)
                .collect()
        };
        if chunks.count == 1 {
            return states;
        }
        let mut worker = Worker::new(self);
        let blocks = states
            .chunks_mut(chunks.count)
            .enumerate()
            .map(|(number, parts)| {
                worker.resume(self.block(number), &parts[0]);
                for part in &parts[1..] {
                    worker.merge(part);
                }
                std::mem::take(&mut worker.state)
            });
        blocks.collect()
    }

    /// Turns the states of blocks of rows into outputs.
    pub(crate) fn finish(&self, states: &[Vec<T>], outputs: &mut [Array<T>]) {
        self.each_block(outputs, |worker, number, results| {
            worker.begin(self.block(number));
            worker.state.copy_from_slice(&states[number]);
            worker.finish(results);
        });
    }

    /// Does something with each block of rows and its part of the outputs.
    fn each_block(
        &self,
        outputs: &mut [Array<T>],
        what: impl Fn(&mut Worker<'_, '_, T>, usize, &mut [OutputMut<'_, T>]) + Sync,
    ) {
        let mut blocks: Vec<Vec<OutputMut<'_, T>>> = Vec::new();
        blocks.resize_with(self.blocks(), || Vec::with_capacity(outputs.len()));
        for (array, output) in outputs.iter_mut().zip(&self.program.outputs) {
            let length = self.sections.lanes * output.width as usize;
            let mut parts: Vec<OutputMut<'_, T>> = match array.as_mut() {
                _ if length == 0 => Vec::new(),
                OutputMut::Real(all) => all.chunks_mut(length).map(OutputMut::Real).collect(),
                OutputMut::Labels(all) => all.chunks_mut(length).map(OutputMut::Labels).collect(),
            };
            parts.resize_with(self.blocks(), || OutputMut::Real(&mut []));
            for (block, part) in blocks.iter_mut().zip(parts) {
                block.push(part);
            }
        }
        if self.is_small() {
            let mut worker = Worker::new(self);
            for (number, mut block) in blocks.into_iter().enumerate() {
                what(&mut worker, number, &mut block);
            }
        } else {
            blocks.into_par_iter().enumerate().for_each_init(
                || Worker::new(self),
                |worker, (number, mut block)| what(worker, number, &mut block),
            );
        }
    }
}
