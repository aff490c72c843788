//! The way into the passes, compiled with this crate.
//!
//! What is generic over the floating type is compiled with the calling crate, which in a dev build
//! is without optimisation. Behind these tables is the code for f32 and f64 that was compiled with
//! this crate, and is as fast as this crate's profile makes it.

use super::arrays::Array;
use super::worker::Bound;
use crate::cpu::lanes::Sections;
use crate::row::Real;
use keops_program::schedule::Pass;
use std::any::Any;

/// Turns the states of all rows into outputs.
type Finish<T> = fn(&mut Bound<'_, T>, &[T]) -> Vec<Array<T>>;

/// The work of passes with arguments of one floating type.
#[derive(Debug)]
pub(crate) struct Engine<T: 'static> {
    /// The interpreter's code of a pass.
    pub(crate) sections: fn(&Pass) -> Result<Sections<T>, String>,
    /// Runs a pass: its outputs.
    pub(crate) run: fn(&mut Bound<'_, T>) -> Vec<Array<T>>,
    /// Folds all columns of a pass: the state of all rows, scalar after scalar.
    pub(crate) fold: fn(&mut Bound<'_, T>) -> Vec<T>,
    /// Merges the states of all rows after later columns into states.
    pub(crate) merge: fn(&Bound<'_, T>, &mut [T], &[T]),
    /// Turns states into outputs.
    pub(crate) finish: Finish<T>,
}

static SINGLE: Engine<f32> = Engine::new();
static DOUBLE: Engine<f64> = Engine::new();

/// The engine of a floating type.
pub(crate) fn engine<T: Real>() -> &'static Engine<T> {
    let engines: [&'static dyn Any; 2] = [&SINGLE, &DOUBLE];
    let engine = engines.into_iter().find_map(|engine| engine.downcast_ref());
    engine.unwrap_or_else(|| unreachable!("`Real` is sealed: it is f32 and f64"))
}

impl<T: Real> Engine<T> {
    const fn new() -> Engine<T> {
        Engine {
            sections: Sections::of,
            run: run::<T>,
            fold: fold::<T>,
            merge: merge::<T>,
            finish: finish::<T>,
        }
    }
}

fn run<T: Real>(bound: &mut Bound<'_, T>) -> Vec<Array<T>> {
    bound.prepare();
    bound.run()
}

fn fold<T: Real>(bound: &mut Bound<'_, T>) -> Vec<T> {
    bound.prepare();
    bound.fold()
}

fn merge<T: Real>(bound: &Bound<'_, T>, state: &mut [T], later: &[T]) {
    bound.merge(state, later);
}

fn finish<T: Real>(bound: &mut Bound<'_, T>, state: &[T]) -> Vec<Array<T>> {
    bound.prepare_params();
    let mut outputs = bound.new_outputs();
    bound.finish(state, &mut outputs);
    outputs
}
