//! The printers of GPU kernels, for the compiler, which does not know them.

use keops_compiler::compile::{Gpu, Kernels};
use keops_gpu::kernel::{Kernel, Precision};
use keops_gpu::scheme::Unsupported;
use keops_gpu::{ptx, rust, scheme};

/// Those of keops-gpu.
pub(crate) struct Printers;

impl Gpu for Printers {
    fn ptx(&self, kernels: Kernels<'_>) -> Option<String> {
        let mut all = of(kernels, false).ok()?;
        if kernels.precision == Precision::Single {
            all.extend(of(kernels, true).ok()?);
        }
        Some(ptx::module(&all))
    }

    fn rust(&self, all: &[Kernels<'_>]) -> String {
        let kernels: Vec<Kernel> =
            all.iter().filter_map(|&kernels| of(kernels, false).ok()).flatten().collect();
        rust::cuda_std_module(&kernels)
    }
}

/// A kernel for each pass; the accurate ones of f32 are entries of their own.
fn of(kernels: Kernels<'_>, accurate: bool) -> Result<Vec<Kernel>, Unsupported> {
    let suffix = if accurate { "_accurate" } else { "" };
    let passes = kernels.schedule.passes.iter().enumerate();
    passes
        .map(|(number, pass)| {
            let entry = format!("{}_{number}{suffix}", kernels.name);
            scheme::kernel(pass, &entry, kernels.precision, accurate, kernels.comment)
        })
        .collect()
}
