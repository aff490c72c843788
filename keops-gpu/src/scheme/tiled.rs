//! One thread per row; the columns pass through shared memory in tiles.
//!
//! The threads of a block load a tile together, one column each, and run the column section on it, so
//! that what depends on the column alone is computed once per block. Every thread then folds the tile
//! into its row's state. A thread beyond the last row computes the last row again and stores nothing,
//! so that every thread reaches the barriers.

use super::access::{Reach, either, instructions, size};
use super::frame::{At, Frame};
use super::memory::Memory;
use super::section;
use super::slots::{Slots, register_type};
use super::tile::Tile;
use super::{THREADS, Unsupported};
use crate::builder::Builder;
use crate::kernel::{Binary, Comparison, Instr, Kernel, Operand, Precision, Reg, Special, Type};
use keops_program::program::{BLOCK, Place, Program};

/// 32-bit registers that the slots of a thread may take before some go to local memory.
const REGISTERS: u32 = 144;

/// The same in f64, whose temporaries take more beside them.
const REGISTERS_DOUBLE: u32 = 136;

/// Instructions in the body of the inner loop, about: more copies of `update` than that make the
/// text longer and the loop no faster.
const BODY: u32 = 160;

/// Slots of columns in one body of the inner loop: ptxas reads all of them before it computes.
const AHEAD: u32 = 32;

/// Words of state beyond which the total over blocks goes to local memory: it is touched once per
/// block of columns.
const TOTAL: u32 = 24;

/// The kernel of a map-reduce pass.
pub(super) fn kernel(b: Builder, program: &Program, comment: &str) -> Result<Kernel, Unsupported> {
    let tile = Tile::new(&b, program.column_slots.len())?;
    let words = Tiled::write(&b, program, tile);
    Ok(b.finish(|kernel| {
        kernel.comment = comment.lines().map(str::to_owned).collect();
        kernel
            .comment
            .push(format!("one thread per row, tiles of {} columns", tile.len));
        kernel.threads = THREADS;
        kernel.blocks = match words {
            0..=64 => 8,
            65..=128 => 4,
            _ => 2,
        };
        kernel.shared = tile.len * tile.stride;
    }))
}

struct Tiled<'a> {
    frame: Frame<'a>,
    b: &'a Builder,
    program: &'a Program,
    tile: Tile,
    memory: Memory,
    /// The temporary arrays of `update`.
    locals: Vec<Slots>,
    /// The state of a block of columns.
    block: Slots,
    /// The same where `merge` sees it.
    other: Slots,
    /// The elements of the state that `update` may store to; the others keep their initial value.
    stored: Vec<bool>,
    /// Copies of `update` in the inner loop.
    unroll: u32,
}

