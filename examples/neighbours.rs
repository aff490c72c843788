//! Reads handwritten digits by their nearest neighbours, and finds groups of them by k-means.
//!
//! A digit is a point in 64 dimensions, the grey values of its 8 × 8 pixels. Of 1,797 digits the first
//! 1,000 are known; of each other one, the 5 nearest known digits vote. Then all are put in 10 groups
//! by Lloyd's iteration: each point goes to the nearest mean, and each group gets a new mean.
//!
//! Run it with `cargo run --release --example neighbours`; it writes target/neighbours.svg.

use std::error::Error;
use std::time::Instant;

use keops::keops;
use plotters::prelude::*;

#[path = "data/expected.rs"]
mod expected;

keops! {
    /// The squares of the distances to the 5 nearest y_j, and their numbers.
    pub fn nearest<T>(x_i: [T; 64], y_j: [T; 64]) -> ([T; 5], [u32; 5]) {
        kmin_argkmin_j(5, |x_i - y_j|^2)
    }
    /// The square of the distance to the nearest y_j, and its number.
    pub fn assign<T>(x_i: [T; 64], y_j: [T; 64]) -> (T, u32) {
        min_argmin_j(|x_i - y_j|^2)
    }
    /// The mean of the x_j of group k_i, and how many there are.
    pub fn mean<T>(k_i: u32, group_j: u32, x_j: [T; 64]) -> ([T; 64], T) {
        let inside = if k_i == group_j { 1 } else { 0 };
        let count = sum_j inside;
        ((sum_j inside * x_j) / count, count)
    }
}

const KNOWN: usize = 1000;
const GROUPS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut digits, mut labels) = (Vec::new(), Vec::new());
    for row in expected::table(include_str!("data/digits.csv"))? {
        let mut pixels = [0.0f32; 64];
        pixels
            .iter_mut()
            .zip(&row)
            .for_each(|(pixel, &value)| *pixel = value as f32);
        digits.push(pixels);
        labels.push(row[64] as usize);
    }

    // Neighbours.
    let (known, new) = digits.split_at(KNOWN);
    let call = nearest(new, known);
    println!("{}", call.plan()?);
    let start = Instant::now();
    let (squares, numbers) = call.run()?;
    println!(
        "{} × {} pairs in {:.1?}",
        new.len(),
        known.len(),
        start.elapsed()
    );
    let mut right = 0;
    for (numbers, &label) in numbers.iter().zip(&labels[KNOWN..]) {
        let mut votes = [0; 10];
        numbers
            .iter()
            .for_each(|&number| votes[labels[number as usize]] += 1);
        // Of equal votes, the smallest digit.
        let most = votes.iter().max().ok_or("no digit")?;
        right += usize::from(votes.iter().position(|votes| votes == most) == Some(label));
    }
    println!("{right} of {} digits are read right", new.len());
    let total: f64 = squares
        .iter()
        .flatten()
        .map(|&square| f64::from(square))
        .sum();
    let ranks: Vec<f64> = (0..5)
        .map(|k| numbers.iter().map(|numbers| f64::from(numbers[k])).sum())
        .collect();
    expected::compare("neighbour_distances", &[total], 0.0)?;
    expected::compare("neighbour_numbers", &ranks, 0.0)?;
    expected::compare("neighbours_right", &[right as f64], 0.0)?;

    // Groups, from the first digit of each kind.
    let first = |digit: usize| labels.iter().position(|&label| label == digit);
    let mut means: Vec<[f32; 64]> = (0..GROUPS)
        .filter_map(first)
        .map(|number| digits[number])
        .collect();
    let every: Vec<u32> = (0..GROUPS as u32).collect();
    let mut groups = Vec::new();
    let start = Instant::now();
    for step in 1..=300 {
        let (squares, now) = assign(&digits, &means).run()?;
        if now == groups {
            println!("k-means stands after {step} steps, {:.1?}", start.elapsed());
            let inertia = squares.iter().map(|&square| f64::from(square)).sum();
            expected::compare("cluster_inertia", &[inertia], 1e-6)?;
            break;
        }
        groups = now;
        means = mean(&every, &groups, &digits).run()?.0;
    }
    let sizes: Vec<f64> = mean(&every, &groups, &digits)
        .run()?
        .1
        .into_iter()
        .map(f64::from)
        .collect();
    expected::compare("cluster_sizes", &sizes, 0.0)?;

    draw(&means, &sizes)?;
    println!("the picture is target/neighbours.svg");
    Ok(())
}

/// The means as digits, with the sizes of their groups.
fn draw(means: &[[f32; 64]], sizes: &[f64]) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all("target")?;
    let root = SVGBackend::new("target/neighbours.svg", (800, 400)).into_drawing_area();
    root.fill(&WHITE)?;
    let root = root.titled("The means of 10 groups of digits", ("sans-serif", 22))?;
    for ((area, mean), size) in root.split_evenly((2, 5)).iter().zip(means).zip(sizes) {
        let caption = format!("{size} digits");
        let mut chart = ChartBuilder::on(area)
            .caption(caption, ("sans-serif", 14))
            .margin(12)
            .build_cartesian_2d(0..8, 0..8)?;
        chart.draw_series(mean.iter().enumerate().map(|(k, &value)| {
            let (column, row) = (k as i32 % 8, 7 - k as i32 / 8);
            let grey = (255.0 * (1.0 - value / 16.0)) as u8;
            let corners = [(column, row), (column + 1, row + 1)];
            Rectangle::new(corners, RGBColor(grey, grey, grey).filled())
        }))?;
    }
    root.present()?;
    Ok(())
}
