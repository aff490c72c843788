//! The kernels of the corpus as PTX: run by the interpreter of PTX against the programs' own
//! interpreter, and assembled by ptxas.
#![allow(missing_docs, reason = "a test")]

#[path = "../../keops-gpu/tests/kernels/ptxas.rs"]
mod ptxas;
mod support;

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use keops_gpu::interpret::Module;
use keops_gpu::kernel::Kernel;
use keops_gpu::ptx;
use keops_program::arith::Precision;
use rayon::prelude::*;

use support::kernel::{FLAVOURS, kernels, stages};
use support::{CORPUS, Faults, Size, difference};

/// Sizes around the threads of a block and the columns of a tile.
const SIZES: [Size; 6] = [(5, 70), (129, 2), (2, 130), (1, 0), (128, 3), (3, 128)];

/// Each case has one of them. Every sixteenth has all threads and more than one tile, too.
fn sizes(number: usize, width: usize) -> Vec<Size> {
    let mut sizes = vec![SIZES[number % SIZES.len()]];
    if width > 500 {
        sizes[0] = (2, 5);
    } else if number % 16 == 1 && width < 20 {
        sizes.push((129, 130));
    }
    sizes
}

fn check(flavour: (Precision, bool), tolerance: f64) {
    let mut faults = Faults::default();
    for (number, compiled) in CORPUS.iter().enumerate() {
        let tolerance = tolerance * compiled.condition(flavour.0);
        for (method, schedule) in compiled.schedules() {
            let name = format!("{}_{method}", compiled.case.name);
            let kernels = kernels(schedule, &name, flavour);
            let module = match Module::parse(&ptx::module(&kernels)) {
                Ok(module) => module,
                Err(error) => {
                    faults.add(&name, Some(error.to_string()));
                    continue;
                }
            };
            for size in sizes(number, compiled.width()) {
                let given = compiled.given(size, flavour.0);
                let stages = stages(schedule, &given, size, flavour.0);
                for (stage, kernel) in stages.iter().zip(&kernels) {
                    let what = format!("{} at {size:?}", kernel.name);
                    match stage.run(&module, kernel) {
                        Ok(found) => {
                            faults.compare(&what, &found, &stage.wanted, |found, wanted| {
                                difference(found, wanted, tolerance)
                            })
                        }
                        Err(error) => faults.add(&what, Some(error)),
                    }
                }
            }
        }
    }
}

#[test]
fn fast_kernels_are_near_the_oracle() {
    check(FLAVOURS[0], 1e-4);
}

#[test]
fn accurate_kernels_are_near_the_oracle() {
    check(FLAVOURS[1], 2e-5);
}

#[test]
fn double_precision_kernels_are_the_oracle() {
    check(FLAVOURS[2], 1e-12);
}

/// Every kernel of the corpus, in every flavour, once.
fn all() -> Vec<Kernel> {
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for compiled in CORPUS.iter() {
        for (method, schedule) in compiled.schedules() {
            for (flavour, suffix) in FLAVOURS.into_iter().zip(["fast", "single", "double"]) {
                let name = format!("{}_{method}_{suffix}", compiled.case.name);
                let made = kernels(schedule, &name, flavour)
                    .into_iter()
                    .zip(&schedule.passes);
                let new = made.filter(|(_, pass)| seen.insert(format!("{flavour:?} {pass:?}")));
                all.extend(new.map(|(kernel, _)| kernel));
            }
        }
    }
    all
}

#[test]
fn every_kernel_assembles_without_a_spill() {
    let Some(assembler) = ptxas::find() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no ptxas (tools/ptxas-venv makes one; or set KEOPS_PTXAS)"
        );
        return;
    };
    let kernels = all();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let modules: Vec<PathBuf> = kernels
        .chunks(64)
        .enumerate()
        .map(|(k, kernels)| {
            let file = folder.join(format!("corpus_{k}.ptx"));
            std::fs::write(&file, ptx::module(kernels)).expect("written");
            file
        })
        .collect();
    let architectures = ["sm_75", "sm_80", "sm_90", "sm_100", "sm_120"];
    let jobs: Vec<(&PathBuf, &str)> = modules
        .iter()
        .flat_map(|file| architectures.map(|architecture| (file, architecture)))
        .collect();
    let spills: Vec<String> = jobs
        .par_iter()
        .flat_map_iter(|(file, architecture)| {
            let found =
                ptxas::spills(&assembler, file, architecture).unwrap_or_else(|error| vec![error]);
            let _ = std::fs::remove_file(file.with_extension(format!("{architecture}.cubin")));
            found
                .into_iter()
                .map(move |line| format!("{architecture} {line}"))
        })
        .collect();
    let mut faults = Faults::default();
    // The rows of wide cases take more than the 255 registers that a thread has: what is beyond is in
    // local memory already, and ptxas adds a few bytes of its own.
    spills
        .into_iter()
        .filter(|line| !(line.contains(" wide_") && line.contains("stack frame")))
        .for_each(|spill| faults.add("ptxas", Some(spill)));
}
