//! What is written into the user's crate.
//!
//! Emitters print and decide nothing of what is computed. They print source text, which is read
//! into tokens once; only the function that users call carries places of the user's source.
//!
//! * [`host`]: the pair work of a pass, for the CPU.
//! * [`module`]: the types of a formula and their methods.
//! * [`item`], [`inline`]: the two forms; [`device`]: the kernels for Rust-CUDA.

mod block;
mod call;
mod descriptor;
mod device;
mod host;
mod inline;
mod item;
mod matrix;
mod module;
mod types;

pub(crate) use device::device;
pub(crate) use inline::inline;
pub(crate) use item::item;

use std::str::FromStr;

use proc_macro2::TokenStream;

/// The tokens of a text that was printed here.
fn tokens(text: &str) -> TokenStream {
    TokenStream::from_str(text)
        .unwrap_or_else(|error| panic!("{error} in what was printed: {text}"))
}
