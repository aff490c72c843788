//! The program as data: what a formula is lowered to, and what every back end reads.
//!
//! * [`op`]: the table of primitive operations (name, value, derivative, implementation).
//! * [`arith`]: the arithmetic that an implementation may use; a CPU's vectors, a GPU kernel's
//!   registers and plain numbers implement it, so each function is written once.
//! * [`functions`]: the elementary functions, written in that arithmetic.
//! * [`scalar`]: that arithmetic on plain numbers.
//! * [`program`]: scalar SSA with component loops, in the six sections of a map-reduce pass.
//! * [`schedule`]: the passes of one call.
//! * [`text`]: both as text and back; [`verify`]: what a valid program is; [`interpret`]: the
//!   meaning of a program in f64, the oracle of the tests.
#![forbid(unsafe_code)]

pub mod arith;
pub mod functions;
pub mod interpret;
pub mod op;
pub mod program;
pub mod scalar;
pub mod schedule;
pub mod text;
pub mod verify;
