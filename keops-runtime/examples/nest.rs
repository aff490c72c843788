//! Nanoseconds per pair and core of a Gaussian sum in three dimensions, compiled and interpreted,
//! at every level; and of a sum with 100 components, interpreted.
//!
//! `cargo run --release -p keops-runtime --example nest`

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Case, kernels, schedules};
use keops_runtime::Real;
use keops_runtime::cpu::Level;
use keops_runtime::cpu::nest::{Compiled, compiled};
use std::time::Instant;

fn nanoseconds<T: Real>(text: &str, level: Level, kernel: Option<Compiled<T>>) -> f64 {
    let (m, n) = (2048, 2048);
    let case = Case::<T>::compiled(text, m, n, vec![kernel]);
    let prepared = case.prepare(level);
    let mut best = f64::INFINITY;
    for _ in 0..30 {
        let start = Instant::now();
        case.collect(&prepared, |outputs| {
            prepared.run(outputs).expect("the example's data fit")
        });
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / (m * n) as f64
}

fn gaussian<T: Real>(name: &str) {
    let kernels = [
        compiled::<T, kernels::Gaussian, 1, 3, 4, 2, 1>,
        compiled::<T, kernels::Gaussian, 1, 3, 4, 2, 2>,
        compiled::<T, kernels::Gaussian, 1, 3, 4, 2, 4>,
    ];
    for level in Level::available() {
        let times = kernels.map(|k| nanoseconds::<T>(schedules::GAUSSIAN, level, Some(k)));
        let interpreted = nanoseconds::<T>(schedules::GAUSSIAN, level, None);
        let wide = nanoseconds::<T>(schedules::WIDE, level, None);
        println!(
            "{name} {level:9} compiled with U = 1, 2, 4: {:.3} {:.3} {:.3}  interpreted: {interpreted:.3}  \
             interpreted with 100 components: {wide:.2}",
            times[0], times[1], times[2]
        );
    }
}

fn main() {
    // One thread: so it is time per pair and core.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    pool.install(|| {
        gaussian::<f32>("f32");
        gaussian::<f64>("f64");
    });
}
