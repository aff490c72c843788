//! Rows seen as numbers: comparison, and gradients by differences.

use super::Random;

/// A value that is made of numbers.
pub trait Flat: Clone {
    /// The numbers, in order.
    fn flat(&self) -> Vec<f64>;

    /// The same numbers, to be changed.
    fn slots(&mut self) -> Vec<&mut f64>;
}

impl Flat for f64 {
    fn flat(&self) -> Vec<f64> {
        vec![*self]
    }

    fn slots(&mut self) -> Vec<&mut f64> {
        vec![self]
    }
}

impl Flat for keops::Complex<f64> {
    fn flat(&self) -> Vec<f64> {
        vec![self.re, self.im]
    }

    fn slots(&mut self) -> Vec<&mut f64> {
        vec![&mut self.re, &mut self.im]
    }
}

impl<R: Flat> Flat for Vec<R> {
    fn flat(&self) -> Vec<f64> {
        self.iter().flat_map(Flat::flat).collect()
    }

    fn slots(&mut self) -> Vec<&mut f64> {
        self.iter_mut().flat_map(Flat::slots).collect()
    }
}

impl<R: Flat, const N: usize> Flat for [R; N] {
    fn flat(&self) -> Vec<f64> {
        self.iter().flat_map(Flat::flat).collect()
    }

    fn slots(&mut self) -> Vec<&mut f64> {
        self.iter_mut().flat_map(Flat::slots).collect()
    }
}

/// So many numbers in -1..1, the same for a seed.
pub fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    random.numbers(8); // the first numbers of neighbouring seeds are alike
    random.numbers(count)
}

/// So many points, the same for a seed.
pub fn cloud<const N: usize>(count: usize, seed: u64) -> Vec<[f64; N]> {
    let numbers = noise(count * N, seed);
    numbers.as_chunks().0.to_vec()
}

/// That two values are equal number by number, up to an error relative to 1 + |number|. NaN agrees
/// with NaN.
///
/// # Panics
///
/// They are not.
#[track_caller]
pub fn agree(name: &str, found: &impl Flat, expected: &impl Flat, tolerance: f64) {
    let (found, expected) = (found.flat(), expected.flat());
    assert_eq!(found.len(), expected.len(), "{name}");
    for (k, (a, b)) in found.iter().zip(&expected).enumerate() {
        let near = (a - b).abs() <= tolerance * (1.0 + b.abs());
        let same = a == b || a.is_nan() && b.is_nan() || near;
        assert!(same, "{name}, number {k}: {a}, expected {b}");
    }
}

/// The gradient of `f` at `x`, by central differences.
pub fn differences<X: Flat>(x: &X, f: impl Fn(&X) -> f64) -> Vec<f64> {
    let step = 1e-5;
    let moved = |k: usize, by: f64| {
        let mut x = x.clone();
        *x.slots()[k] += by;
        f(&x)
    };
    (0..x.flat().len())
        .map(|k| (moved(k, step) - moved(k, -step)) / (2.0 * step))
        .collect()
}

/// That a gradient is what differences of `f` at `x` give.
///
/// # Panics
///
/// It is not.
#[track_caller]
pub fn is_gradient<X: Flat>(name: &str, found: &impl Flat, x: &X, f: impl Fn(&X) -> f64) {
    agree(name, &found.flat(), &differences(x, f), 1e-7);
}

/// The sum of the products of the numbers.
pub fn inner(a: &impl Flat, b: &impl Flat) -> f64 {
    a.flat().iter().zip(b.flat()).map(|(a, b)| a * b).sum()
}

/// For each row, the sum over the columns.
pub fn sum(rows: usize, columns: usize, term: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..rows)
        .map(|i| (0..columns).map(|j| term(i, j)).sum())
        .collect()
}

/// The same by component.
pub fn sums<const N: usize>(
    rows: usize,
    columns: usize,
    term: impl Fn(usize, usize) -> [f64; N],
) -> Vec<[f64; N]> {
    let row = |i| {
        (0..columns).fold([0.0; N], |mut sum, j| {
            sum.iter_mut()
                .zip(term(i, j))
                .for_each(|(sum, term)| *sum += term);
            sum
        })
    };
    (0..rows).map(row).collect()
}

/// The squared distance of two points.
pub fn square<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
