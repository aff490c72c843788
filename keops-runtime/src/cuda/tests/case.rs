//! A schedule with kernels and numbers, run on a simulated device.

use crate::argument::{Argument, OutputMut};
use crate::batch::Batch;
use crate::cuda::Call;
use crate::cuda::choice::choose_with;
use crate::cuda::driver::Driver;
use crate::device::Device;
use crate::error::Result;
use crate::execute::{Array, Offsets, Sizes, Tiling};
use crate::ranges::Ranges;
use crate::row::Real;
use crate::view::View;
use keops_gpu::kernel::Precision;
use keops_gpu::{ptx, scheme};
use keops_program::interpret::{Pairs, run_schedule_over};
use keops_program::program::Type;
use keops_program::schedule::{Axis, Schedule};
use std::borrow::Cow;
use std::ops::Range;

/// A schedule with its kernels and numbers.
pub(super) struct Case<T> {
    pub(super) schedule: Schedule,
    pub(super) ptx: Cow<'static, str>,
    pub(super) reals: Vec<Vec<T>>,
    pub(super) labels: Vec<Vec<u32>>,
    pub(super) sizes: Sizes,
    /// The blocks of rows with columns that are visited; none: all.
    pub(super) blocks: Vec<(Range<usize>, Range<usize>)>,
    pub(super) ranges: Option<Ranges>,
    /// For each argument, which of its batches stand for those of the call; empty: none.
    pub(super) tiled: Vec<Option<Tiling>>,
    pub(super) offsets: Offsets,
    pub(super) accurate: bool,
    pub(super) block: usize,
}

fn text(schedule: &Schedule, precision: Precision) -> String {
    let kernels = scheme::kernels(schedule, "case_of", precision, false, "a test");
    ptx::module(&kernels.expect("kernels"))
}

impl<T: Real> Case<T> {
    /// Of rows that meet in blocks.
    pub(super) fn ranges(
        schedule: &str,
        (i, j): (usize, usize),
        blocks: &[(Range<usize>, Range<usize>)],
    ) -> Case<T> {
        let mut case = Case::new(schedule, i, j);
        case.blocks = blocks.to_vec();
        case.ranges = Some(Ranges::from_blocks(i, j, blocks).expect("ranges"));
        case
    }

    pub(super) fn new(schedule: &str, i: usize, j: usize) -> Case<T> {
        Case::batches(schedule, (i, j), 1)
    }

    /// Of so many batches.
    pub(super) fn batches(schedule: &str, (i, j): (usize, usize), batches: usize) -> Case<T> {
        let schedule: Schedule = schedule.parse().expect("a schedule");
        let single = size_of::<T>() == 4;
        let ptx = text(
            &schedule,
            if single {
                Precision::Single
            } else {
                Precision::Double
            },
        );
        let sizes = Sizes { i, j, batches };
        let (mut reals, mut labels) = (Vec::new(), Vec::new());
        for (seed, argument) in (1u64..).zip(&schedule.arguments) {
            let count = sizes.of(argument.axis) * argument.width() as usize;
            let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut next = || {
                bits = bits
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                // Coarse, so that f32 selects what f64 does.
                (bits >> 57) as f64 / 64.0 - 1.0
            };
            let numbers: Vec<f64> = (0..count).map(|_| next()).collect();
            labels.push(numbers.iter().map(|x| (x * 5.0 + 6.0) as u32).collect());
            reals.push(numbers.into_iter().map(T::from_f64).collect());
        }
        let offsets = Offsets::default();
        Case {
            schedule,
            ptx: ptx.into(),
            reals,
            labels,
            sizes,
            blocks: Vec::new(),
            ranges: None,
            tiled: Vec::new(),
            offsets,
            accurate: false,
            block: 64,
        }
    }

