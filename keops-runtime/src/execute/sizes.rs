//! How many rows the axes have, and how work is cut.

use super::tiling::Tiling;
use crate::argument::Argument;
use crate::error::{Error, ErrorKind, Result};
use crate::row::Real;
use keops_program::program::{BLOCK, Type};
use keops_program::schedule::{Axis, Kind, Schedule};

/// Rows that one task handles, for the purpose of cutting columns.
pub(crate) const ROWS: usize = 256;
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
    /// The number of batches, which divides both; at least 1.
    pub(crate) batches: usize,
}

/// The numbers of the first rows of the axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offsets {
    pub(crate) i: usize,
    pub(crate) j: usize,
}

impl Offsets {
    pub(crate) fn of(self, axis: Axis) -> usize {
        match axis {
            Axis::I => self.i,
            Axis::J => self.j,
            Axis::Batch | Axis::Unit => 0,
        }
    }
}

impl Sizes {
    pub(crate) fn of(self, axis: Axis) -> usize {
        match axis {
            Axis::I => self.i,
            Axis::J => self.j,
            Axis::Batch => self.batches,
            Axis::Unit => 1,
        }
    }

    /// How many rows of an axis are of one batch.
    pub(crate) fn block(self, axis: Axis) -> usize {
        match axis {
            Axis::I | Axis::J => self.of(axis) / self.batches.max(1),
            Axis::Batch | Axis::Unit => 1,
        }
    }

    /// What the arguments say; they agree, fit the schedule, and are cut into batches. `tiled` says of
    /// each how often its rows are repeated.
    pub(crate) fn read<T: Real>(
        schedule: &Schedule,
        arguments: &[Argument<'_, T>],
        batches: usize,
        tiled: &[Option<Tiling>],
    ) -> Result<Sizes> {
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
        let all: Vec<Given<'_>> = schedule
            .arguments
            .iter()
            .zip(arguments)
            .enumerate()
            .map(|(k, (argument, given))| {
                let repeats = tiled
                    .get(k)
                    .and_then(Option::as_ref)
                    .map_or(1, |t| t.repeats);
                Given {
                    name: &argument.name,
                    axis: argument.axis,
                    rows: given.rows().map(|rows| rows.saturating_mul(repeats)),
                }
            })
            .collect();
        for given in all.iter().filter(|given| given.axis == Axis::Batch) {
            given.check_batches(batches)?;
        }
        let size = |axis| Sizes::along(axis, schedule, &all, batches);
        Ok(Sizes {
            i: size(Axis::I)?,
            j: size(Axis::J)?,
            batches,
        })
    }

    fn along(axis: Axis, schedule: &Schedule, all: &[Given<'_>], batches: usize) -> Result<usize> {
        let letter = if axis == Axis::I { "i" } else { "j" };
        let mut known: Option<(&str, usize)> = None;
        let mut every = Vec::new();
        for given in all.iter().filter(|given| given.axis == axis) {
            match (given.rows, known) {
                (None, _) => every.push(given.name),
                (Some(rows), None) => {
                    if i32::try_from(rows).is_err() {
                        return Err(Error::size(given.name, rows));
                    }
                    if !rows.is_multiple_of(batches) {
                        let message = format!(
                            "`{}` has {rows} rows, which cannot be cut into {batches} batches of \
                             equal size",
                            given.name
                        );
                        return Err(Error::new(ErrorKind::Rows, message));
                    }
                    known = Some((given.name, rows));
                }
                (Some(rows), Some((_, same))) if rows == same => {}
                (Some(rows), Some(first)) => {
                    return Err(Error::rows(letter, first, (given.name, rows)));
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

/// What an argument says of the sizes.
struct Given<'n> {
    name: &'n str,
    axis: Axis,
    /// None: one value for all rows.
    rows: Option<usize>,
}

impl Given<'_> {
    /// That there is one row for each batch.
    fn check_batches(&self, batches: usize) -> Result<()> {
        let name = self.name;
        match self.rows {
            Some(rows) if rows != batches => {
                let plural = |n| if n == 1 { "" } else { "s" };
                let hint = if batches == 1 {
                    format!("; cut the rows by `.batch(&[{rows}])`")
                } else {
                    String::new()
                };
                let message = format!(
                    "`{name}` has {rows} row{}, and the call has {batches} batch{}: it needs one \
                     row for each{hint}",
                    plural(rows),
                    if batches == 1 { "" } else { "es" }
                );
                Err(Error::new(ErrorKind::Rows, message))
            }
            _ => Ok(()),
        }
    }
}

/// How the columns of a pass are cut: a function of what meets what alone, so that the result does not
/// depend on the threads.
///
/// `columns` are the most that a row meets, `work` those that all blocks of at most [`ROWS`] rows meet
/// together, and the state has so many scalars.
pub(crate) fn part(columns: usize, work: usize, state: usize) -> usize {
    let room = WAITING / ROWS.saturating_mul(state.max(1));
    let parts = TASKS.min(room).max(1);
    let length = work.div_ceil(parts).max(columns.min(COLUMNS)).max(1);
    if columns < 2 * COLUMNS || length >= columns {
        return usize::MAX;
    }
    // Parts of equal length.
    columns.div_ceil(columns / length).next_multiple_of(BLOCK)
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
    fn columns_are_cut_where_rows_are_few() {
        let part = |rows: usize, columns: usize, state: usize| {
            let blocks = rows.div_ceil(ROWS);
            part(columns, blocks * columns, state)
        };
        assert_eq!(part(1, 100, 1), usize::MAX);
        assert_eq!(part(1_000_000, 1_000_000, 1), usize::MAX);
        assert_eq!(
            part(1, 1_000_000, 1),
            1_000_000usize.div_ceil(256).next_multiple_of(BLOCK)
        );
        assert!(1_000_000 / part(1, 1_000_000, 1000) <= 16);
        for (rows, columns) in [(1, 4096), (257, 100_001), (10_000, 3_000_000)] {
            let part = part(rows, columns, 2);
            assert!(part.is_multiple_of(BLOCK) && part >= COLUMNS && part < columns);
        }
    }

    #[test]
    fn tiles_are_whole_blocks_that_fit_the_cache() {
        assert_eq!(tile(16), 2048);
        assert_eq!(tile(1 << 20), BLOCK);
        assert!(tile(0).is_multiple_of(BLOCK));
    }
}