impl<'a> Tiled<'a> {
    /// Writes all; the 32-bit registers that it may take.
    fn write(b: &'a Builder, program: &'a Program, tile: Tile) -> u32 {
        let frame = Frame::new(b, program);
        let state = frame.state_types();
        let stored = Reach::of(&program.update).stores(Place::State, state.len());
        let block_words = frame.words(
            state
                .iter()
                .zip(&stored)
                .filter(|(_, s)| **s)
                .map(|(ty, _)| *ty),
        );
        let total_words = frame.words(state.iter().copied());
        let param_words = frame.words(program.param_slots.iter().copied());
        let row_words = frame.words(program.row_slots.iter().copied());
        let registers = match b.precision() {
            Precision::Single => REGISTERS,
            Precision::Double => REGISTERS_DOUBLE,
        };
        let wide_row = param_words + row_words + block_words > registers && row_words > 16;
        let wide_state = block_words > registers;
        let Program {
            param,
            row,
            update,
            merge,
            finish,
            column,
            ..
        } = program;

        let mut memory = Memory::default();
        let everywhere: Vec<_> = [param, row, column, update, finish]
            .iter()
            .map(|&s| (s, Place::Param))
            .collect();
        memory.set(
            Place::Param,
            frame.slots("param", &program.param_slots, &everywhere, false),
        );
        let everywhere: Vec<_> = [row, update, finish]
            .iter()
            .map(|&s| (s, Place::Row))
            .collect();
        memory.set(
            Place::Row,
            frame.slots("row", &program.row_slots, &everywhere, wide_row),
        );
        let uses = [(merge, Place::State), (finish, Place::State)];
        let mut total = frame.slots("total", &state, &uses, total_words > TOTAL);
        let uses = [(update, Place::State), (merge, Place::Other)];
        let other = frame.slots("state", &state, &uses, wide_state);
        let reach = Reach::of(update);
        let memory_of = |place: Place, len: usize, all: bool| match all {
            true => vec![true; len],
            false => reach.dynamic(place, len),
        };
        let block = other.released(&memory_of(Place::State, state.len(), wide_state));

        let thread = b.special(Special::Thread, "thread");
        let number = b.special(Special::BlockX, "block");
        let row_number = b.fma(Type::U32, number, Operand::U32(THREADS), thread);
        let rows = b.read_param(frame.rows);
        let last = b.binary(Binary::Sub, Type::U32, rows, Operand::U32(1));
        let valid_row = b.binary(Binary::Min, Type::U32, row_number, last);
        frame.section("param", param, &mut memory, At::default());
        frame.section(
            "row",
            row,
            &mut memory,
            At {
                row: Some(valid_row.into()),
                column: None,
            },
        );

        // What only other sections reach in memory, the update has in registers.
        let whole = [Place::Param, Place::Row].map(|place| memory.take(place));
        for (place, slots) in [Place::Param, Place::Row].into_iter().zip(&whole) {
            let wanted = memory_of(place, slots.slots.len(), place == Place::Row && wide_row);
            let column = Reach::of(column).dynamic(place, wanted.len());
            let wanted = either(&wanted, &column);
            memory.set(place, slots.loaded(b, &wanted));
        }
        total.fill(b, &program.state);
        let total_variables = total.carry(b, "total", &vec![true; state.len()]);
        let instructions = instructions(&update.stmts, &|op| b.cost(op)).max(1);
        let unroll = [8, 4, 2]
            .into_iter()
            .find(|copies| {
                let ahead = copies * (tile.stride / b.real_size());
                copies * instructions <= BODY && ahead <= AHEAD
            })
            .unwrap_or(1);
        let locals = section::locals(b, update);
        // Temporaries beside the slots grow with what is written out at once.
        let temporaries = if b.precision() == Precision::Single {
            28
        } else {
            44
        };
        let mut words = temporaries + (size(&update.stmts) / 4).min(64) + total.words(b);
        words += if wide_state { 0 } else { block_words };
        words += memory.slots(Place::Row).map_or(0, |s| s.words(b));
        words += memory.slots(Place::Param).map_or(0, |s| s.words(b));
        let mut this = Tiled {
            frame,
            b,
            program,
            tile,
            memory,
            locals,
            block,
            other,
            stored,
            unroll,
        };
        this.columns(thread, &mut total, &total_variables);

        this.memory.set(Place::State, total);
        for (place, slots) in [Place::Param, Place::Row].into_iter().zip(whole) {
            this.memory.set(place, slots);
        }
        let inside = b.compare(Comparison::Lt, row_number, rows);
        b.when(inside, || {
            let at = At {
                row: Some(row_number.into()),
                column: None,
            };
            this.frame.section("finish", finish, &mut this.memory, at);
        });
        words
    }

