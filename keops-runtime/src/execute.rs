//! The execution of schedules.
//!
//! [`Prepared`] is a call whose arguments were checked: it knows the sizes and what will run. Each
//! pass of its schedule fills in param slots once, column slots once for each column, then goes
//! over blocks of rows in parallel; memory is linear in the numbers of rows and columns.

mod arrays;
mod bind;
mod engine;
mod partial;
mod pass;
mod sizes;
pub(crate) mod tasks;
mod tiling;
mod worker;

use crate::argument::{Argument, OutputMut};
use crate::cpu::Level;
use crate::cpu::nest::Compiled;
use crate::cuda::{self, Call, Target as Gpu};
use crate::descriptor::{Descriptor, Loaded};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{Engine, Plan, Step, Work};
use crate::ranges::Ranges;
use crate::row::Real;
use keops_program::program::{Source, Type};
use keops_program::schedule::{Axis, Kind, Pass, Target};
use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use arrays::Array;
pub(crate) use engine::engine;
pub use partial::State;
pub(crate) use sizes::{Offsets, Sizes};
pub(crate) use tiling::Tiling;

/// A call whose arguments were checked against its schedule, ready to run.
#[derive(Clone, Debug)]
pub struct Prepared<'a, T: 'static> {
    name: Cow<'static, str>,
    loaded: Arc<Loaded<T>>,
    compiled: Cow<'static, [Option<Compiled<T>>]>,
    ptx: Option<Cow<'static, str>>,
    arguments: Vec<Argument<'a, T>>,
    /// For each argument, which of its batches stand for those of the call.
    tiled: Vec<Option<Tiling>>,
    ranges: Option<&'a Ranges>,
    sizes: Sizes,
    /// The numbers of the first rows.
    offsets: Offsets,
    options: Options,
    level: Level,
    /// Columns in a block.
    block: usize,
}

/// The outputs of a forward pass, kept for gradients.
#[derive(Clone, Debug)]
pub struct Saved<T> {
    outputs: Vec<Array<T>>,
    sizes: Sizes,
}

impl<'a, T: Real> Prepared<'a, T> {
    /// Checks the arguments and options of a call.
    ///
    /// # Errors
    ///
    /// Arguments of another width than the schedule says, or that disagree on the number of rows of
    /// an axis, or do not say it; too many rows, or rows that cannot be cut into the batches; an option
    /// that cannot be had.
    pub fn new(
        descriptor: &Descriptor<T>,
        arguments: &[Argument<'a, T>],
        options: &Options,
    ) -> Result<Prepared<'a, T>> {
        let block = options.block();
        let loaded = descriptor.load()?;
        let schedule = &loaded.schedule;
        let (expected, found) = (schedule.arguments.len(), arguments.len());
        if expected != found {
            return Err(Error::internal(format!(
                "{expected} arguments expected, {found} found"
            )));
        }
        let batches = options.batch.batches()?;
        let (mut plain, mut tiled) = (Vec::new(), Vec::new());
        for (argument, given) in schedule.arguments.iter().zip(arguments) {
            let (given, repeats) = given.untiled();
            plain.push(given);
            let tiling = |repeats| Tiling::new(&argument.name, &repeats, &options.batch);
            tiled.push(repeats.map(tiling).transpose()?);
        }
        let sizes = Sizes::read(schedule, &plain, batches, &tiled)?;
        Ok(Prepared {
            name: descriptor.name.clone(),
            loaded,
            compiled: descriptor.compiled.clone(),
            ptx: descriptor.ptx.clone(),
            arguments: plain,
            tiled,
            ranges: None,
            sizes,
            offsets: Offsets::default(),
            options: *options,
            block,
            level: options.cpu_level()?,
        })
    }

