//! A schedule on a device.

use super::cost::{self, Launch, Variant, Work};
use super::gpu::{Current, Gpu};
use super::memory::Buffer;
use super::module::{self, Kernel};
use super::stream::{Parameters, Stream};
use crate::argument::{Argument, OutputMut};
use crate::device::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{Array, Sizes, column_axis};
use crate::plan::{Engine, Plan};
use crate::row::Real;
use keops_program::program::{Block, Source, Stmt, Type};
use keops_program::schedule::{Axis, Kind, Pass, Schedule};
use std::borrow::Cow;

/// Threads of a block where the kernel's text does not say it.
const THREADS: u32 = 128;

/// A call whose arguments were checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'c, 'a, T: 'static> {
    pub(crate) name: &'c str,
    /// As of a [`Descriptor`](crate::Descriptor).
    pub(crate) ptx: Option<&'c Cow<'static, str>>,
    pub(crate) schedule: &'c Schedule,
    pub(crate) arguments: &'c [Argument<'a, T>],
    pub(crate) sizes: Sizes,
    /// The numbers of the first rows.
    pub(crate) offsets: Sizes,
    /// Functions within 4 ulp.
    pub(crate) accurate: bool,
}

/// A device with the kernels of a call.
#[derive(Debug)]
pub(crate) struct Target {
    gpu: &'static Gpu,
    /// One for each pass.
    kernels: Vec<Kernel>,
}

impl<T: Real> Call<'_, '_, T> {
    /// Pairs of all passes.
    pub(super) fn pairs(&self) -> u128 {
        let pairs = |pass: &Pass| match pass.kind {
            Kind::MapReduce(_) => self.sizes.of(pass.rows) as u128 * self.columns(pass) as u128,
            Kind::Map | Kind::Gather { .. } => 0,
        };
        self.schedule.passes.iter().map(pairs).sum()
    }

    /// Bytes of the arguments, and of what the passes compute.
    pub(super) fn bytes(&self) -> u128 {
        let arguments = self.schedule.arguments.iter().map(|argument| {
            let number = size::<T>(argument.ty) as u128;
            self.sizes.of(argument.axis) as u128 * u128::from(argument.width()) * number
        });
        let outputs = self.schedule.passes.iter().flat_map(|pass| {
            let rows = self.sizes.of(pass.rows) as u128;
            let outputs = pass.program.outputs.iter();
            outputs
                .map(move |output| rows * u128::from(output.width) * size::<T>(output.ty) as u128)
        });
        arguments.chain(outputs).sum()
    }

    fn columns(&self, pass: &Pass) -> usize {
        column_axis(pass).map_or(0, |axis| self.sizes.of(axis))
    }

    /// The entry of a pass.
    fn entry(&self, pass: usize) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = self.name.chars().map(plain).collect();
        let suffix = if self.is_accurate() { "_accurate" } else { "" };
        format!("{name}_{pass}{suffix}")
    }

    /// Whether it needs kernels other than the usual ones: those of f64 are accurate.
    fn is_accurate(&self) -> bool {
        self.accurate && size_of::<T>() == size_of::<f32>()
    }
}

/// Bytes of a number on the device.
fn size<T>(ty: Type) -> usize {
    match ty {
        Type::Real => size_of::<T>(),
        Type::Index | Type::Label | Type::Mask => 4,
    }
}

