//! Formulas over two clouds of points, compiled with your crate; nothing of size M×N is ever stored.
//!
//! ```
//! use keops::keops;
//!
//! keops! {
//!     /// Gaussian-weighted sum: a_i = Σ_j exp(-γ |x_i - y_j|²) b_j
//!     pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T {
//!         let d2 = |x_i - y_j|^2;
//!         sum_j exp(-gamma * d2) * b_j
//!     }
//! }
//!
//! # fn main() -> keops::Result<()> {
//! let x = vec![[0.1, 0.2, 0.3], [1.0, 0.5, 0.25]];
//! let y = [[0.3, 0.1, 0.9], [0.2, 0.2, 0.2], [1.0, 1.0, 1.0]];
//! let b = [1.0, -2.0, 0.5];
//! let a: Vec<f64> = gaussian(&x, &y, &b, 0.5).run()?;
//! let g: Vec<[f64; 3]> = gaussian(&x, &y, &b, 0.5).grad_x(&a).run()?;
//! # assert_eq!((a.len(), g.len()), (2, 2));
//! # Ok(())
//! # }
//! ```
#![cfg_attr(target_os = "cuda", no_std)]
#![forbid(unsafe_code)]

pub use keops_macros::keops;

#[cfg(not(target_os = "cuda"))]
pub use keops_runtime::{
    Accumulate, Device, Error, ErrorKind, Every, Options, Param, Plan, Points, Real, Result, Row,
    Rows, Strided, View, cpu::Level, every, lazy::State,
};

/// The index of a row where none was selected: of an empty axis, or where all entries are excluded.
pub const NO_INDEX: u32 = u32::MAX;

/// What generated code is written against.
#[doc(hidden)]
pub mod __private {
    pub use keops_macros::device;
    #[cfg(not(target_os = "cuda"))]
    pub use keops_runtime::{lazy, lazy::*};
}
