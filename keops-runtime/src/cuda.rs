//! Running on NVIDIA's GPUs.
//!
//! The driver is looked for when a call first wants it; a binary without one runs on the CPU.
//!
//! * [`driver`]: the library, and the functions of it that are used.
//! * [`gpu`]: a device and its context. [`memory`], [`stream`], [`module`]: what is in it.
//! * [`entry`]: what a PTX text says of its kernels.
//! * [`cost`]: how a kernel is launched.
//! * [`call`]: a schedule on a device. [`choice`]: on which one.
#![allow(unsafe_code)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod call;
mod choice;
mod cost;
mod driver;
mod entry;
mod gpu;
mod memory;
mod module;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use call::{Call, Target};
pub(crate) use choice::choose;
