//! The corpus on a GPU, where there is one, against the lane interpreter.
//!
//! The corpus is in the binary, which can be carried to a machine without this folder:
//! `tools/gpu-check` does so.
#![allow(missing_docs, reason = "a test")]

mod support;

use keops_gpu::ptx;
use keops_program::arith::Precision;
use keops_program::schedule::Schedule;
use keops_runtime::{Descriptor, Device, ErrorKind, Options, Real};
use std::io::Write as _;

use support::call::{descriptor, precision, run};
use support::kernel::kernels;
use support::reader::{Case, Variable};
use support::{Compiled, Faults, Size, difference};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Rows around the threads of a block, columns around a tile and a block of sums; many of both; none.
const SIZES: [Size; 5] = [(129, 130), (5, 70), (1000, 300), (3, 2000), (1, 0)];

/// A descriptor with the printed kernels of a schedule.
fn with_kernels<T: Real>(name: &str, schedule: &Schedule) -> Descriptor<T> {
    let precision = precision::<T>();
    let mut all = kernels(schedule, name, (precision, false));
    if precision == Precision::Single {
        all.extend(kernels(schedule, name, (precision, true)));
    }
    descriptor(name, schedule, Some(ptx::module(&all)))
}

fn options(device: Device, accurate: bool) -> Options {
    let mut options = Options::new(true);
    options.device = Some(device);
    options.accurate = accurate;
    options
}

fn check<T: Real>(accurate: bool, tolerance: f64) {
    let (mut faults, precision) = (Faults::default(), precision::<T>());
    for compiled in embedded().into_iter().map(Compiled::new) {
        let tolerance = tolerance * compiled.condition(precision);
        for (method, schedule) in compiled.schedules() {
            let name = format!("{}_{method}", compiled.case.name);
            let descriptor = with_kernels::<T>(&name, schedule);
            for size in SIZES {
                let given = compiled.given(size, precision);
                let on = |device| run(&descriptor, schedule, &given, &options(device, accurate));
                let what = format!("{name} at {size:?}");
                let found = match on(Device::Cuda(0)) {
                    Ok(found) => found,
                    Err(error) if absent(&error) => {
                        let _ = writeln!(std::io::stderr(), "skipped: no device ({error})");
                        return;
                    }
                    Err(error) => {
                        faults.add(&what, Some(error.to_string()));
                        continue;
                    }
                };
                let wanted = on(Device::Cpu).expect("what a GPU can run, a CPU can");
                faults.compare(&what, &found, &wanted, |found, wanted| {
                    difference(found, wanted, tolerance)
                });
            }
        }
    }
}

/// Whether there is no GPU. A driver that is there and fails is no reason to skip.
fn absent(error: &keops_runtime::Error) -> bool {
    let signs = ["no NVIDIA driver can be used", "no CUDA device that"];
    matches!(error.kind(), ErrorKind::Driver | ErrorKind::Device)
        && signs.iter().any(|sign| error.to_string().contains(sign))
}

#[test]
fn fast_kernels_are_near_the_cpu() {
    check::<f32>(false, 1e-4);
}

#[test]
fn accurate_kernels_are_near_the_cpu() {
    check::<f32>(true, 2e-5);
}

#[test]
fn double_precision_kernels_are_near_the_cpu() {
    check::<f64>(true, 1e-12);
}

/// Where there is no GPU, too: otherwise a lost case would be found on the first one.
#[test]
fn the_corpus_is_in_the_binary() {
    let embedded = embedded();
    if !std::path::Path::new(env!("CARGO_MANIFEST_DIR")).exists() {
        println!("not compared: this is another machine");
        return;
    }
    assert_eq!(
        format!("{embedded:?}"),
        format!("{:?}", support::reader::cases())
    );
    assert!(embedded.len() > 100);
}
