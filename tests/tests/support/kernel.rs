//! Passes as GPU kernels, and their run in the interpreter of PTX.

use keops_gpu::interpret::{Buffer, Launch, Module, Param};
use keops_gpu::kernel::Kernel;
use keops_gpu::scheme;
use keops_program::arith::Precision;
use keops_program::interpret::run_pass;
use keops_program::program::{Source, Type};
use keops_program::schedule::{Kind, Pass, Schedule};

use super::{Size, round, rows};

/// The ways to print a pass: the precision, and whether f32 functions are accurate.
pub(crate) const FLAVOURS: [(Precision, bool); 3] = [
    (Precision::Single, false),
    (Precision::Single, true),
    (Precision::Double, true),
];

/// The kernels of the passes of a schedule, called `{name}_{pass}`.
pub(crate) fn kernels(
    schedule: &Schedule,
    name: &str,
    (precision, accurate): (Precision, bool),
) -> Vec<Kernel> {
    let kernels = scheme::kernels(schedule, name, precision, accurate, name)
        .unwrap_or_else(|reason| panic!("{name}: {reason}"));
    for kernel in &kernels {
        assert_eq!(kernel.verify(), Ok(()), "{kernel}");
    }
    kernels
}

/// The text of the module that a descriptor of this name has.
pub(crate) fn ptx(schedule: &Schedule, name: &str, flavour: (Precision, bool)) -> String {
    keops_gpu::ptx::module(&kernels(schedule, name, flavour))
}

/// A pass with its inputs, and what it gives in f64.
pub(crate) struct Stage<'s> {
    pub(crate) pass: &'s Pass,
    /// For each input of the program its numbers; none for those that come from no memory.
    inputs: Vec<Vec<f64>>,
    size: Size,
    pub(crate) wanted: Vec<Vec<f64>>,
}

/// The passes of a schedule, each given what the passes before it give in f64, rounded.
pub(crate) fn stages<'s>(
    schedule: &'s Schedule,
    arguments: &[Vec<f64>],
    size: Size,
    precision: Precision,
) -> Vec<Stage<'s>> {
    let mut stages: Vec<Stage<'s>> = Vec::new();
    for pass in &schedule.passes {
        let inputs: Vec<Vec<f64>> = pass
            .program
            .inputs
            .iter()
            .map(|input| match input.source {
                Source::Argument(k) => arguments[k as usize].clone(),
                Source::Output { pass, output } => {
                    let numbers = stages[pass as usize].wanted[output as usize].iter();
                    match input.ty {
                        Type::Real => numbers.map(|&x| round(x, precision)).collect(),
                        _ => numbers.copied().collect(),
                    }
                }
                Source::Position | Source::ColumnCount => Vec::new(),
            })
            .collect();
        let columns = match pass.kind {
            Kind::MapReduce(axis) | Kind::Gather { axis, .. } => rows(axis, size),
            Kind::Map => 0,
        };
        let size = (rows(pass.rows, size), columns);
        let views: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        let wanted = run_pass(pass, &views, size.0, size.1, 0, 0);
        stages.push(Stage {
            pass,
            inputs,
            size,
            wanted,
        });
    }
    stages
}

impl Stage<'_> {
    /// What the kernel of the pass gives, run by the interpreter.
    pub(crate) fn run(&self, module: &Module, kernel: &Kernel) -> Result<Vec<Vec<f64>>, String> {
        let precision = kernel.precision;
        let (rows, columns) = self.size;
        let grid = (rows as u32).div_ceil(kernel.threads * kernel.rows_per_thread);
        let mut launch = Launch::new(&kernel.name, grid, kernel.threads);
        let program = &self.pass.program;
        for (input, numbers) in program.inputs.iter().zip(&self.inputs) {
            if matches!(input.source, Source::Argument(_) | Source::Output { .. }) {
                launch = launch.buffer(buffer(input.ty, precision, numbers));
            }
        }
        let first = launch.buffers.len();
        for output in &program.outputs {
            let len = rows * output.width as usize;
            launch = launch.buffer(match (output.ty, precision) {
                (Type::Real, Precision::Single) => Buffer::output::<f32>(len),
                (Type::Real, Precision::Double) => Buffer::output::<f64>(len),
                _ => Buffer::output::<u32>(len),
            });
        }
        for _ in ["tasks", "intervals", "states", "shifts"] {
            launch = launch.param(Param::U64(0));
        }
        for number in [rows, columns, 0, 0, 6, 0] {
            launch = launch.param(Param::U32(number as u32));
        }
        module
            .launch(&mut launch)
            .map_err(|error| error.to_string())?;
        let outputs = program.outputs.iter().zip(&launch.buffers[first..]);
        outputs
            .map(|(output, buffer)| numbers(output.ty, precision, buffer))
            .collect()
    }
}

/// A buffer of numbers of a type.
fn buffer(ty: Type, precision: Precision, numbers: &[f64]) -> Buffer {
    match (ty, precision) {
        (Type::Real, Precision::Single) => {
            Buffer::input(&numbers.iter().map(|&a| a as f32).collect::<Vec<_>>())
        }
        (Type::Real, Precision::Double) => Buffer::input(numbers),
        (Type::Index, _) => Buffer::input(&numbers.iter().map(|&a| a as i32).collect::<Vec<_>>()),
        _ => Buffer::input(&numbers.iter().map(|&a| a as u32).collect::<Vec<_>>()),
    }
}

/// What a buffer holds.
fn numbers(ty: Type, precision: Precision, buffer: &Buffer) -> Result<Vec<f64>, String> {
    let fault = |error: keops_gpu::interpret::Error| error.to_string();
    Ok(match (ty, precision) {
        (Type::Real, Precision::Single) => buffer
            .read::<f32>()
            .map_err(fault)?
            .into_iter()
            .map(f64::from)
            .collect(),
        (Type::Real, Precision::Double) => buffer.read::<f64>().map_err(fault)?,
        (Type::Index, _) => buffer
            .read::<i32>()
            .map_err(fault)?
            .into_iter()
            .map(f64::from)
            .collect(),
        _ => buffer
            .read::<u32>()
            .map_err(fault)?
            .into_iter()
            .map(f64::from)
            .collect(),
    })
}
