//! Running on NVIDIA's GPUs.
//!
//! The driver is looked for when a call first wants it; a binary without one runs on the CPU.
//!
//! * [`driver`]: the library, and the functions of it that are used.
//! * [`gpu`]: a device and its context. [`memory`], [`stream`], [`module`]: what is in it.
//! * [`entry`]: what a PTX text says of its kernels.
//! * [`cost`]: how a kernel is launched.
//! * [`call`]: what a device needs to know of a call. [`choice`]: on which device it runs.
//! * [`target`], [`job`], [`table`]: a call on a device, its passes, their tasks.
//! * `simulated`: a driver for tests, whose device is the interpreter of PTX.
#![allow(unsafe_code)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod call;
mod choice;
mod cost;
mod driver;
mod entry;
mod gpu;
mod job;
mod memory;
mod module;
#[cfg(any(test, feature = "simulated"))]
pub mod simulated;
mod stream;
mod table;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use call::Call;
pub(crate) use choice::choose;
pub(crate) use target::Target;
