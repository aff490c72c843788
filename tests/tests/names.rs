//! A formula for every name of docs/OPERATIONS.md, value and gradient: in the lane interpreter at every
//! CPU level, and as PTX, in f32 and f64, against the programs' own interpreter.
#![allow(missing_docs, reason = "a test")]

#[allow(dead_code)]
#[path = "../../keops-compiler/tests/coverage/samples.rs"]
mod samples;
mod support;

use std::str::FromStr;

use keops_compiler::calls::{Calls, calls};
use keops_compiler::check;
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::parse;
use keops_gpu::interpret::Module;
use keops_gpu::ptx;
use keops_program::arith::Precision;
use keops_program::interpret::run_schedule;
use keops_program::program::Type;
use keops_program::schedule::Schedule;
use keops_runtime::cpu::Level;
use keops_runtime::{Device, Options, Real};

use samples::{Sample, samples};
use support::call::{descriptor, precision, run};
use support::kernel::{FLAVOURS, kernels, stages};
use support::{Faults, Size, bits, difference, reader, round, rows};

const SIZE: Size = (5, 70);

fn compile(sample: &Sample) -> Calls {
    let tokens = proc_macro2::TokenStream::from_str(&sample.item).expect("tokens");
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics).expect("an item");
    let checked = check::check(&input, &mut diagnostics);
    calls(&checked.unwrap_or_else(|| panic!("{}: keops-compiler's tests say why", sample.item))[0])
}

/// Calls `test` with the value and the gradients of every sample: with a name, the schedule, and
/// numbers for it.
fn each(precision: Precision, mut test: impl FnMut(&str, &Schedule, &[Vec<f64>])) {
    let samples = samples();
    assert!(samples.len() > 180);
    for (k, sample) in samples.iter().enumerate() {
        let calls = compile(sample);
        let vjp = calls
            .list
            .iter()
            .filter(|call| call.of == Some(0) && call.method == "vjp");
        for call in calls.list.iter().take(1).chain(vjp) {
            let arguments = call.schedule.arguments.iter().enumerate();
            let given: Vec<Vec<f64>> = arguments
                .map(|(stream, argument)| {
                    let count = rows(argument.axis, SIZE) * argument.width() as usize;
                    let of =
                        |low, high| reader::numbers(k as u64 + 1, stream as u64, count, low, high);
                    match argument.ty {
                        Type::Real => of(sample.low, sample.high)
                            .into_iter()
                            .map(|x| round(x, precision))
                            .collect(),
                        _ => of(0.0, 4.0).into_iter().map(f64::floor).collect(),
                    }
                })
                .collect();
            test(
                &format!("`{}` {} {}", sample.name, sample.item, call.method),
                &call.schedule,
                &given,
            );
        }
    }
}

fn on_the_cpu<T: Real>(tolerance: f64) {
    let mut faults = Faults::default();
    each(precision::<T>(), |what, schedule, given| {
        let wanted = run_schedule(schedule, given, SIZE.0, SIZE.1);
        let descriptor = descriptor::<T>("sample", schedule, None);
        let mut fused: Option<Vec<Vec<f64>>> = None;
        for level in Level::available() {
            let what = format!("{what}, {level:?}");
            let mut options = Options::new(true);
            options.device = Some(Device::Cpu);
            options.level = Some(level);
            match run(&descriptor, schedule, given, &options) {
                Err(error) => faults.add(&what, Some(error.to_string())),
                Ok(found) => {
                    faults.compare(&what, &found, &wanted, |found, wanted| {
                        difference(found, wanted, tolerance)
                    });
                    // Levels with a fused multiply-add agree bit for bit.
                    if level != Level::Baseline {
                        let first = fused.get_or_insert_with(|| found.clone());
                        faults.compare(&what, &found, first, bits);
                    }
                }
            }
        }
    });
}

#[test]
fn single_precision_on_the_cpu() {
    on_the_cpu::<f32>(2e-5);
}

#[test]
fn double_precision_on_the_cpu() {
    on_the_cpu::<f64>(1e-12);
}

fn as_ptx(flavour: (Precision, bool), tolerance: f64) {
    let mut faults = Faults::default();
    each(flavour.0, |what, schedule, given| {
        let kernels = kernels(schedule, "sample", flavour);
        let module = match Module::parse(&ptx::module(&kernels)) {
            Ok(module) => module,
            Err(error) => return faults.add(what, Some(error.to_string())),
        };
        let stages = stages(schedule, given, SIZE, flavour.0);
        for (stage, kernel) in stages.iter().zip(&kernels) {
            match stage.run(&module, kernel) {
                Err(error) => faults.add(what, Some(error)),
                Ok(found) => faults.compare(what, &found, &stage.wanted, |found, wanted| {
                    difference(found, wanted, tolerance)
                }),
            }
        }
    });
}

#[test]
fn fast_single_precision_as_ptx() {
    as_ptx(FLAVOURS[0], 1e-4);
}

#[test]
fn accurate_single_precision_as_ptx() {
    as_ptx(FLAVOURS[1], 2e-5);
}

#[test]
fn double_precision_as_ptx() {
    as_ptx(FLAVOURS[2], 1e-12);
}
