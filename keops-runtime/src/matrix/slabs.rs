//! How columns are cut into slabs.

use std::ops::Range;

/// What a slab costs beside a column of it: the entry is computed once, and each column is one more
/// multiplication and addition (measured for a Gaussian in three dimensions).
const ENTRY: usize = 16;

/// Some columns, and the number of the slab that computes them; it may be wider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) columns: Range<usize>,
    pub(super) slab: usize,
}

/// Cuts columns into slabs of these widths, at the least cost. One of the widths is 1.
pub(super) fn cut(columns: usize, widths: &[usize]) -> Vec<Piece> {
    let widest = widths.iter().copied().max().unwrap_or(1);
    // Of the last columns, at most one widest slab: the cost, and the slab to start with.
    let mut best = vec![(0, 0); widest + 1];
    for rest in 1..=widest {
        let of = |(slab, &width): (usize, &usize)| {
            (best[rest - width.min(rest)].0 + ENTRY + width, slab)
        };
        best[rest] = widths.iter().enumerate().map(of).min().unwrap_or((0, 0));
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < columns {
        let rest = (columns - start).min(widest);
        let slab = best[rest].1;
        let end = (start + widths[slab]).min(columns);
        pieces.push(Piece {
            columns: start..end,
            slab,
        });
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths_of(columns: usize, widths: &[usize]) -> Vec<usize> {
        let pieces = cut(columns, widths);
        let mut next = 0;
        for piece in &pieces {
            assert_eq!(piece.columns.start, next);
            assert!(piece.columns.len() <= widths[piece.slab]);
            next = piece.columns.end;
        }
        assert_eq!(next, columns);
        pieces.iter().map(|piece| widths[piece.slab]).collect()
    }

    #[test]
    fn columns_are_cut_at_the_least_cost() {
        let all = [1, 4, 16];
        assert_eq!(widths_of(0, &all), []);
        assert_eq!(widths_of(1, &all), [1]);
        // Padded: one wide slab is cheaper than two narrow ones.
        assert_eq!(widths_of(2, &all), [4]);
        assert_eq!(widths_of(6, &all), [16]);
        assert_eq!(widths_of(16, &all), [16]);
        assert_eq!(widths_of(33, &all), [16, 16, 1]);
        assert_eq!(widths_of(36, &all), [16, 16, 4]);
        assert_eq!(widths_of(1, &[1, 16]), [1]);
        assert_eq!(widths_of(2, &[1, 16]), [16]);
        assert_eq!(widths_of(3, &[1]), [1, 1, 1]);
    }
}
