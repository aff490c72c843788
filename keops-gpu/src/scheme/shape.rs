//! How much of a pass one thread does: rows per thread, columns per turn of the inner loop, and what
//! goes to local memory for want of registers.

use super::THREADS;
use super::access::{Reach, instructions, size, usual_instructions};
use super::slots::register_type;
use super::tile::Tile;
use crate::builder::Builder;
use crate::kernel::Precision;
use keops_program::program::{Place, Program, Type};

/// 32-bit registers that the slots of a thread may take before some go to local memory.
const REGISTERS: u32 = 144;

/// The same in f64, whose temporaries take more beside them.
const REGISTERS_DOUBLE: u32 = 64;

/// Instructions in the body of the inner loop, about: more copies of `update` than that make the
/// text longer and the loop no faster.
const BODY: u32 = 160;

/// The same where functions are long: they hide the loop.
const BODY_ACCURATE: u32 = 160;

/// Bytes of the columns of a group that fit the registers.
const GROUP: u32 = 256;

/// 32-bit words of columns in one body of the inner loop: ptxas reads all of them before it computes.
const AHEAD: u32 = 32;

/// Words of state beyond which the total over blocks goes to local memory: it is touched once per
/// block of columns.
const TOTAL: u32 = 24;

/// 32-bit registers of a multiprocessor.
const FILE: u32 = 1 << 16;

/// Registers of a thread beside those that its values are thought to take.
const SPARE: u32 = 16;

/// Blocks on a multiprocessor that keep it busy.
const ENOUGH: u32 = 5;

/// What one thread does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Rows of a thread.
    pub(super) rows: u32,
    /// Columns in one turn of the inner loop.
    pub(super) columns: u32,
    /// Columns are folded in groups.
    pub(super) grouped: bool,
    /// The row slots are in local memory.
    pub(super) wide_row: bool,
    /// The state of a block is.
    pub(super) wide_state: bool,
    /// The total is.
    pub(super) wide_total: bool,
    /// 32-bit registers that all of it may take.
    words: u32,
}

impl Shape {
    /// For a program whose rows are `many` or few, and the elements of the state that `update` stores.
    pub(super) fn of(
        b: &Builder,
        program: &Program,
        tile: &Tile,
        stored: &[bool],
        many: bool,
    ) -> Shape {
        let words = |types: &mut dyn Iterator<Item = Type>| -> u32 {
            types
                .map(|ty| register_type(ty).size(b.precision()) / 4)
                .sum()
        };
        let state = || program.state.iter().map(|slot| slot.ty);
        let touched = |(ty, stored): (Type, &bool)| stored.then_some(ty);
        let block = words(&mut state().zip(stored).filter_map(touched));
        let total = words(&mut state());
        let param = words(&mut program.param_slots.iter().copied());
        let row = words(&mut program.row_slots.iter().copied());
        let single = b.precision() == Precision::Single;
        let registers = if single { REGISTERS } else { REGISTERS_DOUBLE };
        let wide_row = param + row + block > registers && row > 16;
        let wide_state = block > registers;
        // Where there are no blocks, the total is touched for every column.
        let wide_total = total > if program.exact { registers } else { TOTAL };

        let update = &program.update;
        let group = program.group;
        let grouped = !wide_row && !wide_state && groups(program, tile);
        let cost = if grouped {
            usual_instructions(&program.grouped.stmts, &|op| b.cost(op)).div_ceil(group)
        } else {
            instructions(&update.stmts, &|op| b.cost(op))
        };
        let cost = cost.max(1);
        let column = tile.stride / b.real_size();
        let body = if b.is_accurate() { BODY_ACCURATE } else { BODY };
        let columns = |rows: u32| {
            let ahead = column * b.real_size() / 4;
            let fits = |copies: &u32| copies * rows * cost <= body && copies * ahead <= AHEAD;
            [8, 4, 2].into_iter().find(fits).unwrap_or(1)
        };
        // Temporaries beside the slots grow with what is written out at once.
        let reach = Reach::of(update);
        let dynamic = |place, len| reach.dynamic(place, len).iter().any(|d| *d);
        let row_moves = wide_row || dynamic(Place::Row, program.row_slots.len());
        let wide = if program.exact {
            wide_total
        } else {
            wide_state
        };
        let state_moves = wide || dynamic(Place::State, program.state.len());
        let each = if state_moves || program.exact {
            0
        } else {
            block
        } + if row_moves { 0 } else { row }
            + if wide_total { 0 } else { total };
        let shared = (size(&update.stmts) / 4).min(64) + param;
        let needed = |rows: u32| {
            let ahead = columns(rows).min(2) * column.min(AHEAD) * b.real_size() / 4;
            let words = b.real_size() / 4;
            let beside = match rows {
                _ if grouped => group * (column + 2) * words,
                1 => 8,
                _ => ahead,
            };
            let temporaries = if single { 26 } else { 84 };
            temporaries + beside + shared + rows * each
        };
        // More rows read each column less often, as long as there are warps enough.
        let enough = resident(needed(1)).min(ENOUGH);
        let most: &[u32] = if single { &[4, 2] } else { &[2] };
        let fits = |rows: &&u32| {
            many && !row_moves
                && !state_moves
                && **rows * cost <= body / 3
                && resident(needed(**rows)) >= enough
        };
        let rows = most.iter().find(fits).copied().unwrap_or(1);
        Shape {
            rows,
            columns: columns(rows),
            grouped,
            wide_row,
            wide_state,
            wide_total,
            words: needed(rows),
        }
    }

    /// Rows of a block.
    pub(super) fn block_rows(&self) -> u32 {
        self.rows * THREADS
    }

    /// Blocks that a multiprocessor holds.
    pub(super) fn resident(&self) -> u32 {
        resident(self.words)
    }
}

/// Whether columns can be folded in groups: they fit a tile, and everything is in registers.
fn groups(program: &Program, tile: &Tile) -> bool {
    let (group, slots) = (program.group, program.column_slots.len());
    let block = &program.grouped;
    let reach = Reach::of(block);
    let dynamic = |place, len| reach.dynamic(place, len).iter().any(|d| *d);
    let locals = (0..).zip(&block.locals);
    group > 0
        && group.is_power_of_two()
        && group <= tile.len
        && group * tile.stride <= GROUP
        && !dynamic(Place::Column, group as usize * slots)
        && !dynamic(Place::State, program.state.len())
        && !locals
            .into_iter()
            .any(|(k, local)| dynamic(Place::Local(k), local.len as usize))
}

/// Blocks that a multiprocessor shall hold, of threads whose values take so many registers: ptxas has
/// some more for what it moves.
fn resident(words: u32) -> u32 {
    let registers = (words + SPARE).next_multiple_of(8);
    (FILE / THREADS / registers).clamp(2, 8)
}
