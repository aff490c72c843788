//! What the tests of the execution share.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each test uses a part of it"
)]

pub mod kernels;
pub mod passes;
pub mod schedules;

use keops_program::interpret::run_schedule;
use keops_program::program::Type;
use keops_program::schedule::{Axis, Schedule};
use keops_runtime::cpu::Level;
use keops_runtime::cpu::nest::Compiled;
use keops_runtime::execute::Prepared;
use keops_runtime::{Argument, Descriptor, Options, OutputMut, Real, View};

/// Numbers in -1..1, the same for the same seed.
pub fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f64 / (1u64 << 23) as f64 - 1.0
    };
    (0..count).map(next).collect()
}

/// Arguments of a schedule: real numbers or labels.
#[derive(Clone, Debug)]
pub enum Given<T> {
    Real(Vec<T>),
    Labels(Vec<u32>),
}

/// A schedule with arguments of some size, and what it should give.
pub struct Case<T: 'static> {
    pub schedule: Schedule,
    pub descriptor: Descriptor<T>,
    pub given: Vec<Given<T>>,
    pub sizes: (usize, usize),
}

impl<T: Real> Case<T> {
    /// With random arguments.
    pub fn new(text: &str, m: usize, n: usize) -> Case<T> {
        Case::compiled(text, m, n, Vec::new())
    }

    /// With compiled kernels.
    pub fn compiled(text: &str, m: usize, n: usize, kernels: Vec<Option<Compiled<T>>>) -> Case<T> {
        let schedule: Schedule = text.parse().unwrap();
        let rows = |axis| match axis {
            Axis::I => m,
            Axis::J => n,
            Axis::Batch | Axis::Unit => 1,
        };
        let mut given = Vec::new();
        for (k, argument) in schedule.arguments.iter().enumerate() {
            let count = rows(argument.axis) * argument.width() as usize;
            let numbers = numbers(k as u64 + 1, count);
            given.push(match argument.ty {
                // The largest label is no exact f32.
                Type::Label => Given::Labels(
                    numbers
                        .iter()
                        .map(|x| {
                            if *x > 0.9 {
                                u32::MAX - 2
                            } else {
                                (x * 5.0 + 6.0) as u32
                            }
                        })
                        .collect(),
                ),
                _ => Given::Real(numbers.into_iter().map(T::from_f64).collect()),
            });
        }
        let descriptor = Descriptor {
            name: "case".into(),
            schedule: text.to_owned().into(),
            compiled: kernels.into(),
            ptx: None,
        };
        Case {
            schedule,
            descriptor,
            given,
            sizes: (m, n),
        }
    }

    pub fn arguments(&self) -> Vec<Argument<'_, T>> {
        let arguments = self.schedule.arguments.iter().zip(&self.given);
        arguments
            .map(|(argument, given)| {
                let width = argument.width() as usize;
                match (given, argument.axis) {
                    (Given::Real(values), Axis::Unit) => Argument::Param(values),
                    (Given::Labels(values), Axis::Unit) => Argument::LabelParam(values),
                    (Given::Real(values), _) => Argument::Rows(View::flat(values, width)),
                    (Given::Labels(values), _) => Argument::Labels(View::flat(values, width)),
                }
            })
            .collect()
    }

    pub fn prepare(&self, level: Level) -> Prepared<'_, T> {
        Prepared::new(&self.descriptor, &self.arguments(), &options(level)).unwrap()
    }

    /// The results at a level; integers as numbers, -1 for no index.
    pub fn run(&self, level: Level) -> Vec<Vec<f64>> {
        let prepared = self.prepare(level);
        self.collect(&prepared, |outputs| prepared.run(outputs).unwrap())
    }

    /// What `run` writes to the results of a call.
    pub fn collect(
        &self,
        prepared: &Prepared<'_, T>,
        run: impl FnOnce(&mut [OutputMut<'_, T>]),
    ) -> Vec<Vec<f64>> {
        let types: Vec<Type> = self
            .schedule
            .results
            .iter()
            .map(|t| self.schedule.passes[t.pass as usize].program.outputs[t.output as usize].ty)
            .collect();
        let length = |k| prepared.rows(k) * prepared.width(k);
        let mut reals: Vec<Vec<T>> = Vec::new();
        let mut integers: Vec<Vec<u32>> = Vec::new();
        for (k, ty) in types.iter().enumerate() {
            let real = *ty == Type::Real;
            reals.push(vec![
                T::from_f64(f64::NAN);
                if real { length(k) } else { 0 }
            ]);
            integers.push(vec![99; if real { 0 } else { length(k) }]);
        }
        let outputs = types.iter().zip(reals.iter_mut().zip(&mut integers));
        let mut outputs: Vec<OutputMut<'_, T>> = outputs
            .map(|(ty, (real, integer))| match ty {
                Type::Real => OutputMut::Real(real),
                _ => OutputMut::Labels(integer),
            })
            .collect();
        run(&mut outputs);
        drop(outputs);
        let all = types.iter().zip(reals.iter().zip(&integers));
        all.map(|(ty, (real, integer))| match ty {
            Type::Real => real.iter().map(|x| x.to_f64()).collect(),
            Type::Index => integer.iter().map(|x| f64::from(*x as i32)).collect(),
            _ => integer.iter().map(|x| f64::from(*x)).collect(),
        })
        .collect()
    }

    /// What the oracle says.
    pub fn expected(&self) -> Vec<Vec<f64>> {
        let arguments: Vec<Vec<f64>> = self
            .given
            .iter()
            .map(|given| match given {
                Given::Real(values) => values.iter().map(|x| x.to_f64()).collect(),
                Given::Labels(values) => values.iter().map(|x| f64::from(*x)).collect(),
            })
            .collect();
        run_schedule(&self.schedule, &arguments, self.sizes.0, self.sizes.1)
    }
}

pub fn options(level: Level) -> Options {
    let mut options = Options::new(false);
    options.level = Some(level);
    options
}

/// That numbers agree to a tolerance, relative to 1 or to the larger.
pub fn assert_close(found: &[Vec<f64>], expected: &[Vec<f64>], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.len(), expected.len(), "{what}, result {k}");
        for (row, (a, b)) in found.iter().zip(expected).enumerate() {
            let same = a == b || (a.is_nan() && b.is_nan());
            let error = (a - b).abs() / b.abs().max(1.0);
            assert!(
                same || error <= tolerance,
                "{what}, result {k}, number {row}: {a}, not {b}"
            );
        }
    }
}

/// That numbers are the same, bit for bit.
pub fn assert_same(found: &[Vec<f64>], expected: &[Vec<f64>], what: &str) {
    let bits = |all: &[Vec<f64>]| -> Vec<Vec<u64>> {
        all.iter()
            .map(|one| one.iter().map(|x| x.to_bits()).collect())
            .collect()
    };
    assert_eq!(bits(found), bits(expected), "{what}");
}
