//! Which pairs of rows a call visits.

mod visits;

use std::ops::Range;
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use keops_program::schedule::Axis;
pub(crate) use visits::Visits;
use visits::{Rectangle, Refused};

/// The pairs that a call visits: blocks of rows i with blocks of rows j, of clouds of `m` and `n` rows.
///
/// A call with [`ranges`](crate::lazy::Lazy::ranges) reduces over the pairs in its blocks alone; a row
/// in no block has the empty result of the reduction (0 for a sum). Gradients, and formulas that
/// reduce over `i`, visit the same pairs. Indices count in the whole cloud, and `i`, `j` and selected
/// indices mean what they mean without ranges.
///
/// It cannot be malformed: blocks lie inside of the clouds and do not overlap, which is checked when it
/// is made, and a call checks that the clouds are of `m` and `n` rows.
///
/// It holds, for runs of rows that meet the same columns, the intervals of these columns, at 16 bytes
/// each. Blocks of whole clusters make as many intervals as there are blocks at most; where many blocks
/// begin and end at rows of their own beside each other, each run of rows between has all of them. What
/// would take more than half of the free memory, or than `KEOPS_MEMORY`, is an error.
///
/// ```
/// use keops_runtime::Ranges;
///
/// // Rows 0 and 1 with columns 0 to 2, row 3 with column 4; row 2 meets nothing.
/// let ranges = Ranges::from_blocks(4, 5, &[(0..2, 0..3), (3..4, 4..5)])?;
/// assert_eq!(ranges.pairs(), 7);
///
/// let error = Ranges::from_blocks(4, 5, &[(0..2, 0..3), (1..4, 2..5)]).unwrap_err();
/// assert!(error.to_string().contains("overlap"));
/// # Ok::<(), keops_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ranges {
    /// For the rows i, the columns j that they meet; for the rows j, the columns i, where `flipped`.
    made: Visits,
    flipped: bool,
    /// The same, transposed: made when it is first needed.
    other: OnceLock<Visits>,
}

impl Ranges {
    /// Blocks of rows i with rows j. A block without rows is no block.
    ///
    /// # Errors
    ///
    /// A block reaches beyond `m` or `n`, or ends before it starts; two blocks have a pair in common;
    /// an axis has more than 2³¹ − 1 rows; the blocks need too much memory.
    pub fn from_blocks(
        m: usize,
        n: usize,
        blocks: &[(Range<usize>, Range<usize>)],
    ) -> Result<Ranges> {
        let mut rectangles = Vec::with_capacity(blocks.len());
        for (number, (rows, columns)) in blocks.iter().enumerate() {
            for (axis, range, count) in [("i", rows, m), ("j", columns, n)] {
                if range.start > range.end || range.end > count {
                    let message = format!(
                        "block {number} of the ranges has the rows {range:?} of the axis {axis}, \
                         which has the rows 0..{count}"
                    );
                    return Err(Error::new(ErrorKind::Rows, message));
                }
            }
            rectangles.push(Rectangle {
                rows: rows.clone(),
                columns: columns.clone(),
                number,
            });
        }
        Ranges::new(m, n, rectangles)
    }

    /// Clusters of consecutive rows, of which a mask says which meet.
    ///
    /// `ends_i` are the ends of the clusters of rows i (the first begins at 0, each other where the
    /// one before ends, the last end is the number of rows), `ends_j` those of the rows j; cluster
    /// `a` meets cluster `b` where `keep[a * ends_j.len() + b]`. See [`cluster`](crate::cluster).
    ///
    /// ```
    /// use keops_runtime::Ranges;
    ///
    /// let ranges = Ranges::from_mask(&[2, 5], &[3, 4, 9], &[true, false, false, true, false, true])?;
    /// assert_eq!(ranges.pairs(), 2 * 3 + 3 * 3 + 3 * 5);
    /// # Ok::<(), keops_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The ends do not ascend; the mask has not one value for each pair of clusters; an axis has
    /// more than 2³¹ − 1 rows.
    pub fn from_mask(ends_i: &[usize], ends_j: &[usize], keep: &[bool]) -> Result<Ranges> {
        for (axis, ends) in [("i", ends_i), ("j", ends_j)] {
            if let Some(k) = ends.windows(2).position(|pair| pair[0] > pair[1]) {
                let message = format!(
                    "`ends_{axis}`: the ends of clusters ascend, and cluster {} ends at {}, before \
                     the one before it, at {}",
                    k + 1,
                    ends[k + 1],
                    ends[k]
                );
                return Err(Error::new(ErrorKind::Rows, message));
            }
        }
        if keep.len() != ends_i.len() * ends_j.len() {
            let message = format!(
                "`keep`: {} clusters and {} clusters are {} pairs, and there are {} values",
                ends_i.len(),
                ends_j.len(),
                ends_i.len() * ends_j.len(),
                keep.len()
            );
            return Err(Error::new(ErrorKind::Rows, message));
        }
        let mut kept = keep.chunks_exact(ends_j.len().max(1));
        Ranges::of_clusters(ends_i, ends_j, |_, met| {
            let keep = kept.next().unwrap_or_default();
            met.extend((0..keep.len()).filter(|&b| keep[b]));
        })
    }

