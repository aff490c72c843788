//! The macro of keops: tokens in, tokens out. Use the crate `keops`.
#![forbid(unsafe_code)]

mod gpu;

use proc_macro::TokenStream;

/// A formula over two clouds of points: named, or where it is used.
#[proc_macro]
pub fn keops(tokens: TokenStream) -> TokenStream {
    gpu::compile(tokens.into()).into()
}

/// The same formulas as Rust-CUDA kernels; `keops!` writes this call.
#[doc(hidden)]
#[proc_macro]
pub fn device(tokens: TokenStream) -> TokenStream {
    keops_compiler::compile::device(tokens.into(), &gpu::Printers).into()
}