    /// The same call over the pairs of these ranges alone.
    ///
    /// # Errors
    ///
    /// They are of other numbers of rows, or a block lies in several batches; seen from the side that
    /// the call needs, they take too much memory.
    pub fn ranges(mut self, ranges: &'a Ranges) -> Result<Prepared<'a, T>> {
        for (axis, expected, found) in [
            ("i", self.sizes.i, ranges.m()),
            ("j", self.sizes.j, ranges.n()),
        ] {
            if expected != found {
                let message = format!(
                    "the ranges are of {found} rows of the axis {axis}, and the call has {expected}"
                );
                return Err(Error::new(ErrorKind::Rows, message));
            }
        }
        let (m, n) = (self.sizes.block(Axis::I), self.sizes.block(Axis::J));
        for (rows, columns) in ranges.blocks() {
            let batch = |row: u32, block: usize| row as usize / block.max(1);
            let of = [
                batch(rows.start, m),
                batch(rows.end - 1, m),
                batch(columns.start, n),
                batch(columns.end - 1, n),
            ];
            if of.iter().any(|&batch| batch != of[0]) {
                let message = format!(
                    "the ranges visit rows {rows:?} of the axis i with rows {columns:?} of the axis \
                     j, which are of several batches: a batch has {m} and {n} rows, and a block lies \
                     in one"
                );
                return Err(Error::new(ErrorKind::Rows, message));
            }
        }
        for pass in &self.loaded.schedule.passes {
            if let (Axis::I | Axis::J, Kind::MapReduce(_)) = (pass.rows, pass.kind) {
                ranges.prepare(pass.rows)?;
            }
        }
        self.ranges = Some(ranges);
        Ok(self)
    }

    /// The same call on rows whose first ones have the numbers `i0` and `j0`: they are added to
    /// positions and selected indices.
    ///
    /// # Errors
    ///
    /// A row's number would be larger than an index can be.
    pub fn offset(mut self, i0: u32, j0: u32) -> Result<Prepared<'a, T>> {
        let axes = [("i", i0, self.sizes.i), ("j", j0, self.sizes.j)];
        for (axis, offset, rows) in axes {
            if i32::try_from(offset as usize + rows).is_err() {
                let message = format!(
                    "{rows} rows from number {offset} on the axis {axis} go beyond the largest \
                     index, {}",
                    i32::MAX
                );
                return Err(Error::new(ErrorKind::Size, message));
            }
        }
        self.offsets = Offsets {
            i: i0 as usize,
            j: j0 as usize,
        };
        Ok(self)
    }

    /// The number of results.
    pub fn results(&self) -> usize {
        self.loaded.schedule.results.len()
    }

    /// The numbers of rows of both clouds.
    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// The number of rows of a result; 0 where there is no such result.
    pub fn rows(&self, result: usize) -> usize {
        let schedule = &self.loaded.schedule;
        let target = schedule.results.get(result);
        target.map_or(0, |target| {
            let rows = self.sizes.of(schedule.passes[target.pass as usize].rows);
            rows / self.tiling(target).map_or(1, |tiling| tiling.repeats)
        })
    }

    /// Over which repetitions a result is summed.
    fn tiling(&self, target: &Target) -> Option<&Tiling> {
        Tiling::of(Source::Argument(target.like?), &self.tiled)
    }

    /// The numbers in one row of a result; 0 where there is no such result.
    pub fn width(&self, result: usize) -> usize {
        let schedule = &self.loaded.schedule;
        schedule.results.get(result).map_or(0, |target| {
            let pass = &schedule.passes[target.pass as usize];
            pass.program.outputs[target.output as usize].width as usize
        })
    }

    /// What will run.
    ///
    /// # Errors
    ///
    /// The device cannot be had.
    pub fn plan(&self) -> Result<Plan> {
        let call = self.call();
        let target = self.target()?;
        let mut plan = match &target {
            Some(target) => target.plan(&self.name),
            None => {
                let threads = rayon::current_num_threads();
                Plan::on_cpu(self.name.clone(), self.level, threads, self.options.dev)
            }
        };
        for (number, pass) in self.loaded.schedule.passes.iter().enumerate() {
            let (rows, columns) = (self.sizes.of(pass.rows), self.columns(pass));
            let grid = self.grid(pass);
            let (engine, parts) = match (&target, self.kernel(number)) {
                (Some(target), _) => target.engine(&call, number),
                (None, Some(_)) => (Engine::Compiled, self.tasks(number, &grid).splits()),
                (None, None) => (Engine::Interpreted, self.tasks(number, &grid).splits()),
            };
            let (work, splits) = match pass.kind {
                Kind::MapReduce(axis) => (Work::Pairs(letter(axis)), parts),
                Kind::Map => (Work::Rows, 1),
                Kind::Gather { axis, .. } => (Work::Selected(letter(axis)), 1),
            };
            let step = Step::new(work, rows, columns, engine)
                .visiting(grid.pairs())
                .in_batches(grid.batches());
            plan.passes.push(step.split(splits));
        }
        Ok(plan)
    }

