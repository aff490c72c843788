//! The program of KeOps' LazyTensor page: Gaussian sums of a million by two million points, and the
//! gradient of the sum of their squares.
//!
//! ```text
//! a_i = Σ_j exp(-|x_i - y_j|²)        g_i = ∂(Σ_i a_i²)/∂x_i
//! ```
//!
//! `cargo run --release --example seed` takes minutes on a CPU; two arguments set other sizes:
//! `cargo run --release --example seed -- 10000 20000`.

use std::error::Error;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use keops::keops;

keops! {
    /// a_i = Σ_j exp(-|x_i - y_j|²)
    pub fn gaussian_sum<T>(x_i: [T; 3], y_j: [T; 3]) -> T {
        sum_j exp(-|x_i - y_j|^2)
    }
}

/// Rows between two steps of the progress bar.
const ROWS: usize = 8192;

fn main() -> Result<(), Box<dyn Error>> {
    let mut sizes = std::env::args().skip(1).map(|size| size.parse::<usize>());
    let m = sizes.next().transpose()?.unwrap_or(1_000_000);
    let n = sizes.next().transpose()?.unwrap_or(2_000_000);
    let (x, y) = (normal(m, 1), normal(n, 2));

    println!("{}", gaussian_sum(&x, &y).plan()?);
    let bar = ProgressBar::new(2 * m as u64);
    bar.set_style(ProgressStyle::with_template(
        "{msg:8} {wide_bar} {pos}/{len} rows, {elapsed} of about {duration}",
    )?);

    let start = Instant::now();
    let mut a = vec![0.0; m];
    bar.set_message("sums");
    for (x, a) in x.chunks(ROWS).zip(a.chunks_mut(ROWS)) {
        gaussian_sum(x, &y).run_into(a)?;
        bar.inc(a.len() as u64);
    }
    let sums = start.elapsed().as_secs_f64();
    let twice: Vec<f32> = a.iter().map(|a| 2.0 * a).collect();
    let mut g = vec![[0.0; 3]; m];
    bar.set_message("gradient");
    for ((x, e), g) in x
        .chunks(ROWS)
        .zip(twice.chunks(ROWS))
        .zip(g.chunks_mut(ROWS))
    {
        gaussian_sum(x, &y).grad_x(e).run_into(g)?;
        bar.inc(g.len() as u64);
    }
    let gradient = start.elapsed().as_secs_f64() - sums;
    bar.finish();

    let pairs = m as f64 * n as f64;
    println!(
        "a: {sums:.2} s, {:.3} ns per pair; a[0] = {}",
        sums * 1e9 / pairs,
        a[0]
    );
    println!(
        "g: {gradient:.2} s, {:.3} ns per pair; g[0] = {:?}",
        gradient * 1e9 / pairs,
        g[0]
    );
    check(&x, &y, &a, &g)
}

/// The first value and gradient, by a plain loop in f64.
fn check(x: &[[f32; 3]], y: &[[f32; 3]], a: &[f32], g: &[[f32; 3]]) -> Result<(), Box<dyn Error>> {
    let (mut sum, mut gradient) = (0.0, [0.0; 3]);
    for y in y {
        let d: [f64; 3] = std::array::from_fn(|k| f64::from(x[0][k]) - f64::from(y[k]));
        let k = (-d.iter().map(|d| d * d).sum::<f64>()).exp();
        sum += k;
        for (gradient, d) in gradient.iter_mut().zip(d) {
            *gradient -= 2.0 * d * k;
        }
    }
    let gradient = gradient.map(|g| 2.0 * sum * g);
    println!("by a plain f64 loop: a[0] = {sum}, g[0] = {gradient:?}");
    let scale = gradient.iter().fold(1e-30, |m: f64, g| m.max(g.abs()));
    let worst = (0..3)
        .map(|k| (f64::from(g[0][k]) - gradient[k]).abs() / scale)
        .fold(0.0, f64::max);
    if (f64::from(a[0]) - sum).abs() > 1e-5 * sum || worst > 1e-5 {
        return Err("the two differ by more than 1e-5".into());
    }
    Ok(())
}

/// Normally distributed points, by Box and Muller's method.
fn normal(count: usize, seed: u64) -> Vec<[f32; 3]> {
    let mut state = seed;
    let mut uniform = move || {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut gaussian = move || {
        let (radius, angle) = (uniform(), uniform());
        let radius = (-2.0 * (1.0 - radius).ln()).sqrt();
        (radius * (std::f64::consts::TAU * angle).cos()) as f32
    };
    (0..count)
        .map(|_| std::array::from_fn(|_| gaussian()))
        .collect()
}
