//! The corpus in the lane interpreter, at every CPU level, against the programs' own interpreter.
//! Nothing is compiled: the descriptors are built at run time from the texts of schedules.
#![allow(missing_docs, reason = "a test")]

mod support;

use keops_program::interpret::run_schedule;
use keops_runtime::cpu::Level;
use keops_runtime::{Device, Options, Real};

use support::call::{descriptor, precision, run};
use support::{CORPUS, Faults, Size, bits, difference};

/// Sizes around lanes, blocks of columns and blocks of rows, and nothing.
const SIZES: [Size; 13] = [
    (0, 9),
    (64, 65),
    (7, 129),
    (9, 0),
    (8, 127),
    (129, 64),
    (1, 1),
    (65, 63),
    (127, 7),
    (63, 8),
    (9, 64),
    (1, 129),
    (64, 1),
];

/// Four sizes for each case: all are met by its neighbours. Rows that are very wide have two small
/// ones.
fn sizes(number: usize, width: usize) -> Vec<Size> {
    if width > 500 {
        return vec![(9, 65), (65, 1)];
    }
    (0..4)
        .map(|k| SIZES[(number + 3 * k) % SIZES.len()])
        .collect()
}

fn check<T: Real>(tolerance: f64) {
    let (mut faults, precision) = (Faults::default(), precision::<T>());
    for (number, compiled) in CORPUS.iter().enumerate() {
        let tolerance = tolerance * compiled.condition(precision);
        for size in sizes(number, compiled.width()) {
            let given = compiled.given(size, precision);
            for (method, schedule) in compiled.schedules() {
                let wanted = run_schedule(schedule, &given, size.0, size.1);
                let descriptor = descriptor::<T>(&compiled.case.name, schedule, None);
                let mut fused: Option<Vec<Vec<f64>>> = None;
                for level in Level::available() {
                    let what = format!("{} {method} at {size:?}, {level:?}", compiled.case.name);
                    let mut options = Options::new(true);
                    options.device = Some(Device::Cpu);
                    options.level = Some(level);
                    let found = match run(&descriptor, schedule, &given, &options) {
                        Ok(found) => found,
                        Err(error) => {
                            faults.add(&what, Some(error.to_string()));
                            continue;
                        }
                    };
                    faults.compare(&what, &found, &wanted, |found, wanted| {
                        difference(found, wanted, tolerance)
                    });
                    // Levels with a fused multiply-add agree bit for bit.
                    if level != Level::Baseline {
                        let first = fused.get_or_insert_with(|| found.clone());
                        faults.compare(&what, &found, first, bits);
                    }
                }
            }
        }
    }
}

#[test]
fn single_precision_is_near_the_oracle() {
    // A gradient by a parameter is a sum over all pairs, whose terms can cancel to a hundredth.
    check::<f32>(1e-4);
}

#[test]
fn double_precision_is_the_oracle() {
    check::<f64>(1e-12);
}
