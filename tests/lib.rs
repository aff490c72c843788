//! What the tests share.

mod flat;

pub use flat::{Flat, agree, cloud, differences, inner, is_gradient, noise, square, sum, sums};

/// Reproducible numbers: a linear congruential generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next number, in -1..1.
    pub fn number(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// So many numbers.
    pub fn numbers(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.number()).collect()
    }

    /// So many rows.
    pub fn rows<const N: usize>(&mut self, count: usize) -> Vec<[f64; N]> {
        (0..count)
            .map(|_| [(); N].map(|()| self.number()))
            .collect()
    }
}

/// That two lists of numbers are equal up to an error relative to the largest of them.
///
/// # Panics
///
/// They are not.
#[track_caller]
pub fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let scale = expected
        .iter()
        .fold(1e-300, |scale: f64, a| scale.max(a.abs()));
    for (k, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * scale,
            "number {k}: {a}, expected {b}"
        );
    }
}

/// Numbers of a name in tests/golden/solve.txt, which tools/golden/solve.py writes.
///
/// # Panics
///
/// Where the file does not have the name.
pub fn golden(name: &str) -> Vec<f64> {
    include_str!("golden/solve.txt")
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .expect("the file has the name")
        .split(' ')
        .map(|number| number.parse().expect("a number"))
        .collect()
}
