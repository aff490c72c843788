//! The iteration, in f64: independent conjugate gradients that share their products.

use super::Progress;
use super::blocks::Factors;
use crate::error::Result;

/// Products of these columns, row after row.
pub(super) type Apply<'s> = dyn Fn(&[f64], &[usize], &mut [f64]) -> Result<()> + 's;

/// How much the true residual must fall between restarts; if it does not, it is as small as it gets.
const FALL: f64 = 0.5;

/// Systems `(A + ridge · 1) x = b`, one for each column, and how they are solved.
pub(super) struct System<'s> {
    /// How many columns there are.
    pub(super) width: usize,
    /// Products with A of some columns.
    pub(super) apply: &'s Apply<'s>,
    /// To the numbers that A is multiplied with.
    pub(super) round: &'s dyn Fn(f64) -> f64,
    pub(super) ridge: f64,
    pub(super) tolerance: f64,
    pub(super) max_iterations: usize,
    pub(super) factors: &'s Factors,
    pub(super) report: Option<&'s super::Report<'s>>,
}

/// Why the iteration ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// Every residual is within the tolerance.
    Converged,
    /// There were as many iterations as may be.
    Iterations,
    /// The residual no longer falls.
    Stalled,
    /// So, and a direction p was met with this pᵀAp / pᵀp, not above 0.
    Indefinite(f64),
    /// A number that it starts from is not finite.
    NotFinite,
}

/// What the iteration gives.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) x: Vec<f64>,
    /// The largest of all right-hand sides, computed anew.
    pub(super) residual: f64,
    pub(super) iterations: usize,
    pub(super) end: End,
}

/// What is known of an iteration under way.
struct State {
    x: Vec<f64>,
    r: Vec<f64>,
    /// ‖b‖ of each right-hand side.
    norms: Vec<f64>,
    iterations: usize,
    indefinite: Option<f64>,
}

impl System<'_> {
    /// Solves it, starting at 0 or at `initial`.
    ///
    /// Each column is solved in a unit of its own, so that no square of it overflows or vanishes: a power of
    /// two, which changes no digit.
    pub(super) fn solve(&self, b: &[f64], initial: Option<Vec<f64>>) -> Result<Outcome> {
        let units = units(b, self.width);
        let scaled = |mut block: Vec<f64>, up: bool| {
            for row in block.chunks_exact_mut(self.width.max(1)) {
                for (x, unit) in row.iter_mut().zip(&units) {
                    *x = if up { *x * unit } else { *x / unit };
                }
            }
            block
        };
        let initial = initial.map(|initial| scaled(initial, false));
        let outcome = self.solve_scaled(&scaled(b.to_vec(), false), initial)?;
        let x = scaled(outcome.x, true);
        Ok(Outcome { x, ..outcome })
    }

    /// The same where no column of `b` is huge or tiny.
    ///
    /// The recursion drifts away from the residual that it stands for. So where it ends, the residual is
    /// computed anew, and the iteration starts again from there as long as that helps.
    fn solve_scaled(&self, b: &[f64], initial: Option<Vec<f64>>) -> Result<Outcome> {
        let width = self.width;
        let norms: Vec<f64> = dots(b, b, width).into_iter().map(f64::sqrt).collect();
        let started = initial.is_some();
        let mut state = State {
            x: initial.unwrap_or_else(|| vec![0.0; b.len()]),
            r: b.to_vec(),
            norms,
            iterations: 0,
            indefinite: None,
        };
        let finite = |values: &[f64]| values.iter().all(|x| x.is_finite());
        if !finite(b) || !finite(&state.x) || !finite(&state.norms) {
            let (x, residual) = (state.x, f64::NAN);
            return Ok(Outcome {
                x,
                residual,
                iterations: 0,
                end: End::NotFinite,
            });
        }
        // What solves for 0 is 0.
        for row in state.x.chunks_exact_mut(width.max(1)) {
            for (x, norm) in row.iter_mut().zip(&state.norms) {
                if *norm == 0.0 {
                    *x = 0.0;
                }
            }
        }
        if started {
            self.residual(b, &mut state)?;
        }
        let mut before = vec![f64::INFINITY; width];
        loop {
            let residuals = state.residuals(width);
            // NaN is not solved.
            let open = |&k: &usize| residuals[k] > self.tolerance || residuals[k].is_nan();
            let mut columns: Vec<usize> = (0..width).filter(open).collect();
            let solved = columns.is_empty();
            let finished = state.iterations >= self.max_iterations;
            columns.retain(|&k| residuals[k] <= FALL * before[k]);
            if solved || finished || columns.is_empty() {
                let end = match (solved, finished, state.indefinite) {
                    (true, ..) => End::Converged,
                    (_, _, Some(along)) => End::Indefinite(along),
                    (_, true, _) => End::Iterations,
                    _ => End::Stalled,
                };
                let largest = |a: f64, &b: &f64| if a >= b { a } else { b };
                return Ok(Outcome {
                    residual: residuals.iter().fold(0.0, largest),
                    x: state.x,
                    iterations: state.iterations,
                    end,
                });
            }
            let again = before.iter().any(|before| before.is_finite());
            before.copy_from_slice(&residuals);
            let target = if again { FALL } else { 1.0 } * self.tolerance;
            self.advance(&mut state, columns, target)?;
            for x in &mut state.x {
                *x = (self.round)(*x);
            }
            self.residual(b, &mut state)?;
        }
    }

    /// The residual, computed anew.
    fn residual(&self, b: &[f64], state: &mut State) -> Result<()> {
        let all: Vec<usize> = (0..self.width).collect();
        self.product(&state.x, &all, &mut state.r)?;
        for (r, b) in state.r.iter_mut().zip(b) {
            *r = b - *r;
        }
        Ok(())
    }

    fn product(&self, v: &[f64], columns: &[usize], out: &mut [f64]) -> Result<()> {
        (self.apply)(v, columns, out)?;
        if self.ridge != 0.0 {
            for (out, v) in out.iter_mut().zip(v) {
                *out += self.ridge * v;
            }
        }
        Ok(())
    }

    /// Iterates on these columns until their residuals, as the recursion has them, are on target.
    fn advance(&self, state: &mut State, columns: Vec<usize>, target: f64) -> Result<()> {
        let mut live = columns;
        let mut r = columns_of(&state.r, self.width, &live);
        let mut z = vec![0.0; r.len()];
        self.factors.apply(&r, &live, &mut z);
        let mut p: Vec<f64> = z.iter().map(|&z| (self.round)(z)).collect();
        let mut rz = dots(&r, &z, live.len());
        let mut q = vec![0.0; r.len()];
        while !live.is_empty() && state.iterations < self.max_iterations {
            let width = live.len();
            self.product(&p, &live, &mut q)?;
            let curvature = dots(&p, &q, width);
            let mut keep = vec![true; width];
            let mut steps = vec![0.0; width];
            let mut indefinite = None;
            for k in 0..width {
                if curvature[k] > 0.0 && rz[k] > 0.0 {
                    steps[k] = rz[k] / curvature[k];
                } else {
                    keep[k] = false;
                    if curvature[k] <= 0.0 {
                        indefinite = Some(k);
                    }
                }
            }
            if let Some(k) = indefinite {
                let along = curvature[k] / dots(&p, &p, width)[k];
                state.indefinite = Some(if along.is_nan() { curvature[k] } else { along });
            }
            for (row, x) in state.x.chunks_exact_mut(self.width).enumerate() {
                let at = row * width;
                for (k, &column) in live.iter().enumerate() {
                    x[column] += steps[k] * p[at + k];
                    r[at + k] -= steps[k] * q[at + k];
                }
            }
            state.iterations += 1;
            let squares = dots(&r, &r, width);
            let residual = |k: usize| squares[k].sqrt() / state.norms[live[k]];
            let mut largest: f64 = 0.0;
            for (k, keep) in keep.iter_mut().enumerate() {
                let residual = residual(k);
                *keep &= residual > target && residual.is_finite();
                largest = largest.max(residual);
            }
            if let Some(report) = self.report {
                report(&Progress {
                    iteration: state.iterations,
                    max_iterations: self.max_iterations,
                    residual: largest,
                    tolerance: self.tolerance,
                    open: keep.iter().filter(|&&keep| keep).count(),
                });
            }
            let left: Vec<usize> = (0..width).filter(|&k| keep[k]).collect();
            if left.len() < width {
                r = columns_of(&r, width, &left);
                p = columns_of(&p, width, &left);
                rz = left.iter().map(|&k| rz[k]).collect();
                live = left.iter().map(|&k| live[k]).collect();
                z.truncate(r.len());
                q.truncate(r.len());
            }
            self.factors.apply(&r, &live, &mut z);
            let next = dots(&r, &z, live.len());
            let turns: Vec<f64> = next.iter().zip(&rz).map(|(next, rz)| next / rz).collect();
            rz = next;
            for (p, z) in p
                .chunks_exact_mut(live.len().max(1))
                .zip(z.chunks_exact(live.len().max(1)))
            {
                for ((p, z), turn) in p.iter_mut().zip(z).zip(&turns) {
                    *p = (self.round)(z + turn * *p);
                }
            }
        }
        Ok(())
    }
}

