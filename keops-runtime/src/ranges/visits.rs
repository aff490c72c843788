//! The columns that each row meets.

use std::collections::BTreeMap;
use std::ops::Range;

/// A block of rows with a block of columns.
#[derive(Clone, Debug)]
pub(crate) struct Rectangle {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    /// Its number, for messages.
    pub(crate) number: usize,
}

/// For each row the columns that it meets, as runs of rows that meet the same ones.
///
/// It is a normal form: runs cover all rows, intervals ascend and do not touch, and two neighbouring
/// runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visits {
    columns: usize,
    /// The ends of the runs.
    ends: Vec<u32>,
    /// Where the intervals of each run begin, and where the last end.
    first: Vec<usize>,
    intervals: Vec<[u32; 2]>,
}

impl Visits {
    /// Of rectangles inside of fewer than 2³¹ rows and columns. An error: the numbers of two that
    /// overlap.
    pub(crate) fn new(
        rows: usize,
        columns: usize,
        mut rectangles: Vec<Rectangle>,
    ) -> Result<Visits, (usize, usize)> {
        rectangles.retain(|r| !r.rows.is_empty() && !r.columns.is_empty());
        // What begins and ends at each row at which anything does.
        rectangles.sort_by_key(|r| (r.rows.start, r.columns.start));
        let mut cuts: Vec<usize> = Vec::with_capacity(2 * rectangles.len() + 1);
        cuts.extend(rectangles.iter().flat_map(|r| [r.rows.start, r.rows.end]));
        cuts.push(0);
        cuts.sort_unstable();
        cuts.dedup();
        let mut ending: Vec<usize> = (0..rectangles.len()).collect();
        ending.sort_by_key(|&k| rectangles[k].rows.end);
        let mut ending = ending.into_iter().peekable();
        let mut starting = (0..rectangles.len()).peekable();

        // The columns that the current row meets: where each interval starts, its rectangle.
        let mut open: BTreeMap<usize, usize> = BTreeMap::new();
        let mut visits = Visits {
            columns,
            ends: Vec::new(),
            first: vec![0],
            intervals: Vec::new(),
        };
        for (k, &row) in cuts.iter().enumerate() {
            while let Some(k) = ending.next_if(|&k| rectangles[k].rows.end == row) {
                open.remove(&rectangles[k].columns.start);
            }
            while let Some(k) = starting.next_if(|&k| rectangles[k].rows.start == row) {
                let columns = &rectangles[k].columns;
                let before = open.range(..columns.end).next_back();
                if let Some((_, &other)) = before
                    && rectangles[other].columns.end > columns.start
                {
                    let (a, b) = (rectangles[other].number, rectangles[k].number);
                    return Err((a.min(b), a.max(b)));
                }
                open.insert(columns.start, k);
            }
            let end = cuts.get(k + 1).copied().unwrap_or(rows);
            if row < end {
                let columns = open.values().map(|&k| rectangles[k].columns.clone());
                visits.push(end as u32, columns);
            }
        }
        Ok(visits)
    }

    /// Adds a run of rows up to `end`.
    fn push(&mut self, end: u32, columns: impl Iterator<Item = Range<usize>>) {
        let start = self.intervals.len();
        for columns in columns {
            let [from, to] = [columns.start as u32, columns.end as u32];
            match self.intervals[start..].last_mut() {
                Some(last) if last[1] == from => last[1] = to,
                _ => self.intervals.push([from, to]),
            }
        }
        let before = self.first.iter().rev().nth(1).copied();
        let same =
            before.is_some_and(|before| self.intervals[before..start] == self.intervals[start..]);
        if let (true, Some(last)) = (same, self.ends.last_mut()) {
            *last = end;
            self.intervals.truncate(start);
        } else {
            self.ends.push(end);
            self.first.push(self.intervals.len());
        }
    }

    /// The same pairs with rows and columns exchanged.
    pub(crate) fn transposed(&self) -> Visits {
        let rectangles = self.runs().flat_map(|(rows, intervals)| {
            let rows = rows.start as usize..rows.end as usize;
            intervals.iter().map(move |&[from, to]| Rectangle {
                rows: from as usize..to as usize,
                columns: rows.clone(),
                number: 0,
            })
        });
        Visits::new(self.columns, self.rows(), rectangles.collect())
            .unwrap_or_else(|_| unreachable!("the rectangles of a normal form do not overlap"))
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.ends.last().map_or(0, |&end| end as usize)
    }

    /// The number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// How many pairs there are.
    pub(crate) fn pairs(&self) -> u128 {
        let length = |intervals: &[[u32; 2]]| {
            let lengths = intervals.iter().map(|[from, to]| u128::from(to - from));
            lengths.sum::<u128>()
        };
        self.runs()
            .map(|(rows, intervals)| (rows.end - rows.start) as u128 * length(intervals))
            .sum()
    }

    /// Whether a row meets a column.
    pub(crate) fn meets(&self, row: usize, column: usize) -> bool {
        let run = self.ends.partition_point(|&end| end as usize <= row);
        let Some(&end) = self.first.get(run + 1) else {
            return false;
        };
        let intervals = &self.intervals[self.first[run]..end];
        let k = intervals.partition_point(|&[_, to]| to as usize <= column);
        intervals
            .get(k)
            .is_some_and(|&[from, _]| from as usize <= column)
    }

    /// The runs of rows, each with the intervals of columns that they meet.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Range<u32>, &[[u32; 2]])> {
        self.ends.iter().enumerate().map(|(k, &end)| {
            let start = if k == 0 { 0 } else { self.ends[k - 1] };
            (
                start..end,
                &self.intervals[self.first[k]..self.first[k + 1]],
            )
        })
    }
}
