//! Real rows where complex ones are wanted, and the other way round.

keops::keops! {
    /// Waves.
    pub fn waves<T>(x_i: T, y_j: T, q_j: Complex<T>) -> Complex<T> {
        sum_j cis(x_i * y_j) * q_j
    }
}

fn main() -> Result<(), keops::Error> {
    let (x, q) = (vec![0f32], vec![keops::Complex::new(0f32, 1.0)]);
    waves(&x, &x, &x).run()?;
    waves(&x, &q, &q).run()?;
    Ok(())
}
