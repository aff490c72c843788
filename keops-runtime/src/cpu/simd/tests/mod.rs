//! Tests of the vectors and, at every level, of the functions.

mod accuracy;
#[path = "../../../../../keops-program/tests/support/golden.rs"]
mod golden;
mod levels;
mod primitives;

use super::{Level, OnLevel, Simd, dispatch};
use crate::row::Real;
use keops_program::op::Op;

/// An operation at a level, on columns of arguments of equal length.
fn apply<T: Real>(level: Level, op: Op, arguments: &[Vec<T>]) -> Vec<T> {
    dispatch(level, Apply { op, arguments })
}

struct Apply<'a, T> {
    op: Op,
    arguments: &'a [Vec<T>],
}

impl<T: Real> OnLevel<T> for Apply<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run<S: Simd<Scalar = T>>(self, s: S) -> Vec<T> {
        let arity = self.op.row().arity;
        let count = self.arguments[0].len();
        let mut out = vec![T::ZERO; count];
        let mut at = 0;
        while at < count {
            let width = S::LANES.min(count - at);
            let mut x = [s.splat(0.0); 3];
            for (x, column) in x.iter_mut().zip(self.arguments) {
                let mut lanes = [T::ZERO; 16];
                lanes[..width].copy_from_slice(&column[at..at + width]);
                *x = s.load(&lanes);
            }
            let mut lanes = [T::ZERO; 16];
            s.store(self.op.apply(s, &x[..arity]), &mut lanes);
            out[at..at + width].copy_from_slice(&lanes[..width]);
            at += width;
        }
        out
    }
}

/// Numbers at which something is special, with both signs.
fn special<T: Real>() -> Vec<T> {
    let single = size_of::<T>() == 4;
    let (smallest, normal, epsilon, largest) = if single {
        (
            1.0e-45,
            f64::from(f32::MIN_POSITIVE),
            f64::from(f32::EPSILON),
            f64::from(f32::MAX),
        )
    } else {
        (5e-324, f64::MIN_POSITIVE, f64::EPSILON, f64::MAX)
    };
    let whole = 1.0 / epsilon;
    let magnitudes = [
        0.0,
        smallest,
        normal / 2.0,
        normal,
        3.0 * normal,
        epsilon,
        1e-3,
        0.25,
        0.49999997,
        0.49999999999999994,
        0.5,
        0.75,
        1.0 - epsilon / 2.0,
        1.0,
        1.0 + epsilon,
        1.5,
        2.0,
        2.5,
        3.0,
        3.5,
        4.0,
        7.0,
        88.72283,
        88.72284,
        87.336545,
        87.33655,
        709.782712893384,
        709.7827128933841,
        708.3964185322641,
        708.3964185322642,
        745.2,
        1e5,
        1e9,
        3e10,
        1e20,
        whole / 2.0 - 0.5,
        whole / 2.0,
        whole - 1.0,
        whole,
        2.0 * whole + 2.0,
        largest,
        f64::INFINITY,
    ];
    let mut all = vec![T::from_f64(f64::NAN)];
    for magnitude in magnitudes {
        all.push(T::from_f64(magnitude));
        all.push(T::from_f64(-magnitude));
    }
    all
}

/// All pairs of special numbers, as two columns.
fn special_pairs<T: Real>() -> [Vec<T>; 2] {
    let values = special::<T>();
    let mut pairs = [Vec::new(), Vec::new()];
    for &a in &values {
        for &b in &values {
            pairs[0].push(a);
            pairs[1].push(b);
        }
    }
    pairs
}

/// Uniform numbers in [0, 1), the same in every run.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn within(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.next()
    }
}

/// Samples of an operation's operands: its domain, special numbers, and for functions of one
/// operand multiples of π/4 and numbers of every magnitude.
fn samples<T: Real>(op: Op) -> Vec<Vec<T>> {
    let row = op.row();
    let mut uniform = Uniform(row.name.len() as u64);
    let mut columns = vec![Vec::new(); row.arity];
    for _ in 0..4000 {
        for (column, &domain) in columns.iter_mut().zip(row.domain) {
            column.push(T::from_f64(uniform.within(domain)));
        }
    }
    if row.arity == 1 {
        columns[0].extend(special::<T>());
        let reach = if size_of::<T>() == 4 {
            127_000.0
        } else {
            1.27e9
        };
        for n in 0..4000 {
            let k = if n % 2 == 0 {
                f64::from(n)
            } else {
                uniform.within((0.0, reach)).floor()
            };
            columns[0].push(T::from_f64(k * std::f64::consts::FRAC_PI_4));
            let exponent = uniform.within((-1073.0, 1023.0)) / if reach < 1e6 { 8.0 } else { 1.0 };
            let magnitude = exponent.exp2();
            columns[0].push(T::from_f64(if n % 2 == 0 { magnitude } else { -magnitude }));
        }
    } else {
        for (k, column) in special_pairs::<T>().into_iter().enumerate() {
            columns[k].extend(column);
        }
        let count = columns[0].len();
        for column in &mut columns[2..] {
            let values = special::<T>();
            while column.len() < count {
                column.push(values[column.len() % values.len()]);
            }
        }
    }
    columns
}
