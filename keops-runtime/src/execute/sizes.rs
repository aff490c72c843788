//! How many rows the axes have, and how work is cut.

use crate::argument::Argument;
use crate::error::{Error, ErrorKind, Result};
use crate::row::Real;
use keops_program::program::{BLOCK, Type};
use keops_program::schedule::{Axis, Kind, Schedule};
use std::ops::Range;

/// Rows that one task handles, for the purpose of cutting columns.
const ROWS: usize = 256;
/// As many tasks keep all cores of a large machine busy to the end.
const TASKS: usize = 256;
/// Fewer columns are not worth a task.
const COLUMNS: usize = 2048;
/// Scalars of states that wait to be merged.
const WAITING: usize = 4 << 20;
/// Bytes of column slots that stay in the cache while the rows of a block pass over them.
const TILE: usize = 32 << 10;

/// The numbers of rows of the axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) i: usize,
    pub(crate) j: usize,
}

impl Sizes {
    pub(crate) fn of(self, axis: Axis) -> usize {
        match axis {
            Axis::I => self.i,
            Axis::J => self.j,
            Axis::Unit => 1,
        }
    }

    /// What the arguments say; they agree, and fit the schedule.
    pub(crate) fn read<T: Real>(
        schedule: &Schedule,
        arguments: &[Argument<'_, T>],
    ) -> Result<Sizes> {
        let (expected, found) = (schedule.arguments.len(), arguments.len());
        if expected != found {
            return Err(Error::internal(format!(
                "{expected} arguments expected, {found} found"
            )));
        }
        for (argument, given) in schedule.arguments.iter().zip(arguments) {
            let labels = matches!(given, Argument::Labels(_) | Argument::LabelParam(_));
            if labels != (argument.ty == Type::Label) {
                let kinds = ["real numbers", "labels"];
                let (expected, found) = (kinds[usize::from(!labels)], kinds[usize::from(labels)]);
                let name = &argument.name;
                return Err(Error::new(
                    ErrorKind::Width,
                    format!("`{name}`: expected {expected}, found {found}"),
                ));
            }
            given.check(&argument.name, argument.width() as usize)?;
            if let (Axis::Unit, Some(rows)) = (argument.axis, given.rows())
                && rows != 1
            {
                let message = format!("`{}`: expected one value, found {rows} rows", argument.name);
                return Err(Error::new(ErrorKind::Rows, message));
            }
        }
        let size = |axis| Sizes::along(axis, schedule, arguments);
        Ok(Sizes {
            i: size(Axis::I)?,
            j: size(Axis::J)?,
        })
    }

    fn along<T: Real>(
        axis: Axis,
        schedule: &Schedule,
        arguments: &[Argument<'_, T>],
    ) -> Result<usize> {
        let letter = if axis == Axis::I { "i" } else { "j" };
        let mut known: Option<(&str, usize)> = None;
        let mut every = Vec::new();
        for (argument, given) in schedule.arguments.iter().zip(arguments) {
            if argument.axis != axis {
                continue;
            }
            match (given.rows(), known) {
                (None, _) => every.push(argument.name.as_str()),
                (Some(rows), None) => known = Some((&argument.name, rows)),
                (Some(rows), Some((_, same))) if rows == same => {}
                (Some(rows), Some(first)) => {
                    return Err(Error::rows(letter, first, (&argument.name, rows)));
                }
            }
        }
        match known {
            Some((_, rows)) => Ok(rows),
            None if !every.is_empty() => Err(Error::no_rows(letter, &every)),
            None if schedule.passes.iter().any(|pass| {
                let columns = match pass.kind {
                    Kind::MapReduce(columns) | Kind::Gather { axis: columns, .. } => columns,
                    Kind::Map => Axis::Unit,
                };
                pass.rows == axis || columns == axis
            }) =>
            {
                let message = format!(
                    "nothing says how many rows the axis {letter} has: no argument is indexed by \
                     {letter}"
                );
                Err(Error::new(ErrorKind::Rows, message))
            }
            None => Ok(0),
        }
    }
}

/// How the columns of a pass are cut: a function of the numbers of rows and columns alone, so that
/// the result does not depend on the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    /// The number of chunks, at least 1.
    pub(crate) count: usize,
    columns: usize,
    length: usize,
}

impl Chunks {
    /// For a state of so many scalars.
    pub(crate) fn of(rows: usize, columns: usize, state: usize) -> Chunks {
        let blocks = rows.div_ceil(ROWS).max(1);
        let wanted = TASKS.div_ceil(blocks);
        let room = WAITING / (blocks * ROWS).saturating_mul(state.max(1));
        let most = (columns / COLUMNS).min(room).max(1);
        let length = columns
            .div_ceil(wanted.min(most))
            .next_multiple_of(BLOCK)
            .max(BLOCK);
        Chunks {
            count: columns.div_ceil(length).max(1),
            columns,
            length,
        }
    }

    /// The columns of a chunk.
    pub(crate) fn range(self, chunk: usize) -> Range<usize> {
        let start = (chunk * self.length).min(self.columns);
        start..(start + self.length).min(self.columns)
    }
}

/// The columns of a tile, a multiple of a block.
pub(crate) fn tile(bytes_per_column: usize) -> usize {
    (TILE / bytes_per_column.max(1))
        .next_multiple_of(BLOCK)
        .clamp(BLOCK, 1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_the_columns_in_whole_blocks() {
        for rows in [0, 1, 256, 257, 10_000, 1_000_000] {
            for columns in [0, 1, 63, 64, 65, 2047, 4096, 100_001, 3_000_000] {
                let chunks = Chunks::of(rows, columns, 2);
                let mut next = 0;
                for chunk in 0..chunks.count {
                    let range = chunks.range(chunk);
                    assert_eq!(range.start, next);
                    assert!(range.end > range.start || columns == 0);
                    assert!(range.start.is_multiple_of(BLOCK));
                    next = range.end;
                }
                assert_eq!(next, columns);
            }
        }
        assert_eq!(Chunks::of(1, 100, 1).count, 1);
        assert_eq!(Chunks::of(1_000_000, 1_000_000, 1).count, 1);
        assert!(Chunks::of(1, 1_000_000, 1).count > 100);
        assert!(Chunks::of(1, 1_000_000, 1000).count <= 16);
    }

    #[test]
    fn tiles_are_whole_blocks_that_fit_the_cache() {
        assert_eq!(tile(16), 2048);
        assert_eq!(tile(1 << 20), BLOCK);
        assert!(tile(0).is_multiple_of(BLOCK));
    }
}
