//! What other programs computed of the examples' data: expected.txt, which tools/golden/examples.py
//! writes.

use std::error::Error;

/// That numbers are those of another program, up to an error relative to the largest of them; says so.
pub(crate) fn compare(name: &str, found: &[f64], tolerance: f64) -> Result<(), Box<dyn Error>> {
    let line = include_str!("expected.txt")
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .ok_or_else(|| format!("expected.txt has no {name}"))?;
    let expected: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    if found.len() != expected.len() {
        return Err(format!(
            "{name}: {} numbers, expected {}",
            found.len(),
            expected.len()
        )
        .into());
    }
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let scale = largest(&mut expected.iter().map(|x| x.abs()));
    let error = largest(&mut found.iter().zip(&expected).map(|(a, b)| (a - b).abs())) / scale;
    println!("{name}: agrees with the reference to {error:.1e}");
    // NaN does not agree.
    match error <= tolerance {
        true => Ok(()),
        false => Err(format!("{name}: {found:?}, expected {expected:?}").into()),
    }
}

/// The numbers of a table, without its header.
pub(crate) fn table(text: &str) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let rows = text.lines().skip(1);
    rows.map(|row| Ok(row.split(',').map(str::parse).collect::<Result<_, _>>()?))
        .collect()
}
