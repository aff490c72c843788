//! The kernels of a formula as Rust-CUDA source.

use proc_macro2::TokenStream;
use quote::quote;

use keops_program::arith::Precision;
use keops_program::schedule::Schedule;

use super::descriptor::Context;
use super::item::context;
use super::tokens;
use crate::calls::Calls;
use crate::check::Checked;
use crate::compile::{Gpu, Kernels, Offer};

/// The module of a formula in a build for Rust-CUDA: `gaussian::device`, with a `#[kernel]` function
/// for each pass in each precision.
pub(crate) fn device(checked: &Checked, offer: &Offer, gpu: &dyn Gpu) -> TokenStream {
    let Some(name) = &checked.name else {
        return TokenStream::new();
    };
    let name_text = name.to_string();
    let own = name_text.trim_start_matches("r#");
    let mut named = Vec::new();
    match offer {
        Offer::Calls(calls) => of_calls(context(own, checked, &calls.text, gpu), calls, &mut named),
        Offer::Matrix(matrix) => {
            for (part, calls) in &matrix.products {
                let own = format!("{own}_{part}");
                of_calls(context(&own, checked, &calls.text, gpu), calls, &mut named);
            }
            let context = context(own, checked, &matrix.text, gpu);
            for (what, schedule) in matrix.schedules() {
                add(&context, &what, schedule, &matrix.text, &mut named);
            }
        }
    }
    let all: Vec<Kernels<'_>> = named.iter().map(Named::kernels).collect();
    let (source, visibility) = (tokens(&gpu.rust(&all)), &checked.visibility);
    let doc = format!("The kernels of `{name}`.");
    let conditions = checked.conditions();
    quote! {
        #(#conditions)*
        #[doc = #doc]
        #visibility mod #name {
            /// The kernels, to be compiled by Rust-CUDA.
            pub mod device { #source }
        }
    }
}

/// What is computed in one precision, with the name of its kernels and a text for readers.
struct Named<'c> {
    name: String,
    schedule: &'c Schedule,
    precision: Precision,
    comment: &'c str,
}

impl Named<'_> {
    fn kernels(&self) -> Kernels<'_> {
        Kernels {
            schedule: self.schedule,
            name: &self.name,
            precision: self.precision,
            comment: self.comment,
        }
    }
}

/// Adds all calls of a formula.
fn of_calls<'c>(context: Context<'_>, calls: &'c Calls, named: &mut Vec<Named<'c>>) {
    for (number, call) in calls.list.iter().enumerate() {
        let what = calls.what(number);
        add(&context, &what, &call.schedule, &calls.text, named);
        if let Some(after) = &call.after {
            let what = format!("{what}_after");
            add(&context, &what, after, &calls.text, named);
        }
    }
}

/// Adds a schedule in each precision.
fn add<'c>(
    context: &Context<'_>,
    what: &str,
    schedule: &'c Schedule,
    comment: &'c str,
    named: &mut Vec<Named<'c>>,
) {
    for &precision in context.precisions() {
        named.push(Named {
            name: context.kernel(what, precision),
            schedule,
            precision,
            comment,
        });
    }
}
