//! The run time of keops: rows of data, options, errors, plans, and the execution of schedules.
//!
//! This crate does not know what a formula is; it knows programs ([`keops_program`]). Use the crate
//! `keops`, which re-exports what a user needs; generated code is written against [`lazy`].
//!
//! * [`row`], [`rows`], [`view`], [`strided`], [`every`](mod@every): what a call takes.
//! * [`device`], [`options`], [`plan`], [`error`]: where and how it runs, and what it says.
//! * [`argument`], [`descriptor`], [`execute`], [`lazy`]: from a generated call to its results.
//! * [`matrix`], [`operator`], [`solve`]: kernel matrices, and linear systems with them.
//! * [`cpu`]: vectors, loop nests, threads, the lane interpreter.
//! * `cuda`: the driver, found at run time, and a schedule on a GPU.
#![deny(unsafe_code)]

pub mod argument;
pub mod batch;
pub mod cluster;
pub mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
#[cfg(not(feature = "cuda"))]
#[path = "cuda/absent.rs"]
mod cuda;
pub mod descriptor;
pub mod device;
pub mod error;
pub mod every;
pub mod execute;
pub mod lazy;
pub mod matrix;
mod memory;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
pub mod operator;
pub mod options;
pub mod plan;
pub mod ranges;
pub mod row;
pub mod rows;
pub mod solve;
pub mod strided;
pub mod tiled;
pub mod view;

pub use argument::{Argument, OutputMut};
#[cfg(feature = "simulated")]
#[doc(hidden)]
pub use cuda::simulated;
pub use descriptor::Descriptor;
pub use device::Device;
pub use error::{Error, ErrorKind, Result};
pub use every::{Every, every};
pub use num_complex::Complex;
pub use operator::LinearOperator;
pub use options::{Accumulate, Options};
pub use plan::Plan;
pub use ranges::Ranges;
pub use row::{Real, Row, Scalar};
pub use rows::{Param, Points, Rows};
pub use solve::{ConjugateGradient, Preconditioner, Progress};
pub use strided::Strided;
pub use tiled::{Tiled, tiled};
pub use view::View;

#[doc(hidden)]
pub use crate::{__lazy as lazy, __matmul as matmul, __matrix as matrix, __solve as solve};

/// Whether this crate was compiled with optimisation: then its lane interpreter is fast in a build
/// without optimisation, too.
pub const OPTIMISED: bool = cfg!(keops_optimised);
