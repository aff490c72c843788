//! The Rust source of kernels of the corpus, built to PTX by rustc, against the printed PTX.
#![allow(missing_docs, reason = "a test")]

mod support;

use keops_gpu::interpret::Module;
use keops_gpu::kernel::Kernel;
use keops_gpu::{ptx, rustc};
use std::io::Write as _;

use support::kernel::{FLAVOURS, Stage, kernels, stages};
use support::{CORPUS, Faults, bits, difference};

/// One of each kind: functions, labels, positions, selected rows, several passes, matrices,
/// derivatives, loops over components.
const SAMPLE: [&str; 12] = [
    "gaussian",
    "sine_and_cosine",
    "real_power",
    "remainder",
    "weighted_mean",
    "distance_to_the_nearest",
    "nearest_of_the_same_label",
    "without_itself",
    "one_hot",
    "matrix_times_vector",
    "gradient_of_a_laplacian",
    "width_9",
];

/// Whether the machine is to blame: it has no rustc, or one without the nvptx64 back end.
fn machine(reason: &str) -> bool {
    ["no rustc was found", "TargetMachine", "does not start"]
        .iter()
        .any(|sign| reason.contains(sign))
}

#[test]
fn built_and_printed_ptx_agree() {
    let sampled: Vec<_> = CORPUS
        .iter()
        .filter(|compiled| SAMPLE.contains(&&compiled.case.name[..]))
        .collect();
    assert_eq!(
        sampled.len(),
        SAMPLE.len(),
        "a case of the sample is not in the corpus"
    );

    // Every pass with its kernel, in all flavours and at two sizes.
    let mut jobs: Vec<(Kernel, f64, Vec<Stage<'_>>)> = Vec::new();
    for compiled in sampled {
        for (method, schedule) in compiled.schedules() {
            for (flavour, tolerance) in FLAVOURS.into_iter().zip([1e-4, 2e-5, 1e-12]) {
                let name = format!("{}_{method}_{:?}", compiled.case.name, flavour.0);
                let mut at = [(5, 70), (2, 130)].map(|size| {
                    let given = compiled.given(size, flavour.0);
                    stages(schedule, &given, size, flavour.0).into_iter()
                });
                for kernel in kernels(schedule, &name, flavour) {
                    let stages = at.iter_mut().filter_map(Iterator::next).collect();
                    jobs.push((kernel, tolerance, stages));
                }
            }
        }
    }

    let all: Vec<Kernel> = jobs.iter().map(|(kernel, ..)| kernel.clone()).collect();
    let built = match rustc::module(&all) {
        Ok(text) => Module::parse(&text).unwrap_or_else(|error| panic!("{error}")),
        Err(reason) if machine(&reason) => {
            let _ = writeln!(std::io::stderr(), "skipped: {reason}");
            return;
        }
        Err(reason) => panic!("{reason}"),
    };
    let printed = Module::parse(&ptx::module(&all)).unwrap_or_else(|error| panic!("{error}"));
    let mut faults = Faults::default();
    for (kernel, tolerance, stages) in &jobs {
        assert_eq!(stages.len(), 2);
        for stage in stages {
            match (stage.run(&built, kernel), stage.run(&printed, kernel)) {
                (Ok(built), Ok(printed)) => {
                    faults.compare(&kernel.name, &built, &printed, bits);
                    faults.compare(&kernel.name, &built, &stage.wanted, |found, wanted| {
                        difference(found, wanted, *tolerance)
                    });
                }
                (Err(fault), _) | (_, Err(fault)) => faults.add(&kernel.name, Some(fault)),
            }
        }
    }
}