    /// The loop over all columns.
    fn columns(&mut self, thread: Reg, total: &mut Slots, total_variables: &[(usize, Reg)]) {
        let (b, tile) = (self.b, self.tile);
        let block = BLOCK as u32;
        let base = b.register(Type::U32, Some("tile"));
        b.instr(Instr::SharedBase { to: base });
        let mine = b.fma(Type::U32, thread, Operand::U32(tile.stride), base);
        let columns = b.read_param(self.frame.columns);
        let fill = |this: &mut Tiled<'_>| {
            this.block.fill(b, &this.program.state);
            this.block.carry(b, "state", &this.stored)
        };
        let zero = Operand::U32(0);
        b.repeat(
            "column",
            (zero, columns.into()),
            tile.len.max(block),
            false,
            |first| {
                if tile.len < block {
                    // The block of columns takes several tiles.
                    let variables = fill(self);
                    let end = b.binary(Binary::Add, Type::U32, first, Operand::U32(block));
                    let end = b.binary(Binary::Min, Type::U32, end, columns);
                    b.repeat(
                        "part",
                        (first.into(), end.into()),
                        tile.len,
                        true,
                        |first| {
                            let count = self.load_tile(thread, mine, first, columns);
                            self.fold(base, count, &variables);
                        },
                    );
                    self.merge(total, total_variables);
                    return;
                }
                let count = self.load_tile(thread, mine, first, columns);
                if tile.len == block {
                    let variables = fill(self);
                    self.fold(base, count, &variables);
                    self.merge(total, total_variables);
                    return;
                }
                b.repeat("block", (zero, count.into()), block, true, |first| {
                    let variables = fill(self);
                    let start = b.fma(Type::U32, first, Operand::U32(tile.stride), base);
                    let rest = b.binary(Binary::Sub, Type::U32, count, first);
                    let rest = b.binary(Binary::Min, Type::U32, rest, Operand::U32(block));
                    self.fold(start, rest, &variables);
                    self.merge(total, total_variables);
                });
            },
        );
    }

    /// Loads the tile that starts at a column, between barriers; the number of its columns.
    fn load_tile(&mut self, thread: Reg, mine: Reg, first: Reg, columns: Reg) -> Reg {
        let (b, tile) = (self.b, self.tile);
        b.instr(Instr::Barrier);
        let rest = b.binary(Binary::Sub, Type::U32, columns, first);
        let count = b.binary(Binary::Min, Type::U32, rest, Operand::U32(tile.len));
        let column = b.binary(Binary::Add, Type::U32, first, thread);
        let loads = b.compare(Comparison::Lt, thread, count);
        let block = &self.program.column;
        let types: Vec<Type> = self
            .program
            .column_slots
            .iter()
            .map(|&ty| register_type(ty))
            .collect();
        let dynamic = Reach::of(block).dynamic(Place::Column, types.len());
        b.when(loads, || {
            self.memory
                .set(Place::Column, Slots::shared(&types, &dynamic, (mine, 0)));
            let at = At {
                row: None,
                column: Some(column.into()),
            };
            self.frame.section("column", block, &mut self.memory, at);
            let slots = self.memory.take(Place::Column);
            tile.store(b, mine, &slots);
        });
        b.instr(Instr::Barrier);
        count
    }

    /// Folds `count` columns that start at a shared address into the state of the block.
    fn fold(&mut self, start: Reg, count: Reg, variables: &[(usize, Reg)]) {
        let (b, stride, unroll) = (self.b, self.tile.stride, self.unroll);
        let end = b.fma(Type::U32, count, Operand::U32(stride), start);
        let mut from = start;
        if unroll > 1 {
            let whole = b.binary(Binary::And, Type::U32, count, Operand::U32(!(unroll - 1)));
            let to = b.fma(Type::U32, whole, Operand::U32(stride), start);
            self.update(start, to, unroll, variables);
            from = to;
        }
        self.update(from, end, 1, variables);
    }

    /// The inner loop, over the columns between two shared addresses.
    fn update(&mut self, from: Reg, to: Reg, copies: u32, variables: &[(usize, Reg)]) {
        let (b, stride, block) = (self.b, self.tile.stride, &self.program.update);
        self.frame.bind(&mut self.memory, block, At::default());
        b.repeat(
            "address",
            (from.into(), to.into()),
            stride * copies,
            false,
            |address| {
                self.memory.set(Place::State, self.block.clone());
                for copy in 0..copies {
                    let slots = self.tile.load(b, self.program, address, copy * stride);
                    self.memory.set(Place::Column, slots);
                    section::write(b, block, &self.locals, &mut self.memory);
                }
                self.block = self.memory.take(Place::State);
                b.assign_all(&self.block.settle(variables));
            },
        );
    }

    /// Folds the state of the block into the total.
    fn merge(&mut self, total: &mut Slots, variables: &[(usize, Reg)]) {
        let b = self.b;
        self.memory.set(Place::State, total.clone());
        let mut other = self.other.clone();
        other.copy_from(b, &self.block);
        self.memory.set(Place::Other, other);
        self.frame.section(
            "merge",
            &self.program.merge,
            &mut self.memory,
            At::default(),
        );
        *total = self.memory.take(Place::State);
        b.assign_all(&total.settle(variables));
    }
}
