//! The passes of one run, and what they have on the device.

use super::call::{Call, size};
use super::cost::Launch;
use super::gpu::Current;
use super::memory::Buffer;
use super::module::Kernel;
use super::stream::{Parameters, Stream};
use crate::argument::{Argument, OutputMut};
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
                let rows = call.sizes.of(call.schedule.arguments[number].axis);
                Some(self.upload(argument, rows)?)
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
        launch: Launch,
    ) -> Result<Vec<Option<Buffer<'c>>>> {
        let pass = &call.schedule.passes[number];
        let (rows, columns) = (call.sizes.of(pass.rows), call.columns(pass));
        let mut parameters = Parameters::default();
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
            parameters.pointers.push(buffer.pointer());
        }
        let mut outputs = Vec::with_capacity(pass.program.outputs.len());
        for output in &pass.program.outputs {
            let bytes = rows * output.width as usize * size::<T>(output.ty);
            let buffer = Buffer::new(self.current, bytes)?;
            parameters.pointers.push(buffer.pointer());
            outputs.push(Some(buffer));
        }
        let first = |axis| call.offsets.of(axis);
        let first_column = column_axis(pass).map_or(0, first);
        for count in [rows, columns, first(pass.rows), first_column] {
            parameters
                .numbers
                .push(u32::try_from(count).map_err(Error::internal)?);
        }
        if rows > 0 {
            // SAFETY: the kernel is that of this pass: the text of a descriptor is trusted to be
            // made from its schedule, as its compiled kernels are. It reads the inputs' rows and
            // writes the outputs', for which the buffers have the sizes; all of them lie in the job,
            // or are given to it at once, and so outlive its stream.
            if let Err(error) = unsafe { self.stream.launch(kernel, launch, &mut parameters) } {
                // The outputs are freed here, before the job: nothing may use them any more.
                let _ = self.stream.synchronize();
                return Err(error);
            }
        }
        Ok(outputs)
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
        let pass = &call.schedule.passes[number];
        let rows = call.sizes.of(pass.rows);
        let mut arrays = Vec::with_capacity(pass.program.outputs.len());
        for (k, output) in pass.program.outputs.iter().enumerate() {
            let mut array = Array::new(output.ty, rows * output.width as usize);
            self.download(number, k, output.ty, &mut array.as_mut())?;
            arrays.push(array);
        }
        Ok(arrays)
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
