//! The corpus on a simulated GPU, whose instructions are IEEE's in its accurate kernels, and on the
//! CPU: the same bits, since both do the same operations in the same order.
#![allow(missing_docs, reason = "a test")]

mod support;

use keops_gpu::ptx;
use keops_program::arith::Precision;
use keops_runtime::cpu::Level;
use keops_runtime::{Device, Options, Real, simulated};

use support::call::{descriptor, precision, run};
use support::kernel::kernels;
use support::{CORPUS, Faults, Size, bits};

/// More columns than a block, and than a tile.
const SIZES: [Size; 2] = [(9, 70), (3, 130)];

fn check<T: Real>() {
    let level = Level::best();
    if level == Level::Baseline {
        // Without a fused multiply-add nothing is the same.
        return;
    }
    simulated::install();
    simulated::split(Some(1));
    let (mut faults, precision) = (Faults::default(), precision::<T>());
    for (number, compiled) in CORPUS.iter().enumerate() {
        let size = SIZES[number % SIZES.len()];
        if compiled.width() > 20 {
            continue;
        }
        let given = compiled.given(size, precision);
        for (method, schedule) in compiled.schedules() {
            // In f64 the columns of a group may be too wide for the registers: then pairs are folded
            // one by one, and round differently.
            let mut passes = schedule.passes.iter();
            if precision == Precision::Double && passes.any(|pass| pass.program.group > 0) {
                continue;
            }
            let name = format!("{}_{method}", compiled.case.name);
            let kernels = kernels(schedule, &name, (precision, true));
            let text = ptx::module(&kernels);
            let descriptor = descriptor::<T>(&name, schedule, Some(text));
            let on = |device: Device| {
                let mut options = Options::new(true);
                options.device = Some(device);
                options.level = Some(level);
                options.accurate = precision == Precision::Single;
                run(&descriptor, schedule, &given, &options).expect("a result")
            };
            let (cpu, gpu) = (on(Device::Cpu), on(Device::Cuda(0)));
            faults.compare(&name, &gpu, &cpu, bits);
        }
    }
}

#[test]
fn double_precision_has_the_bits_of_the_cpu() {
    check::<f64>();
}

#[test]
fn accurate_single_precision_has_the_bits_of_the_cpu() {
    check::<f32>();
}
