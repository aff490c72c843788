//! How a pass becomes a kernel.
//!
//! A scheme says which thread computes what and what the threads share; the sections of the program
//! are the same in all of them. `tiled` folds columns, `map` has at most one column per row.

mod access;
mod frame;
mod map;
mod memory;
mod section;
mod slots;
mod tile;
mod tiled;

use crate::builder::Builder;
use crate::kernel::{Kernel, Precision};
use keops_program::schedule::{Kind, Pass};
use std::error::Error;
use std::fmt;

/// Threads in a block.
const THREADS: u32 = 128;

/// Why a pass has no kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// One column does not fit the shared memory of a block: so many bytes.
    WideColumn(u64),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsupported::WideColumn(bytes) => write!(
                f,
                "one column takes {bytes} bytes, more than the {} of a block's shared memory",
                tile::SHARED
            ),
        }
    }
}

impl Error for Unsupported {}

/// The kernel of a pass.
///
/// Its parameters, in order: for each input of the program that comes from an argument or from an
/// earlier pass a pointer to its rows; for each output a pointer; then the number of rows, the number
/// of columns, the number of the first row and that of the first column.
///
/// `accurate` takes IEEE's operations and the functions made of them where f32 would else take the
/// hardware's approximations. `comment` is for readers: the formula.
///
/// # Errors
///
/// A pass that does not fit the hardware.
pub fn kernel(
    pass: &Pass,
    name: &str,
    precision: Precision,
    accurate: bool,
    comment: &str,
) -> Result<Kernel, Unsupported> {
    let builder = Builder::new(name, precision, accurate);
    let kernel = match pass.kind {
        Kind::MapReduce(_) => tiled::kernel(builder, &pass.program, comment)?,
        Kind::Map => map::kernel(builder, &pass.program, None, comment),
        Kind::Gather { index, .. } => map::kernel(builder, &pass.program, Some(index), comment),
    };
    debug_assert_eq!(kernel.verify(), Ok(()), "{kernel}");
    Ok(kernel)
}
