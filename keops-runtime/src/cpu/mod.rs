//! Running on the CPU.

pub mod simd;
