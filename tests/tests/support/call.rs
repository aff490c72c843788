//! A call whose descriptor is built at run time from the text of its schedule.

use std::borrow::Cow;

use keops_program::arith::Precision;
use keops_program::program::Type;
use keops_program::schedule::{Axis, Schedule};
use keops_runtime::execute::Prepared;
use keops_runtime::{
    Argument, Descriptor, Options, OutputMut, Ranges, Real, Result, Rows, Scalar, View, tiled,
};

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

impl<T: Real> Memory<T> {
    /// Of the arguments of a schedule.
    fn of(schedule: &Schedule, given: &[Vec<f64>]) -> Vec<Memory<T>> {
        let arguments = schedule.arguments.iter().zip(given);
        let memory = arguments.map(|(argument, numbers)| match argument.ty {
            Type::Real => Memory::Real(numbers.iter().map(|&x| T::from_f64(x)).collect()),
            _ => Memory::Labels(numbers.iter().map(|&x| x as u32).collect()),
        });
        memory.collect()
    }

    /// For each result of a call, with something in it that is not the result.
    fn results(schedule: &Schedule, call: &Prepared<'_, T>) -> Vec<Memory<T>> {
        let results = schedule.results.iter().enumerate().map(|(k, target)| {
            let len = call.rows(k) * call.width(k);
            let program = &schedule.passes[target.pass as usize].program;
            match program.outputs[target.output as usize].ty {
                Type::Real => Memory::Real(vec![T::from_f64(f64::NAN); len]),
                _ => Memory::Labels(vec![7; len]),
            }
        });
        results.collect()
    }

    fn as_output(&mut self) -> OutputMut<'_, T> {
        match self {
            Memory::Real(numbers) => OutputMut::Real(numbers),
            Memory::Labels(numbers) => OutputMut::Labels(numbers),
        }
    }

    fn into_numbers(self) -> Vec<f64> {
        match self {
            Memory::Real(numbers) => numbers.into_iter().map(Real::to_f64).collect(),
            Memory::Labels(numbers) => numbers.into_iter().map(|x| f64::from(x as i32)).collect(),
        }
    }
}

/// What there is to say of a call beside its numbers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Over<'a> {
    /// The pairs that meet; none: all.
    pub(crate) ranges: Option<&'a Ranges>,
    /// For each of the first arguments, how often its rows are repeated along the axes of the batches;
    /// nothing: they are not.
    pub(crate) repeats: &'a [Vec<usize>],
}

/// The arguments of a schedule in memory.
fn arguments<'m, T: Real>(
    schedule: &Schedule,
    memory: &'m [Memory<T>],
    over: &Over<'_>,
) -> Vec<Argument<'m, T>> {
    let arguments = schedule.arguments.iter().zip(memory).enumerate();
    let arguments = arguments.map(|(k, (argument, memory))| {
        let width = argument.width() as usize;
        let repeats = over.repeats.get(k).map_or(&[][..], Vec::as_slice);
        match (memory, argument.axis) {
            (Memory::Real(numbers), Axis::Unit) => Argument::Param(numbers),
            (Memory::Labels(numbers), Axis::Unit) => Argument::LabelParam(numbers),
            (Memory::Real(numbers), _) => Argument::Rows(rows(numbers, width, repeats)),
            (Memory::Labels(numbers), _) => Argument::Labels(rows(numbers, width, repeats)),
        }
    });
    arguments.collect()
}

/// Rows of a width; those that are repeated have one or two numbers.
fn rows<'m, S: Scalar>(numbers: &'m [S], width: usize, repeats: &[usize]) -> View<'m, S> {
    match (repeats, width) {
        ([], _) => View::flat(numbers, width),
        (_, 1) => Rows::<S>::into_view(tiled(numbers, repeats)),
        _ => {
            assert_eq!(width, 2, "the rows that are repeated");
            Rows::<[S; 2]>::into_view(tiled(numbers.as_chunks().0, repeats))
        }
    }
}

/// The results of a call of a schedule, as f64; an index of no row is -1.
pub(crate) fn run<T: Real>(
    descriptor: &Descriptor<T>,
    schedule: &Schedule,
    given: &[Vec<f64>],
    options: &Options,
) -> Result<Vec<Vec<f64>>> {
    run_over(descriptor, schedule, given, options, &Over::default())
}

/// The same over some of the pairs, or with rows that are repeated.
pub(crate) fn run_over<T: Real>(
    descriptor: &Descriptor<T>,
    schedule: &Schedule,
    given: &[Vec<f64>],
    options: &Options,
    over: &Over<'_>,
) -> Result<Vec<Vec<f64>>> {
    let memory = Memory::of(schedule, given);
    let mut call = Prepared::new(descriptor, &arguments(schedule, &memory, over), options)?;
    if let Some(ranges) = over.ranges {
        call = call.ranges(ranges)?;
    }
    let mut results = Memory::results(schedule, &call);
    let mut outputs: Vec<OutputMut<'_, T>> = results.iter_mut().map(Memory::as_output).collect();
    call.run(&mut outputs)?;
    Ok(results.into_iter().map(Memory::into_numbers).collect())
}

/// The same from the states of parts, each with the number of its first column and its arguments.
pub(crate) fn run_parts<T: Real>(
    descriptor: &Descriptor<T>,
    schedule: &Schedule,
    parts: &[(u32, Vec<Vec<f64>>)],
    options: &Options,
    over: &Over<'_>,
) -> Result<Vec<Vec<f64>>> {
    let memory: Vec<Vec<Memory<T>>> = parts
        .iter()
        .map(|(_, given)| Memory::of(schedule, given))
        .collect();
    let mut states = Vec::new();
    for ((first, _), memory) in parts.iter().zip(&memory) {
        let mut call = Prepared::new(descriptor, &arguments(schedule, memory, over), options)?;
        if let Some(ranges) = over.ranges {
            call = call.ranges(ranges)?;
        }
        states.push(call.partial(*first)?);
    }
    let mut states = states.into_iter();
    let mut state = states.next().expect("a part");
    for later in states {
        state.merge(&later)?;
    }
    let mut results = Memory::results(schedule, state.call());
    let mut outputs: Vec<OutputMut<'_, T>> = results.iter_mut().map(Memory::as_output).collect();
    state.finish(&mut outputs)?;
    Ok(results.into_iter().map(Memory::into_numbers).collect())
}
