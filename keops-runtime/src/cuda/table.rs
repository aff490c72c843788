//! The tasks of a launch, as its kernel reads them: some rows against some of the columns each.

use super::cost::Launch;
use crate::execute::tasks::{Cut, Grid, NO_STATE, Tasks};
use keops_program::program::BLOCK;

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
    /// What a pass does, with its columns in as many parts as the launch says, of whole blocks. Where
    /// every row meets all columns in one part, no table is needed, unless the `states` of all tasks
    /// are wanted.
    pub(super) fn of(grid: &Grid<'_>, launch: &Launch, states: bool) -> Table {
        if launch.splits <= 1 && !states && grid.is_whole() {
            return Table::default();
        }
        let rows = launch.threads as usize * launch.rows_per_thread as usize;
        let columns = match launch.splits {
            0 | 1 => usize::MAX,
            splits => grid
                .work(rows)
                .0
                .div_ceil(splits as usize)
                .next_multiple_of(BLOCK),
        };
        let tasks = Tasks::new(grid, Cut { rows, columns });
        let mut table = Table {
            tasks: tasks.table(),
            intervals: tasks.intervals.iter().flatten().copied().collect(),
            merges: Vec::new(),
            places: tasks.states as usize,
        };
        if states {
            let places = table.tasks.chunks_exact_mut(8).zip(0..);
            places.for_each(|(task, place)| task[7] = place);
            table.places = tasks.tasks.len();
            return table;
        }
        for group in &tasks.groups {
            if let [first, .., last] = tasks.of(group) {
                let (rows, places) = (&group.rows, first.state..last.state + 1);
                let origin = [first.batch, first.i0 as u32, first.j0 as u32];
                table
                    .merges
                    .extend([rows.start, rows.end, places.start, places.end]);
                table.merges.extend(origin.into_iter().chain([NO_STATE]));
            }
        }
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
    use crate::execute::Sizes;
    use keops_program::schedule::Schedule;

    const SUM: &str = "argument x j real
pass i reduce j
input x column real 1 = argument 0
column real
state real=0.0
output s real 1
column {
v0 = input0[0]
column[0] = v0
}
update {
v0 = column[0]
v1 = state[0]
v2 = add v0 v1
state[0] = v2
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
result 0 0
";

    fn table(i: usize, j: usize, batches: usize, splits: u32, states: bool) -> Table {
        let schedule: Schedule = SUM.parse().expect("a schedule");
        let sizes = Sizes { i, j, batches };
        let grid = Grid::of(&schedule, &schedule.passes[0], sizes, None, &[]);
        let launch = Launch {
            threads: 128,
            rows_per_thread: 2,
            blocks: 2,
            splits,
        };
        Table::of(&grid, &launch, states)
    }

    #[test]
    fn parts_are_whole_blocks_and_their_states_consecutive() {
        let table = table(300, 200, 1, 3, false);
        let tasks: Vec<&[u32]> = table.tasks.chunks(8).collect();
        assert_eq!(tasks.len(), 4);
        let interval = |k: u32| &table.intervals[2 * k as usize..][..2];
        for (k, task) in tasks.iter().enumerate() {
            let rows: [u32; 2] = if k < 2 { [0, 256] } else { [256, 300] };
            assert_eq!(task[..2], rows);
            let columns: [u32; 2] = if k % 2 == 0 { [0, 128] } else { [128, 200] };
            assert_eq!(interval(task[2]), columns);
            assert_eq!((task[3] - task[2], task[7]), (1, k as u32));
        }
        let merges = [
            [0, 256, 0, 2, 0, 0, 0, NO_STATE],
            [256, 300, 2, 4, 0, 0, 0, NO_STATE],
        ];
        assert_eq!(table.merges, merges.as_flattened());
        assert_eq!((table.tasks(), table.merges(), table.places), (4, 2, 4));
    }

    #[test]
    fn one_part_needs_no_table_but_for_its_states_or_batches() {
        assert_eq!(table(300, 200, 1, 1, false), Table::default());
        let left = table(300, 0, 1, 1, true);
        assert_eq!((left.tasks(), left.merges(), left.places), (2, 0, 2));
        let batches = table(30, 20, 2, 1, false);
        assert_eq!((batches.tasks(), batches.places), (2, 0));
        let second = [15, 30, 1, 2, 1, 15, 10, NO_STATE];
        assert_eq!(batches.tasks[8..], second);
        assert_eq!(batches.intervals, [0, 10, 10, 20]);
    }
}
