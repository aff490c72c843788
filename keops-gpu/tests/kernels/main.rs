//! Passes written by hand, as kernels: assembled by ptxas, and run by the PTX interpreter.

mod assemble;
mod oracle;
mod passes;
mod ptxas;
mod verifier;
