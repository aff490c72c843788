//! The tasks of a launch, as its kernel reads them: some rows against some of the columns each.

use super::cost::Launch;
use keops_program::program::BLOCK;

/// The place of the state of a task that gives results.
const NO_STATE: u32 = u32::MAX;

/// The tables of a launch, and of one that merges the states that the first leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Eight numbers for each task: the rows, the intervals, the batch, the numbers that positions
    /// count from, the place of its state.
    pub(super) tasks: Vec<u32>,
    /// Two numbers for each interval of columns.
    pub(super) intervals: Vec<u32>,
    /// Tasks whose intervals are places of states.
    pub(super) merges: Vec<u32>,
    /// States that are left.
    pub(super) places: usize,
}

impl Table {
    /// All rows with all columns, the columns in parts that are whole blocks. One part needs no table,
    /// unless the `states` are wanted.
    pub(super) fn all(rows: u32, columns: u32, launch: &Launch, states: bool) -> Table {
        let mut table = Table::default();
        if launch.splits <= 1 && !states {
            return table;
        }
        let length = columns.div_ceil(launch.splits.max(1)).max(1);
        let length = length
            .checked_next_multiple_of(BLOCK as u32)
            .unwrap_or(columns);
        let parts = columns.div_ceil(length).max(1);
        for part in 0..parts {
            let start = part * length;
            table
                .intervals
                .extend([start, columns.min(start.saturating_add(length))]);
        }
        let most = launch.threads * launch.rows_per_thread;
        let mut place = 0;
        for first in (0..rows).step_by(most as usize) {
            let end = rows.min(first.saturating_add(most));
            for part in 0..parts {
                let state = place + part;
                table
                    .tasks
                    .extend([first, end, part, part + 1, 0, 0, 0, state]);
            }
            let merge = [first, end, place, place + parts, 0, 0, 0, NO_STATE];
            table.merges.extend(merge);
            place += parts;
        }
        table.places = place as usize;
        table
    }

    /// The number of tasks.
    pub(super) fn tasks(&self) -> u32 {
        (self.tasks.len() / 8) as u32
    }

    /// The number of tasks that merge.
    pub(super) fn merges(&self) -> u32 {
        (self.merges.len() / 8) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(splits: u32) -> Launch {
        Launch {
            threads: 128,
            rows_per_thread: 2,
            blocks: 2,
            splits,
        }
    }

    #[test]
    fn parts_are_whole_blocks_and_their_states_consecutive() {
        let table = Table::all(300, 200, &launch(3), false);
        assert_eq!(table.intervals, [0, 128, 128, 200]);
        let tasks = [
            [0, 256, 0, 1, 0, 0, 0, 0],
            [0, 256, 1, 2, 0, 0, 0, 1],
            [256, 300, 0, 1, 0, 0, 0, 2],
            [256, 300, 1, 2, 0, 0, 0, 3],
        ];
        assert_eq!(table.tasks, tasks.as_flattened());
        let merges = [
            [0, 256, 0, 2, 0, 0, 0, NO_STATE],
            [256, 300, 2, 4, 0, 0, 0, NO_STATE],
        ];
        assert_eq!(table.merges, merges.as_flattened());
        assert_eq!((table.tasks(), table.merges(), table.places), (4, 2, 4));
    }

    #[test]
    fn one_part_needs_no_table_but_for_its_states() {
        assert_eq!(Table::all(300, 200, &launch(1), false), Table::default());
        let table = Table::all(300, 0, &launch(1), true);
        assert_eq!(table.intervals, [0, 0]);
        assert_eq!((table.tasks(), table.places), (2, 2));
        let most = u32::MAX / 2;
        let table = Table::all(1, most, &launch(2), false);
        assert_eq!(table.intervals, [0, 1 << 30, 1 << 30, most]);
    }
}
