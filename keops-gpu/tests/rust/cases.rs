//! Every pass in every flavour, as a kernel.

use crate::passes;
use keops_gpu::kernel::{Kernel, Precision};
use keops_gpu::scheme;
use keops_program::schedule::Pass;

/// A pass with its kernel.
pub(crate) struct Case {
    pub(crate) pass: Pass,
    pub(crate) kernel: Kernel,
    pub(crate) accurate: bool,
}

/// The kernels of the passes whose names are wanted: f32, accurate f32, f64.
pub(crate) fn cases(wanted: impl Fn(&str) -> bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for passes::Case { name, pass } in passes::all() {
        if !wanted(&name) {
            continue;
        }
        for (precision, accurate, suffix) in [
            (Precision::Single, false, "f32"),
            (Precision::Single, true, "accurate"),
            (Precision::Double, true, "f64"),
        ] {
            let entry = format!("{name}_{suffix}");
            let kernel = scheme::kernel(&pass, &entry, precision, accurate, &name).expect("fits");
            cases.push(Case {
                pass: pass.clone(),
                kernel,
                accurate,
            });
        }
    }
    cases
}

/// The kernels alone.
pub(crate) fn kernels(cases: &[Case]) -> Vec<Kernel> {
    cases.iter().map(|case| case.kernel.clone()).collect()
}
