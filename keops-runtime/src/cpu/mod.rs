//! Running on the CPU.

pub(crate) mod lanes;
pub mod nest;
pub mod simd;
pub(crate) mod slot;

pub use simd::Level;
