//! The state of a reduction over a part of its columns.

use std::fmt;
use std::marker::PhantomData;

use super::{Ready, Results, counter, fill};
use crate::error::{Error, ErrorKind, Result};
use crate::execute;
use crate::row::Real;

/// The state of a formula's reductions over a part of the reduced cloud: what `.partial(first)` gives.
///
/// Parts are [merged](State::merge) in order, on whatever device each was computed, and
/// [finished](State::finish) when all are in.
pub struct State<'a, T: Real, R> {
    state: execute::State<'a, T>,
    results: PhantomData<fn() -> R>,
}

impl<T: Real, R: Results<T>> State<'_, T, R> {
    /// Adds the state of the part that comes next.
    ///
    /// # Errors
    ///
    /// The other state is of another formula or of other rows, or is not the next in order.
    pub fn merge(&mut self, later: &State<'_, T, R>) -> Result<()> {
        self.state.merge(&later.state)
    }

    /// The results over all parts that are in.
    ///
    /// # Errors
    ///
    /// There is not enough memory for them.
    pub fn finish(self) -> Result<R::Value> {
        let call = self.state.call();
        let mut results = R::allocate(&mut counter(|result| call.rows(result)))?;
        let state = self.state;
        fill::<T, R>(results.borrow(), |outputs| state.finish(outputs))?;
        Ok(results.value())
    }
}

impl<T: Real, R> Clone for State<'_, T, R> {
    fn clone(&self) -> Self {
        State {
            state: self.state.clone(),
            results: PhantomData,
        }
    }
}

impl<T: Real, R> fmt::Debug for State<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("columns", &self.state.columns())
            .finish_non_exhaustive()
    }
}

/// The state of a call over its own columns, the first of which has the number `first` among all.
///
/// # Errors
///
/// A column would have a number that is too large; the device cannot be had.
pub(super) fn partial<'a, T: Real, R: Results<T>>(
    ready: Ready<'a, T>,
    first: usize,
) -> Result<State<'a, T, R>> {
    let number = u32::try_from(first).map_err(|_| {
        let message = format!("`partial({first})`: rows are numbered up to {}", i32::MAX);
        Error::new(ErrorKind::Size, message)
    })?;
    let state = ready.into_prepared().partial(number)?;
    Ok(State {
        state,
        results: PhantomData,
    })
}
