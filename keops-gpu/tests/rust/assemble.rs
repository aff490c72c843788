//! ptxas takes the PTX that rustc makes.

use crate::agree::build;
use crate::cases::{cases, kernels};
use crate::ptxas;
use std::io::Write as _;
use std::path::Path;

#[test]
fn built_ptx_assembles() {
    let Some(assembler) = ptxas::find() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no ptxas (tools/ptxas-venv makes one; or set KEOPS_PTXAS)"
        );
        return;
    };
    let Some(text) = build(&kernels(&cases(|_| true))) else {
        return;
    };
    let ptx = Path::new(env!("CARGO_TARGET_TMPDIR")).join("built.ptx");
    std::fs::write(&ptx, text).expect("written");
    let mut failures = Vec::new();
    for arch in ["sm_75", "sm_80", "sm_90", "sm_100", "sm_120"] {
        let found =
            ptxas::spills(&assembler, &ptx, arch).unwrap_or_else(|error| panic!("{arch}: {error}"));
        // LLVM moves loads of this one out of a loop, more than there are registers for.
        let found = found
            .into_iter()
            .filter(|line| !line.starts_with("carried_f64"));
        failures.extend(found.map(|line| format!("{arch} {line}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
