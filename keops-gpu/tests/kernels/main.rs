//! Passes written by hand, as kernels: assembled by ptxas, and run by the PTX interpreter.

mod assemble;
mod functions;
#[path = "../../../keops-program/tests/support/golden.rs"]
mod golden;
mod oracle;
mod passes;
mod ptxas;
mod tasks;
mod verifier;
