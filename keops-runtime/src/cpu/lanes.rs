//! The lane interpreter: any section of any program, over blocks of lanes.
//!
//! A section is compiled once to a list of instructions; each is one compiled loop over the lanes
//! of its operands, so the cost of interpretation is shared by all lanes. The functions are those of
//! the compiled kernels ([`Op::visit`](keops_program::op::Op::visit)), in the same arithmetic, so the
//! results have the same bits.
//!
//! It fills the param, row and column slots and finishes states in every call; where there is no
//! compiled kernel, or the calling crate is not optimised, it does the pair work, too.

mod code;
mod compile;
mod homes;
mod lanewise;
mod layout;
mod line;
mod sections;
#[cfg(test)]
mod tests;

use super::nest::Task;
use super::simd::Level;
use crate::row::Real;
use keops_program::program::Place;

pub(crate) use code::Machine;
pub(crate) use sections::Sections;

/// The interpreter of a pass' pair work, with its memory.
#[derive(Debug)]
pub(crate) struct Pairs<'c, T> {
    update: Machine<'c, T>,
    grouped: Option<(usize, Machine<'c, T>)>,
    merge: Machine<'c, T>,
    carried: &'c [usize],
    /// See [`Program::exact`](keops_program::program::Program::exact).
    exact: bool,
}

impl<'c, T: Real> Pairs<'c, T> {
    pub(crate) fn new(sections: &'c Sections<T>, exact: bool) -> Pairs<'c, T> {
        let grouped = sections.grouped.as_ref();
        Pairs {
            update: Machine::new(&sections.update),
            grouped: grouped.map(|(group, code)| (*group, Machine::new(code))),
            merge: Machine::new(&sections.merge),
            carried: &sections.carried,
            exact,
        }
    }

    /// Folds the columns of a task into its state, as [`compiled`](super::nest::compiled) does.
    pub(crate) fn run(&mut self, level: Level, task: &mut Task<'_, T>) {
        let Task {
            params,
            rows,
            lanes,
            columns,
            column_count,
            block,
            init,
            ref mut state,
            ..
        } = *task;
        if column_count == 0 || init.is_empty() {
            return;
        }
        let width = columns.len() / column_count;
        copy(self.update.uniform(Place::Param), params);
        copy(self.merge.uniform(Place::Param), params);
        self.update.put(Place::Row, rows, lanes);
        if self.exact {
            self.update.put(Place::State, state, lanes);
            for column in columns.chunks_exact(width.max(1)) {
                copy(self.update.uniform(Place::Column), column);
                self.update.run(level, lanes);
            }
            if width == 0 {
                (0..column_count).for_each(|_| self.update.run(level, lanes));
            }
            self.update.get(Place::State, state, lanes);
            return;
        }
        self.merge.put(Place::State, state, lanes);
        self.merge.fill(Place::Other, init, lanes);
        if let Some((_, grouped)) = &mut self.grouped {
            copy(grouped.uniform(Place::Param), params);
            grouped.put(Place::Row, rows, lanes);
        }
        let mut next = 0;
        while next < column_count {
            let end = column_count.min(next + block);
            self.update.fill(Place::State, init, lanes);
            for &k in self.carried {
                let to = self.update.lanes(Place::State, k);
                if !to.is_empty() {
                    to[..lanes].copy_from_slice(&self.merge.lanes(Place::State, k)[..lanes]);
                }
            }
            if let Some((group, grouped)) = &mut self.grouped
                && width > 0
                && end - next >= *group
            {
                self.update
                    .hand_over(Place::State, grouped, Place::State, lanes);
                while end - next >= *group {
                    let columns = &columns[next * width..][..*group * width];
                    copy(grouped.uniform(Place::Column), columns);
                    grouped.run(level, lanes);
                    next += *group;
                }
                grouped.hand_over(Place::State, &mut self.update, Place::State, lanes);
            }
            for column in next..end {
                copy(
                    self.update.uniform(Place::Column),
                    &columns[column * width..][..width],
                );
                self.update.run(level, lanes);
            }
            self.merge_state(level, lanes);
            next = end;
        }
        self.merge.get(Place::State, state, lanes);
    }

    /// Folds one column for each row, of slots laid out like the rows, into the state.
    pub(crate) fn gathered(&mut self, level: Level, task: &mut Task<'_, T>) {
        let Task {
            params,
            rows,
            lanes,
            columns,
            init,
            ref mut state,
            ..
        } = *task;
        copy(self.update.uniform(Place::Param), params);
        copy(self.merge.uniform(Place::Param), params);
        self.update.put(Place::Row, rows, lanes);
        self.update.put(Place::Column, columns, lanes);
        self.update.fill(Place::State, init, lanes);
        self.merge.put(Place::State, state, lanes);
        self.merge.fill(Place::Other, init, lanes);
        self.update.run(level, lanes);
        self.merge_state(level, lanes);
        self.merge.get(Place::State, state, lanes);
    }

    /// Folds the state that `update` left into the total.
    fn merge_state(&mut self, level: Level, lanes: usize) {
        self.update
            .hand_over(Place::State, &mut self.merge, Place::Other, lanes);
        self.merge.run(level, lanes);
    }
}

/// Merges states of later columns into states of earlier ones, both laid out like rows.
pub(crate) fn merge<T: Real>(
    machine: &mut Machine<'_, T>,
    level: Level,
    lanes: usize,
    state: &mut [T],
    later: &[T],
) {
    machine.put(Place::State, state, lanes);
    machine.put(Place::Other, later, lanes);
    machine.run(level, lanes);
    machine.get(Place::State, state, lanes);
}

/// Copies where the block names the array.
fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    if !to.is_empty() {
        to.copy_from_slice(from);
    }
}