    /// The same with some arguments' rows repeated along the axes of the batches: only those that
    /// differ are kept.
    pub(super) fn tiled(mut self, axes: &[usize], repeats: &[Option<&[usize]>]) -> Case<T> {
        let batches = Batch::new(axes);
        for (k, repeats) in repeats.iter().enumerate() {
            let tiling = repeats.map(|r| Tiling::new("x", &Batch::new(r), &batches).unwrap());
            if let Some(Tiling { repeats, .. }) = tiling {
                let (reals, labels) = (&mut self.reals[k], &mut self.labels[k]);
                reals.truncate(reals.len() / repeats);
                labels.truncate(labels.len() / repeats);
            }
            self.tiled.push(tiling);
        }
        self
    }

    pub(super) fn tiling(&self, argument: Option<u32>) -> Option<&Tiling> {
        self.tiled.get(argument? as usize)?.as_ref()
    }

    /// The rows of an argument, those of each batch.
    fn repeated<S: Copy>(&self, argument: usize, rows: &[S]) -> Vec<S> {
        let Some(tiling) = self.tiling(Some(argument as u32)) else {
            return rows.to_vec();
        };
        let block = rows.len() * tiling.repeats / self.sizes.batches;
        let of = |&batch: &u32| &rows[batch as usize * block..][..block];
        tiling.batches.iter().flat_map(of).copied().collect()
    }

    pub(super) fn arguments(&self) -> Vec<Argument<'_, T>> {
        let all = self
            .schedule
            .arguments
            .iter()
            .zip(self.reals.iter().zip(&self.labels));
        all.map(|(argument, (reals, labels))| {
            let width = argument.width() as usize;
            match (argument.ty == Type::Label, argument.axis == Axis::Unit) {
                (false, false) => Argument::Rows(View::flat(reals, width)),
                (false, true) => Argument::Param(reals),
                (true, false) => Argument::Labels(View::flat(labels, width)),
                (true, true) => Argument::LabelParam(labels),
            }
        })
        .collect()
    }

    pub(super) fn call<'c, 'a>(&'c self, arguments: &'c [Argument<'a, T>]) -> Call<'c, 'a, T> {
        Call {
            name: "case.of",
            ptx: Some(&self.ptx),
            schedule: &self.schedule,
            arguments,
            sizes: self.sizes,
            ranges: self.ranges.as_ref(),
            tiled: &self.tiled,
            offsets: self.offsets,
            accurate: self.accurate,
            block: self.block,
        }
    }

    /// The results on the first device, and the outputs of the first pass.
    #[expect(clippy::type_complexity, reason = "a pair")]
    pub(super) fn run(
        &self,
        driver: &'static Driver,
        arguments: &[Argument<'_, T>],
        done: Vec<Vec<Array<T>>>,
    ) -> Result<(Vec<Vec<f64>>, Vec<Vec<Array<T>>>)> {
        let call = self.call(arguments);
        let target = choose_with(|| Ok(driver), Some(Device::Cuda(0)), &call)?.expect("a device");
        let mut arrays: Vec<Array<T>> = Vec::new();
        for target in &self.schedule.results {
            let pass = &self.schedule.passes[target.pass as usize];
            let output = &pass.program.outputs[target.output as usize];
            let rows = self.sizes.of(pass.rows) / self.tiling(target.like).map_or(1, |t| t.repeats);
            arrays.push(Array::new(output.ty, rows * output.width as usize));
        }
        let mut outputs: Vec<OutputMut<'_, T>> = arrays.iter_mut().map(Array::as_mut).collect();
        let kept = target.run(&call, done, &mut outputs, 1)?;
        drop(outputs);
        let numbers = arrays.iter().map(|array| match array {
            Array::Real(values) => values.iter().map(|x| x.to_f64()).collect(),
            Array::Integer(values) => values.iter().map(|x| f64::from(*x as i32)).collect(),
        });
        Ok((numbers.collect(), kept))
    }

    pub(super) fn expected(&self) -> Vec<Vec<f64>> {
        let arguments = self
            .schedule
            .arguments
            .iter()
            .zip(self.reals.iter().zip(&self.labels))
            .enumerate();
        let arguments: Vec<Vec<f64>> = arguments
            .map(|(k, (argument, (reals, labels)))| match argument.ty {
                Type::Label => {
                    let labels = self.repeated(k, labels);
                    labels.into_iter().map(f64::from).collect()
                }
                _ => {
                    let reals = self.repeated(k, reals);
                    reals.into_iter().map(Real::to_f64).collect()
                }
            })
            .collect();
        let visited = |i: usize, j: usize| {
            let mut blocks = self.blocks.iter();
            self.ranges.is_none() || blocks.any(|(a, b)| a.contains(&i) && b.contains(&j))
        };
        let pairs = Pairs {
            m: self.sizes.i,
            n: self.sizes.j,
            batches: self.sizes.batches,
            meet: &visited,
        };
        let mut results = run_schedule_over(&self.schedule, &arguments, &pairs);
        for (target, result) in self.schedule.results.iter().zip(&mut results) {
            let pass = &self.schedule.passes[target.pass as usize];
            if pass.program.outputs[target.output as usize].ty == Type::Label {
                result
                    .iter_mut()
                    .for_each(|x| *x = f64::from(*x as u32 as i32));
            }
            if let Some(tiling) = self.tiling(target.like) {
                // Batch after batch, added to the rows that stand for it.
                let block = result.len() / self.sizes.batches;
                let mut sums = vec![0.0; result.len() / tiling.repeats];
                for (rows, &batch) in result.chunks(block).zip(&tiling.batches) {
                    let sums = &mut sums[batch as usize * block..];
                    sums.iter_mut().zip(rows).for_each(|(sum, x)| *sum += x);
                }
                *result = sums;
            }
        }
        results
    }
}

pub(super) fn assert_close(found: &[Vec<f64>], expected: &[Vec<f64>], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (a, b) in found.iter().zip(expected) {
            let same = a == b || a.is_nan() && b.is_nan();
            assert!(
                same || (a - b).abs() <= tolerance * b.abs().max(1.0),
                "{what}: {a}, not {b}"
            );
        }
    }
}

