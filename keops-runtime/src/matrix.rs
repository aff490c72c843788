//! Kernel matrices: what a formula without a reduction gives.
//!
//! A [`KernelMatrix`] is the matrix as generated code holds it: arguments, options, and [`Parts`], the
//! descriptors of its products. A generated type around it has the names: `matvec`, `grad_x`. What it
//! gives is lazy: [`Matmul`], [`Solve`], [`Entries`], and of the first two their
//! gradients, [`Gradient`], [`Gradients`] and [`Adjoint`].

mod bound;
mod columns;
mod entries;
mod gradient;
mod macros;
mod matmul;
mod slabs;

use std::fmt;

use crate::argument::Argument;
use crate::batch::Batch;
use crate::cpu::Level;
use crate::descriptor::Descriptor;
use crate::device::Device;
use crate::error::Result;
use crate::lazy::{Lazy, Wide};
use crate::operator::LinearOperator;
use crate::options::{Accumulate, Options};
use crate::ranges::Ranges;
use crate::row::Real;
use crate::solve::Solve;

pub(crate) use bound::{Bound, flat};
pub use columns::{Block, Columnar, Columns};
pub use entries::Entries;
pub use gradient::{Adjoint, Differentiable, Gradient, Gradients, Pair};
pub use matmul::Matmul;

/// The descriptors of a kernel matrix.
#[derive(Debug)]
pub struct Parts<T: 'static> {
    /// The slabs, narrow ones first; the first has one column.
    pub slabs: &'static [Slab<T>],
    /// The entries of the diagonal.
    pub diagonal: &'static Descriptor<T>,
    /// The arguments that have gradients.
    pub floating: &'static [&'static str],
}

/// The descriptors of what is computed for so many columns at once.
#[derive(Debug)]
pub struct Slab<T: 'static> {
    /// How many columns.
    pub width: usize,
    /// `K v` of the matrix's arguments and `v`, and `Kᵀ e` of the matrix's arguments and `e`.
    pub products: [&'static Descriptor<T>; 2],
    /// The gradients of `Σ_ij e_i K_ij v_j` by the floating arguments, of the matrix's arguments, `v`
    /// and `e`; none where they are not compiled for this width.
    pub gradients: &'static [&'static Descriptor<T>],
}

/// A kernel matrix of `N` arguments, or its transposed; `E` holds what does not fit these.
///
/// With [`ranges`](KernelMatrix::ranges) it is block-sparse: entries of pairs that the ranges do not name
/// are 0. With [`batch`](KernelMatrix::batch) it is block diagonal: the matrices of the batches, one after
/// the other, and 0 elsewhere. Everything that it gives is that of this one matrix: products, entries,
/// solutions, gradients.
#[derive(Clone, Copy)]
#[must_use = "a kernel matrix computes nothing until what it gives is `.run()`"]
pub struct KernelMatrix<'a, T: Real, const N: usize, E = ()> {
    parts: &'static Parts<T>,
    arguments: [Argument<'a, T>; N],
    wide: E,
    options: Options,
    ranges: Option<&'a Ranges>,
    transposed: bool,
}

