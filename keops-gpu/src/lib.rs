//! Programs as GPU kernels.
//!
//! * [`kernel`]: the kernel as data, a small structured language over typed registers.
//! * [`builder`]: the arithmetic of keops-program, written into a kernel.
//! * [`scheme`]: how a pass becomes a kernel: which thread computes what, and what is shared.
//! * [`ptx`]: prints kernels as PTX.
//! * [`rust`]: prints kernels as Rust-CUDA source, over the texts of [`prelude`].
//! * `rustc` (feature `rustc-kernels`): builds that source to PTX with the rustc at hand.
//! * [`interpret`]: runs PTX on the CPU, and says what is wrong with it.
#![forbid(unsafe_code)]

pub mod builder;
pub mod interpret;
pub mod kernel;
pub mod prelude;
pub mod ptx;
pub mod rust;
#[cfg(feature = "rustc-kernels")]
pub mod rustc;
pub mod scheme;
