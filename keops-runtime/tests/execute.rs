//! The execution of schedules on the CPU against the f64 oracle, and against itself.
#![allow(missing_docs, reason = "a test")]

mod common;

use common::passes::{TWO_PASSES, UNIT};
use common::schedules::{GAUSSIAN, LABELS, LOGSUMEXP, NEAREST, WIDE};
use common::{Case, assert_close, assert_same, kernels};
use keops_runtime::Real;
use keops_runtime::cpu::Level;
use keops_runtime::cpu::nest::{Compiled, compiled};

const SIZES: [usize; 10] = [0, 1, 7, 8, 9, 63, 64, 65, 129, 300];

/// Selection is compared exactly, so coordinates are such that f32 decides as f64 does.
fn coarse<T: Real>(case: &mut Case<T>) {
    for given in &mut case.given {
        if let common::Given::Real(values) = given {
            values
                .iter_mut()
                .for_each(|x| *x = T::from_f64((x.to_f64() * 64.0).round() / 64.0));
        }
    }
}

fn agrees<T: Real>(text: &str, tolerance: f64) {
    for m in SIZES {
        for n in SIZES {
            if m.min(n) > 9 && m != 300 && n != 129 {
                continue; // each size with small ones and with the largest
            }
            let mut case = Case::<T>::new(text, m, n);
            coarse(&mut case);
            let expected = case.expected();
            for level in Level::available() {
                assert_close(
                    &case.run(level),
                    &expected,
                    tolerance,
                    &format!("{level:?} {m}×{n}"),
                );
            }
        }
    }
}

#[test]
fn a_sum_with_a_parameter_agrees_with_the_oracle() {
    agrees::<f32>(GAUSSIAN, 2e-5);
    agrees::<f64>(GAUSSIAN, 1e-13);
}

#[test]
fn component_loops_agree_with_the_oracle() {
    agrees::<f32>(WIDE, 2e-5);
    agrees::<f64>(WIDE, 1e-13);
}

#[test]
fn selection_and_gather_agree_with_the_oracle() {
    agrees::<f32>(NEAREST, 0.0);
    agrees::<f64>(NEAREST, 0.0);
}

#[test]
fn logsumexp_agrees_with_the_oracle() {
    agrees::<f32>(LOGSUMEXP, 2e-6);
    agrees::<f64>(LOGSUMEXP, 1e-14);
}

#[test]
fn labels_and_masks_agree_with_the_oracle() {
    agrees::<f32>(LABELS, 1e-5);
    agrees::<f64>(LABELS, 1e-13);
}

#[test]
fn passes_agree_with_the_oracle() {
    agrees::<f32>(TWO_PASSES, 1e-4);
    agrees::<f64>(TWO_PASSES, 1e-12);
    agrees::<f32>(UNIT, 2e-5);
    agrees::<f64>(UNIT, 1e-12);
}

/// The compiled kernel with each number of vectors, and the interpreter.
fn same_bits<T: Real>(text: &str, kernels: [Compiled<T>; 3]) {
    for (m, n) in [
        (1, 1),
        (7, 65),
        (64, 64),
        (65, 300),
        (300, 129),
        (3, 9000),
        (500, 0),
    ] {
        let interpreted = Case::<T>::new(text, m, n);
        for level in Level::available() {
            let expected = interpreted.run(level);
            for kernel in kernels {
                let case = Case::compiled(text, m, n, vec![Some(kernel)]);
                assert_same(&case.run(level), &expected, &format!("{level:?} {m}×{n}"));
            }
        }
    }
}

macro_rules! kernels {
    ($t:ty, $kernel:ident, $p:literal, $x:literal, $y:literal, $a:literal) => {
        [
            compiled::<$t, kernels::$kernel, $p, $x, $y, $a, 1>,
            compiled::<$t, kernels::$kernel, $p, $x, $y, $a, 2>,
            compiled::<$t, kernels::$kernel, $p, $x, $y, $a, 4>,
        ]
    };
}

#[test]
fn compiled_and_interpreted_kernels_give_the_same_bits() {
    same_bits::<f32>(GAUSSIAN, kernels!(f32, Gaussian, 1, 3, 4, 2));
    same_bits::<f64>(GAUSSIAN, kernels!(f64, Gaussian, 1, 3, 4, 2));
    same_bits::<f32>(LOGSUMEXP, kernels!(f32, LogSumExp, 0, 1, 1, 2));
    same_bits::<f64>(LOGSUMEXP, kernels!(f64, LogSumExp, 0, 1, 1, 2));
    same_bits::<f32>(NEAREST, kernels!(f32, Nearest, 0, 2, 3, 2));
    same_bits::<f64>(NEAREST, kernels!(f64, Nearest, 0, 2, 3, 2));
}

#[test]
fn levels_with_fused_multiplication_give_the_same_bits() {
    let fused = || {
        Level::available()
            .into_iter()
            .filter(|&level| level != Level::Baseline)
    };
    for text in [GAUSSIAN, WIDE, LOGSUMEXP, LABELS, TWO_PASSES, UNIT] {
        let case = Case::<f32>::new(text, 130, 3000);
        let Some(expected) = fused().next().map(|level| case.run(level)) else {
            return;
        };
        for level in fused() {
            assert_same(&case.run(level), &expected, &format!("{level:?}"));
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let level = Level::best();
    for text in [GAUSSIAN, LOGSUMEXP, NEAREST, TWO_PASSES, UNIT] {
        for (m, n) in [(3, 40_000), (700, 5000), (5000, 300)] {
            let case = Case::<f32>::new(text, m, n);
            let runs = [1, 2, 4].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| case.run(level))
            });
            assert_same(&runs[1], &runs[0], "2 threads");
            assert_same(&runs[2], &runs[0], "4 threads");
        }
    }
}

#[test]
fn chunks_of_columns_are_merged_in_order() {
    for text in [GAUSSIAN, NEAREST, LOGSUMEXP] {
        let mut case = Case::<f64>::new(text, 5, 10_001);
        coarse(&mut case);
        let steps = case.prepare(Level::best()).plan().unwrap().passes;
        assert!(steps[0].splits > 1, "{steps:?}");
        assert_close(&case.run(Level::best()), &case.expected(), 1e-12, "split");
    }
}
