//! The passes written by hand as Rust kernels: built to PTX by rustc and run in the interpreter, run
//! natively with a thread for each thread of the GPU, and compared with the printed PTX and with the
//! programs' own interpreter.

mod agree;
mod assemble;
mod cases;
mod data;
mod native;
#[allow(dead_code)]
#[path = "../kernels/passes.rs"]
mod passes;
#[path = "../kernels/ptxas.rs"]
mod ptxas;
mod text;
