//! What generated code builds on: from a lazy call to its results.
//!
//! A lazy call is a `Copy` struct of views, parameters and [`Options`], with two private items that
//! generated code writes, and the common methods, which the macro [`lazy!`](crate::lazy!) writes:
//!
//! ```
//! use keops_runtime::{Argument, Descriptor, Options, Real, Rows, View};
//!
//! pub fn gaussian<'a, T: Real>(x: impl Rows<'a, [T; 3]>, gamma: T) -> Call<'a, T> {
//!     Call { x: x.into_view(), gamma, options: Options::new(cfg!(debug_assertions)) }
//! }
//!
//! #[derive(Clone, Copy, Debug)]
//! #[must_use = "a formula computes nothing until `.run()`"]
//! pub struct Call<'a, T> {
//!     x: View<'a, T>,
//!     gamma: T,
//!     options: Options,
//! }
//!
//! impl<'a, T: Real> Call<'a, T> {
//!     const DESCRIPTOR: &'static Descriptor<T> = // …
//! #       &Descriptor {
//! #           name: std::borrow::Cow::Borrowed(""),
//! #           schedule: std::borrow::Cow::Borrowed(""),
//! #           compiled: std::borrow::Cow::Borrowed(&[]),
//! #           ptx: None,
//! #       };
//!     fn arguments(&self) -> [Argument<'_, T>; 2] {
//!         [Argument::Rows(self.x), Argument::param(&self.gamma)]
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

mod methods;
mod results;

use crate::argument::{Argument, OutputMut};
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::execute::Prepared;
use crate::options::Options;
use crate::plan::Plan;
use crate::row::Real;

pub use results::{Element, Results, Single};

/// Computes the results of a call into memory of their own.
///
/// # Errors
///
/// The arguments do not fit, or the device cannot run the call.
pub fn run<T: Real, R: Results<T>>(
    descriptor: &Descriptor<T>,
    arguments: &[Argument<'_, T>],
    options: &Options,
) -> Result<R::Value> {
    let prepared = Prepared::new(descriptor, arguments, options)?;
    let mut results = R::allocate(&mut counter(|result| prepared.rows(result)))?;
    fill::<T, R>(results.borrow(), |outputs| prepared.run(outputs))?;
    Ok(results.value())
}

/// Computes the results of a call into the caller's memory.
///
/// # Errors
///
/// As [`run`]'s, and that the memory has another number of rows than the result.
pub fn run_into<T: Real, R: Results<T>>(
    descriptor: &Descriptor<T>,
    arguments: &[Argument<'_, T>],
    options: &Options,
    into: R::Into<'_>,
) -> Result<()> {
    let prepared = Prepared::new(descriptor, arguments, options)?;
    R::check(&into, &mut counter(|result| prepared.rows(result)))?;
    fill::<T, R>(into, |outputs| prepared.run(outputs))
}

/// What a call would do.
///
/// # Errors
///
/// As [`run`]'s.
pub fn plan<T: Real>(
    descriptor: &Descriptor<T>,
    arguments: &[Argument<'_, T>],
    options: &Options,
) -> Result<Plan> {
    Prepared::new(descriptor, arguments, options)?.plan()
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
