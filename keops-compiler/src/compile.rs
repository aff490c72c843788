//! The whole way: the tokens of a macro call → the tokens that stand in its place.

use keops_program::arith::Precision;
use keops_program::schedule::Schedule;
use proc_macro2::TokenStream;

use crate::calls::{self, Calls};
use crate::check::{self, Checked, Form};
use crate::diagnostic::{Diagnostics, Errors};
use crate::{emit, parse};

/// Prints GPU kernels: of this the compiler knows nothing.
pub trait Gpu {
    /// One PTX module with a kernel for each pass; pass k has the entry `{name}_{k}`. `comment` is the
    /// formula, for readers. None where a pass does not fit a GPU.
    fn ptx(&self, schedule: &Schedule, name: &str, precision: Precision, comment: &str) -> Option<String>;

    /// The same kernels as Rust-CUDA source: items.
    fn rust(&self, schedule: &Schedule, name: &str, precision: Precision, comment: &str) -> Option<String>;
}

/// No GPU kernels: calls run on the CPU.
#[derive(Clone, Copy, Debug)]
pub struct NoGpu;

impl Gpu for NoGpu {
    fn ptx(&self, _: &Schedule, _: &str, _: Precision, _: &str) -> Option<String> {
        None
    }

    fn rust(&self, _: &Schedule, _: &str, _: Precision, _: &str) -> Option<String> {
        None
    }
}

/// Compiles a macro call; where it is faulty, gives the errors.
pub fn compile(tokens: TokenStream, gpu: &dyn Gpu) -> TokenStream {
    let items = parse::is_items(tokens.clone());
    expand(tokens, gpu).unwrap_or_else(|errors| match items {
        true => errors.to_items(),
        false => errors.to_expression(),
    })
}

fn expand(tokens: TokenStream, gpu: &dyn Gpu) -> Result<TokenStream, Errors> {
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    let checked = input.as_ref().and_then(|input| check::check(input, &mut diagnostics));
    diagnostics.propagate()?;
    let checked = checked.unwrap_or_default();
    Ok(checked.iter().map(|formula| emit(formula, gpu)).collect())
}

/// A formula with a name is items, one without is an expression.
fn emit(formula: &Checked, gpu: &dyn Gpu) -> TokenStream {
    let offers = offers(formula);
    match &formula.name {
        Some(name) => emit::item(name, formula, &offers, gpu),
        None => emit::inline(formula, &offers, gpu),
    }
}

/// What a formula offers: for a kernel matrix, what each of its products does.
fn offers(formula: &Checked) -> Vec<(&'static str, Calls)> {
    match formula.form {
        Form::MapReduce => vec![("", calls::calls(formula))],
        Form::Matrix => calls::products(formula),
    }
}
