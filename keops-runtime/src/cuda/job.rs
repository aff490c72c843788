//! The passes of one run, and what they have on the device.

use super::call::{Call, size};
use super::cost::Launch;
use super::gpu::Current;
use super::memory::Buffer;
use super::module::Kernel;
use super::stream::{Parameters, Stream};
use super::table::Table;
use crate::argument::{Argument, OutputMut};
use crate::cpu::slot::{from_word, initial};
use crate::error::{Error, Result};
use crate::execute::{Array, column_axis};
use crate::row::Real;
use keops_program::program::{Source, Type};
use keops_program::schedule::Pass;

/// What a run has on the device. The stream is dropped first: that waits for what uses the buffers.
pub(super) struct Job<'c> {
    pub(super) stream: Stream<'c>,
    current: &'c Current<'c>,
    /// Of the arguments that are read.
    arguments: Vec<Option<Buffer<'c>>>,
    /// Of the passes so far; none where nothing reads it.
    pub(super) outputs: Vec<Vec<Option<Buffer<'c>>>>,
}

impl<'c> Job<'c> {
    pub(super) fn new(current: &'c Current<'c>) -> Result<Job<'c>> {
        let stream = Stream::new(current)?;
        Ok(Job {
            stream,
            current,
            arguments: Vec::new(),
            outputs: Vec::new(),
        })
    }

    /// Copies the arguments that the passes from `first` on read.
    pub(super) fn upload_arguments<T: Real>(
        &mut self,
        call: &Call<'_, '_, T>,
        first: usize,
    ) -> Result<()> {
        for (number, argument) in call.arguments.iter().enumerate() {
            let source = Source::Argument(number as u32);
            let buffer = if reads(&call.schedule.passes[first..], source) {
                Some(self.upload(argument, call.rows(number))?)
            } else {
                None
            };
            self.arguments.push(buffer);
        }
        Ok(())
    }

    fn upload<T: Real>(&self, argument: &Argument<'_, T>, rows: usize) -> Result<Buffer<'c>> {
        let allocate = |bytes| Buffer::new(self.current, bytes);
        let numbers = rows * argument.width();
        Ok(match argument {
            Argument::Rows(view) => {
                let buffer = allocate(numbers * size_of::<T>())?;
                self.stream.upload_rows(&buffer, view, rows)?;
                buffer
            }
            Argument::Labels(view) => {
                let buffer = allocate(numbers * size_of::<u32>())?;
                self.stream.upload_rows(&buffer, view, rows)?;
                buffer
            }
            Argument::Param(values) => {
                let buffer = allocate(size_of_val(*values))?;
                self.stream.upload(&buffer, 0, values)?;
                buffer
            }
            Argument::LabelParam(values) => {
                let buffer = allocate(size_of_val(*values))?;
                self.stream.upload(&buffer, 0, values)?;
                buffer
            }
        })
    }

    /// Copies those outputs of a pass that was run before which later passes read.
    pub(super) fn upload_outputs<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        number: usize,
        arrays: &[Array<T>],
    ) -> Result<Vec<Option<Buffer<'c>>>> {
        let later = &call.schedule.passes[number + 1..];
        let outputs = (0..).zip(arrays).map(|(output, array)| {
            let source = Source::Output {
                pass: number as u32,
                output,
            };
            if !reads(later, source) {
                return Ok(None);
            }
            let buffer;
            match array {
                Array::Real(values) => {
                    buffer = Buffer::new(self.current, size_of_val(&values[..]))?;
                    self.stream.upload(&buffer, 0, values)?;
                }
                Array::Integer(values) => {
                    buffer = Buffer::new(self.current, size_of_val(&values[..]))?;
                    self.stream.upload(&buffer, 0, values)?;
                }
            }
            Ok(Some(buffer))
        });
        outputs.collect()
    }

    /// Starts a pass; its outputs.
    pub(super) fn launch<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        number: usize,
        kernel: &Kernel,
        launch: &Launch,
    ) -> Result<Vec<Option<Buffer<'c>>>> {
        let table = Table::of(&call.grid(number), launch, false);
        Ok(self.start(call, number, kernel, launch, &table)?.0)
    }

    /// The state of all rows after a pass, scalar after scalar, with a part of the columns in each: the
    /// states of the parts of a row are merged in their order.
    pub(super) fn partial<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        number: usize,
        kernel: &Kernel,
        launch: &Launch,
    ) -> Result<Vec<Vec<T>>> {
        let table = Table::of(&call.grid(number), launch, true);
        let (_, states) = self.start(call, number, kernel, launch, &table)?;
        let program = &call.schedule.passes[number].program;
        let rows = call.sizes.of(call.schedule.passes[number].rows);
        let scalars = program.state.len();
        let Some(states) = states else {
            return Ok(vec![vec![T::default(); rows * scalars]]);
        };
        let room = launch.threads as usize * launch.rows_per_thread as usize;
        let mut words = vec![T::default(); table.places * room * scalars];
        self.stream.download(&states, &mut words)?;
        // The parts of a group of rows follow one another.
        let mut parts: Vec<Vec<T>> = Vec::new();
        let (mut before, mut part) = (None, 0);
        for (task, words) in table.tasks.chunks(8).zip(words.chunks(room * scalars)) {
            let (from, to) = (task[0] as usize, task[1] as usize);
            part = if before == Some(from) { part + 1 } else { 0 };
            before = Some(from);
            if parts.len() == part {
                let mut empty = Vec::with_capacity(rows * scalars);
                for slot in &program.state {
                    empty.resize(empty.len() + rows, initial(slot));
                }
                parts.push(empty);
            }
            for (k, slot) in program.state.iter().enumerate() {
                let words = &words[k * room..][..to - from];
                let state = &mut parts[part][k * rows..][from..to];
                for (state, word) in state.iter_mut().zip(words) {
                    *state = from_word(slot.ty, *word);
                }
            }
        }
        Ok(parts)
    }

    /// Starts a pass and, where its tasks leave states, what merges them. Gives the outputs and the
    /// states.
    fn start<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        number: usize,
        kernel: &Kernel,
        launch: &Launch,
        table: &Table,
    ) -> Result<(Vec<Option<Buffer<'c>>>, Option<Buffer<'c>>)> {
        let pass = &call.schedule.passes[number];
        let mut pointers = Vec::new();
        for input in &pass.program.inputs {
            let buffer = match input.source {
                Source::Argument(k) => self.arguments[k as usize].as_ref(),
                Source::Output { pass, output } => {
                    self.outputs[pass as usize][output as usize].as_ref()
                }
                Source::Position | Source::ColumnCount => continue,
            };
            let buffer = buffer.ok_or_else(|| {
                Error::internal(format!("the input `{}` is not on the device", input.name))
            })?;
            pointers.push(buffer.pointer());
        }
        let rows = call.sizes.of(pass.rows);
        let mut outputs = Vec::with_capacity(pass.program.outputs.len());
        for output in &pass.program.outputs {
            let bytes = rows * output.width as usize * size::<T>(output.ty);
            let buffer = Buffer::new(self.current, bytes)?;
            pointers.push(buffer.pointer());
            outputs.push(Some(buffer));
        }
        if rows == 0 {
            return Ok((outputs, None));
        }
        let shifts = call.shifts(number);
        let tables = [&table.tasks, &table.intervals, &table.merges, &shifts];
        let tables: Result<Vec<Option<Buffer<'c>>>> = tables
            .into_iter()
            .map(|numbers| self.numbers(numbers))
            .collect();
        let [tasks, intervals, merges, shifts] = &tables?[..] else {
            return Err(Error::internal("four tables"));
        };
        let states = match table.places {
            0 => None,
            places => {
                let block = launch.threads as usize * launch.rows_per_thread as usize;
                let numbers = places * block * pass.program.state.len();
                Some(Buffer::new(self.current, numbers * size_of::<T>())?)
            }
        };
        let pointer = |buffer: &Option<Buffer<'_>>| buffer.as_ref().map_or(0, Buffer::pointer);
        let blocks = if tasks.is_some() {
            table.tasks()
        } else {
            launch.blocks
        };
        let wanted = [(blocks, tasks, false), (table.merges(), merges, true)];
        let numbers = self.sizes(call, pass)?;
        for (blocks, tasks, merging) in wanted {
            if blocks == 0 {
                continue;
            }
            let tables = [tasks, intervals, &states, shifts].map(pointer);
            let mut parameters = Parameters {
                pointers: pointers.iter().copied().chain(tables).collect(),
                numbers: numbers
                    .iter()
                    .copied()
                    .chain([u32::from(merging)])
                    .collect(),
            };
            // SAFETY: the kernel is that of this pass: the text of a descriptor is trusted to be
            // made from its schedule, as its compiled kernels are. It reads the inputs' rows and
            // writes the outputs', for which the buffers have the sizes; the table's rows, columns
            // and places are of these sizes, and shifted rows are rows that there are. All buffers lie in the job or are given to it at once,
            // but for the table and the states, which are waited for here.
            let started = unsafe {
                self.stream
                    .launch(kernel, blocks, launch.threads, &mut parameters)
            };
            if let Err(error) = started {
                // The buffers are freed here, before the job: nothing may use them any more.
                let _ = self.stream.synchronize();
                return Err(error);
            }
        }
        if tasks.is_some() {
            self.stream.synchronize()?;
        }
        Ok((outputs, states))
    }

    /// The numbers that a kernel is given, but the last.
    fn sizes<T: Real>(&self, call: &Call<'_, '_, T>, pass: &Pass) -> Result<[u32; 5]> {
        let first = |axis| call.offsets.of(axis);
        let mut numbers = [0; 5];
        let sizes = [
            call.sizes.of(pass.rows),
            // Those that a row meets: of its batch.
            column_axis(pass).map_or(0, |axis| call.sizes.block(axis)),
            first(pass.rows),
            column_axis(pass).map_or(0, first),
            call.block.max(1).ilog2() as usize,
        ];
        for (number, size) in numbers.iter_mut().zip(sizes) {
            *number = u32::try_from(size).map_err(Error::internal)?;
        }
        Ok(numbers)
    }

    /// A table on the device; none where it is empty.
    fn numbers(&self, numbers: &[u32]) -> Result<Option<Buffer<'c>>> {
        if numbers.is_empty() {
            return Ok(None);
        }
        let buffer = Buffer::new(self.current, size_of_val(numbers))?;
        self.stream.upload(&buffer, 0, numbers)?;
        Ok(Some(buffer))
    }

    /// Copies an output of a pass to a result; says whether it is of its type.
    pub(super) fn download<T: Real>(
        &self,
        pass: usize,
        output: usize,
        ty: Type,
        to: &mut OutputMut<'_, T>,
    ) -> Result<bool> {
        let Some(buffer) = &self.outputs[pass][output] else {
            return Ok(false);
        };
        match to {
            OutputMut::Real(values) if ty == Type::Real => self.stream.download(buffer, values)?,
            OutputMut::Labels(values) if ty != Type::Real => {
                self.stream.download(buffer, values)?
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The outputs of a pass.
    pub(super) fn keep<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        number: usize,
    ) -> Result<Vec<Array<T>>> {
        let outputs = &call.schedule.passes[number].program.outputs;
        (0..outputs.len())
            .map(|output| self.array(call, number, output))
            .collect()
    }

    /// An output of a pass.
    pub(super) fn array<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        number: usize,
        output: usize,
    ) -> Result<Array<T>> {
        let pass = &call.schedule.passes[number];
        let declared = &pass.program.outputs[output];
        let numbers = call.sizes.of(pass.rows) * declared.width as usize;
        let mut array = Array::new(declared.ty, numbers);
        self.download(number, output, declared.ty, &mut array.as_mut())?;
        Ok(array)
    }
}

/// Whether one of the passes reads it.
fn reads(passes: &[Pass], source: Source) -> bool {
    passes.iter().any(|pass| {
        pass.program
            .inputs
            .iter()
            .any(|input| input.source == source)
    })
}