/// What a batch has one row of, read by rows and by columns; a row for each batch; one row for all.
pub(super) const BATCHES: &str = "argument x i real
argument y j real
argument s batch real
pass i reduce j
input x row real 1 = argument 0
input s row real 1 = argument 2
input y column real 1 = argument 1
input t column real 1 = argument 2
row real*2
column real*2
state real=0.0
output a real 1
row {
v0 = input0[0]
row[0] = v0
v1 = input1[0]
row[1] = v1
}
column {
v0 = input2[0]
column[0] = v0
v1 = input3[0]
column[1] = v1
}
update {
v0 = row[0]
v1 = column[0]
v2 = sub v0 v1
v3 = row[1]
v4 = column[1]
v5 = mul v3 v4
v6 = state[0]
v7 = fma v2 v5 v6
state[0] = v7
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
pass unit reduce i
input a column real 1 = pass 0 output 0
input s column real 1 = argument 2
input i column index 1 = position
column real*2
state real=0.0
output g real 1
column {
v0 = input0[0]
v1 = input1[0]
v2 = mul v0 v1
column[0] = v2
v3: index = input2[0]
v4 = v3 as real
column[1] = v4
}
update {
v0 = column[0]
v1 = column[1]
v2 = state[0]
v3 = fma v0 v1 v2
state[0] = v3
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
pass batch reduce j
input s row real 1 = argument 2
input y column real 1 = argument 1
row real
column real
state real=0.0
output b real 1
row {
v0 = input0[0]
row[0] = v0
}
column {
v0 = input1[0]
column[0] = v0
}
update {
v0 = column[0]
v1 = state[0]
v2 = add v0 v1
state[0] = v2
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
v1 = row[0]
v2 = mul v0 v1
output0[0] = v2
}
pass i map
input a row real 1 = pass 0 output 0
input s row real 1 = argument 2
input i row index 1 = position
output c real 1
finish {
v0 = input0[0]
v1 = input1[0]
v2: index = input2[0]
v3 = v2 as real
v4 = fma v0 v1 v3
output0[0] = v4
}
result 0 0
result 1 0
result 2 0
result 3 0
";
