//! A device with the kernels of a call, and the call on it.

use super::call::{Call, size, statements};
use super::cost::{self, Launch, Variant, Work};
use super::gpu::Gpu;
use super::job::Job;
use super::module::{self, Kernel};
use crate::argument::OutputMut;
use crate::device::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Array;
use crate::plan::{Engine, Plan};
use crate::row::Real;
use keops_program::schedule::Kind;

/// Threads of a block where the kernel's text does not say it.
const THREADS: u32 = 128;
/// Rows in a block, where columns are counted.
const ROWS: usize = 128;
/// Instructions for a pair that a CPU of 16 cores with AVX2 does in a second. Which CPU there is does
/// not matter, so that results do not depend on the number of threads.
const CPU: f64 = 5e11;

/// A device with the kernels of a call.
#[derive(Debug)]
pub(crate) struct Target {
    gpu: &'static Gpu,
    /// One for each pass.
    kernels: Vec<Kernel>,
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

    /// Whether the passes are faster here than on a CPU of some size.
    pub(super) fn is_faster<T: Real>(&self, call: &Call<'_, '_, T>) -> bool {
        let (mut here, mut there) = (0.0, 0.0);
        for number in 0..self.kernels.len() {
            let (work, variant) = self.work(call, number);
            here += cost::choose(&self.gpu.hardware, &work, variant).seconds;
            there += work.rows as f64 * work.columns as f64 * variant.instructions / CPU;
        }
        here < there
    }

    /// How a pass is launched.
    fn launch<T: Real>(&self, call: &Call<'_, '_, T>, number: usize) -> Launch {
        let (work, variant) = self.work(call, number);
        let launch = cost::choose(&self.gpu.hardware, &work, variant).launch;
        #[cfg(any(test, feature = "simulated"))]
        if let Kind::MapReduce(_) = call.schedule.passes[number].kind {
            return super::simulated::launch(launch);
        }
        launch
    }

    /// What a pass does, and the kernel that does it.
    fn work<T: Real>(&self, call: &Call<'_, '_, T>, number: usize) -> (Work, Variant) {
        let pass = &call.schedule.passes[number];
        let program = &pass.program;
        let work = Work {
            rows: call.sizes.of(pass.rows),
            columns: match pass.kind {
                Kind::MapReduce(_) => call.grid(number).work(ROWS).0,
                Kind::Map | Kind::Gather { .. } => 0,
            },
            state: program.state.iter().map(|slot| size::<T>(slot.ty)).sum(),
        };
        let variant = Variant {
            threads: self.kernels[number].entry.threads.unwrap_or(THREADS),
            rows_per_thread: self.kernels[number].rows,
            warps: u32::MAX,
            instructions: statements(&program.update).max(1.0),
        };
        (work, variant)
    }

    /// The states of all rows after a pass over the call's columns that needs no other pass, scalar
    /// after scalar: one for each part of the columns, to be merged in order.
    ///
    /// # Errors
    ///
    /// The device has too little memory; the driver fails.
    pub(crate) fn partial<T: Real>(
        &self,
        call: &Call<'_, '_, T>,
        pass: usize,
    ) -> Result<Vec<Vec<T>>> {
        let current = self.gpu.enter()?;
        let mut job = Job::new(&current)?;
        job.upload_arguments(call, 0)?;
        job.partial(call, pass, &self.kernels[pass], &self.launch(call, pass))
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
                None => job.launch(call, number, kernel, &self.launch(call, number))?,
            };
            job.outputs.push(computed);
        }
        for (number, target) in call.schedule.results.iter().enumerate() {
            let (pass, output) = (target.pass as usize, target.output as usize);
            let (result, tiling) = (&mut outputs[number], call.tiling(target));
            let program = &call.schedule.passes[pass].program;
            let declared = &program.outputs[output];
            let rows = call.sizes.block(call.schedule.passes[pass].rows);
            let numbers = rows * declared.width as usize;
            let fits = match done.get(pass) {
                Some(arrays) => arrays[output].give(tiling, numbers, result),
                // What is summed over repetitions is summed here, in their order.
                None if tiling.is_some() => {
                    let array = job.array(call, pass, output)?;
                    array.give(tiling, numbers, result)
                }
                None => job.download(pass, output, declared.ty, result)?,
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
