//! Wrong rows where a formula is used: each at its place.

fn main() -> Result<(), keops::Error> {
    let x = vec![[0f32; 3]];
    let a = keops::keops!(sum_j |x_i - y_j|; x_i: [f64; 3], y_j: [f64; 3] = &x).run()?;
    println!("{a:?}");
    Ok(())
}
