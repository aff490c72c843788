//! The loop nest around a compiled kernel: rows in vectors, columns in blocks.
//!
//! Generated code implements [`Kernel`]; [`compiled`] puts it into the nest, at the level that is
//! asked for. Everything inside a level is inlined into one function that has the level's
//! instructions; closures and iterator adaptors are kept out of it, since they would not have them.
#![allow(
    clippy::needless_range_loop,
    reason = "iterators are kept out of a level"
)]

use super::simd::{Level, OnLevel, Simd, dispatch};
use crate::row::Real;
use core::marker::PhantomData;

/// The rows of a [`Task`] are padded to a multiple of this: four vectors at every level.
pub const LANE_BLOCK: usize = 64;

/// What is compiled of a map-reduce pass: its pair work.
///
/// `P`, `X`, `Y` and `A` are the numbers of param, row and column slots and of state scalars; `U` is
/// the number of vectors of rows that are handled together. Scalars of type Index and Label are in
/// slot encoding (see [`Simd::integer`]).
pub trait Kernel<T: Real, const P: usize, const X: usize, const Y: usize, const A: usize> {
    /// The columns are folded straight into the total, in one block: see
    /// [`Program::exact`](keops_program::program::Program::exact). A constant, so that the loop over
    /// blocks keeps either the total or the initial state at hand, not both.
    const EXACT: bool;
    /// The scalars of the state that a block of columns takes over from the total: see
    /// [`StateSlot::carried`](keops_program::program::StateSlot::carried).
    const CARRIED: &'static [usize] = &[];
    /// The columns that [`grouped`](Kernel::grouped) folds at once; 0: it is not called.
    const GROUP: usize = 0;
    /// Folds one column into the state of the rows.
    fn update<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        p: &[T; P],
        x: &[[S::F; U]; X],
        y: &[T; Y],
        a: &mut [[S::F; U]; A],
    );
    /// Folds [`GROUP`](Kernel::GROUP) columns, one after the other in `y`, into the state of the rows.
    #[inline(always)]
    fn grouped<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        p: &[T; P],
        x: &[[S::F; U]; X],
        y: &[T],
        a: &mut [[S::F; U]; A],
    ) {
        let _ = (s, p, x, y, a);
    }
    /// Folds the state `b` of later columns into the state `a`.
    fn merge<S: Simd<Scalar = T>, const U: usize>(s: S, a: &mut [[S::F; U]; A], b: &[[S::F; U]; A]);
}

/// A block of rows against a run of columns.
#[derive(Debug)]
pub struct Task<'a, T> {
    /// The param slots.
    pub params: &'a [T],
    /// The row slots: slot `k` of row `l` at `k · lanes + l`.
    pub rows: &'a [T],
    /// The number of rows with padding, a multiple of [`LANE_BLOCK`].
    pub lanes: usize,
    /// The number of rows without padding.
    pub active: usize,
    /// The column slots, column after column.
    pub columns: &'a [T],
    /// The number of columns.
    pub column_count: usize,
    /// Columns in a block: [`BLOCK`](keops_program::program::BLOCK), or fewer where every so many terms are added with compensation.
    pub block: usize,
    /// The state before the first column.
    pub init: &'a [T],
    /// The total over the columns so far, laid out like `rows`; the columns are folded into it.
    pub state: &'a mut [T],
}

/// The pair work of a pass, compiled with its formula.
pub type Compiled<T> = fn(Level, &mut Task<'_, T>);

/// Folds the columns of a task into its state.
///
/// # Panics
///
/// Where the arrays of the task are shorter than its counts say.
pub fn compiled<
    T: Real,
    K: Kernel<T, P, X, Y, A>,
    const P: usize,
    const X: usize,
    const Y: usize,
    const A: usize,
    const U: usize,
>(
    level: Level,
    task: &mut Task<'_, T>,
) {
    dispatch(
        level,
        Nest::<'_, '_, T, K, P, X, Y, A, U> {
            task,
            kernel: PhantomData,
        },
    )
}

struct Nest<
    't,
    'a,
    T,
    K,
    const P: usize,
    const X: usize,
    const Y: usize,
    const A: usize,
    const U: usize,
> {
    task: &'t mut Task<'a, T>,
    kernel: PhantomData<K>,
}

impl<
    T: Real,
    K: Kernel<T, P, X, Y, A>,
    const P: usize,
    const X: usize,
    const Y: usize,
    const A: usize,
    const U: usize,
> OnLevel<T> for Nest<'_, '_, T, K, P, X, Y, A, U>
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<Scalar = T>>(self, s: S) {
        let task = self.task;
        let lanes = task.lanes;
        let mut params = [T::default(); P];
        params.copy_from_slice(&task.params[..P]);
        let zero = s.splat(0.0);
        let mut init = [[zero; U]; A];
        for a in 0..A {
            init[a] = [s.broadcast(task.init[a]); U];
        }
        let mut at = 0;
        while at < task.active && at + U * S::LANES <= lanes {
            let mut x = [[zero; U]; X];
            for k in 0..X {
                for u in 0..U {
                    x[k][u] = s.load(&task.rows[k * lanes + at + u * S::LANES..]);
                }
            }
            let mut total = [[zero; U]; A];
            for a in 0..A {
                for u in 0..U {
                    total[a][u] = s.load(&task.state[a * lanes + at + u * S::LANES..]);
                }
            }
            let mut columns = task.columns;
            let mut left = task.column_count;
            while left > 0 {
                let most = if K::EXACT { left } else { task.block };
                let block = if left < most { left } else { most };
                let mut state = if K::EXACT { total } else { init };
                let Some((mut now, later)) = columns.split_at_checked(block * Y) else {
                    panic!("fewer columns than the task says");
                };
                columns = later;
                let mut k = 0;
                while k < K::CARRIED.len() {
                    state[K::CARRIED[k]] = total[K::CARRIED[k]];
                    k += 1;
                }
                while Y > 0
                    && K::GROUP > 0
                    && let Some((y, rest)) = now.split_at_checked(K::GROUP * Y)
                {
                    now = rest;
                    K::grouped::<S, U>(s, &params, &x, y, &mut state);
                }
                // A loop with one way out, and that without a panic: the state stays in registers, and
                // the constants, too.
                while Y > 0
                    && let Some((y, rest)) = now.split_first_chunk::<Y>()
                {
                    now = rest;
                    K::update::<S, U>(s, &params, &x, y, &mut state);
                }
                if Y == 0 {
                    for _ in 0..block {
                        K::update::<S, U>(s, &params, &x, &[T::default(); Y], &mut state);
                    }
                }
                if K::EXACT {
                    total = state;
                } else {
                    K::merge::<S, U>(s, &mut total, &state);
                }
                left -= block;
            }
            for a in 0..A {
                for u in 0..U {
                    s.store(
                        total[a][u],
                        &mut task.state[a * lanes + at + u * S::LANES..],
                    );
                }
            }
            at += U * S::LANES;
        }
    }
}
