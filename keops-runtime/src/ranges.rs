//! Which pairs of rows a call visits.

mod visits;

use std::ops::Range;
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};
use visits::Rectangle;
pub(crate) use visits::Visits;

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
#[derive(Debug)]
pub struct Ranges {
    /// For the rows i, the columns j.
    by_i: Visits,
    /// The same, transposed: made when it is first needed.
    by_j: OnceLock<Visits>,
}

impl Ranges {
    /// Blocks of rows i with rows j. A block without rows is no block.
    ///
    /// # Errors
    ///
    /// A block reaches beyond `m` or `n`, or ends before it starts; two blocks have a pair in common;
    /// an axis has more than 2³¹ − 1 rows.
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
        let cluster = |ends: &[usize], k: usize| (if k == 0 { 0 } else { ends[k - 1] })..ends[k];
        let mut rectangles = Vec::new();
        for (number, _) in keep.iter().enumerate().filter(|&(_, &keep)| keep) {
            rectangles.push(Rectangle {
                rows: cluster(ends_i, number / ends_j.len()),
                columns: cluster(ends_j, number % ends_j.len()),
                number,
            });
        }
        let rows = |ends: &[usize]| ends.last().copied().unwrap_or(0);
        Ranges::new(rows(ends_i), rows(ends_j), rectangles)
    }

    fn new(m: usize, n: usize, rectangles: Vec<Rectangle>) -> Result<Ranges> {
        for (axis, rows) in [("i", m), ("j", n)] {
            if i32::try_from(rows).is_err() {
                let message = format!(
                    "ranges over {rows} rows of the axis {axis}: an axis has at most {}",
                    i32::MAX
                );
                return Err(Error::new(ErrorKind::Size, message));
            }
        }
        let by_i = Visits::new(m, n, rectangles).map_err(|(a, b)| {
            let message = format!(
                "blocks {a} and {b} of the ranges overlap: a pair would be visited twice; make the \
                 blocks disjoint"
            );
            Error::new(ErrorKind::Rows, message)
        })?;
        Ok(Ranges {
            by_i,
            by_j: OnceLock::new(),
        })
    }

    /// The number of rows i.
    pub fn m(&self) -> usize {
        self.by_i.rows()
    }

    /// The number of rows j.
    pub fn n(&self) -> usize {
        self.by_i.columns()
    }

    /// How many pairs are visited.
    pub fn pairs(&self) -> u128 {
        self.by_i.pairs()
    }

    /// Whether row `i` meets row `j`.
    pub fn meets(&self, i: usize, j: usize) -> bool {
        self.by_i.meets(i, j)
    }

    /// The same pairs with the two axes exchanged.
    #[must_use]
    pub fn transposed(&self) -> Ranges {
        let by_j = OnceLock::new();
        let _ = by_j.set(self.by_i.clone());
        Ranges {
            by_i: self.by_j().clone(),
            by_j,
        }
    }

    /// For the rows i, the columns j that they meet.
    pub(crate) fn by_i(&self) -> &Visits {
        &self.by_i
    }

    /// For the rows j, the columns i that they meet.
    pub(crate) fn by_j(&self) -> &Visits {
        self.by_j.get_or_init(|| self.by_i.transposed())
    }
}

impl Clone for Ranges {
    fn clone(&self) -> Ranges {
        Ranges {
            by_i: self.by_i.clone(),
            by_j: self.by_j.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
