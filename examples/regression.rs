//! Gaussian-process regression of a measured data set: the mean and how sure it is, with a progress bar.
//!
//! Disease progression v_j of 442 patients is a function of body mass index and blood pressure y_j, plus
//! noise. Of a Gaussian process with the kernel k(x, y) = s² exp(-|x - y|²/2),
//!
//! ```text
//! mean(x) = k(x, y) a,   (k(y, y) + noise²) a = v,
//! variance(x) = s² - k(x, y) (k(y, y) + noise²)⁻¹ k(y, x).
//! ```
//!
//! The second is a linear system for each x: many right-hand sides at once. Run it with
//! `cargo run --release --example regression`; it writes target/regression.svg.

use std::error::Error;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use keops::{Preconditioner, Progress, Strided, keops};
use plotters::prelude::*;

#[path = "data/expected.rs"]
mod expected;

keops! {
    /// The covariance of two places.
    pub fn covariance<T>(x_i: [T; 2], y_j: [T; 2], variance: T) -> Matrix<T> {
        variance * exp(-|x_i - y_j|^2 / 2)
    }
}

const VARIANCE: f64 = 60.0 * 60.0;
const NOISE: f64 = 55.0 * 55.0;
/// The lengths on which the progression changes: of body mass index (kg/m²) and pressure (mmHg).
const LENGTHS: [f64; 2] = [5.0, 15.0];
/// The grid of the picture, and its ranges.
const GRID: (usize, usize) = (52, 50);
const BMI: (f64, f64) = (17.0, 43.0);
const PRESSURE: (f64, f64) = (60.0, 135.0);

fn main() -> Result<(), Box<dyn Error>> {
    let rows = expected::table(include_str!("data/diabetes.csv"))?;
    let y: Vec<[f64; 2]> = rows.iter().map(|row| place(row[0], row[1])).collect();
    let average = rows.iter().map(|row| row[2]).sum::<f64>() / rows.len() as f64;
    let v: Vec<f64> = rows.iter().map(|row| row[2] - average).collect();

    // The same places as in the reference, then the grid.
    let mut x: Vec<[f64; 2]> = [
        (20.0, 80.0),
        (25.0, 95.0),
        (30.0, 100.0),
        (35.0, 120.0),
        (18.0, 130.0),
    ]
    .map(|(bmi, pressure)| place(bmi, pressure))
    .to_vec();
    let checked = x.len();
    for k in 0..GRID.0 * GRID.1 {
        let at = |k: usize, count: usize, (low, high): (f64, f64)| {
            low + (high - low) * (k as f64 + 0.5) / count as f64
        };
        x.push(place(
            at(k % GRID.0, GRID.0, BMI),
            at(k / GRID.0, GRID.1, PRESSURE),
        ));
    }

    let kernel = covariance(&y, &y, VARIANCE);
    let cross = covariance(&x, &y, VARIANCE);
    let preconditioner = Preconditioner::nystrom(60);
    let start = Instant::now();
    let bar = Bar::new("mean    ");
    let a = kernel
        .solve(&v)
        .ridge(NOISE)
        .tolerance(1e-10)
        .preconditioner(preconditioner)
        .progress(|state| bar.show(state))
        .run()?;
    bar.finish();
    let mean: Vec<f64> = cross
        .matvec(&a)
        .run()?
        .iter()
        .map(|m| m + average)
        .collect();

    // A right-hand side for each place: the columns of k(y, x).
    let between = cross.t().dense().run()?;
    let bar = Bar::new("variance");
    let solved = kernel
        .solve(Strided::new(&between, x.len()))
        .ridge(NOISE)
        .tolerance(1e-10)
        .preconditioner(preconditioner)
        .progress(|state| bar.show(state))
        .run()?;
    bar.finish();
    let mut deviation = vec![VARIANCE; x.len()];
    for (between, solved) in between
        .chunks_exact(x.len())
        .zip(solved.chunks_exact(x.len()))
    {
        for ((variance, b), s) in deviation.iter_mut().zip(between).zip(solved) {
            *variance -= b * s;
        }
    }
    deviation
        .iter_mut()
        .for_each(|variance| *variance = variance.max(0.0).sqrt());
    println!(
        "{} and 1 systems of {} unknowns in {:.1?}",
        x.len(),
        y.len(),
        start.elapsed()
    );
    expected::compare("process_mean", &mean[..checked], 1e-8)?;
    expected::compare("process_deviation", &deviation[..checked], 1e-6)?;

    draw(&mean[checked..], &deviation[checked..], &rows)?;
    println!("the picture is target/regression.svg");
    Ok(())
}

fn place(bmi: f64, pressure: f64) -> [f64; 2] {
    [bmi / LENGTHS[0], pressure / LENGTHS[1]]
}

/// A progress bar: the residual falls from 1 to the tolerance, on a logarithmic scale.
struct Bar(ProgressBar);

impl Bar {
    fn new(name: &str) -> Bar {
        let style = ProgressStyle::with_template("{msg} {bar:40} {percent:>3} %");
        let bar = ProgressBar::new(1000).with_message(name.to_string());
        Bar(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    fn show(&self, state: &Progress) {
        let part = state.residual.ln() / state.tolerance.ln();
        self.0.set_position((1000.0 * part.clamp(0.0, 1.0)) as u64);
    }

    fn finish(&self) {
        self.0.finish();
    }
}

/// The mean as colour, the paler the less sure, and the patients as dots.
fn draw(mean: &[f64], deviation: &[f64], rows: &[Vec<f64>]) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all("target")?;
    let root = SVGBackend::new("target/regression.svg", (800, 600)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(
            "Disease progression, and where it is known",
            ("sans-serif", 22),
        )
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(BMI.0..BMI.1, PRESSURE.0..PRESSURE.1)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("body mass index (kg/m²)")
        .y_desc("mean blood pressure (mmHg)")
        .draw()?;
    let width = (BMI.1 - BMI.0) / GRID.0 as f64;
    let height = (PRESSURE.1 - PRESSURE.0) / GRID.1 as f64;
    chart.draw_series(
        mean.iter()
            .zip(deviation)
            .enumerate()
            .map(|(k, (mean, deviation))| {
                let warmth = ((mean - 60.0) / 240.0).clamp(0.0, 1.0);
                let sure = (1.0 - deviation / VARIANCE.sqrt()).clamp(0.0, 1.0);
                let colour = HSLColor(0.66 * (1.0 - warmth), 0.8, 1.0 - 0.5 * sure);
                let corner = (
                    BMI.0 + (k % GRID.0) as f64 * width,
                    PRESSURE.0 + (k / GRID.0) as f64 * height,
                );
                let opposite = (corner.0 + width, corner.1 + height);
                Rectangle::new([corner, opposite], colour.filled())
            }),
    )?;
    let dots = rows
        .iter()
        .map(|row| Circle::new((row[0], row[1]), 2, BLACK.mix(0.6).filled()));
    chart.draw_series(dots)?;
    root.present()?;
    Ok(())
}
