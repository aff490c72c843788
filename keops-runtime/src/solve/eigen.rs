//! Eigenvalues of small symmetric matrices.

/// The eigenvalues and the orthonormal eigenvectors (columns, row after row) of a symmetric matrix: the
/// cyclic method of C. G. J. Jacobi (1846), which is accurate for small eigenvalues, too.
pub(super) fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v = vec![0.0; n * n];
    for k in 0..n {
        v[k * n + k] = 1.0;
    }
    // Convergence is quadratic after a few sweeps; a matrix that is not finite never gets there.
    for _ in 0..40 {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let off = a[p * n + q];
                let (app, aqq) = (a[p * n + p], a[q * n + q]);
                if off.abs() <= f64::EPSILON * (app.abs() * aqq.abs()).sqrt() || !off.is_finite() {
                    continue;
                }
                rotated = true;
                let theta = (aqq - app) / (2.0 * off);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                rotate_rows(&mut a, n, (p, q), (c, s));
                for row in a.chunks_exact_mut(n).chain(v.chunks_exact_mut(n)) {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                (a[p * n + q], a[q * n + p]) = (0.0, 0.0);
            }
        }
        if !rotated {
            break;
        }
    }
    ((0..n).map(|k| a[k * n + k]).collect(), v)
}

/// Turns two rows of a matrix.
fn rotate_rows(a: &mut [f64], n: usize, (p, q): (usize, usize), (c, s): (f64, f64)) {
    let (head, tail) = a.split_at_mut(q * n);
    for (x, y) in head[p * n..(p + 1) * n].iter_mut().zip(&mut tail[..n]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_made_of_its_eigenvectors() {
        let n = 7;
        let entry = |i: usize, j: usize| 1.0 / (i + j + 1) as f64;
        let a: Vec<f64> = (0..n * n).map(|k| entry(k / n, k % n)).collect();
        let (values, vectors) = eigen(a.clone(), n);
        for i in 0..n {
            for j in 0..n {
                let sum = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>();
                let made = sum(&|k| values[k] * vectors[i * n + k] * vectors[j * n + k]);
                assert!((made - a[i * n + j]).abs() < 1e-14, "{i} {j}");
                let inner = sum(&|k| vectors[k * n + i] * vectors[k * n + j]);
                assert!((inner - f64::from(i == j)).abs() < 1e-14, "{i} {j}");
            }
        }
        // The smallest eigenvalue of the Hilbert matrix of order 7, to 8 digits (mpmath).
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(
            (smallest / 3.493_898_605_991_23e-9 - 1.0).abs() < 1e-6,
            "{smallest}"
        );
    }

    #[test]
    fn what_is_not_finite_ends() {
        let (values, _) = eigen(vec![f64::NAN; 9], 3);
        assert!(values.iter().all(|value| value.is_nan()));
        assert!(eigen(Vec::new(), 0).0.is_empty());
    }
}
