//! A call whose descriptor is built at run time from the text of its schedule.

use std::borrow::Cow;

use keops_program::arith::Precision;
use keops_program::program::Type;
use keops_program::schedule::{Axis, Schedule};
use keops_runtime::execute::Prepared;
use keops_runtime::{Argument, Descriptor, Options, OutputMut, Ranges, Real, Result, View};

/// The floating type as a precision.
pub(crate) fn precision<T: Real>() -> Precision {
    if size_of::<T>() == 4 {
        Precision::Single
    } else {
        Precision::Double
    }
}

/// A descriptor without compiled kernels.
pub(crate) fn descriptor<T>(name: &str, schedule: &Schedule, ptx: Option<String>) -> Descriptor<T> {
    Descriptor {
        name: Cow::Owned(name.to_string()),
        schedule: Cow::Owned(schedule.to_string()),
        compiled: Cow::Borrowed(&[]),
        ptx: ptx.map(Cow::Owned),
    }
}

/// The memory of an argument or a result.
enum Memory<T> {
    Real(Vec<T>),
    Labels(Vec<u32>),
}

/// The results of a call of a schedule, as f64; an index of no row is -1.
pub(crate) fn run<T: Real>(
    descriptor: &Descriptor<T>,
    schedule: &Schedule,
    given: &[Vec<f64>],
    options: &Options,
) -> Result<Vec<Vec<f64>>> {
    run_over(descriptor, schedule, given, options, None)
}

/// The same over some of the pairs.
pub(crate) fn run_over<T: Real>(
    descriptor: &Descriptor<T>,
    schedule: &Schedule,
    given: &[Vec<f64>],
    options: &Options,
    ranges: Option<&Ranges>,
) -> Result<Vec<Vec<f64>>> {
    let memory: Vec<Memory<T>> = schedule
        .arguments
        .iter()
        .zip(given)
        .map(|(argument, numbers)| match argument.ty {
            Type::Real => Memory::Real(numbers.iter().map(|&x| T::from_f64(x)).collect()),
            _ => Memory::Labels(numbers.iter().map(|&x| x as u32).collect()),
        })
        .collect();
    let arguments: Vec<Argument<'_, T>> = schedule
        .arguments
        .iter()
        .zip(&memory)
        .map(|(argument, memory)| match (memory, argument.axis) {
            (Memory::Real(numbers), Axis::Unit) => Argument::Param(numbers),
            (Memory::Labels(numbers), Axis::Unit) => Argument::LabelParam(numbers),
            (Memory::Real(numbers), _) => {
                Argument::Rows(View::flat(numbers, argument.width() as usize))
            }
            (Memory::Labels(numbers), _) => {
                Argument::Labels(View::flat(numbers, argument.width() as usize))
            }
        })
        .collect();
    let prepared = Prepared::new(descriptor, &arguments, options)?;
    let prepared = match ranges {
        Some(ranges) => prepared.ranges(ranges)?,
        None => prepared,
    };
    let mut results: Vec<Memory<T>> = schedule
        .results
        .iter()
        .enumerate()
        .map(|(k, target)| {
            let len = prepared.rows(k) * prepared.width(k);
            let program = &schedule.passes[target.pass as usize].program;
            match program.outputs[target.output as usize].ty {
                Type::Real => Memory::Real(vec![T::from_f64(f64::NAN); len]),
                _ => Memory::Labels(vec![7; len]),
            }
        })
        .collect();
    let mut outputs: Vec<OutputMut<'_, T>> = results
        .iter_mut()
        .map(|result| match result {
            Memory::Real(numbers) => OutputMut::Real(numbers),
            Memory::Labels(numbers) => OutputMut::Labels(numbers),
        })
        .collect();
    prepared.run(&mut outputs)?;
    let numbers = results.into_iter().map(|result| match result {
        Memory::Real(numbers) => numbers.into_iter().map(Real::to_f64).collect(),
        Memory::Labels(numbers) => numbers.into_iter().map(|x| f64::from(x as i32)).collect(),
    });
    Ok(numbers.collect())
}
