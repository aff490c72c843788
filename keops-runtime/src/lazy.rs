//! What generated code builds on: from a lazy call to its results.
//!
//! A lazy call is a [`Lazy`]: a descriptor, arguments and options. Where it has methods of its own,
//! to make other calls of it, a generated type holds it, and the macro [`lazy!`](crate::lazy!) makes
//! that type as good as what it holds; elsewhere it has another name:
//!
//! ```
//! use keops_runtime::lazy::{self, Descriptor, Lazy, Options, Real, Rows};
//!
//! pub fn gaussian<'a, T: Real>(x: impl Rows<'a, [T; 3]>, gamma: T) -> Call<'a, T> {
//!     let arguments = [lazy::rows::<[T; 3], T>(x), lazy::param::<T, T>(gamma)];
//!     let options = Options::new(cfg!(debug_assertions));
//!     Call(Lazy::new(Call::<T>::VALUE, arguments, [], (), options))
//! }
//!
//! #[derive(Clone, Copy, Debug)]
//! pub struct Call<'a, T: Real>(Lazy<'a, T, Vec<T>, 2>);
//!
//! impl<'a, T: Real> Call<'a, T> {
//!     const VALUE: &'static Descriptor<T> = &lazy::descriptor(
//!         lazy::choose::<T, _>("gaussian_f32", "gaussian_f64"),
//!         "", // the schedule
//!         &[None],
//!         None,
//!     );
//! #   const GRAD_X: &'static Descriptor<T> = Self::VALUE;
//!
//!     pub fn grad_x(self, e: impl Rows<'a, T>) -> GradX<'a, T> {
//!         self.0.derive(Self::GRAD_X, [lazy::rows::<T, T>(e)], ())
//!     }
//! }
//!
//! pub type GradX<'a, T> = Lazy<'a, T, Vec<[T; 3]>, 2, 1>;
//!
//! keops_runtime::lazy! { impl('a, T: Real) Call<'a, T> = Lazy<'a, T, Vec<T>, 2> }
//! ```
//!
//! A result of the schedule is `Vec<R>`, or [`Single<R>`] where it has one row (the gradient of a
//! parameter); several are a tuple, nested beyond twelve. Parameters of more than 16 numbers are held
//! beside the arguments: see [`Wide`].

mod call;
mod forward;
mod methods;
mod ready;
mod results;
mod state;
mod wide;

use crate::argument::OutputMut;
use keops_program::arith::Arith;
use ready::Ready;
use state::partial;

pub use crate::argument::Argument;
pub use crate::cpu::nest::{Compiled, Kernel, compiled};
pub use crate::cpu::simd::Simd;
pub use crate::descriptor::Descriptor;
pub use crate::device::Device;
pub use crate::error::Result;
pub use crate::matrix::{
    Adjoint, Block, Columns, Gradient, Gradients, KernelMatrix, Matmul, Parts, Slab,
};
pub use crate::options::Options;
pub use crate::row::Real;
pub use crate::rows::{Param, Rows};
pub use crate::solve::{ByRidge, Solve};
pub use call::{Lazy, label_param, labels, param, rows};
pub use forward::{Keeper, Keeping};
pub use keops_program::op::{Operation, table};
pub use num_complex::Complex;
pub use results::{Element, Made, Results, Single};
pub use state::State;
pub use std::vec::Vec;
pub use wide::{At, LabelsAt, Wide, wide};

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

/// For generated kernels: an operation of one operand.
#[inline(always)]
pub fn op1<O: Operation, A: Arith>(s: A, a: A::F) -> A::F {
    O::apply(s, &[a])
}

/// For generated kernels: an operation of two operands.
#[inline(always)]
pub fn op2<O: Operation, A: Arith>(s: A, a: A::F, b: A::F) -> A::F {
    O::apply(s, &[a, b])
}

/// For generated kernels: an operation of three operands.
#[inline(always)]
pub fn op3<O: Operation, A: Arith>(s: A, a: A::F, b: A::F, c: A::F) -> A::F {
    O::apply(s, &[a, b, c])
}

/// Computes the results of a call into memory of their own.
fn run<T: Real, R: Results<T>>(ready: &Ready<'_, T>) -> Result<R::Value> {
    let mut results = R::allocate(&mut counter(|result| ready.rows(result)))?;
    fill::<T, R>(results.borrow(), |outputs| ready.run(outputs))?;
    Ok(results.value())
}

/// Computes the results of a call into the caller's memory.
fn run_into<T: Real, R: Results<T>>(ready: &Ready<'_, T>, into: R::Into<'_>) -> Result<()> {
    R::check(&into, &mut counter(|result| ready.rows(result)))?;
    fill::<T, R>(into, |outputs| ready.run(outputs))
}

/// Has `run` fill the memory.
pub(crate) fn fill<T: Real, R: Results<T>>(
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
pub(crate) fn counter(rows: impl Fn(usize) -> usize) -> impl FnMut() -> (usize, usize) {
    let mut result = 0;
    move || {
        let this = result;
        result += 1;
        (this, rows(this))
    }
}

#[cfg(test)]
mod tests;
