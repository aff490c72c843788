//! How a pass becomes a kernel.
//!
//! A scheme says which thread computes what and what the threads share; the sections of the program
//! are the same in all of them. `tiled` folds columns, `map` has no columns, or those that a row names.

mod access;
mod frame;
mod map;
mod memory;
mod section;
mod shape;
mod slots;
mod state;
mod task;
mod tile;
mod tiled;

use crate::builder::Builder;
use crate::kernel::{Kernel, Precision};
use keops_program::program::Class;
use keops_program::schedule::{Axis, Kind, Pass, Schedule};
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

/// The kernels of the passes of a schedule: `{name}_{pass}` each; those of f32 that are accurate have
/// `_accurate` behind that.
///
/// See [`kernel`]. What is one row for each batch is read at the batch of the task, by rows and by
/// columns.
///
/// # Errors
///
/// A pass that does not fit the hardware.
pub fn kernels(
    schedule: &Schedule,
    name: &str,
    precision: Precision,
    accurate: bool,
    comment: &str,
) -> Result<Vec<Kernel>, Unsupported> {
    let suffix = if accurate && precision == Precision::Single {
        "_accurate"
    } else {
        ""
    };
    let passes = schedule.passes.iter().enumerate();
    let kernels = passes.map(|(number, pass)| {
        let columns = match pass.kind {
            Kind::MapReduce(axis) | Kind::Gather { axis, .. } => axis,
            Kind::Map => Axis::Unit,
        };
        let batched = pass.program.inputs.iter().map(|input| {
            let along = match input.class {
                Class::Row => pass.rows,
                Class::Column => columns,
                Class::Param => Axis::Unit,
            };
            schedule.axis(input.source) == Some(Axis::Batch) && matches!(along, Axis::I | Axis::J)
        });
        let batched: Vec<bool> = batched.collect();
        let entry = format!("{name}_{number}{suffix}");
        let builder = Builder::new(&entry, precision, accurate);
        write(builder, pass, &batched, comment)
    });
    kernels.collect()
}

/// The kernel of a pass. Where a thread has several rows, `_x2` or `_x4` is behind its name.
///
/// A launch has one block for each task. The parameters, in order:
///
/// * for each input of the program that comes from an argument or from an earlier pass a pointer to its
///   rows, and for each output one;
/// * a pointer to the tasks, to the intervals of columns that they speak of, and to the partial states
///   that they leave;
/// * a pointer to shifts, or null: for each batch, and each input that has a pointer, by how many rows
///   the batch's rows lie before where they would (u32), since those of an earlier batch stand for them;
/// * the numbers of rows and of the columns that each meets, the numbers of the first row and of the first column;
/// * the logarithm to base 2 of the columns in a block (6, or less where sums are to be more exact);
/// * whether the tasks' intervals are of states, which are merged, in place of columns (0 or 1).
///
/// A task is eight u32: the first row and the one after the last, the first interval and the one after
/// the last, the batch, `i0`, `j0`, and the place of its state. It has at most as many rows as the
/// threads of a block have together. `i0` and `j0` are subtracted from positions. A place of
/// `u32::MAX` means that results are written. An interval is two u32, its first column and the one after
/// the last. The state at a place is one word of the floating type (integers as bits) for each scalar
/// and each row that the block has room for: row after row of the first scalar, then of the second. No
/// tasks (a null pointer) are those of all rows in order, each with all columns.
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
    write(Builder::new(name, precision, accurate), pass, &[], comment)
}

/// Writes the kernel of a pass; `batched` are the inputs of which a batch has one row.
fn write(
    builder: Builder,
    pass: &Pass,
    batched: &[bool],
    comment: &str,
) -> Result<Kernel, Unsupported> {
    let program = (&pass.program, batched);
    let kernel = match pass.kind {
        Kind::MapReduce(_) => {
            let many = matches!(pass.rows, Axis::I | Axis::J);
            tiled::kernel(builder, program, many, comment)?
        }
        Kind::Map => map::kernel(builder, program, None, comment),
        Kind::Gather { index, .. } => map::kernel(builder, program, Some(index), comment),
    };
    debug_assert_eq!(kernel.verify(), Ok(()), "{kernel}");
    Ok(kernel)
}
