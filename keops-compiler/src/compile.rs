//! The whole way: the tokens of a macro call → the tokens that stand in its place.

use keops_program::arith::Precision;
use keops_program::schedule::Schedule;
use proc_macro2::TokenStream;
use quote::quote;

use crate::calls::matrix::Matrix;
use crate::calls::{self, Calls};
use crate::check::{self, Checked, Form};
use crate::diagnostic::{Diagnostics, Errors};
use crate::{emit, notation, parse};

/// The kernels of one call, in one precision.
#[derive(Clone, Copy, Debug)]
pub struct Kernels<'k> {
    /// Its passes.
    pub schedule: &'k Schedule,
    /// The kernel of pass k is called `{name}_{k}`.
    pub name: &'k str,
    /// The floating type.
    pub precision: Precision,
    /// The formula, for readers.
    pub comment: &'k str,
}

/// Prints GPU kernels: of this the compiler knows nothing.
pub trait Gpu {
    /// One PTX module with the kernels of a call; none where a pass does not fit a GPU.
    fn ptx(&self, kernels: Kernels<'_>) -> Option<String>;

    /// The kernels of all calls of a formula as Rust-CUDA source: the contents of a module. Those that
    /// do not fit a GPU are left out.
    fn rust(&self, all: &[Kernels<'_>]) -> String;
}

/// No GPU kernels: calls run on the CPU.
#[derive(Clone, Copy, Debug)]
pub struct NoGpu;

impl Gpu for NoGpu {
    fn ptx(&self, _: Kernels<'_>) -> Option<String> {
        None
    }

    fn rust(&self, _: &[Kernels<'_>]) -> String {
        String::new()
    }
}

/// Compiles a macro call for the host; where it is faulty, gives the errors.
///
/// Items come with a call of `device!` that only a build for Rust-CUDA expands: it has the same tokens
/// and goes through [`device`].
pub fn compile(tokens: TokenStream, gpu: &dyn Gpu) -> TokenStream {
    let items = parse::is_items(tokens.clone());
    match check(tokens.clone()) {
        Ok(formulas) => {
            let host: TokenStream = formulas.iter().map(|formula| emit(formula, gpu)).collect();
            let device = items.then(|| {
                quote!(
                    #[cfg(target_os = "cuda")]
                    ::keops::__private::device! { #tokens }
                )
            });
            quote!(#host #device)
        }
        Err(errors) if items => errors.to_items(),
        Err(errors) => errors.to_expression(),
    }
}

/// Compiles the items of a macro call to Rust-CUDA kernels: `#[kernel]` functions in
/// `<name>::device`.
pub fn device(tokens: TokenStream, gpu: &dyn Gpu) -> TokenStream {
    match check(tokens) {
        Ok(formulas) => formulas
            .iter()
            .map(|formula| emit::device(formula, &Offer::of(formula), gpu))
            .collect(),
        Err(errors) => errors.to_items(),
    }
}

/// Reads and checks a macro call.
fn check(tokens: TokenStream) -> Result<Vec<Checked>, Errors> {
    notation::forget();
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    let checked = input.and_then(|input| check::check(&input, &mut diagnostics));
    diagnostics.propagate()?;
    Ok(checked.unwrap_or_default())
}

/// A formula with a name is items, one without is an expression.
fn emit(formula: &Checked, gpu: &dyn Gpu) -> TokenStream {
    let offer = Offer::of(formula);
    match &formula.name {
        Some(name) => emit::item(name, formula, &offer, gpu),
        None => emit::inline(formula, &offer, gpu),
    }
}

/// What a formula offers.
#[derive(Clone, Debug)]
pub(crate) enum Offer {
    /// The calls of a formula with reductions.
    Calls(Calls),
    /// What a kernel matrix offers.
    Matrix(Matrix),
}

impl Offer {
    fn of(formula: &Checked) -> Offer {
        match formula.form {
            Form::MapReduce => Offer::Calls(calls::calls(formula)),
            Form::Matrix => Offer::Matrix(calls::matrix::matrix(formula)),
        }
    }
}
