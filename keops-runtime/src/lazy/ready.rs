//! A call that is ready to run, and what a `Forward` keeps for others.

use std::sync::OnceLock;

use crate::argument::{Argument, OutputMut};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::execute::{Prepared, Saved};
use crate::options::Options;
use crate::plan::Plan;
use crate::row::Real;

/// A call whose arguments were checked.
pub struct Ready<'a, T: Real> {
    prepared: Prepared<'a, T>,
    forward: Forward<'a, T>,
}

/// What the call has to do with the states that a `Forward` keeps.
enum Forward<'a, T: Real> {
    /// Nothing.
    None,
    /// It computes them, once.
    Keeps(&'a Kept<T>),
    /// It goes on from them.
    After(&'a dyn Keeper<T>),
}

impl<'a, T: Real> Ready<'a, T> {
    /// Checks the arguments of a call.
    ///
    /// # Errors
    ///
    /// As [`Prepared::new`]'s.
    pub fn new(
        descriptor: &Descriptor<T>,
        arguments: &[Argument<'a, T>],
        options: &Options,
    ) -> Result<Ready<'a, T>> {
        let prepared = Prepared::new(descriptor, arguments, options)?;
        Ok(Ready {
            prepared,
            forward: Forward::None,
        })
    }

    /// The same call, which keeps the states that gradients need.
    #[must_use]
    pub fn keep(self, kept: &'a Kept<T>) -> Ready<'a, T> {
        Ready {
            forward: Forward::Keeps(kept),
            ..self
        }
    }

    /// The same call, which goes on from what was kept.
    #[must_use]
    pub fn after(self, keeper: &'a dyn Keeper<T>) -> Ready<'a, T> {
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
            Forward::Keeps(Kept(kept)) => match kept.get() {
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

/// A place for the states that a `Forward` computes when it is first needed.
#[derive(Clone, Debug)]
pub struct Kept<T>(OnceLock<Saved<T>>);

impl<T: Real> Kept<T> {
    /// Nothing yet.
    pub const fn new() -> Kept<T> {
        Kept(OnceLock::new())
    }

    /// The states; if there are none yet, `run` computes them.
    ///
    /// # Errors
    ///
    /// As of `run`.
    pub fn get(&self, run: impl FnOnce() -> Result<()>) -> Result<&Saved<T>> {
        if self.0.get().is_none() {
            run()?;
        }
        self.0
            .get()
            .ok_or_else(|| Error::internal("a run of the value has kept nothing"))
    }
}

impl<T: Real> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept::new()
    }
}

/// The `Forward` of a formula.
pub trait Keeper<T: Real> {
    /// What it keeps, computed if need be.
    ///
    /// # Errors
    ///
    /// As of running it.
    fn saved(&self) -> Result<&Saved<T>>;
}
