//! Rows of another precision.

keops::keops! {
    /// Gaussian.
    pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T {
        sum_j exp(-gamma * |x_i - y_j|^2) * b_j
    }
}

fn main() -> Result<(), keops::Error> {
    let (x, y, b) = (vec![[0f32; 3]], vec![[0f32; 3]], vec![1f32]);
    gaussian(&x, &y, &vec![1f64], 0.5).run()?;
    println!("{b:?}");
    Ok(())
}
