//! A call that is ready to run.

use std::sync::OnceLock;

use super::Keeper;
use crate::argument::{Argument, OutputMut};
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::execute::{Prepared, Saved};
use crate::options::Options;
use crate::plan::Plan;
use crate::ranges::Ranges;
use crate::row::Real;

/// A call whose arguments were checked.
pub(super) struct Ready<'a, T: Real> {
    prepared: Prepared<'a, T>,
    forward: Forward<'a, T>,
}

/// What the call has to do with kept states.
enum Forward<'a, T: Real> {
    /// Nothing.
    None,
    /// It computes them, once.
    Keeps(&'a OnceLock<Saved<T>>),
    /// It goes on from them.
    After(&'a dyn Keeper<T>),
}

impl<'a, T: Real> Ready<'a, T> {
    /// Checks the arguments of a call.
    ///
    /// # Errors
    ///
    /// As [`Prepared::new`]'s and [`Prepared::ranges`]'s.
    pub(super) fn new(
        descriptor: &Descriptor<T>,
        arguments: &[Argument<'a, T>],
        options: &Options,
        ranges: Option<&'a Ranges>,
    ) -> Result<Ready<'a, T>> {
        let prepared = Prepared::new(descriptor, arguments, options)?;
        let prepared = match ranges {
            Some(ranges) => prepared.ranges(ranges)?,
            None => prepared,
        };
        Ok(Ready {
            prepared,
            forward: Forward::None,
        })
    }

    /// The same call, which keeps the states that gradients need.
    pub(super) fn keep(self, kept: &'a OnceLock<Saved<T>>) -> Ready<'a, T> {
        Ready {
            forward: Forward::Keeps(kept),
            ..self
        }
    }

    /// The same call, which goes on from what was kept.
    pub(super) fn after(self, keeper: &'a dyn Keeper<T>) -> Ready<'a, T> {
        Ready {
            forward: Forward::After(keeper),
            ..self
        }
    }

    /// The number of rows of a result.
    pub(super) fn rows(&self, result: usize) -> usize {
        self.prepared.rows(result)
    }

    pub(super) fn plan(&self) -> Result<Plan> {
        self.prepared.plan()
    }

    pub(super) fn run(&self, outputs: &mut [OutputMut<'_, T>]) -> Result<()> {
        match self.forward {
            Forward::None => self.prepared.run(outputs),
            Forward::Keeps(kept) => match kept.get() {
                Some(saved) => self.prepared.run_with(Some(saved), outputs),
                None => {
                    let saved = self.prepared.run_and_save(outputs)?;
                    // Another thread may have been first: its states are the same.
                    let _ = kept.set(saved);
                    Ok(())
                }
            },
            Forward::After(keeper) => self.prepared.run_with(Some(keeper.saved()?), outputs),
        }
    }

    pub(super) fn into_prepared(self) -> Prepared<'a, T> {
        self.prepared
    }
}
