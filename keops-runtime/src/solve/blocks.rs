//! Block diagonal systems: each block is a system of its own.
//!
//! Outside, vectors have a row for each row of the whole operator, `width` numbers each, block after block.
//! The iteration has a row for each row *of one block*, and a column for each right-hand side of each
//! block, so that every one of them has its own steps and is done when it is solved. An operator of one
//! block has the same layout outside and inside.

use super::Preconditioner;
use super::precondition::{Factor, Normal, nystrom};
use crate::error::{Error, ErrorKind, Result};

/// How vectors lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Rows of one block.
    rows: usize,
    blocks: usize,
    /// Right-hand sides.
    width: usize,
}

/// Products with so many vectors of the whole operator, row after row.
pub(super) type Whole<'s> = dyn Fn(&[f64], usize, &mut [f64]) -> Result<()> + 's;

impl Layout {
    /// Of an operator of `rows` rows.
    ///
    /// # Errors
    ///
    /// They cannot be cut into the blocks.
    pub(super) fn new(rows: usize, blocks: usize, width: usize) -> Result<Layout> {
        if blocks == 0 || !rows.is_multiple_of(blocks) {
            let message = format!(
                "`LinearOperator::blocks`: {rows} rows cannot be cut into {blocks} blocks of equal size"
            );
            return Err(Error::new(ErrorKind::Rows, message));
        }
        let rows = rows / blocks;
        Ok(Layout {
            rows,
            blocks,
            width,
        })
    }

    /// The columns of the iteration: those of the first block first.
    pub(super) fn columns(&self) -> usize {
        self.blocks * self.width
    }

    /// From outside to the columns of the iteration.
    pub(super) fn inwards(&self, outside: &[f64]) -> Vec<f64> {
        let all: Vec<usize> = (0..self.columns()).collect();
        let mut inside = vec![0.0; outside.len()];
        self.each(&all, self.width, |at, to| inside[at] = outside[to]);
        inside
    }

    /// From all columns of the iteration to outside.
    pub(super) fn outwards(&self, inside: &[f64]) -> Vec<f64> {
        let all: Vec<usize> = (0..self.columns()).collect();
        let mut outside = vec![0.0; inside.len()];
        self.each(&all, self.width, |at, to| outside[to] = inside[at]);
        outside
    }

    /// Products of some columns, of those of the whole operator with as many vectors as any block has of
    /// them.
    pub(super) fn apply(
        &self,
        whole: &Whole<'_>,
        v: &[f64],
        columns: &[usize],
        out: &mut [f64],
    ) -> Result<()> {
        if self.blocks == 1 {
            return whole(v, columns.len(), out);
        }
        let width = self.of_blocks(columns).map(|own| own.len()).max();
        let width = width.unwrap_or(0);
        let mut outside = vec![0.0; self.rows * self.blocks * width];
        let mut product = outside.clone();
        self.each(columns, width, |at, to| outside[to] = v[at]);
        whole(&outside, width, &mut product)?;
        self.each(columns, width, |at, to| out[at] = product[to]);
        Ok(())
    }

    /// For each number of these columns, inside, its place outside where there are `width` vectors: the
    /// columns of a block are the first ones there.
    fn each(&self, columns: &[usize], width: usize, mut then: impl FnMut(usize, usize)) {
        let mut first = 0;
        for (block, own) in self.of_blocks(columns).enumerate() {
            for row in 0..self.rows {
                let inside = row * columns.len() + first;
                let outside = (block * self.rows + row) * width;
                (0..own.len()).for_each(|k| then(inside + k, outside + k));
            }
            first += own.len();
        }
    }

    /// Of ascending columns, those of each block.
    fn of_blocks<'c>(&self, columns: &'c [usize]) -> impl Iterator<Item = &'c [usize]> {
        let width = self.width;
        let place = move |block: usize| columns.partition_point(|&column| column < block * width);
        (0..self.blocks).map(move |block| &columns[place(block)..place(block + 1)])
    }
}

/// The preconditioners of the blocks.
#[derive(Debug)]
pub(super) struct Factors {
    layout: Layout,
    of: Vec<Factor>,
}

impl Factors {
    /// For an operator of which products are known (with how they round, and the type's machine epsilon),
    /// and the diagonal on demand.
    pub(super) fn new(
        preconditioner: &Preconditioner,
        layout: Layout,
        ridge: f64,
        (whole, round, epsilon): (&Whole<'_>, &dyn Fn(f64) -> f64, f64),
        diagonal: &dyn Fn() -> Result<Vec<f64>>,
    ) -> Result<Factors> {
        let Layout { rows, blocks, .. } = layout;
        let of = match *preconditioner {
            Preconditioner::None => (0..blocks).map(|_| Factor::None).collect(),
            Preconditioner::Jacobi => {
                let diagonal = diagonal()?;
                let block = |block: usize| &diagonal[block * rows..(block + 1) * rows];
                let blocks = (0..blocks).map(block);
                blocks.map(|own| Factor::jacobi(own, ridge)).collect()
            }
            Preconditioner::Nystrom { rank, seed } => {
                let rank = rank.min(rows);
                let count = rows * rank;
                let mut random = Normal::new(seed);
                let omega: Vec<f64> = (0..count * blocks).map(|_| round(random.next())).collect();
                let mut y = vec![0.0; omega.len()];
                if count > 0 {
                    whole(&omega, rank, &mut y)?;
                }
                let own = |block: usize| block * count..(block + 1) * count;
                let blocks = (0..blocks).map(own);
                blocks
                    .map(|own| nystrom(&omega[own.clone()], y[own].to_vec(), rank, ridge, epsilon))
                    .collect()
            }
        };
        Ok(Factors { layout, of })
    }

    /// Multiplies the residuals of some columns.
    pub(super) fn apply(&self, r: &[f64], columns: &[usize], z: &mut [f64]) {
        if let [factor] = &self.of[..] {
            return factor.apply(r, columns.len(), z);
        }
        let mut first = 0;
        let blocks = self.layout.of_blocks(columns);
        for (own, factor) in blocks.zip(&self.of).filter(|(own, _)| !own.is_empty()) {
            let own = first..first + own.len();
            let rows = r.chunks_exact(columns.len());
            let r: Vec<f64> = rows.flat_map(|row| &row[own.clone()]).copied().collect();
            let mut part = vec![0.0; r.len()];
            factor.apply(&r, own.len(), &mut part);
            let rows = z.chunks_exact_mut(columns.len());
            for (z, part) in rows.zip(part.chunks_exact(own.len())) {
                z[own.clone()].copy_from_slice(part);
            }
            first = own.end;
        }
    }
}
