//! Smooths a measured data set with Gaussian weights, and draws the result.
//!
//! For each point x_i of a fine grid of body mass index and blood pressure, the disease progression
//! v_j of 442 patients at y_j is averaged (Nadaraya–Watson):
//!
//! ```text
//! a_i = Σ_j exp(-|x_i - y_j|²) v_j / Σ_j exp(-|x_i - y_j|²)
//! ```
//!
//! Run it with `cargo run --release --example gaussian`; it writes target/gaussian.svg.

use std::error::Error;
use std::time::Instant;

use keops::keops;
use plotters::prelude::*;

keops! {
    /// The mean of v_j, weighted by exp(-|x_i - y_j|²), and the total weight.
    pub fn smooth<T>(x_i: [T; 2], y_j: [T; 2], v_j: T) -> (T, T) {
        let k = exp(-|x_i - y_j|^2);
        let mass = sum_j k;
        ((sum_j k * v_j) / mass, mass)
    }
}

/// Columns and rows of the grid that is computed, and how many of its points a cell of the picture has.
const GRID: (usize, usize) = (640, 480);
const CELL: usize = 5;
/// The ranges of body mass index (kg/m²) and mean blood pressure (mmHg), and the bandwidths.
const BMI: (f32, f32) = (17.0, 43.0);
const PRESSURE: (f32, f32) = (60.0, 135.0);
const BANDWIDTH: [f32; 2] = [2.0, 6.0];

fn main() -> Result<(), Box<dyn Error>> {
    let mut y = Vec::new();
    let mut v = Vec::new();
    for line in include_str!("data/diabetes.csv").lines().skip(1) {
        let fields: Vec<f32> = line.split(',').map(str::parse).collect::<Result<_, _>>()?;
        y.push([fields[0] / BANDWIDTH[0], fields[1] / BANDWIDTH[1]]);
        v.push(fields[2]);
    }
    let at = |k: usize, count: usize, (low, high): (f32, f32)| {
        low + (high - low) * (k as f32 + 0.5) / count as f32
    };
    let x: Vec<[f32; 2]> = (0..GRID.0 * GRID.1)
        .map(|k| {
            let bmi = at(k % GRID.0, GRID.0, BMI);
            let pressure = at(k / GRID.0, GRID.1, PRESSURE);
            [bmi / BANDWIDTH[0], pressure / BANDWIDTH[1]]
        })
        .collect();

    let call = smooth(&x, &y, &v);
    println!("{}", call.plan()?);
    call.run()?; // the first run starts the threads
    let start = Instant::now();
    let (mean, mass) = call.run()?;
    let seconds = start.elapsed().as_secs_f64();
    let pairs = (x.len() * y.len()) as f64;
    println!(
        "{} × {} pairs in {:.2} ms: {:.3} ns per pair",
        x.len(),
        y.len(),
        seconds * 1e3,
        seconds * 1e9 / pairs
    );

    // One value, by a plain loop in f64.
    let middle = x.len() / 2 + GRID.0 / 2;
    let (mut sum, mut total) = (0.0, 0.0);
    for (y, &v) in y.iter().zip(&v) {
        let d2: f64 = x[middle]
            .iter()
            .zip(y)
            .map(|(x, y)| f64::from(x - y).powi(2))
            .sum();
        sum += (-d2).exp() * f64::from(v);
        total += (-d2).exp();
    }
    let (expected, found) = (sum / total, f64::from(mean[middle]));
    println!("value {middle}: {found:.6}, by a plain f64 loop {expected:.6}");
    if (found - expected).abs() > 1e-5 * expected.abs() {
        return Err("the two differ by more than 1e-5".into());
    }

    draw(&y, &mean, &mass)?;
    println!("the picture is target/gaussian.svg");
    Ok(())
}

/// The smoothed progression as colour, where there are enough patients, and the patients as dots.
fn draw(y: &[[f32; 2]], mean: &[f32], mass: &[f32]) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all("target")?;
    let root = SVGBackend::new("target/gaussian.svg", (800, 600)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Disease progression, smoothed", ("sans-serif", 22))
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
    let (columns, rows) = (GRID.0 / CELL, GRID.1 / CELL);
    let width = (BMI.1 - BMI.0) / columns as f32;
    let height = (PRESSURE.1 - PRESSURE.0) / rows as f32;
    let cells = (0..columns * rows).filter_map(|cell| {
        let (column, row) = (cell % columns, cell / columns);
        let k = (row * CELL + CELL / 2) * GRID.0 + column * CELL + CELL / 2;
        let warmth = f64::from((mean[k] - 60.0) / 240.0).clamp(0.0, 1.0);
        let colour = HSLColor(0.66 * (1.0 - warmth), 0.8, 0.55);
        let corner = (
            BMI.0 + column as f32 * width,
            PRESSURE.0 + row as f32 * height,
        );
        let opposite = (corner.0 + width, corner.1 + height);
        (mass[k] > 0.5).then(|| Rectangle::new([corner, opposite], colour.filled()))
    });
    chart.draw_series(cells)?;
    let patients = y.iter().map(|p| {
        let place = (p[0] * BANDWIDTH[0], p[1] * BANDWIDTH[1]);
        Circle::new(place, 2, BLACK.mix(0.6).filled())
    });
    chart.draw_series(patients)?;
    root.present()?;
    Ok(())
}