    /// Clusters that end there. `meet` is called for each cluster of rows i, in order, with an empty list
    /// to which it adds the clusters of rows j that it meets, in order.
    pub(crate) fn of_clusters(
        ends_i: &[usize],
        ends_j: &[usize],
        mut meet: impl FnMut(usize, &mut Vec<usize>),
    ) -> Result<Ranges> {
        let rows = |ends: &[usize]| ends.last().copied().unwrap_or(0);
        check_sizes(rows(ends_i), rows(ends_j))?;
        let limit = limit()?;
        let cluster = |b: usize| [if b == 0 { 0 } else { ends_j[b - 1] }, ends_j[b]];
        let (mut made, mut met, mut start) = (Visits::none(rows(ends_j)), Vec::new(), 0);
        for (a, &end) in ends_i.iter().enumerate() {
            met.clear();
            meet(a, &mut met);
            made.room(met.len(), limit).map_err(too_much)?;
            if start < end {
                let columns = met.iter().map(|&b| cluster(b).map(|row| row as u32));
                made.push(end as u32, columns.filter(|[from, to]| from < to));
            }
            start = end;
        }
        Ok(Ranges::of(made))
    }

    fn new(m: usize, n: usize, rectangles: Vec<Rectangle>) -> Result<Ranges> {
        check_sizes(m, n)?;
        let made = Visits::new(m, n, rectangles, limit()?).map_err(|refused| match refused {
            Refused::Overlap(a, b) => {
                let message = format!(
                    "blocks {a} and {b} of the ranges overlap: a pair would be visited twice; make \
                     the blocks disjoint"
                );
                Error::new(ErrorKind::Rows, message)
            }
            Refused::Memory(bytes) => too_much(bytes),
        })?;
        Ok(Ranges::of(made))
    }

    fn of(made: Visits) -> Ranges {
        Ranges {
            made,
            flipped: false,
            other: OnceLock::new(),
        }
    }

    /// The number of rows i.
    pub fn m(&self) -> usize {
        match self.flipped {
            false => self.made.rows(),
            true => self.made.columns(),
        }
    }

    /// The number of rows j.
    pub fn n(&self) -> usize {
        match self.flipped {
            false => self.made.columns(),
            true => self.made.rows(),
        }
    }

    /// How many pairs are visited.
    pub fn pairs(&self) -> u128 {
        self.made.pairs()
    }

    /// Whether row `i` meets row `j`.
    pub fn meets(&self, i: usize, j: usize) -> bool {
        match self.flipped {
            false => self.made.meets(i, j),
            true => self.made.meets(j, i),
        }
    }

    /// The same pairs with the two axes exchanged.
    #[must_use]
    pub fn transposed(&self) -> Ranges {
        Ranges {
            flipped: !self.flipped,
            ..self.clone()
        }
    }

    /// Makes what says, for the rows of an axis, which columns they meet.
    ///
    /// # Errors
    ///
    /// It takes too much memory.
    pub(crate) fn prepare(&self, rows: Axis) -> Result<()> {
        let made = if self.flipped { Axis::J } else { Axis::I };
        if rows != made && self.other.get().is_none() {
            let other = self.made.transposed(limit()?).map_err(too_much)?;
            let _ = self.other.set(other);
        }
        Ok(())
    }

    /// A pair (i, j) of which there is no (j, i); none where the pairs are symmetric.
    ///
    /// # Errors
    ///
    /// What says it takes too much memory.
    pub(crate) fn unsymmetric(&self) -> Result<Option<(usize, usize)>> {
        self.prepare(Axis::I)?;
        self.prepare(Axis::J)?;
        let (by_i, by_j) = (self.by_i(), self.by_j());
        let starts = by_i.runs().chain(by_j.runs()).map(|(rows, _)| rows.start);
        for row in starts.map(|row| row as usize) {
            if let Some((column, first)) = Visits::difference(by_i.of(row), by_j.of(row)) {
                return Ok(Some(if first { (row, column) } else { (column, row) }));
            }
        }
        Ok(None)
    }

    /// For the rows i, the columns j that they meet.
    pub(crate) fn by_i(&self) -> &Visits {
        self.by(!self.flipped)
    }

    /// For the rows j, the columns i that they meet.
    pub(crate) fn by_j(&self) -> &Visits {
        self.by(self.flipped)
    }

    fn by(&self, made: bool) -> &Visits {
        if made {
            return &self.made;
        }
        let transposed = || self.made.transposed(u64::MAX);
        // No number of bytes is beyond that limit.
        let other = || transposed().unwrap_or_else(|_| Visits::none(self.made.rows()));
        self.other.get_or_init(other)
    }

    /// The blocks, as rows i and rows j, in no certain order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (Range<u32>, Range<u32>)> {
        self.made.runs().flat_map(|(rows, intervals)| {
            let flipped = self.flipped;
            intervals.iter().map(move |&[from, to]| match flipped {
                false => (rows.clone(), from..to),
                true => (from..to, rows.clone()),
            })
        })
    }
}

/// That both axes can have so many rows.
fn check_sizes(m: usize, n: usize) -> Result<()> {
    for (axis, rows) in [("i", m), ("j", n)] {
        if i32::try_from(rows).is_err() {
            let message = format!(
                "ranges over {rows} rows of the axis {axis}: an axis has at most {}",
                i32::MAX
            );
            return Err(Error::new(ErrorKind::Size, message));
        }
    }
    Ok(())
}

/// How many bytes intervals may take: no more than tasks can number, besides.
fn limit() -> Result<u64> {
    const NUMBERED: u64 = 1 << 35;
    Ok(memory::limit()?.map_or(NUMBERED, |limit| limit.min(NUMBERED)))
}

/// The error of ranges that need so many bytes.
fn too_much(bytes: u128) -> Error {
    let message = format!(
        "the ranges need {} or more: so many intervals of columns do their rows meet; {}: make fewer, \
         larger blocks that begin and end at the same rows, such as those of clusters, or set \
         KEOPS_MEMORY (`16G`) if there is room",
        memory::bytes(bytes),
        memory::says(),
    );
    Error::new(ErrorKind::Memory, message)
}

#[cfg(test)]
mod tests;