impl<'a, T: Real, const N: usize, E> KernelMatrix<'a, T, N, E> {
    /// For generated code: a kernel matrix.
    #[doc(hidden)]
    pub fn new(
        parts: &'static Parts<T>,
        arguments: [Argument<'a, T>; N],
        wide: E,
        options: Options,
    ) -> Self {
        KernelMatrix {
            parts,
            arguments,
            wide,
            options,
            ranges: None,
            transposed: false,
        }
    }

    /// Runs on this device.
    pub fn on(mut self, device: Device) -> Self {
        self.options.device = Some(device);
        self
    }

    /// Accumulates sums in this way.
    pub fn accumulate(mut self, accumulate: Accumulate) -> Self {
        self.options.accumulate = accumulate;
        self
    }

    /// On a GPU in `f32`: functions within 4 ulp instead of the fast instructions.
    pub fn accurate(mut self) -> Self {
        self.options.accurate = true;
        self
    }

    /// On the CPU: runs at this level, not at the best one.
    pub fn level(mut self, level: Level) -> Self {
        self.options.level = Some(level);
        self
    }

    /// The entries of other pairs are 0, and are not computed: the matrix is block-sparse. Ranges name
    /// pairs of rows i and j of the formula, so that they are the same for the transposed matrix.
    ///
    /// Products take a factor that a row has alone, such as `exp(x_i)`, out of their sums: of a row without
    /// pairs where it is infinite or NaN they give NaN, the 0 of the sum times it. Its entries are 0.
    pub fn ranges(mut self, ranges: &'a Ranges) -> Self {
        self.ranges = Some(ranges);
        self
    }

    /// Cuts the rows of both clouds into equal, consecutive blocks: `&[A, B]` are A·B batches, the second
    /// index running faster. The matrix is block diagonal, with the matrix of each batch in turn and 0
    /// elsewhere. `i` and `j` count within a batch; an argument `s_b` has one row for each.
    pub fn batch(mut self, axes: &[usize]) -> Self {
        self.options.batch = Batch::new(axes);
        self
    }

    /// For tests: any option.
    #[doc(hidden)]
    pub fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// For generated code: the transposed matrix.
    #[doc(hidden)]
    pub fn transpose(mut self) -> Self {
        self.transposed = !self.transposed;
        self
    }

    /// For generated code: the arguments.
    #[doc(hidden)]
    pub fn arguments(&self) -> [Argument<'a, T>; N] {
        self.arguments
    }

    /// For generated code: the product with several vectors.
    #[doc(hidden)]
    pub fn matmul<V: Columns<'a, T>>(self, v: V) -> Matmul<'a, T, V::Output, N, E> {
        Matmul::new(self, v.into_view())
    }

    /// For generated code: the solution for right-hand sides.
    #[doc(hidden)]
    pub fn solve<B: Columns<'a, T>>(self, b: B) -> Solve<'a, T, B::Output, N, E> {
        Solve::new(self, b.into_view())
    }
}

impl<'a, T: Real, const N: usize, E: Copy> KernelMatrix<'a, T, N, E> {
    /// For generated code: a product with one vector; `arguments` are the matrix's and the vector.
    #[doc(hidden)]
    pub fn product<R, const K: usize>(
        &self,
        descriptor: &'static Descriptor<T>,
        arguments: [Argument<'a, T>; K],
    ) -> Lazy<'a, T, R, K, 0, E> {
        let lazy = Lazy::new(descriptor, arguments, [], self.wide, self.options);
        match self.ranges {
            Some(ranges) => lazy.ranges(ranges),
            None => lazy,
        }
    }
}

impl<'a, T: Real, const N: usize, E: Wide<T> + Copy> KernelMatrix<'a, T, N, E> {
    /// The numbers of rows and columns.
    ///
    /// # Errors
    ///
    /// The arguments do not fit each other, or do not say it.
    pub fn shape(&self) -> Result<(usize, usize)> {
        self.bound().shape()
    }

    /// The entries with equal row and column, a lazy call. The matrix must be square; in batches, each.
    pub fn diagonal(&self) -> Entries<'a, T, N, E> {
        Entries::diagonal(*self)
    }

    /// The entries of row `i`, a lazy call.
    pub fn row(&self, i: usize) -> Entries<'a, T, N, E> {
        Entries::row(*self, i)
    }

    /// All entries, row after row, a lazy call. More than half of the free memory, or more than the
    /// environment variable `KEOPS_MEMORY` says (`500M`, `2G`, or bytes), is an error before anything
    /// is allocated.
    pub fn dense(&self) -> Entries<'a, T, N, E> {
        Entries::dense(*self)
    }

    /// The matrix with all its arguments in one list.
    pub(crate) fn bound(&self) -> Bound<'_, T> {
        let mut arguments: Vec<Argument<'_, T>> = self.arguments.to_vec();
        self.wide.place(&mut arguments);
        Bound {
            parts: self.parts,
            arguments,
            options: self.options,
            ranges: self.ranges,
            transposed: self.transposed,
        }
    }
}

impl<T: Real, const N: usize, E: Wide<T> + Copy> LinearOperator<T> for KernelMatrix<'_, T, N, E> {
    fn shape(&self) -> Result<(usize, usize)> {
        self.bound().shape()
    }
    fn apply(&self, v: &[T], out: &mut [T]) -> Result<()> {
        self.bound().apply_block(v, 1, out)
    }
    fn apply_transpose(&self, v: &[T], out: &mut [T]) -> Result<()> {
        self.bound().transposed().apply_block(v, 1, out)
    }
    fn apply_block(&self, v: &[T], width: usize, out: &mut [T]) -> Result<()> {
        self.bound().apply_block(v, width, out)
    }
    fn diagonal_into(&self, out: &mut [T]) -> Result<()> {
        self.bound().diagonal_into(out)
    }
    fn blocks(&self) -> Result<usize> {
        self.bound().blocks()
    }
}

impl<T: Real, const N: usize, E> fmt::Debug for KernelMatrix<'_, T, N, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelMatrix")
            .field("name", &self.parts.slabs[0].products[0].name)
            .field("arguments", &self.arguments)
            .field("options", &self.options)
            .field("ranges", &self.ranges.map(Ranges::pairs))
            .field("transposed", &self.transposed)
            .finish_non_exhaustive()
    }
}
