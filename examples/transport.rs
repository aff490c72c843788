//! Gives one photograph the colours of another: optimal transport between two clouds of colours.
//!
//! Sinkhorn's iteration finds potentials f and g with
//!
//! ```text
//! f_i = -ε log Σ_j exp((g_j - |x_i - y_j|²) / ε) / N,   g_j = -ε log Σ_i exp((f_i - |x_i - y_j|²) / ε) / M,
//! ```
//!
//! of which exp((f_i + g_j - |x_i - y_j|²) / ε) is the regularised transport plan. Each colour x_i goes to the
//! mean of the y_j with these weights. Nothing of size M × N is stored. Run it with
//! `cargo run --release --example transport`; it writes target/transport.svg.

use std::error::Error;
use std::time::Instant;

use keops::{every, keops};
use plotters::prelude::*;

#[path = "data/expected.rs"]
mod expected;

keops! {
    /// One half of an iteration: minus the potential of x_i, for weights w_j.
    pub fn potential<T>(x_i: [T; 3], y_j: [T; 3], g_j: T, w_j: T, epsilon: T) -> T {
        epsilon * logsumexp_j((g_j - |x_i - y_j|^2) / epsilon, w_j)
    }
    /// Where x_i goes.
    pub fn moved<T>(x_i: [T; 3], f_i: T, y_j: [T; 3], g_j: T, epsilon: T) -> [T; 3] {
        let plan = exp((f_i + g_j - |x_i - y_j|^2) / epsilon);
        (sum_j plan * y_j) / sum_j plan
    }
}

const EPSILON: f64 = 0.01;
const STEPS: usize = 100;
/// The photographs' columns and rows.
const SIZE: (usize, usize) = (72, 48);

fn main() -> Result<(), Box<dyn Error>> {
    let x = colours(include_str!("data/china.csv"))?;
    let y = colours(include_str!("data/flower.csv"))?;
    let minus = |values: Vec<f64>| values.into_iter().map(|value| -value).collect::<Vec<f64>>();
    let (of_x, of_y) = (every(1.0 / x.len() as f64), every(1.0 / y.len() as f64));
    let (mut f, mut g) = (vec![0.0; x.len()], vec![0.0; y.len()]);
    println!("{}", potential(&x, &y, &g, of_y, EPSILON).plan()?);
    let start = Instant::now();
    for _ in 0..STEPS {
        f = minus(potential(&x, &y, &g, of_y, EPSILON).run()?);
        g = minus(potential(&y, &x, &f, of_x, EPSILON).run()?);
    }
    let seconds = start.elapsed().as_secs_f64();
    let pairs = (2 * STEPS * x.len() * y.len()) as f64;
    println!(
        "{STEPS} iterations in {seconds:.2} s: {:.2} ns per pair",
        seconds * 1e9 / pairs
    );
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    expected::compare("transport_cost", &[mean(&f) + mean(&g)], 1e-9)?;
    let moved = moved(&x, &f, &y, &g, EPSILON).run()?;
    let some: Vec<f64> = moved
        .iter()
        .step_by(x.len() / 4)
        .flatten()
        .copied()
        .collect();
    expected::compare("transport_colours", &some, 1e-8)?;

    draw(&[("before", &x), ("the colours", &y), ("after", &moved)])?;
    println!("the picture is target/transport.svg");
    Ok(())
}

/// The pixels of a photograph, in 0..1.
fn colours(text: &str) -> Result<Vec<[f64; 3]>, Box<dyn Error>> {
    let rows = expected::table(text)?;
    Ok(rows
        .iter()
        .map(|row| [row[0] / 255.0, row[1] / 255.0, row[2] / 255.0])
        .collect())
}

/// Photographs beside each other.
fn draw(photographs: &[(&str, &Vec<[f64; 3]>)]) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all("target")?;
    let root = SVGBackend::new("target/transport.svg", (1050, 270)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, (name, pixels)) in root
        .split_evenly((1, photographs.len()))
        .iter()
        .zip(photographs)
    {
        let mut chart = ChartBuilder::on(area)
            .caption(name, ("sans-serif", 18))
            .margin(8)
            .build_cartesian_2d(0..SIZE.0 as i32, 0..SIZE.1 as i32)?;
        chart.draw_series(pixels.iter().enumerate().map(|(k, pixel)| {
            let (column, row) = ((k % SIZE.0) as i32, (SIZE.1 - 1 - k / SIZE.0) as i32);
            let [red, green, blue] = pixel.map(|x| (255.0 * x.clamp(0.0, 1.0)) as u8);
            let corners = [(column, row), (column + 1, row + 1)];
            Rectangle::new(corners, RGBColor(red, green, blue).filled())
        }))?;
    }
    root.present()?;
    Ok(())
}
