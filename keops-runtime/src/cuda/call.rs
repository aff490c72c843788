//! A call, as a device needs to know it.

use crate::argument::Argument;
use crate::execute::tasks::Grid;
use crate::execute::{Offsets, Sizes, Tiling, column_axis};
use crate::ranges::Ranges;
use crate::row::Real;
use keops_program::program::{Block, Class, Source, Stmt, Type};
use keops_program::schedule::{Axis, Kind, Pass, Schedule, Target};
use std::borrow::Cow;

/// A call whose arguments were checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'c, 'a, T: 'static> {
    pub(crate) name: &'c str,
    /// As of a [`Descriptor`](crate::Descriptor).
    pub(crate) ptx: Option<&'c Cow<'static, str>>,
    pub(crate) schedule: &'c Schedule,
    pub(crate) arguments: &'c [Argument<'a, T>],
    pub(crate) sizes: Sizes,
    /// The pairs that are visited; none: all.
    pub(crate) ranges: Option<&'c Ranges>,
    /// For each argument, which of its batches stand for those of the call.
    pub(crate) tiled: &'c [Option<Tiling>],
    /// The numbers of the first rows.
    pub(crate) offsets: Offsets,
    /// Functions within 4 ulp.
    pub(crate) accurate: bool,
    /// Columns in a block: a power of two.
    pub(crate) block: usize,
}

impl<T: Real> Call<'_, '_, T> {
    /// Pairs of all passes.
    pub(super) fn pairs(&self) -> u128 {
        let pairs = |(number, pass): (usize, &Pass)| match pass.kind {
            Kind::MapReduce(_) => self.grid(number).pairs(),
            Kind::Map | Kind::Gather { .. } => 0,
        };
        self.schedule.passes.iter().enumerate().map(pairs).sum()
    }

    /// Bytes of the arguments, and of what the passes compute.
    pub(super) fn bytes(&self) -> u128 {
        let arguments = self.schedule.arguments.iter().enumerate();
        let arguments = arguments.map(|(number, argument)| {
            let bytes = size::<T>(argument.ty) as u128;
            self.rows(number) as u128 * u128::from(argument.width()) * bytes
        });
        let outputs = self.schedule.passes.iter().flat_map(|pass| {
            let rows = self.sizes.of(pass.rows) as u128;
            let outputs = pass.program.outputs.iter();
            outputs
                .map(move |output| rows * u128::from(output.width) * size::<T>(output.ty) as u128)
        });
        arguments.chain(outputs).sum()
    }

    /// What meets what in a pass.
    pub(super) fn grid(&self, pass: usize) -> Grid<'_> {
        let pass = &self.schedule.passes[pass];
        Grid::of(self.schedule, pass, self.sizes, self.ranges, self.tiled)
    }

    /// The rows that an argument has.
    pub(super) fn rows(&self, argument: usize) -> usize {
        let rows = self.sizes.of(self.schedule.arguments[argument].axis);
        let tiling = self.tiled.get(argument).and_then(Option::as_ref);
        rows / tiling.map_or(1, |tiling| tiling.repeats)
    }

    /// Over which repetitions a result is summed.
    pub(super) fn tiling(&self, target: &Target) -> Option<&Tiling> {
        Tiling::of(Source::Argument(target.like?), self.tiled)
    }

    /// By how many rows the inputs' batches lie before where they would, as kernels read it: batch
    /// after batch a number for each input that is in memory. Nothing where all lie there.
    pub(super) fn shifts(&self, pass: usize) -> Vec<u32> {
        let pass = &self.schedule.passes[pass];
        let mut inputs = Vec::new();
        for input in &pass.program.inputs {
            let axis = match input.class {
                Class::Row => pass.rows,
                Class::Column => column_axis(pass).unwrap_or(Axis::Unit),
                Class::Param => Axis::Unit,
            };
            // Of what has one row for each batch that is its number.
            let block = match self.schedule.axis(input.source) {
                Some(Axis::Batch) => 1,
                _ => self.sizes.block(axis),
            };
            let tiling = Tiling::of(input.source, self.tiled).filter(|_| axis != Axis::Unit);
            if matches!(input.source, Source::Argument(_) | Source::Output { .. }) {
                inputs.push(tiling.map(|tiling| (&tiling.batches, block)));
            }
        }
        if inputs.iter().all(Option::is_none) {
            return Vec::new();
        }
        let shift = |batch: usize, input: &Option<(&Vec<u32>, usize)>| {
            input.map_or(0, |(batches, block)| {
                ((batch - batches[batch] as usize) * block) as u32
            })
        };
        let batches = 0..self.sizes.batches;
        batches
            .flat_map(|batch| inputs.iter().map(move |input| shift(batch, input)))
            .collect()
    }

    /// The entry of a pass.
    pub(super) fn entry(&self, pass: usize) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = self.name.chars().map(plain).collect();
        let suffix = if self.is_accurate() { "_accurate" } else { "" };
        format!("{name}_{pass}{suffix}")
    }

    /// Whether it needs kernels other than the usual ones: those of f64 are accurate.
    pub(super) fn is_accurate(&self) -> bool {
        self.accurate && size_of::<T>() == size_of::<f32>()
    }
}

/// Bytes of a number on the device.
pub(super) fn size<T>(ty: Type) -> usize {
    match ty {
        Type::Real => size_of::<T>(),
        Type::Index | Type::Label | Type::Mask => 4,
    }
}

/// Statements that a block runs.
pub(super) fn statements(block: &Block) -> f64 {
    fn count(stmts: &[Stmt]) -> f64 {
        let count = |stmt: &Stmt| match stmt {
            Stmt::Loop(inner) => f64::from(inner.count) * count(&inner.body),
            Stmt::Let { .. } | Stmt::Store { .. } => 1.0,
            // Rarely done.
            Stmt::When { .. } => 1.0,
        };
        stmts.iter().map(count).sum()
    }
    count(&block.stmts)
}
