//! The printers of GPU kernels, for the compiler, which does not know them.

#[cfg(feature = "rustc-kernels")]
mod built;

use keops_compiler::compile::{Gpu, Kernels};
use keops_gpu::kernel::{Kernel, Precision};
use keops_gpu::scheme::Unsupported;
use keops_gpu::{ptx, rust, scheme};
use proc_macro2::TokenStream;

/// Compiles a macro call with the printed PTX.
#[cfg(not(feature = "rustc-kernels"))]
pub(crate) fn compile(tokens: TokenStream) -> TokenStream {
    keops_compiler::compile::compile(tokens, &Printers)
}

/// Compiles a macro call with PTX that rustc makes of the kernels' Rust source: a first round tells
/// which kernels there are, one run of rustc builds them all. Where it fails, the printed PTX stands
/// in, with a warning.
#[cfg(feature = "rustc-kernels")]
pub(crate) fn compile(tokens: TokenStream) -> TokenStream {
    use keops_compiler::compile::compile;
    let collected = built::Collector::default();
    let first = compile(tokens.clone(), &collected);
    match collected.build() {
        Ok(built) => compile(tokens, &built),
        Err(reason) => {
            if !reason.is_empty() {
                eprintln!("warning: keops: the PTX is printed, not built by rustc: {reason}");
                return compile(tokens, &Printers);
            }
            first
        }
    }
}

/// Those of keops-gpu.
pub(crate) struct Printers;

impl Gpu for Printers {
    fn ptx(&self, kernels: Kernels<'_>) -> Option<String> {
        Some(ptx::module(&module(kernels)?))
    }

    fn rust(&self, all: &[Kernels<'_>]) -> String {
        let kernels: Vec<Kernel> = all
            .iter()
            .filter_map(|&kernels| of(kernels, false).ok())
            .flatten()
            .collect();
        rust::cuda_std_module(&kernels)
    }
}

/// The kernels of a call's module: in f32 the fast ones and the accurate ones.
fn module(kernels: Kernels<'_>) -> Option<Vec<Kernel>> {
    let mut all = of(kernels, false).ok()?;
    if kernels.precision == Precision::Single {
        all.extend(of(kernels, true).ok()?);
    }
    Some(all)
}

/// A kernel for each pass; the accurate ones of f32 are entries of their own.
fn of(kernels: Kernels<'_>, accurate: bool) -> Result<Vec<Kernel>, Unsupported> {
    let (name, comment) = (kernels.name, kernels.comment);
    scheme::kernels(kernels.schedule, name, kernels.precision, accurate, comment)
}