    /// Runs the call; one output for each result, as long as its rows.
    ///
    /// # Errors
    ///
    /// An output of another length or type; the device cannot be had.
    pub fn run(&self, outputs: &mut [OutputMut<'_, T>]) -> Result<()> {
        self.run_with(None, outputs)
    }

    /// Runs the call without its forward pass, whose outputs were saved.
    ///
    /// # Errors
    ///
    /// As [`run`](Prepared::run); and where what was saved is of another formula or other sizes.
    pub fn run_with(
        &self,
        saved: Option<&Saved<T>>,
        outputs: &mut [OutputMut<'_, T>],
    ) -> Result<()> {
        self.check_outputs(outputs)?;
        let done = match saved {
            Some(saved) if self.has_forward() => vec![self.check_saved(saved)?],
            _ => Vec::new(),
        };
        self.run_after(done, outputs, 0).map(|_| ())
    }

    /// Runs the call and saves what its forward pass computed.
    ///
    /// # Errors
    ///
    /// As [`run`](Prepared::run).
    pub fn run_and_save(&self, outputs: &mut [OutputMut<'_, T>]) -> Result<Saved<T>> {
        self.check_outputs(outputs)?;
        let keep = usize::from(self.has_forward());
        let first = self
            .run_after(Vec::new(), outputs, keep)?
            .into_iter()
            .next();
        let outputs = first.filter(|_| self.has_forward()).unwrap_or_default();
        Ok(Saved {
            outputs,
            sizes: self.sizes,
        })
    }

    fn has_forward(&self) -> bool {
        self.loaded
            .schedule
            .passes
            .first()
            .is_some_and(|pass| pass.forward)
    }

    /// The saved outputs, if they are those of the forward pass. (That of the value has results of
    /// the value behind them.)
    fn check_saved(&self, saved: &Saved<T>) -> Result<Vec<Array<T>>> {
        let pass = &self.loaded.schedule.passes[0];
        let outputs = &pass.program.outputs;
        let fits = saved.sizes == self.sizes
            && outputs.len() <= saved.outputs.len()
            && outputs.iter().zip(&saved.outputs).all(|(output, array)| {
                let real = matches!(array, Array::Real(_));
                real == (output.ty == Type::Real)
                    && array.len() == self.sizes.of(pass.rows) * output.width as usize
            });
        if fits {
            Ok(saved.outputs.clone())
        } else {
            Err(Error::internal(format!(
                "what was saved is no forward pass of `{}`",
                self.name
            )))
        }
    }

    fn check_outputs(&self, outputs: &[OutputMut<'_, T>]) -> Result<()> {
        if outputs.len() != self.results() {
            let (expected, found) = (self.results(), outputs.len());
            return Err(Error::internal(format!(
                "{expected} outputs expected, {found} found"
            )));
        }
        for (number, output) in outputs.iter().enumerate() {
            let (rows, width) = (self.rows(number), self.width(number));
            if output.len() != rows * width {
                let message = format!(
                    "result {number} of `{}` has {rows} rows of {width}, so {} numbers; the memory \
                     given for it holds {}",
                    self.name,
                    rows * width,
                    output.len()
                );
                return Err(Error::new(ErrorKind::Rows, message));
            }
        }
        Ok(())
    }

    /// The device on which the call runs, with its kernels; none: the CPU.
    fn target(&self) -> Result<Option<Gpu>> {
        cuda::choose(self.options.device()?, &self.call())
    }

    /// What a device needs to know of the call.
    fn call(&self) -> Call<'_, 'a, T> {
        Call {
            name: &self.name,
            ptx: self.ptx.as_ref(),
            schedule: &self.loaded.schedule,
            arguments: &self.arguments,
            sizes: self.sizes,
            ranges: self.ranges,
            tiled: &self.tiled,
            offsets: self.offsets,
            accurate: self.options.accurate,
            block: self.block,
        }
    }

    /// Runs the passes after those that are done; gives the outputs of at least the first `keep`
    /// passes.
    fn run_after(
        &self,
        mut done: Vec<Vec<Array<T>>>,
        outputs: &mut [OutputMut<'_, T>],
        keep: usize,
    ) -> Result<Vec<Vec<Array<T>>>> {
        if let Some(target) = self.target()? {
            return target.run(&self.call(), done, outputs, keep);
        }
        for number in done.len()..self.loaded.schedule.passes.len() {
            let computed = (engine().run)(&mut self.bind(number, &done));
            done.push(computed);
        }
        for (number, target) in self.loaded.schedule.results.iter().enumerate() {
            let array = &done[target.pass as usize][target.output as usize];
            let block = self
                .sizes
                .block(self.loaded.schedule.passes[target.pass as usize].rows);
            let numbers = block * self.width(number);
            if !array.give(self.tiling(target), numbers, &mut outputs[number]) {
                return Err(Error::internal(format!(
                    "result {number} is of another type"
                )));
            }
        }
        Ok(done)
    }

    fn columns(&self, pass: &Pass) -> usize {
        column_axis(pass).map_or(0, |axis| self.sizes.of(axis))
    }
}

/// The axis of the columns.
pub(crate) fn column_axis(pass: &Pass) -> Option<Axis> {
    match pass.kind {
        Kind::MapReduce(axis) | Kind::Gather { axis, .. } => Some(axis),
        Kind::Map => None,
    }
}

fn letter(axis: Axis) -> &'static str {
    match axis {
        Axis::I => "i",
        Axis::J => "j",
        Axis::Batch => "batches",
        Axis::Unit => "one row",
    }
}
