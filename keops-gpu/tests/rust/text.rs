//! What the source looks like.

use crate::cases::{cases, kernels};
use keops_gpu::rust;

#[test]
fn readable() {
    let kernels = kernels(&cases(|name| name == "gaussian_3"));
    let source = rust::source(&kernels[..1]);
    for line in [
        "use cuda_std::prelude::*;",
        "/// gaussian_3",
        "#[kernel]",
        "use dev::f32_flush::*;",
        "thread::sync_threads();",
    ] {
        assert!(
            source.lines().any(|found| found.trim_start() == line),
            "{line}\n{source}"
        );
    }
    assert!(
        source.contains("pub unsafe fn gaussian_3_f32_x4(in0_x: *const f32, "),
        "{source}"
    );
    assert!(rust::source(&kernels[2..]).contains("in0_x: *const f64"));
}

#[test]
fn deterministic() {
    let kernels = kernels(&cases(|name| name.starts_with("gaussian")));
    assert_eq!(rust::nvptx_crate(&kernels), rust::nvptx_crate(&kernels));
    assert_eq!(rust::host_program(&kernels), rust::host_program(&kernels));
    assert_eq!(
        rust::cuda_std_module(&kernels),
        rust::cuda_std_module(&kernels)
    );
}

/// Leaves the module where tools/cuda-std-check finds it.
#[test]
fn for_cuda_std() {
    let module = rust::cuda_std_module(&kernels(&cases(|name| !crate::agree::wide(name))));
    assert!(module.contains("use core::{arch::asm, concat, marker::Copy};"));
    assert_eq!(module.matches("use cuda_std::prelude::*;").count(), 1);
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cuda_std.rs");
    std::fs::write(file, module).expect("written");
}
