//! ptxas takes every kernel, for every generation, and spills no register.

use crate::{passes, ptxas};
use keops_gpu::kernel::Precision;
use std::io::Write as _;
use std::path::Path;

#[test]
fn every_kernel_assembles_without_a_spill() {
    let Some(assembler) = ptxas::find() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no ptxas (tools/ptxas-venv makes one; or set KEOPS_PTXAS)"
        );
        return;
    };
    let mut kernels = Vec::new();
    for case in passes::all() {
        for (precision, accurate, suffix) in [
            (Precision::Single, false, "f32"),
            (Precision::Single, true, "accurate"),
            (Precision::Double, true, "f64"),
        ] {
            let name = format!("{}_{suffix}", case.name);
            let kernel =
                keops_gpu::scheme::kernel(&case.pass, &name, precision, accurate, &case.name)
                    .unwrap();
            assert_eq!(kernel.verify(), Ok(()), "{kernel}");
            kernels.push(kernel);
        }
    }
    let ptx = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels.ptx");
    std::fs::write(&ptx, keops_gpu::ptx::module(&kernels)).unwrap();
    let mut failures = Vec::new();
    for arch in ["sm_75", "sm_80", "sm_90", "sm_100", "sm_120"] {
        let found =
            ptxas::spills(&assembler, &ptx, arch).unwrap_or_else(|error| panic!("{arch}: {error}"));
        failures.extend(found.into_iter().map(|line| format!("{arch} {line}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
