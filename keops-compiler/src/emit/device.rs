//! The kernels of a formula as Rust-CUDA source.

use proc_macro2::TokenStream;
use quote::quote;

use super::item::context;
use super::tokens;
use crate::calls::Calls;
use crate::check::Checked;
use crate::compile::{Gpu, Kernels};

/// The module of a formula in a build for Rust-CUDA: `gaussian::device`, with a `#[kernel]` function
/// for each pass in each precision.
pub(crate) fn device(
    checked: &Checked,
    calls: &[(&'static str, Calls)],
    gpu: &dyn Gpu,
) -> TokenStream {
    let Some(name) = &checked.name else {
        return TokenStream::new();
    };
    let mut named = Vec::new();
    for (part, calls) in calls {
        let separator = if part.is_empty() { "" } else { "_" };
        let own = format!(
            "{}{separator}{part}",
            name.to_string().trim_start_matches("r#")
        );
        let context = context(&own, checked, calls, gpu);
        for (number, call) in calls.list.iter().enumerate() {
            let what = calls.what(number);
            let after = call
                .after
                .as_ref()
                .map(|schedule| (format!("{what}_after"), schedule));
            for (what, schedule) in [(what, &call.schedule)].into_iter().chain(after) {
                for &precision in context.precisions() {
                    named.push((
                        context.kernel(&what, precision),
                        schedule,
                        precision,
                        &calls.text,
                    ));
                }
            }
        }
    }
    let all: Vec<Kernels<'_>> = named
        .iter()
        .map(|(name, schedule, precision, comment)| Kernels {
            schedule,
            name,
            precision: *precision,
            comment,
        })
        .collect();
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
