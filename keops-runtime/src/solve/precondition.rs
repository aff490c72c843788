//! Preconditioners: approximations of the matrix that are quickly inverted.

use super::eigen::eigen;
use super::iteration::dots;
use rayon::prelude::*;

/// What the conjugate gradient method multiplies residuals with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preconditioner {
    /// Nothing.
    #[default]
    None,
    /// The inverse of the diagonal. Of no use where the diagonal is constant, as of a Gaussian kernel.
    Jacobi,
    /// The inverse of an approximation of low rank, plus the ridge: the randomised Nyström
    /// preconditioner (Z. Frangella, J. A. Tropp and M. Udell, SIAM J. Matrix Anal. Appl. 44, 2023,
    /// algorithms 2.1 and 5.1). It takes the products with `rank` vectors beforehand, and leaves few
    /// iterations where the eigenvalues beyond the first `rank` are below the ridge.
    Nystrom {
        /// How many eigenvectors are approximated: up to a few hundred.
        rank: usize,
        /// The seed of the random vectors.
        seed: u64,
    },
}

impl Preconditioner {
    /// The randomised Nyström preconditioner of this rank, with the seed 0.
    pub fn nystrom(rank: usize) -> Preconditioner {
        Preconditioner::Nystrom { rank, seed: 0 }
    }
}

/// A preconditioner that was computed for a matrix.
#[derive(Debug)]
pub(super) enum Factor {
    None,
    /// What each row is multiplied with.
    Rows(Vec<f64>),
    LowRank {
        /// Orthonormal columns, row after row.
        u: Vec<f64>,
        /// What each of them is multiplied with, less 1.
        scale: Vec<f64>,
    },
}

/// Rows that are summed by one thread: sums do not depend on how many there are.
const ROWS: usize = 1024;

impl Factor {
    /// The inverse of a diagonal and the ridge, where it is positive.
    pub(super) fn jacobi(diagonal: &[f64], ridge: f64) -> Factor {
        let inverse = |d: &f64| {
            let inverse = 1.0 / (d + ridge);
            if inverse > 0.0 && inverse.is_finite() {
                inverse
            } else {
                1.0
            }
        };
        Factor::Rows(diagonal.iter().map(inverse).collect())
    }

    /// Multiplies a block of residuals.
    pub(super) fn apply(&self, r: &[f64], width: usize, z: &mut [f64]) {
        z.copy_from_slice(r);
        if width == 0 {
            return;
        }
        match self {
            Factor::None => {}
            Factor::Rows(scale) => {
                for (row, scale) in z.chunks_exact_mut(width).zip(scale) {
                    row.iter_mut().for_each(|z| *z *= scale);
                }
            }
            Factor::LowRank { u, scale } => {
                let rank = scale.len();
                let mut parts = gram(u, rank, r, width);
                for (row, scale) in parts.chunks_exact_mut(width).zip(scale) {
                    row.iter_mut().for_each(|part| *part *= scale);
                }
                add_product(u, rank, &parts, width, z);
            }
        }
    }
}

/// The randomised Nyström approximation `U Λ Uᵀ` of the matrix, as the preconditioner
/// `(λ + ridge) U (Λ + ridge)⁻¹ Uᵀ + (1 − U Uᵀ)`, λ the smallest number in Λ.
///
/// `omega` are random vectors, `y` the matrix's products with them, `epsilon` is how precise these are.
pub(super) fn nystrom(
    omega: &[f64],
    mut y: Vec<f64>,
    rank: usize,
    ridge: f64,
    epsilon: f64,
) -> Factor {
    let rows = y.len() / rank.max(1);
    if rank == 0 {
        return Factor::None;
    }
    // A shift that keeps what rounding makes of the matrix positive; it is taken away at the end.
    let shift = epsilon * dots(&y, &y, 1)[0].sqrt();
    for (y, omega) in y.iter_mut().zip(omega) {
        *y += shift * omega;
    }
    // B = Y (Ωᵀ Y)^(-1/2), so that B Bᵀ approximates the matrix.
    let b = scaled(&y, rank, gram(omega, rank, &y, rank), epsilon * rank as f64).0;
    let kept = b.len() / rows.max(1);
    if kept == 0 {
        return Factor::None;
    }
    let (u, values) = scaled(&b, kept, gram(&b, kept, &b, kept), 1e-12);
    let values: Vec<f64> = values
        .iter()
        .map(|value| (value - shift).max(0.0))
        .collect();
    let largest = values.first().copied().unwrap_or(0.0);
    let smallest = values.last().copied().unwrap_or(0.0);
    if largest <= 0.0 || largest.is_nan() {
        return Factor::None;
    }
    let least = (smallest + ridge).max(f64::EPSILON * largest);
    let scale = values
        .iter()
        .map(|value| least / (value + ridge).max(least) - 1.0);
    Factor::LowRank {
        u,
        scale: scale.collect(),
    }
}

