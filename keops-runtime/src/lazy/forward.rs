//! The value with the states that gradients need.

use std::sync::OnceLock;

use super::{Lazy, Results, Wide, run, run_into};
use crate::argument::Argument;
use crate::cpu::Level;
use crate::descriptor::Descriptor;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::execute::Saved;
use crate::options::{Accumulate, Options};
use crate::plan::Plan;
use crate::ranges::Ranges;
use crate::row::Real;

/// A lazy call of the value that keeps what gradients need: what `.forward()` gives holds one. What is
/// run first, the value or a gradient, computes the states; nothing that is run later does.
#[derive(Clone, Debug)]
#[must_use = "a formula computes nothing until `.run()`"]
pub struct Keeping<'a, T: Real, R, const N: usize, E: Copy = ()> {
    value: Lazy<'a, T, R, N, 0, E>,
    kept: OnceLock<Saved<T>>,
}

/// What keeps the states of a formula's value.
pub trait Keeper<T: Real> {
    /// The states, computed if need be.
    ///
    /// # Errors
    ///
    /// As of running the value.
    fn saved(&self) -> Result<&Saved<T>>;
}

impl<'a, T: Real, R: Results<T>, const N: usize, E: Wide<T> + Copy> Keeping<'a, T, R, N, E> {
    /// Computes the value.
    ///
    /// # Errors
    ///
    /// The arguments do not fit each other, or the device cannot run it.
    pub fn run(&self) -> Result<R::Value> {
        run::<T, R>(&self.value.ready()?.keep(&self.kept))
    }

    /// Computes the value into memory that has as many rows as the result.
    ///
    /// # Errors
    ///
    /// As of [`run`](Keeping::run), and that the memory has another number of rows.
    pub fn run_into(&self, out: R::Into<'_>) -> Result<()> {
        run_into::<T, R>(&self.value.ready()?.keep(&self.kept), out)
    }

    /// What [`run`](Keeping::run) would do when nothing is computed yet.
    ///
    /// # Errors
    ///
    /// As of [`run`](Keeping::run).
    pub fn plan(&self) -> Result<Plan> {
        self.value.plan()
    }

    /// For generated code: a derivative that goes on from what is kept.
    #[doc(hidden)]
    pub fn derive<'s, D, const K: usize, F>(
        &'s self,
        descriptor: &'static Descriptor<T>,
        given: [Argument<'s, T>; K],
        wide: F,
    ) -> Lazy<'s, T, D, N, K, F>
    where
        E: Sync,
    {
        let value: Lazy<'s, T, R, N, 0, E> = self.value;
        value.derive(descriptor, given, wide).after(self)
    }
}

impl<'a, T: Real, R, const N: usize, E: Copy> Keeping<'a, T, R, N, E> {
    /// For generated code: nothing is computed yet.
    #[doc(hidden)]
    pub fn new(value: Lazy<'a, T, R, N, 0, E>) -> Self {
        Keeping {
            value,
            kept: OnceLock::new(),
        }
    }

    /// For generated code: the call of the value.
    #[doc(hidden)]
    pub fn value(&self) -> Lazy<'a, T, R, N, 0, E> {
        self.value
    }

    /// Runs on this device, and so do its gradients.
    pub fn on(self, device: Device) -> Self {
        let value = self.value.on(device);
        Keeping { value, ..self }
    }

    /// Accumulates sums in this way.
    pub fn accumulate(self, accumulate: Accumulate) -> Self {
        let value = self.value.accumulate(accumulate);
        Keeping { value, ..self }
    }

    /// On a GPU in `f32`: functions within 4 ulp instead of the fast instructions.
    pub fn accurate(self) -> Self {
        let value = self.value.accurate();
        Keeping { value, ..self }
    }

    /// Visits the pairs in these blocks alone, and so do its gradients.
    pub fn ranges(self, ranges: &'a Ranges) -> Self {
        let value = self.value.ranges(ranges);
        let kept = OnceLock::new();
        Keeping { value, kept }
    }

    /// Cuts the rows into batches, and so do its gradients.
    pub fn batch(self, axes: &[usize]) -> Self {
        let value = self.value.batch(axes);
        let kept = OnceLock::new();
        Keeping { value, kept }
    }

    /// For tests: any option of the call.
    #[doc(hidden)]
    pub fn with_options(self, change: impl FnOnce(&mut Options)) -> Self {
        let value = self.value.with_options(change);
        Keeping { value, ..self }
    }

    /// On the CPU: runs at this level, not at the best one.
    pub fn level(self, level: Level) -> Self {
        let value = self.value.level(level);
        Keeping { value, ..self }
    }
}

impl<T: Real, R: Results<T>, const N: usize, E: Wide<T> + Copy> Keeper<T>
    for Keeping<'_, T, R, N, E>
{
    fn saved(&self) -> Result<&Saved<T>> {
        if self.kept.get().is_none() {
            self.run()?;
        }
        self.kept
            .get()
            .ok_or_else(|| Error::internal("a run of the value has kept nothing"))
    }
}
