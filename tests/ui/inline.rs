//! Faults where a formula is used: nothing is added to what is wrong.

fn main() -> Result<(), keops::Error> {
    let (x, y) = (vec![[0f32; 3]], vec![[0f32; 3]]);
    let a = keops::keops!(sum_j exp(-|x_i - z_j|^2); x_i: [f32; 3], y_j: [f32; 3]).run()?;
    let b: Vec<f32> = keops::keops!(sum_j |x_i - y_j|; x_i: [T; 3], y_j: [f32; 3] = &y).run()?;
    println!("{a:?} {b:?} {x:?}");
    Ok(())
}