/// `Y V S^(-1/2)` for `V S Vᵀ` the symmetric matrix, and S, descending; what is below `tolerance` times the
/// largest is left out.
fn scaled(y: &[f64], width: usize, mut matrix: Vec<f64>, tolerance: f64) -> (Vec<f64>, Vec<f64>) {
    for i in 0..width {
        for j in 0..i {
            let mean = (matrix[i * width + j] + matrix[j * width + i]) / 2.0;
            (matrix[i * width + j], matrix[j * width + i]) = (mean, mean);
        }
    }
    let (values, vectors) = eigen(matrix, width);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let largest = order.first().map_or(0.0, |&k| values[k]);
    order.retain(|&k| values[k] > tolerance * largest && values[k] > 0.0);
    let kept = order.len();
    let mut turn = vec![0.0; width * kept];
    for (row, turn) in turn.chunks_exact_mut(kept.max(1)).enumerate() {
        for (turn, &k) in turn.iter_mut().zip(&order) {
            *turn = vectors[row * width + k] / values[k].sqrt();
        }
    }
    let mut out = vec![0.0; y.len() / width * kept];
    add_product(y, width, &turn, kept, &mut out);
    (out, order.iter().map(|&k| values[k]).collect())
}

/// `Aᵀ B` of two blocks.
fn gram(a: &[f64], m: usize, b: &[f64], n: usize) -> Vec<f64> {
    let chunks = a.par_chunks(ROWS * m).zip(b.par_chunks(ROWS * n));
    let parts: Vec<Vec<f64>> = chunks
        .map(|(a, b)| {
            let mut sum = vec![0.0; m * n];
            for (a, b) in a.chunks_exact(m).zip(b.chunks_exact(n)) {
                for (sum, a) in sum.chunks_exact_mut(n).zip(a) {
                    for (sum, b) in sum.iter_mut().zip(b) {
                        *sum += a * b;
                    }
                }
            }
            sum
        })
        .collect();
    let mut total = vec![0.0; m * n];
    for part in parts {
        for (total, part) in total.iter_mut().zip(part) {
            *total += part;
        }
    }
    total
}

/// Adds `A B` to a block, B of `m` rows of `n`.
fn add_product(a: &[f64], m: usize, b: &[f64], n: usize, out: &mut [f64]) {
    if m == 0 || n == 0 {
        return;
    }
    let chunks = a.par_chunks(ROWS * m).zip(out.par_chunks_mut(ROWS * n));
    chunks.for_each(|(a, out)| {
        for (a, out) in a.chunks_exact(m).zip(out.chunks_exact_mut(n)) {
            for (a, b) in a.iter().zip(b.chunks_exact(n)) {
                for (out, b) in out.iter_mut().zip(b) {
                    *out += a * b;
                }
            }
        }
    });
}

/// Normally distributed numbers: SplitMix64 (G. Steele, D. Lea and C. Flood, 2014) and the method of
/// G. E. P. Box and M. E. Muller (1958).
pub(super) struct Normal {
    state: u64,
    other: Option<f64>,
}

impl Normal {
    pub(super) fn new(seed: u64) -> Normal {
        let (state, other) = (seed, None);
        Normal { state, other }
    }

    /// In 0..1, not 0.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(super) fn next(&mut self) -> f64 {
        if let Some(other) = self.other.take() {
            return other;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.other = Some(radius * sin);
        radius * cos
    }
}