impl Target {
    /// The kernels of a call on a device.
    ///
    /// # Errors
    ///
    /// The call has no kernels, or the driver does not take them.
    pub(super) fn new<T: Real>(call: &Call<'_, '_, T>, gpu: &'static Gpu) -> Result<Target> {
        let Some(ptx) = call.ptx else {
            let message = format!(
                "`{}` has no GPU kernels: it does not fit one, or was built without; run it on \
                 `Device::Cpu`",
                call.name
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        let current = gpu.enter()?;
        let module = module::load(&current, ptx)?;
        let mut kernels = Vec::with_capacity(call.schedule.passes.len());
        for number in 0..call.schedule.passes.len() {
            let name = call.entry(number);
            let Some(kernel) = module.kernel(&current, &name)? else {
                if call.is_accurate() {
                    let message = format!(
                        "`{}` has no accurate GPU kernels: leave `.accurate()` out, or run it on \
                         `Device::Cpu`",
                        call.name
                    );
                    return Err(Error::new(ErrorKind::Unsupported, message));
                }
                return Err(Error::internal(format!(
                    "the PTX of `{}` lacks `{name}`",
                    call.name
                )));
            };
            kernels.push(kernel);
        }
        Ok(Target { gpu, kernels })
    }

    /// Bytes that are free on the device.
    pub(super) fn free_memory(&self) -> Result<usize> {
        Ok(self.gpu.enter()?.memory()?.0)
    }

    /// A plan on the device, without passes yet.
    pub(crate) fn plan(&self, name: &str) -> Plan {
        Plan::new(
            name,
            Device::Cuda(self.gpu.number),
            self.gpu.description.as_str(),
        )
    }

    /// What runs a pass, and the parts of its columns.
    pub(crate) fn engine<T: Real>(&self, call: &Call<'_, '_, T>, pass: usize) -> (Engine, usize) {
        let (name, launch) = (&self.kernels[pass].entry.name, self.launch(call, pass));
        let blocks = if launch.blocks == 1 {
            "block"
        } else {
            "blocks"
        };
        let text = format!(
            "{name}, {} {blocks} of {} threads",
            launch.blocks, launch.threads
        );
        (Engine::Kernel(text), launch.splits as usize)
    }

    /// How a pass is launched.
    fn launch<T: Real>(&self, call: &Call<'_, '_, T>, number: usize) -> Launch {
        let pass = &call.schedule.passes[number];
        let program = &pass.program;
        let work = Work {
            rows: call.sizes.of(pass.rows),
            columns: call.columns(pass),
            state: program.state.iter().map(|slot| size::<T>(slot.ty)).sum(),
        };
        // The kernels take one row per thread and all columns.
        let variant = Variant {
            threads: self.kernels[number].entry.threads.unwrap_or(THREADS),
            rows_per_thread: 1,
            warps: u32::MAX,
            instructions: statements(&program.update).max(1.0),
        };
        let only = Launch {
            threads: variant.threads,
            rows_per_thread: 1,
            blocks: u32::try_from(work.rows.div_ceil(variant.threads as usize)).unwrap_or(u32::MAX),
            splits: 1,
        };
        cost::choose(&self.gpu.hardware, &work, &[variant], &[1]).unwrap_or(only)
    }

    /// Runs the passes after those whose outputs are given, and fills the results. Gives the outputs
    /// of the first `keep` passes.
    ///
    /// # Errors
    ///
    /// The device has too little memory; the driver fails; an output is of another type.
    pub(crate) fn run<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        mut done: Vec<Vec<Array<T>>>,
        outputs: &mut [OutputMut<'_, T>],
        keep: usize,
    ) -> Result<Vec<Vec<Array<T>>>> {
        let current = self.gpu.enter()?;
        let given = done.len();
        let mut job = Job::new(&current)?;
        job.upload_arguments(call, given)?;
        for (number, kernel) in self.kernels.iter().enumerate() {
            let computed = match done.get(number) {
                Some(arrays) => job.upload_outputs(call, number, arrays)?,
                None => job.launch(call, number, kernel, self.launch(call, number))?,
            };
            job.outputs.push(computed);
        }
        for (number, target) in call.schedule.results.iter().enumerate() {
            let (pass, output) = (target.pass as usize, target.output as usize);
            let fits = match done.get(pass) {
                Some(arrays) => arrays[output].copy_to(&mut outputs[number]),
                None => {
                    let ty = call.schedule.passes[pass].program.outputs[output].ty;
                    job.download(pass, output, ty, &mut outputs[number])?
                }
            };
            if !fits {
                return Err(Error::internal(format!(
                    "result {number} is of another type"
                )));
            }
        }
        for number in given..keep.min(call.schedule.passes.len()) {
            done.push(job.keep(call, number)?);
        }
        job.stream.synchronize()?;
        Ok(done)
    }
}

/// What a run has on the device. The stream is dropped first: that waits for what uses the buffers.
struct Job<'c> {
    stream: Stream<'c>,
    current: &'c Current<'c>,
    /// Of the arguments that are read.
    arguments: Vec<Option<Buffer<'c>>>,
    /// Of the passes so far; none where nothing reads it.
    outputs: Vec<Vec<Option<Buffer<'c>>>>,
}

impl<'c> Job<'c> {
    fn new(current: &'c Current<'c>) -> Result<Job<'c>> {
        let stream = Stream::new(current)?;
        Ok(Job {
            stream,
            current,
            arguments: Vec::new(),
            outputs: Vec::new(),
        })
    }

    /// Copies the arguments that the passes from `first` on read.
    fn upload_arguments<T: Real>(&mut self, call: &Call<'_, '_, T>, first: usize) -> Result<()> {
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
    fn upload_outputs<T: Real>(
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
    fn launch<T: Real>(
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
        let first = |axis| {
            if axis == Axis::Unit {
                0
            } else {
                call.offsets.of(axis)
            }
        };
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
    fn download<T: Real>(
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
    fn keep<T: Real>(&self, call: &Call<'_, '_, T>, number: usize) -> Result<Vec<Array<T>>> {
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

/// Statements that a block runs.
fn statements(block: &Block) -> f64 {
    fn count(stmts: &[Stmt]) -> f64 {
        let count = |stmt: &Stmt| match stmt {
            Stmt::Loop(inner) => f64::from(inner.count) * count(&inner.body),
            Stmt::Let { .. } | Stmt::Store { .. } => 1.0,
        };
        stmts.iter().map(count).sum()
    }
    count(&block.stmts)
}
