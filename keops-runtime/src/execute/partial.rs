//! States of a reduction over a part of its columns, to be merged with those of the other parts.

use super::engine::engine;
use super::{Prepared, column_axis};
use crate::argument::OutputMut;
use crate::device::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::row::Real;
use keops_program::program::Source;
use keops_program::schedule::{Axis, Kind, Pass, Schedule};
use std::ops::Range;

/// The state of a reduction over some of its columns.
///
/// States of consecutive parts are [merged](State::merge) in the order of the columns, and
/// [finished](State::finish) when all are in.
#[derive(Clone, Debug)]
pub struct State<'a, T: 'static> {
    call: Prepared<'a, T>,
    /// The numbers of the columns that are in.
    columns: Range<usize>,
    /// How many columns of each batch are in.
    count: usize,
    /// Of each pass over pairs, the state of all rows, scalar after scalar.
    passes: Vec<Vec<T>>,
}

impl<'a, T: Real> Prepared<'a, T> {
    /// Reduces the columns of this call, the first of which has the number `first`.
    ///
    /// # Errors
    ///
    /// A pass over the pairs needs the results of another one; a column's number would be too large; the
    /// device cannot be had.
    pub fn partial(self, first: u32) -> Result<State<'a, T>> {
        let Some((axis, count)) = independent(&self.loaded.schedule) else {
            let message = format!(
                "`{}` goes over its pairs more than once, so a part of the columns does not say \
                 enough: `partial` is for formulas whose reductions do not need each other",
                self.name
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        let offsets = self.offsets;
        let mut call = match axis {
            Axis::I => self.offset(first, offsets.j as u32)?,
            Axis::J | Axis::Batch | Axis::Unit => self.offset(offsets.i as u32, first)?,
        };
        let mut on_device = Vec::new();
        if let Some(target) = call.target()? {
            for number in 0..count {
                on_device.push(target.partial(&call.call(), number)?);
            }
        }
        // Where states are merged and finished.
        call.options.device = Some(Device::Cpu);
        let mut on_device = on_device.into_iter();
        let passes = (0..count)
            .map(|number| {
                let mut bound = call.bind(number, &[]);
                let Some(parts) = on_device.next() else {
                    return (engine().fold)(&mut bound);
                };
                let mut parts = parts.into_iter();
                let mut state = parts.next().unwrap_or_default();
                parts.for_each(|later| (engine().merge)(&bound, &mut state, &later));
                state
            })
            .collect();
        let count = call.sizes.block(axis);
        let columns = first as usize..first as usize + count;
        Ok(State {
            call,
            columns,
            count,
            passes,
        })
    }
}

/// The axis over which every pass over pairs goes, and how many there are (the first ones), if none of
/// them needs the results of another, and none of the others has a row for each column.
fn independent(schedule: &Schedule) -> Option<(Axis, usize)> {
    let axis = schedule.passes.first().and_then(column_axis)?;
    let folds = |pass: &&Pass| pass.kind == Kind::MapReduce(axis);
    let count = schedule.passes.iter().take_while(folds).count();
    let (pairs, maps) = schedule.passes.split_at(count);
    let reads = |pass: &Pass| {
        let mut inputs = pass.program.inputs.iter();
        inputs.any(|input| matches!(input.source, Source::Output { .. }))
    };
    let sound = count > 0
        && !pairs.iter().any(reads)
        && maps
            .iter()
            .all(|pass| pass.kind == Kind::Map && pass.rows != axis);
    sound.then_some((axis, count))
}

impl<T: Real> State<'_, T> {
    /// The numbers of the columns that are in.
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// Adds the columns of a later part.
    ///
    /// # Errors
    ///
    /// The other state is of another formula or other rows, or its columns do not come later.
    pub fn merge(&mut self, later: &State<'_, T>) -> Result<()> {
        let (schedule, other) = (&self.call.loaded.schedule, &later.call.loaded.schedule);
        let axis = column_axis(&schedule.passes[0]);
        let rows = |call: &Prepared<'_, T>| match axis {
            Some(Axis::I) => call.sizes.j,
            _ => call.sizes.i,
        };
        if schedule != other {
            let message = "states of two different formulas cannot be merged";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let batches = (self.call.sizes.batches, later.call.sizes.batches);
        if batches.0 != batches.1 {
            let message = format!(
                "a state of {} batches cannot be merged with one of {} batches",
                batches.0, batches.1
            );
            return Err(Error::new(ErrorKind::Rows, message));
        }
        let (expected, found) = (rows(&self.call), rows(&later.call));
        if expected != found {
            let message =
                format!("a state of {expected} rows cannot be merged with one of {found} rows");
            return Err(Error::new(ErrorKind::Rows, message));
        }
        if later.columns.start < self.columns.end && later.count > 0 {
            let message = format!(
                "states are merged in the order of their columns: {} to {} are in, so the next \
                 part starts at {} or later, not at {}",
                self.columns.start, self.columns.end, self.columns.end, later.columns.start
            );
            return Err(Error::new(ErrorKind::Rows, message));
        }
        for (number, (states, later)) in self.passes.iter_mut().zip(&later.passes).enumerate() {
            (engine().merge)(&self.call.bind(number, &[]), states, later);
        }
        self.columns.end = self.columns.end.max(later.columns.end);
        self.count += later.count;
        Ok(())
    }

    /// The results over all columns that are in; outputs as for [`Prepared::run`].
    ///
    /// # Errors
    ///
    /// An output of another length or type.
    pub fn finish(self, outputs: &mut [OutputMut<'_, T>]) -> Result<()> {
        self.call.check_outputs(outputs)?;
        // The number of columns, which a mean reads, is that of all parts.
        let mut all = self.call.clone();
        match column_axis(&all.loaded.schedule.passes[0]) {
            Some(Axis::I) => all.sizes.i = self.count * all.sizes.batches,
            Some(Axis::J) => all.sizes.j = self.count * all.sizes.batches,
            Some(Axis::Batch | Axis::Unit) | None => {}
        }
        let passes = self.passes.iter().enumerate();
        let done = passes
            .map(|(number, states)| (engine().finish)(&mut all.bind(number, &[]), states))
            .collect();
        all.run_after(done, outputs, 0).map(|_| ())
    }

    /// The call that it is of.
    pub fn call(&self) -> &Prepared<'_, T> {
        &self.call
    }
}
