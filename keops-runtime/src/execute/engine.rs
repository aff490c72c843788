//! The way into the passes, compiled with this crate.
//!
//! What is generic over the floating type is compiled with the calling crate, which in a dev build
//! is without optimisation. Behind these tables is the code for f32 and f64 that was compiled with
//! this crate, and is as fast as this crate's profile makes it.

use super::arrays::Array;
use super::worker::{Bound, Worker};
use crate::cpu::lanes::Sections;
use crate::row::Real;
use keops_program::schedule::Pass;
use std::any::Any;

/// Folds states of later columns into those of earlier ones, block of rows by block of rows.
type Merge<T> = fn(&Bound<'_, T>, &mut [Vec<T>], &[Vec<T>]);
/// Turns the states of blocks of rows into outputs.
type Finish<T> = fn(&mut Bound<'_, T>, &[Vec<T>]) -> Vec<Array<T>>;

/// The work of passes with arguments of one floating type.
#[derive(Debug)]
pub(crate) struct Engine<T: 'static> {
    /// The interpreter's code of a pass.
    pub(crate) sections: fn(&Pass) -> Result<Sections<T>, String>,
    /// Runs a pass: its outputs.
    pub(crate) run: fn(&mut Bound<'_, T>) -> Vec<Array<T>>,
    /// Folds all columns of a pass: the state of each block of rows.
    pub(crate) fold: fn(&mut Bound<'_, T>) -> Vec<Vec<T>>,
    /// Merges states of later columns into states.
    pub(crate) merge: Merge<T>,
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

fn fold<T: Real>(bound: &mut Bound<'_, T>) -> Vec<Vec<T>> {
    bound.prepare();
    bound.fold()
}

fn merge<T: Real>(bound: &Bound<'_, T>, states: &mut [Vec<T>], later: &[Vec<T>]) {
    let mut worker = Worker::new(bound);
    for (number, (state, later)) in states.iter_mut().zip(later).enumerate() {
        worker.resume(bound.block(number), state);
        worker.merge(later);
        state.copy_from_slice(&worker.state);
    }
}

fn finish<T: Real>(bound: &mut Bound<'_, T>, states: &[Vec<T>]) -> Vec<Array<T>> {
    bound.prepare_params();
    let mut outputs = bound.new_outputs();
    bound.finish(states, &mut outputs);
    outputs
}
