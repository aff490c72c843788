//! The compiler behind `keops!`: notation in, programs and Rust tokens out.
//!
//! ```text
//! tokens ─parse→ ast ─check→ formula ─diff→ formula ─schedule→ passes ─lower→ programs ─emit→ tokens
//! ```
//!
//! Nothing here names `proc_macro`, so all of it runs in plain tests.
#![forbid(unsafe_code)]

pub mod ast;
pub mod calls;
pub mod check;
pub mod compile;
pub mod diagnostic;
pub mod diff;
mod emit;
pub mod expand;
pub mod formula;
mod lower;
pub mod notation;
pub mod parse;
pub mod schedule;
mod simplify;
pub mod table;
