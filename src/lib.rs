#![doc = include_str!("../README.md")]
#![cfg_attr(target_os = "cuda", no_std)]
#![forbid(unsafe_code)]

pub use keops_macros::keops;

#[cfg(not(target_os = "cuda"))]
pub use keops_runtime::{
    Accumulate, Complex, ConjugateGradient, Device, Error, ErrorKind, Every, LinearOperator,
    Options, Param, Plan, Points, Preconditioner, Progress, Ranges, Real, Result, Row, Rows,
    Strided, Tiled, View, cluster, cpu::Level, every, lazy::Lazy, lazy::State, tiled,
};

/// The index of a row where none was selected: of an empty axis, or where all entries are excluded.
pub const NO_INDEX: u32 = u32::MAX;

/// What generated code is written against.
#[doc(hidden)]
pub mod __private {
    pub use keops_macros::device;
    #[cfg(not(target_os = "cuda"))]
    pub use keops_runtime::{lazy, lazy::*, matmul, matrix, solve};
}
