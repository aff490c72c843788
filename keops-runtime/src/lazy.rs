//! What generated code builds on: from a lazy call to its results.
//!
//! A lazy call is a `Copy` struct of views, parameters and [`Options`], with a private method that
//! generated code writes, and the common methods, which the macro [`lazy!`](crate::lazy!) writes:
//!
//! ```
//! use keops_runtime::lazy::{self, Descriptor, Options, Ready, Real, Result, Rows, View, every};
//! use keops_runtime::Argument;
//!
//! pub fn gaussian<'a, T: Real>(x: impl Rows<'a, [T; 3]>, gamma: T) -> Call<'a, T> {
//!     let gamma = Rows::<T>::into_view(every(gamma));
//!     Call { x: x.into_view(), gamma, options: Options::new(cfg!(debug_assertions)) }
//! }
//!
//! #[derive(Clone, Copy, Debug)]
//! #[must_use = "a formula computes nothing until `.run()`"]
//! pub struct Call<'a, T> {
//!     x: View<'a, T>,
//!     gamma: View<'a, T>,
//!     options: Options,
//! }
//!
//! impl<'a, T: Real> Call<'a, T> {
//!     const DESCRIPTOR: &'static Descriptor<T> = &lazy::descriptor(
//!         lazy::choose::<T, _>("gaussian_f32", "gaussian_f64"),
//!         "", // the schedule
//!         &[None],
//!         None,
//!     );
//!     fn ready(&self) -> Result<Ready<'a, T>> {
//!         let arguments = [Argument::Rows(self.x), Argument::Rows(self.gamma)];
//!         Ready::new(Self::DESCRIPTOR, &arguments, &self.options)
//!     }
//! }
//!
//! keops_runtime::lazy! {
//!     impl('a, T: Real) Call<'a, T> {
//!         real: T;
//!         options: options;
//!         results: (Vec<T>, Vec<[T; 2]>);
//!         run: (Vec<T>, Vec<[T; 2]>);
//!         run_into: (&mut [T], &mut [[T; 2]]);
//!     }
//! }
//! ```
//!
//! * `real`: the floating type, a parameter or `f32` or `f64`.
//! * `options`: the path of fields to the [`Options`], such as `call.options` in a gradient.
//! * `results`: for each result of the schedule `Vec<R>`, or [`Single<R>`] where it has one row (the
//!   gradient of a parameter), in a tuple where there are several, nested beyond twelve.
//! * `run`: what `.run()` gives: the same with `R` for `Single<R>`, or any type that is
//!   [`From`] it, such as a struct of gradients.
//! * `run_into`: what `.run_into(…)` takes: `&mut [R]` for `Vec<R>`, `&mut R` for `Single<R>`.
//!
//! A `Forward` has a [`Kept`], and is the [`Keeper`] of gradients that it makes.

mod methods;
mod ready;
mod results;
mod state;

use crate::argument::OutputMut;

pub use crate::argument::Argument;
pub use crate::cpu::nest::{Compiled, Kernel, compiled};
pub use crate::cpu::simd::Simd;
pub use crate::descriptor::Descriptor;
pub use crate::device::Device;
pub use crate::error::Result;
pub use crate::every::every;
pub use crate::execute::Saved;
pub use crate::options::Options;
pub use crate::plan::Plan;
pub use crate::row::Real;
pub use crate::rows::{Param, Rows};
pub use crate::view::View;
pub use keops_program::op::{Operation, table};
pub use ready::{Keeper, Kept, Ready};
pub use results::{Element, Results, Single};
pub use state::{State, partial};
pub use std::vec::Vec;

/// A descriptor whose parts lie in the binary.
pub const fn descriptor<T: 'static>(
    name: &'static str,
    schedule: &'static str,
    compiled: &'static [Option<Compiled<T>>],
    ptx: Option<&'static str>,
) -> Descriptor<T> {
    use std::borrow::Cow;
    Descriptor {
        name: Cow::Borrowed(name),
        schedule: Cow::Borrowed(schedule),
        compiled: Cow::Borrowed(compiled),
        ptx: match ptx {
            Some(ptx) => Some(Cow::Borrowed(ptx)),
            None => None,
        },
    }
}

/// The one of two that belongs to `T`: in a constant, the other is not in the binary.
pub const fn choose<T, A: Copy>(single: A, double: A) -> A {
    if size_of::<T>() == 4 { single } else { double }
}

/// Computes the results of a call into memory of their own.
///
/// # Errors
///
/// The device cannot run the call, or there is not enough memory.
pub fn run<T: Real, R: Results<T>>(ready: &Ready<'_, T>) -> Result<R::Value> {
    let mut results = R::allocate(&mut counter(|result| ready.rows(result)))?;
    fill::<T, R>(results.borrow(), |outputs| ready.run(outputs))?;
    Ok(results.value())
}

/// Computes the results of a call into the caller's memory.
///
/// # Errors
///
/// The device cannot run the call, or the memory has another number of rows than the result.
pub fn run_into<T: Real, R: Results<T>>(ready: &Ready<'_, T>, into: R::Into<'_>) -> Result<()> {
    R::check(&into, &mut counter(|result| ready.rows(result)))?;
    fill::<T, R>(into, |outputs| ready.run(outputs))
}

/// What a call would do.
///
/// # Errors
///
/// The device cannot be had.
pub fn plan<T: Real>(ready: &Ready<'_, T>) -> Result<Plan> {
    ready.plan()
}

/// Has `run` fill the memory.
fn fill<T: Real, R: Results<T>>(
    mut into: R::Into<'_>,
    run: impl FnOnce(&mut [OutputMut<'_, T>]) -> Result<()>,
) -> Result<()> {
    let mut staging = R::Staging::default();
    let mut outputs = Vec::with_capacity(R::COUNT);
    R::outputs(&mut into, &mut staging, &mut outputs);
    run(&mut outputs)?;
    R::finish(into, staging);
    Ok(())
}

/// The number of a result and its number of rows, result after result.
fn counter(rows: impl Fn(usize) -> usize) -> impl FnMut() -> (usize, usize) {
    let mut result = 0;
    move || {
        let this = result;
        result += 1;
        (this, rows(this))
    }
}

#[cfg(test)]
mod tests;
