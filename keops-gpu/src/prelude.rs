//! What stands before the kernels' Rust source, as text: one for each compiler.
//!
//! The source is the same for all of them. It uses `cuda_std`'s names (`#[kernel]`, `thread::…`), a
//! macro `shared!(name, bytes)` and the functions of a module `dev`, which a prelude provides.

/// For rustc's own nvptx64 back end without any installed target: a `core` of our own, the few names
/// of `cuda_std`, `shared!`. [`DEVICE`] follows. Nightly features; `--cfg new_sized` from Rust 1.89 on.
pub const NO_CORE: &str = include_str!("prelude/no_core.rs");

/// For `cuda_std` of Rust-CUDA: `shared!`. [`DEVICE`] follows.
pub const CUDA_STD: &str = include_str!("prelude/cuda_std.rs");

/// The module `dev` of the device: instructions that Rust has no operators for.
pub const DEVICE: &str = include_str!("prelude/device.rs");

/// For the CPU, with `std`: a thread for each thread of the GPU, barriers, shared memory, votes.
/// `dev::launch(blocks, threads, shared_bytes, kernel)` runs a closure on all of them.
pub const HOST: &str = include_str!("prelude/host.rs");
