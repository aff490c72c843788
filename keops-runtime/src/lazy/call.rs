//! The lazy call.

use std::fmt;
use std::marker::PhantomData;

use super::{Keeper, Ready, Results, State, Wide, partial, run, run_into};
use crate::argument::Argument;
use crate::batch::Batch;
use crate::cpu::Level;
use crate::descriptor::Descriptor;
use crate::device::Device;
use crate::error::Result;
use crate::every::every;
use crate::options::{Accumulate, Options};
use crate::plan::Plan;
use crate::ranges::Ranges;
use crate::row::{Real, Row};
use crate::rows::{Param, Rows};

/// A lazy call: what a formula, or one of its gradients, gives. Nothing is computed until
/// [`run`](Lazy::run).
///
/// `T` is the floating type and `R` what it computes: rows, or a tuple of rows. `N` arguments are
/// those of the formula, `M` those of the derivative; `E` holds what does not fit these.
#[must_use = "a formula computes nothing until `.run()`"]
pub struct Lazy<'a, T: Real, R, const N: usize, const M: usize = 0, E = ()> {
    descriptor: &'static Descriptor<T>,
    arguments: [Argument<'a, T>; N],
    given: [Argument<'a, T>; M],
    wide: E,
    options: Options,
    ranges: Option<&'a Ranges>,
    after: Option<&'a (dyn Keeper<T> + Sync)>,
    results: PhantomData<fn() -> R>,
}

impl<'a, T: Real, R: Results<T>, const N: usize, const M: usize, E: Wide<T>>
    Lazy<'a, T, R, N, M, E>
{
    /// Computes it.
    ///
    /// # Errors
    ///
    /// The arguments do not fit each other, or the device cannot run it.
    pub fn run(&self) -> Result<R::Value> {
        run::<T, R>(&self.ready()?)
    }

    /// Computes it into memory that has as many rows as the result.
    ///
    /// # Errors
    ///
    /// As of [`run`](Lazy::run), and that the memory has another number of rows.
    pub fn run_into(&self, out: R::Into<'_>) -> Result<()> {
        run_into::<T, R>(&self.ready()?, out)
    }

    /// What [`run`](Lazy::run) would do: the device, the kernels, the passes. Prints well.
    ///
    /// # Errors
    ///
    /// As of [`run`](Lazy::run).
    pub fn plan(&self) -> Result<Plan> {
        self.ready()?.plan()
    }

    /// The call with its arguments checked; what is wide is borrowed.
    pub(super) fn ready(&self) -> Result<Ready<'_, T>> {
        let mut all = self.all();
        self.wide.place(&mut all);
        self.prepare(&all)
    }
}

impl<'a, T: Real, R, const N: usize, const M: usize, E> Lazy<'a, T, R, N, M, E> {
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

    /// Visits the pairs in these blocks alone, and so do its gradients: see [`Ranges`].
    pub fn ranges(mut self, ranges: &'a Ranges) -> Self {
        self.ranges = Some(ranges);
        // What was kept is of other pairs.
        self.after = None;
        self
    }

    /// Cuts the rows of both clouds into equal, consecutive blocks, and a row meets those of its own
    /// block alone: `&[A, B]` are A·B batches, the second index running faster. `i`, `j` and selected
    /// indices count within a batch; an argument `s_b` has one row for each.
    pub fn batch(mut self, axes: &[usize]) -> Self {
        self.options.batch = Batch::new(axes);
        self.after = None;
        self
    }

