//! A call, as a device needs to know it.

use crate::argument::Argument;
use crate::execute::tasks::Grid;
use crate::execute::{Offsets, Sizes};
use crate::ranges::Ranges;
use crate::row::Real;
use keops_program::program::{Block, Stmt, Type};
use keops_program::schedule::{Kind, Pass, Schedule};
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
        let arguments = self.schedule.arguments.iter().map(|argument| {
            let number = size::<T>(argument.ty) as u128;
            self.sizes.of(argument.axis) as u128 * u128::from(argument.width()) * number
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
        Grid::of(self.schedule, pass, self.sizes, self.ranges)
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
