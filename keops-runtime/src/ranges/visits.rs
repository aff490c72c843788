//! The columns that each row meets.

use std::collections::BTreeMap;
use std::ops::Range;

/// The bytes that an interval takes, here and in the tasks of a call.
const INTERVAL: u128 = 2 * size_of::<[u32; 2]>() as u128;

/// A block of rows with a block of columns.
#[derive(Clone, Debug)]
pub(crate) struct Rectangle {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    /// Its number, for messages.
    pub(crate) number: usize,
}

/// Why rectangles are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The numbers of two that overlap.
    Overlap(usize, usize),
    /// How many bytes their intervals take at least: too many.
    Memory(u128),
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
    /// Of rectangles inside of fewer than 2³¹ rows and columns, in at most so many bytes.
    pub(crate) fn new(
        rows: usize,
        columns: usize,
        mut rectangles: Vec<Rectangle>,
        limit: u64,
    ) -> Result<Visits, Refused> {
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
        let mut visits = Visits::none(columns);
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
                    return Err(Refused::Overlap(a.min(b), a.max(b)));
                }
                open.insert(columns.start, k);
            }
            let end = cuts.get(k + 1).copied().unwrap_or(rows);
            if row < end {
                visits.room(open.len(), limit).map_err(Refused::Memory)?;
                let columns = open.values().map(|&k| &rectangles[k].columns);
                visits.push(end as u32, columns.map(|c| [c.start as u32, c.end as u32]));
            }
        }
        Ok(visits)
    }

    /// Without rows.
    pub(crate) fn none(columns: usize) -> Visits {
        Visits {
            columns,
            ends: Vec::new(),
            first: vec![0],
            intervals: Vec::new(),
        }
    }

    /// That there is room for so many more intervals. An error: how many bytes they all take, where it
    /// is more than `limit`.
    pub(crate) fn room(&self, more: usize, limit: u64) -> Result<(), u128> {
        let bytes = (self.intervals.len() + more) as u128 * INTERVAL;
        if bytes > u128::from(limit) {
            return Err(bytes);
        }
        Ok(())
    }

    /// Adds a run of rows up to `end`, which is beyond the rows that there are; the intervals of columns
    /// ascend, do not overlap and are not empty.
    pub(crate) fn push(&mut self, end: u32, columns: impl Iterator<Item = [u32; 2]>) {
        let start = self.intervals.len();
        for [from, to] in columns {
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

    /// The same pairs with rows and columns exchanged. An error: how many bytes that takes, where it is
    /// more than `limit`.
    pub(crate) fn transposed(&self, limit: u64) -> Result<Visits, u128> {
        // Columns between two of these meet the same rows: their runs are numbered.
        let mut numbers = vec![0u32; self.columns + 1];
        for &[from, to] in &self.intervals {
            (numbers[from as usize], numbers[to as usize]) = (1, 1);
        }
        numbers[0] = 0;
        let mut ends = Vec::new();
        for (column, number) in numbers.iter_mut().enumerate().skip(1) {
            if *number == 1 || column == self.columns {
                ends.push(column as u32);
            }
            *number = ends.len() as u32;
        }

        // Where rows begin and where they end to meet a run of columns, in turn.
        let mut first = vec![0usize; ends.len() + 1];
        self.each_change(|_, [from, to]| {
            for count in &mut first[numbers[from] as usize + 1..numbers[to] as usize + 1] {
                *count += 1;
            }
        });
        let mut turns = 0;
        for count in &mut first {
            turns += *count;
            *count = turns;
        }
        let bytes = (turns / 2) as u128 * INTERVAL;
        if bytes > u128::from(limit) {
            return Err(bytes);
        }
        let mut rows = vec![[0u32; 2]; turns / 2];
        let mut next = first.clone();
        self.each_change(|row, [from, to]| {
            for place in &mut next[numbers[from] as usize..numbers[to] as usize] {
                rows[*place / 2][*place % 2] = row;
                *place += 1;
            }
        });

        // Neighbours that meet the same rows are one run.
        let mut visits = Visits::none(self.rows());
        for (&end, turns) in ends.iter().zip(first.windows(2)) {
            visits.push(end, rows[turns[0] / 2..turns[1] / 2].iter().copied());
        }
        Ok(visits)
    }

    /// Calls `change` for each row from which on other columns are met than before, with columns that
    /// are met from there on and were not, or the other way around. Rows ascend, and columns where the
    /// rows are equal; after the last row nothing is met.
    fn each_change(&self, mut change: impl FnMut(u32, [usize; 2])) {
        let mut before: &[[u32; 2]] = &[];
        let after_all = std::iter::once((self.rows() as u32..0, &[][..]));
        for (rows, intervals) in self.runs().chain(after_all) {
            // What lies in one of two sets of intervals is between the ends that they do not share.
            let (mut old, mut new) = (before.as_flattened(), intervals.as_flattened());
            let mut begun = None;
            while let Some(&end) = match (old.first(), new.first()) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            } {
                let [of_old, of_new] = [&mut old, &mut new].map(|ends| match ends.split_first() {
                    Some((&first, rest)) if first == end => {
                        *ends = rest;
                        true
                    }
                    _ => false,
                });
                if of_old != of_new {
                    match begun.take() {
                        Some(from) => change(rows.start, [from, end as usize]),
                        None => begun = Some(end as usize),
                    }
                }
            }
            before = intervals;
        }
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
        let intervals = self.of(row);
        let k = intervals.partition_point(|&[_, to]| to as usize <= column);
        intervals
            .get(k)
            .is_some_and(|&[from, _]| from as usize <= column)
    }

    /// The intervals of columns that a row meets.
    pub(crate) fn of(&self, row: usize) -> &[[u32; 2]] {
        let run = self.ends.partition_point(|&end| end as usize <= row);
        match (self.first.get(run), self.first.get(run + 1)) {
            (Some(&start), Some(&end)) => &self.intervals[start..end],
            _ => &[],
        }
    }

    /// The same as ranges.
    pub(crate) fn columns_of(&self, row: usize) -> impl Iterator<Item = Range<usize>> {
        let intervals = self.of(row).iter();
        intervals.map(|&[from, to]| from as usize..to as usize)
    }

    /// A column that one of two lists of intervals has and the other has not, and whether the first has it.
    pub(crate) fn difference(a: &[[u32; 2]], b: &[[u32; 2]]) -> Option<(usize, bool)> {
        let k = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        // Intervals do not touch: where one ends, its list has no column.
        let (column, first) = match (a.get(k), b.get(k)) {
            (None, None) => return None,
            (Some(a), None) => (a[0], true),
            (None, Some(b)) => (b[0], false),
            (Some(a), Some(b)) if a[0] != b[0] => (a[0].min(b[0]), a[0] < b[0]),
            (Some(a), Some(b)) => (a[1].min(b[1]), a[1] > b[1]),
        };
        Some((column as usize, first))
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
