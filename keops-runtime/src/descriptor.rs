//! What generated code says of a call: its schedule and its kernels.

use crate::cpu::lanes::Sections;
use crate::cpu::nest::Compiled;
use crate::error::{Error, Result};
use crate::execute::engine;
use crate::row::Real;
use keops_program::schedule::Schedule;
use keops_program::verify::verify_schedule;
use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// A call, as data and kernels. It owns its texts or borrows them from the binary, so one that is
/// built at run time is as good as one that the macro wrote.
#[derive(Clone, Debug)]
pub struct Descriptor<T: 'static> {
    /// The name, for plans and messages, and for the entries of the PTX.
    pub name: Cow<'static, str>,
    /// The schedule in the format of [`keops_program::text`].
    pub schedule: Cow<'static, str>,
    /// The compiled pair work of each pass; none (or no entry): the lane interpreter does it.
    pub compiled: Cow<'static, [Option<Compiled<T>>]>,
    /// One PTX module; pass k has the entry `{name}_{k}`, with `_` for what PTX takes in no name,
    /// and may have `{name}_{k}_accurate` for f32. Like the compiled kernels it is trusted: each
    /// entry does what its pass says and touches no other memory.
    pub ptx: Option<Cow<'static, str>>,
}

/// A schedule that was read, with the interpreter's code of its passes.
#[derive(Debug)]
pub(crate) struct Loaded<T> {
    pub(crate) schedule: Schedule,
    pub(crate) passes: Vec<Sections<T>>,
}

impl<T: Real> Descriptor<T> {
    /// The schedule; the work of reading it is done once for each text.
    ///
    /// # Errors
    ///
    /// The text is no valid schedule.
    pub(crate) fn load(&self) -> Result<Arc<Loaded<T>>> {
        let key = (Text::of(&self.schedule), TypeId::of::<T>());
        // Whoever panicked left the map as it was.
        let known = CACHE
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(loaded) = known.and_then(|known| known.downcast().ok()) {
            return Ok(loaded);
        }
        let loaded = Arc::new(self.read()?);
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(key, loaded.clone());
        Ok(loaded)
    }

    fn read(&self) -> Result<Loaded<T>> {
        let fault = |fault: &dyn std::fmt::Display| {
            Error::internal(format!(
                "the schedule of `{}` is not valid: {fault}",
                self.name
            ))
        };
        let schedule: Schedule = self.schedule.parse().map_err(|error| fault(&error))?;
        verify_schedule(&schedule).map_err(|error| fault(&error))?;
        let mut passes = Vec::with_capacity(schedule.passes.len());
        for pass in &schedule.passes {
            passes.push((engine().sections)(pass).map_err(|error| fault(&error))?);
        }
        Ok(Loaded { schedule, passes })
    }
}

/// A text, by its place or its content.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Text {
    /// The place and the length of what is borrowed: it is never freed, so that they stand for it.
    Placed(usize, usize),
    Owned(String),
}

impl Text {
    #[expect(clippy::ptr_arg, reason = "a borrowed text is known by its place")]
    pub(crate) fn of(text: &Cow<'static, str>) -> Text {
        match text {
            Cow::Borrowed(text) => Text::Placed(text.as_ptr().addr(), text.len()),
            Cow::Owned(text) => Text::Owned(text.clone()),
        }
    }
}

type Cache = HashMap<(Text, TypeId), Arc<dyn Any + Send + Sync>>;

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);