    /// For tests: any option of the call.
    #[doc(hidden)]
    pub fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// For generated code: a call of a formula.
    #[doc(hidden)]
    pub fn new(
        descriptor: &'static Descriptor<T>,
        arguments: [Argument<'a, T>; N],
        given: [Argument<'a, T>; M],
        wide: E,
        options: Options,
    ) -> Self {
        Lazy {
            descriptor,
            arguments,
            given,
            wide,
            options,
            ranges: None,
            after: None,
            results: PhantomData,
        }
    }

    /// For generated code: a derivative of this call, which takes `given`.
    #[doc(hidden)]
    pub fn derive<D, const K: usize, F>(
        &self,
        descriptor: &'static Descriptor<T>,
        given: [Argument<'a, T>; K],
        wide: F,
    ) -> Lazy<'a, T, D, N, K, F> {
        let derived = Lazy::new(descriptor, self.arguments, given, wide, self.options);
        Lazy {
            ranges: self.ranges,
            ..derived
        }
    }

    /// For generated code: what this derivative was given.
    #[doc(hidden)]
    pub fn given(&self) -> [Argument<'a, T>; M] {
        self.given
    }

    pub(super) fn after(self, keeper: &'a (dyn Keeper<T> + Sync)) -> Self {
        Lazy {
            after: Some(keeper),
            ..self
        }
    }

    /// All arguments in order.
    fn all<'s>(&self) -> Vec<Argument<'s, T>>
    where
        'a: 's,
    {
        self.arguments.iter().chain(&self.given).copied().collect()
    }

    fn prepare<'s>(&self, all: &[Argument<'s, T>]) -> Result<Ready<'s, T>>
    where
        'a: 's,
    {
        let ready = Ready::new(self.descriptor, all, &self.options, self.ranges)?;
        Ok(match self.after {
            Some(keeper) => ready.after(keeper),
            None => ready,
        })
    }
}

impl<'a, T: Real, R: Results<T>, const N: usize> Lazy<'a, T, R, N> {
    /// The state after the columns of this call alone, the first of which has the number `first`
    /// among all: to be merged with those of other parts.
    ///
    /// # Errors
    ///
    /// As of [`run`](Lazy::run); the formula goes over its pairs more than once; a column has too
    /// large a number.
    pub fn partial(&self, first: usize) -> Result<State<'a, T, R>> {
        partial(self.prepare(&self.all())?, first)
    }
}

impl<T: Real, R: Results<T>, const N: usize, A, B> Lazy<'_, T, R, N, 0, (A, B)>
where
    (A, B): Wide<T>,
{
    /// The state after the columns of this call alone, the first of which has the number `first`
    /// among all: to be merged with those of other parts.
    ///
    /// # Errors
    ///
    /// As of [`run`](Lazy::run); the formula goes over its pairs more than once; a column has too
    /// large a number.
    pub fn partial(&self, first: usize) -> Result<State<'_, T, R>> {
        partial(self.ready()?, first)
    }
}

impl<T: Real, R, const N: usize, const M: usize, E: Copy> Lazy<'_, T, R, N, M, E> {
    /// For generated code: what does not fit arguments.
    #[doc(hidden)]
    pub fn wide(&self) -> E {
        self.wide
    }
}

impl<T: Real, R, const N: usize, const M: usize, E: Copy> Clone for Lazy<'_, T, R, N, M, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Real, R, const N: usize, const M: usize, E: Copy> Copy for Lazy<'_, T, R, N, M, E> {}

impl<T: Real, R, const N: usize, const M: usize, E> fmt::Debug for Lazy<'_, T, R, N, M, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy")
            .field("name", &self.descriptor.name)
            .field("arguments", &self.arguments)
            .field("given", &self.given)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// For generated code: rows of numbers.
pub fn rows<'a, R: Row<Scalar = T>, T: Real>(rows: impl Rows<'a, R>) -> Argument<'a, T> {
    Argument::Rows(rows.into_view())
}

/// For generated code: rows of labels.
pub fn labels<'a, R: Row<Scalar = u32>, T: Real>(rows: impl Rows<'a, R>) -> Argument<'a, T> {
    Argument::Labels(rows.into_view())
}

/// For generated code: a parameter that an argument holds itself.
pub fn param<'a, R: Row<Scalar = T>, T: Real>(param: impl Param<R>) -> Argument<'a, T> {
    rows::<R, T>(every(param.into_value()))
}

/// For generated code: a parameter of labels that an argument holds itself.
pub fn label_param<'a, R: Row<Scalar = u32>, T: Real>(param: impl Param<R>) -> Argument<'a, T> {
    labels::<R, T>(every(param.into_value()))
}
