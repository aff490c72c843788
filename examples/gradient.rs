//! Moves points onto a shape by gradient descent on a kernel distance.
//!
//! The energy distance of two clouds of points,
//!
//! ```text
//! E(x) = mean_ij |x_i - y_j| - mean_ii' |x_i - x_i'| / 2 - mean_jj' |y_j - y_j'| / 2,
//! ```
//!
//! is 0 where they agree. Its gradient is two calls. Run it with
//! `cargo run --release --example gradient`; it writes target/gradient.svg.

use std::error::Error;
use std::f32::consts::TAU;

use keops::{every, keops};
use plotters::prelude::*;

keops! {
    /// The sum of the distances to all y_j.
    pub fn distances<T>(x_i: [T; 2], y_j: [T; 2]) -> T {
        sum_j |x_i - y_j|
    }
}

const POINTS: usize = 1500;
const STEPS: usize = 60;
const RATE: f32 = 1.0;

fn main() -> Result<(), Box<dyn Error>> {
    // A square of points, to be moved onto a flower.
    let side = (POINTS as f32).sqrt();
    let fraction = |k: usize, step: f32| (k as f32 * step).fract();
    let mut x: Vec<[f32; 2]> = (0..POINTS)
        .map(|k| {
            [
                fraction(k, 0.618_034) - 0.5,
                (k as f32 / side).floor() / side - 0.5,
            ]
        })
        .collect();
    let y: Vec<[f32; 2]> = (0..POINTS)
        .map(|k| {
            let angle = TAU * fraction(k, 0.618_034);
            let radius = 0.9 + 0.35 * (5.0 * angle).cos();
            [radius * angle.cos(), radius * angle.sin()]
        })
        .collect();
    let start = x.clone();

    let scale = 1.0 / (POINTS * POINTS) as f32;
    let mean = |a: &[[f32; 2]], b: &[[f32; 2]]| -> keops::Result<f32> {
        Ok(distances(a, b).run()?.iter().sum::<f32>() * scale)
    };
    let own = mean(&y, &y)?;
    println!("{}", distances(&x, &y).grad_x(every(1.0)).plan()?);
    let mut last = f32::INFINITY;
    for step in 0..=STEPS {
        let energy = mean(&x, &y)? - mean(&x, &x)? / 2.0 - own / 2.0;
        if step % 10 == 0 {
            println!("step {step:3}: energy {energy:.6}");
            if energy > last {
                return Err("the energy has risen".into());
            }
            last = energy;
        }
        // ∂E/∂x; the second term is symmetric in its two clouds.
        let towards = distances(&x, &y).grad_x(every(1.0)).run()?;
        let apart = distances(&x, &x).grad_x(every(1.0)).run()?;
        for ((point, towards), apart) in x.iter_mut().zip(&towards).zip(&apart) {
            for k in 0..2 {
                // The gradient of one point is of the order of 1/POINTS.
                let gradient = (towards[k] - apart[k]) / POINTS as f32;
                point[k] -= RATE * gradient;
            }
        }
    }
    draw(&start, &x, &y)?;
    println!("the picture is target/gradient.svg");
    Ok(())
}

/// The target in grey, the points before (left) and after (right).
fn draw(before: &[[f32; 2]], after: &[[f32; 2]], y: &[[f32; 2]]) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all("target")?;
    let root = SVGBackend::new("target/gradient.svg", (1000, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, (points, title)) in root
        .split_evenly((1, 2))
        .iter()
        .zip([(before, "before"), (after, "after")])
    {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 20))
            .margin(10)
            .build_cartesian_2d(-1.4f32..1.4, -1.4f32..1.4)?;
        let dot = |p: &[f32; 2], colour: RGBAColor| Circle::new((p[0], p[1]), 2, colour.filled());
        chart.draw_series(y.iter().map(|p| dot(p, BLACK.mix(0.2))))?;
        chart.draw_series(points.iter().map(|p| dot(p, RED.mix(0.7))))?;
    }
    root.present()?;
    Ok(())
}
