//! PTX that rustc makes of the Rust source gives what the printed PTX gives.

use crate::cases::{Case, cases, kernels};
use crate::data::Call;
use keops_gpu::interpret::Module;
use keops_gpu::kernel::Kernel;
use keops_gpu::{ptx, rustc};
use std::io::Write as _;

/// Passes that take long, in rustc or in the interpreter.
pub(crate) fn wide(name: &str) -> bool {
    [
        "gaussian_64",
        "gaussian_100_101",
        "gaussian_3_50",
        "gaussian_300",
        "bilinear",
        "carried",
        "map_70",
    ]
    .contains(&name)
}

/// Whether the machine is to blame: it has no rustc, or one without the nvptx64 back end.
fn machine(reason: &str) -> bool {
    ["no rustc was found", "TargetMachine", "does not start"]
        .iter()
        .any(|sign| reason.contains(sign))
}

/// The PTX that rustc makes of the kernels; without a rustc that can, says so.
pub(crate) fn build(kernels: &[Kernel]) -> Option<String> {
    match rustc::module(kernels) {
        Ok(text) => Some(text),
        Err(reason) if machine(&reason) => {
            let _ = writeln!(std::io::stderr(), "skipped: {reason}");
            None
        }
        Err(reason) => panic!("{reason}"),
    }
}

fn check(cases: &[Case], sizes: &[(usize, usize)]) {
    let kernels = kernels(cases);
    let Some(built) = build(&kernels) else { return };
    let built = Module::parse(&built).unwrap_or_else(|error| panic!("{error}"));
    let printed = Module::parse(&ptx::module(&kernels)).unwrap_or_else(|error| panic!("{error}"));
    for case in cases {
        for &(rows, columns) in sizes {
            let call = Call::new(case, rows, columns);
            let what = format!("{} {rows} {columns}", case.kernel.name);
            let expected = call
                .run(&printed)
                .unwrap_or_else(|error| panic!("{what}: printed: {error}"));
            let found = call
                .run(&built)
                .unwrap_or_else(|error| panic!("{what}: built: {error}"));
            call.same("printed and built", &expected, &found);
            call.check(&found);
        }
    }
}

#[test]
fn built_and_printed_ptx_agree() {
    check(&cases(|name| !wide(name)), &[(130, 70), (1, 130), (2, 0)]);
}

#[test]
fn wide_ones_agree() {
    check(&cases(wide), &[(2, 7)]);
}