impl State {
    /// ‖r‖ / ‖b‖ of each right-hand side.
    fn residuals(&self, width: usize) -> Vec<f64> {
        let squares = dots(&self.r, &self.r, width);
        let ratio = |(square, &norm): (f64, &f64)| {
            if norm == 0.0 {
                0.0
            } else {
                square.sqrt() / norm
            }
        };
        squares.into_iter().zip(&self.norms).map(ratio).collect()
    }
}

/// For each column the power of two at the largest of its numbers; 1 where that is 0 or not finite.
fn units(block: &[f64], width: usize) -> Vec<f64> {
    let mut largest = vec![0.0f64; width];
    for row in block.chunks_exact(width.max(1)) {
        for (largest, x) in largest.iter_mut().zip(row) {
            *largest = largest.max(x.abs());
        }
    }
    let unit = |&largest: &f64| {
        if largest == 0.0 || !largest.is_finite() {
            return 1.0;
        }
        // Normal numbers, of which the inverse is one, too.
        f64::from_bits((largest.to_bits() >> 52).clamp(1, 2045) << 52)
    };
    largest.iter().map(unit).collect()
}

/// Some columns of a block.
fn columns_of(block: &[f64], width: usize, columns: &[usize]) -> Vec<f64> {
    let rows = block.chunks_exact(width.max(1));
    rows.flat_map(|row| columns.iter().map(|&k| row[k]))
        .collect()
}

/// The inner products of the columns of two blocks, summed with compensation (A. Neumaier, 1974).
pub(super) fn dots(a: &[f64], b: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![(0.0f64, 0.0f64); width];
    if width == 0 {
        return Vec::new();
    }
    for (a, b) in a.chunks_exact(width).zip(b.chunks_exact(width)) {
        for ((sum, lost), (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            let term = a * b;
            let next = *sum + term;
            *lost += if sum.abs() >= term.abs() {
                (*sum - next) + term
            } else {
                (term - next) + *sum
            };
            *sum = next;
        }
    }
    sums.into_iter()
        .map(|(sum, lost)| if lost.is_finite() { sum + lost } else { sum })
        .collect()
}
