//! Runs PTX on the CPU, and says what is wrong with it.
//!
//! The last link of the tests' chain from formula to GPU where there is no GPU: a kernel's text,
//! ours or that of rustc's nvptx64 back end, is parsed, decoded and run thread by thread.
//!
//! ```
//! use keops_gpu::interpret::{Buffer, Launch, Module};
//!
//! let module = Module::parse("
//!     .version 7.0
//!     .target sm_70
//!     .address_size 64
//!     .visible .entry twice(.param .u64 x, .param .u64 y) {
//!         .reg .b64 %rd<4>;
//!         .reg .f32 %f;
//!         .reg .b32 %r;
//!         ld.param.u64 %rd0, [x];
//!         ld.param.u64 %rd1, [y];
//!         mov.u32 %r, %tid.x;
//!         mul.wide.u32 %rd2, %r, 4;
//!         add.u64 %rd0, %rd0, %rd2;
//!         add.u64 %rd1, %rd1, %rd2;
//!         ld.global.f32 %f, [%rd0];
//!         add.rn.f32 %f, %f, %f;
//!         st.global.f32 [%rd1], %f;
//!         ret;
//!     }")?;
//! let mut launch = Launch::new("twice", 1, 3)
//!     .buffer(Buffer::input(&[1.0f32, 2.0, 3.0]))
//!     .buffer(Buffer::output::<f32>(3));
//! module.launch(&mut launch)?;
//! assert_eq!(launch.buffers[1].read::<f32>()?, [2.0, 4.0, 6.0]);
//! # Ok::<(), keops_gpu::interpret::Error>(())
//! ```
//!
//! What is an error, with the line and the instruction, of the text:
//!
//! * an instruction, modifier, type or directive that is not known: nothing is guessed;
//! * an access outside of the buffers (they lie far apart), of shared or of local memory, a write to
//!   an input, an address that is not aligned to the access;
//! * reading a register, shared or local memory, or an output, before it was written;
//! * a barrier that not all threads of the block reach, a vote that not all threads of a warp reach;
//! * two threads that touch a word of shared memory with no barrier between, one of them writing;
//!   two threads that write one word of a buffer, or one that reads what another wrote;
//! * more instructions than the launch allows.
//!
//! f32 and f64 arithmetic has the bits of the hardware, subnormal numbers and `.ftz` included.
//! Approximate instructions are computed exactly and rounded: their error is not modelled (except
//! that `rcp.approx.ftz.f64` and `rsqrt.approx.ftz.f64` give 20 bits, so that a kernel that does
//! not refine them is found out).

mod buffer;
mod code;
mod convert;
mod decode;
mod error;
mod float;
mod integer;
mod launch;
mod machine;
mod memory;
mod parse;
mod syntax;
#[cfg(test)]
mod tests;
mod token;
mod types;

pub use buffer::{Buffer, Element, Param};
pub use error::{Error, ErrorKind};
pub use launch::{Launch, Report};

/// A PTX module, parsed and decoded.
#[derive(Clone, Debug)]
pub struct Module {
    source: String,
    entries: Vec<code::Entry>,
}

impl Module {
    /// Reads PTX text.
    pub fn parse(source: &str) -> Result<Module, Error> {
        let entries = parse::entries(source)?;
        let entries = entries.iter().map(|syntax| decode::entry(source, syntax));
        Ok(Module {
            source: source.to_owned(),
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    /// The names of the kernels, in the order of the text.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }
}
