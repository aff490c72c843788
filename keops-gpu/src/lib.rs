//! Programs as GPU kernels.
//!
//! * [`kernel`]: the kernel as data, a small structured language over typed registers.
//! * [`builder`]: the arithmetic of keops-program, written into a kernel.
//! * [`scheme`]: how a pass becomes a kernel: which thread computes what, and what is shared.
//! * [`ptx`]: prints kernels as PTX.
//! * [`interpret`]: runs PTX on the CPU, and says what is wrong with it.
#![forbid(unsafe_code)]

pub mod builder;
pub mod interpret;
pub mod kernel;
pub mod ptx;
pub mod scheme;
