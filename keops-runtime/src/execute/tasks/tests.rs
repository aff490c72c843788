use super::*;

fn grid<'a>(
    rows: (Axis, usize),
    columns: (Axis, usize),
    batches: usize,
    visits: Option<&'a Visits>,
) -> Grid<'a> {
    let mut sizes = Sizes {
        i: 0,
        j: 0,
        batches,
    };
    for (axis, count) in [rows, columns] {
        match axis {
            Axis::I => sizes.i = count,
            Axis::J => sizes.j = count,
            Axis::Batch | Axis::Unit => {}
        }
    }
    Grid {
        rows: Side::of(Some(rows.0), sizes),
        columns: Side::of(Some(columns.0), sizes),
        whole: rows.0 == Axis::Unit,
        apart: rows.0 == Axis::Unit && batches > 1 && columns.0 != Axis::Batch,
        visits,
        batches,
    }
}

/// Whether each row meets each column, as the tasks say; no pair twice, all rows in order.
fn met(tasks: &Tasks, rows: usize, columns: usize) -> Vec<bool> {
    let mut met = vec![false; rows * columns];
    let mut next = 0;
    let mut state = 0;
    for group in &tasks.groups {
        assert_eq!(group.rows.start, next);
        next = group.rows.end;
        let mut last = 0;
        for task in tasks.of(group) {
            assert_eq!(task.rows, group.rows);
            if group.tasks.len() > 1 {
                assert_eq!(task.state, state);
                state += 1;
            } else {
                assert_eq!(task.state, NO_STATE);
            }
            for &[from, to] in tasks.columns(task) {
                assert!(last <= from && from < to);
                last = to;
                for row in task.rows.clone() {
                    for column in from..to {
                        let pair = &mut met[row as usize * columns + column as usize];
                        assert!(!*pair);
                        *pair = true;
                    }
                }
            }
        }
    }
    assert_eq!((next as usize, state), (rows, tasks.states));
    assert_eq!(tasks.table().len(), 8 * tasks.tasks.len());
    met
}

#[test]
fn every_row_meets_every_column() {
    for (m, n) in [
        (0, 0),
        (0, 5),
        (3, 0),
        (1, 1),
        (300, 64),
        (257, 65),
        (5, 1000),
    ] {
        for cut in [(256, usize::MAX), (64, 64), (100, 128), (1, 1)] {
            let cut = Cut {
                rows: cut.0,
                columns: cut.1,
            };
            let grid = grid((Axis::I, m), (Axis::J, n), 1, None);
            let tasks = Tasks::new(&grid, cut);
            assert!(grid.is_dense());
            assert!(met(&tasks, m, n).iter().all(|&met| met));
            assert!(
                tasks
                    .groups
                    .iter()
                    .all(|group| group.rows.len() <= cut.rows)
            );
            let columns = |task: &Task| tasks.columns(task).iter().map(|[a, b]| b - a).sum::<u32>();
            assert!(
                tasks
                    .tasks
                    .iter()
                    .all(|task| columns(task) as usize <= cut.columns.max(64))
            );
        }
    }
}

#[test]
fn rows_meet_the_columns_of_their_batch() {
    let cut = Cut {
        rows: 4,
        columns: 64,
    };
    let grid1 = grid((Axis::I, 30), (Axis::J, 300), 3, None);
    let tasks = Tasks::new(&grid1, cut);
    let met1 = met(&tasks, 30, 300);
    assert!((0..9000).all(|k| met1[k] == (k / 300 / 10 == k % 300 / 100)));
    for task in &tasks.tasks {
        assert_eq!(task.rows.start / 10, task.batch);
        assert_eq!(
            (task.i0, task.j0),
            (10 * task.batch as i32, 100 * task.batch as i32)
        );
    }
    assert_eq!((grid1.pairs(), tasks.splits()), (3000, 2));
    // One row for each batch.
    let tasks = Tasks::new(&grid((Axis::Batch, 0), (Axis::J, 300), 3, None), cut);
    let met2 = met(&tasks, 3, 300);
    assert!((0..900).all(|k| met2[k] == (k / 300 == k % 300 / 100)));
    assert_eq!(
        (tasks.tasks[2].i0, tasks.tasks[2].j0, tasks.tasks[2].batch),
        (0, 100, 1)
    );
    // One row for all, the columns told apart.
    let tasks = Tasks::new(&grid((Axis::Unit, 1), (Axis::J, 300), 3, None), cut);
    assert!(met(&tasks, 1, 300).iter().all(|&met| met));
    assert_eq!((tasks.groups.len(), tasks.splits()), (1, 6));
    assert_eq!((tasks.tasks[5].j0, tasks.tasks[5].batch), (200, 2));
}

#[test]
fn rows_meet_what_ranges_say() {
    let blocks = [
        (0..70, 0..10),
        (0..70, 20..300),
        (60..90, 10..20),
        (95..96, 0..300),
    ];
    let ranges = Ranges::from_blocks(100, 300, &blocks).unwrap();
    let expected: Vec<bool> = (0..30_000)
        .map(|k| {
            let (i, j) = (k / 300, k % 300);
            blocks
                .iter()
                .any(|(rows, columns)| rows.contains(&i) && columns.contains(&j))
        })
        .collect();
    for cut in [(256, usize::MAX), (16, 64), (64, 128)] {
        let cut = Cut {
            rows: cut.0,
            columns: cut.1,
        };
        let grid = grid((Axis::I, 100), (Axis::J, 300), 1, Some(ranges.by_i()));
        let tasks = Tasks::new(&grid, cut);
        assert_eq!(met(&tasks, 100, 300), expected);
        assert_eq!(grid.pairs(), ranges.pairs());
    }
    // A cut is where a block ends, counted from the start of the interval.
    let grid = grid((Axis::I, 100), (Axis::J, 300), 1, Some(ranges.by_i()));
    let tasks = Tasks::new(
        &grid,
        Cut {
            rows: 256,
            columns: 128,
        },
    );
    let first: Vec<_> = tasks
        .of(&tasks.groups[0])
        .iter()
        .map(|task| tasks.columns(task))
        .collect();
    assert_eq!(
        first,
        [&[[0, 10], [20, 84]][..], &[[84, 212]], &[[212, 300]]]
    );
}
