//! Some rows per thread; the columns pass through shared memory in tiles.
//!
//! The threads of a block load a tile together, one column each, and run the column section on it, so
//! that what depends on the column alone is computed once per block. Every thread then folds the tile
//! into the states of its rows. A row beyond the last is the last row again, and nothing is stored for
//! it; a warp that has no other rows skips the fold, but not the barriers.
//!
//! A task of the launch's table says which rows and columns a block has; see [`task`](super::task).
//! Where the results are to be those of several tasks, they leave their states, and a second launch of
//! the same kernel merges them.

use super::access::{Reach, either};
use super::frame::{At, Frame};
use super::memory::Memory;
use super::section;
use super::shape::Shape;
use super::slots::{Slots, register_type};
use super::state::States;
use super::task::NO_STATE;
use super::tile::Tile;
use super::{THREADS, Unsupported};
use crate::builder::Builder;
use crate::kernel::{Binary, Comparison, Instr, Kernel, Operand, Reg, Special, Type};
use keops_program::program::{BLOCK, Block, Place, Program};

/// Threads of a warp.
const WARP: u32 = 32;

/// The kernel of a map-reduce pass. `many`: it has more than a few rows.
pub(super) fn kernel(
    b: Builder,
    (program, batched): (&Program, &[bool]),
    many: bool,
    comment: &str,
) -> Result<Kernel, Unsupported> {
    let tile = Tile::new(&b, program)?;
    let reach = Reach::of(&program.update);
    let stored = reach.stores(Place::State, program.state.len());
    let shape = Shape::of(&b, program, &tile, &stored, many);
    let (len, shared) = (tile.len, tile.len * tile.stride);
    let frame = Frame::new(&b, (program, batched), shape.block_rows());
    Tiled::write(frame, tile, shape, (&reach, stored));
    Ok(b.finish(|kernel| {
        kernel.comment = comment.lines().map(str::to_owned).collect();
        let rows = match shape.rows {
            1 => "one row per thread".to_owned(),
            rows => format!("{rows} rows per thread"),
        };
        kernel
            .comment
            .push(format!("{rows}, tiles of {len} columns"));
        kernel.threads = THREADS;
        kernel.rows_per_thread = shape.rows;
        kernel.blocks = shape.resident();
        kernel.shared = shared;
        if shape.rows > 1 {
            kernel.name += &format!("_x{}", shape.rows);
        }
    }))
}

/// What a thread has of one of its rows.
struct Row {
    /// Its number, and that of a row which there is.
    number: Reg,
    valid: Reg,
    /// Its slots where `update` sees them, and where other sections do.
    slots: Slots,
    whole: Slots,
    total: Slots,
    /// The registers that hold the total from one block of columns to the next.
    variables: Vec<(usize, Reg)>,
    /// The state of a block of columns.
    block: Slots,
    /// The same where `merge` sees it.
    other: Slots,
}

struct Tiled<'a> {
    frame: Frame<'a>,
    b: &'a Builder,
    program: &'a Program,
    tile: Tile,
    shape: Shape,
    memory: Memory,
    /// The temporary arrays of `update`, and of `grouped`.
    locals: Vec<Slots>,
    group_locals: Vec<Slots>,
    rows: Vec<Row>,
    /// The number of the first row in the task; each is a warp's threads behind the one before.
    place: Reg,
    /// The elements of the state that `update` may store to; the others keep their initial value.
    stored: Vec<bool>,
    /// Whether the warp has rows.
    busy: Reg,
}

/// The columns of a block where it is not cut by the end of an interval: their number, and its
/// logarithm to base 2.
#[derive(Clone, Copy)]
struct Run {
    length: Reg,
    shift: Reg,
}

impl<'a> Tiled<'a> {
    fn write(frame: Frame<'a>, tile: Tile, shape: Shape, (reach, stored): (&Reach, Vec<bool>)) {
        let (b, program) = (frame.b, frame.program);
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
        let everywhere = [param, row, column, update, finish].map(|s| (s, Place::Param));
        memory.set(
            Place::Param,
            frame.slots("param", &program.param_slots, &everywhere, false),
        );
        let thread = b.special(Special::Thread, "thread");
        let task = frame.task;
        let last = b.binary(Binary::Sub, Type::U32, task.end_row, Operand::U32(1));
        // A warp has its rows one after the other.
        let (mut place, mut warp) = (thread, thread);
        if shape.rows > 1 {
            let lane = b.binary(Binary::And, Type::U32, thread, Operand::U32(WARP - 1));
            warp = b.binary(Binary::Sub, Type::U32, thread, lane);
            place = b.fma(Type::U32, warp, Operand::U32(shape.rows), lane);
            warp = b.binary(Binary::Mul, Type::U32, warp, Operand::U32(shape.rows));
        } else {
            warp = b.binary(Binary::And, Type::U32, warp, Operand::U32(!(WARP - 1)));
        }
        let warp = b.binary(Binary::Add, Type::U32, warp, task.first_row);
        let first = b.binary(Binary::Add, Type::U32, place, task.first_row);
        let busy = b.compare(Comparison::Lt, warp, task.end_row);
        frame.section("param", param, &mut memory, At::default());

        let mut rows = Vec::new();
        for k in 0..shape.rows {
            let number = match k {
                0 => first,
                k => b.binary(Binary::Add, Type::U32, first, Operand::U32(k * WARP)),
            };
            let valid = b.binary(Binary::Min, Type::U32, number, last);
            let uses = [row, update, finish].map(|s| (s, Place::Row));
            let slots = frame.slots("row", &program.row_slots, &uses, shape.wide_row);
            memory.set(Place::Row, slots);
            let at = At {
                row: Some(valid.into()),
                column: None,
            };
            frame.section("row", row, &mut memory, at);
            let whole = memory.take(Place::Row);
            let state = frame.state_types();
            let mut uses = vec![(merge, Place::State), (finish, Place::State)];
            uses.extend(program.exact.then_some((update, Place::State)));
            let mut total = frame.slots("total", &state, &uses, shape.wide_total);
            total.fill(b, &program.state);
            let variables = total.carry(b, "total", &vec![true; state.len()]);
            let uses = [(update, Place::State), (merge, Place::Other)];
            let other = frame.slots("state", &state, &uses, shape.wide_state);
            let moves = either(
                &reach.dynamic(Place::State, state.len()),
                &vec![shape.wide_state; state.len()],
            );
            rows.push(Row {
                number,
                valid,
                slots: Slots::default(),
                whole,
                total,
                variables,
                block: other.released(&moves),
                other,
            });
        }

        // What only other sections reach in memory, the update has in registers.
        let whole = memory.take(Place::Param);
        let len = whole.slots.len();
        let wanted = either(
            &reach.dynamic(Place::Param, len),
            &Reach::of(column).dynamic(Place::Param, len),
        );
        memory.set(Place::Param, whole.loaded(b, &wanted));
        let len = program.row_slots.len();
        let wanted = either(&reach.dynamic(Place::Row, len), &vec![shape.wide_row; len]);
        for row in &mut rows {
            row.slots = row.whole.loaded(b, &wanted);
        }
        let locals = section::locals(b, update);
        let group_locals = section::locals(b, &program.grouped);
        let mut this = Tiled {
            frame,
            b,
            program,
            tile,
            shape,
            memory,
            locals,
            group_locals,
            rows,
            place,
            stored,
            busy,
        };
        this.merge_states();
        this.columns(thread);
        this.memory.set(Place::Param, whole);
        this.end();
    }

    /// The states that the tasks of another launch left.
    fn states(&self) -> States {
        States {
            base: self.b.read_param(self.frame.states),
            scalars: self.program.state.len(),
            rows: self.shape.block_rows(),
        }
    }

    /// Merges states of other tasks in place of columns, if the launch is for that.
    fn merge_states(&mut self) {
        let (b, (from, to)) = (self.b, self.frame.task.intervals);
        let merging = b.read_param(self.frame.merging);
        let merging = b.compare(Comparison::Ne, merging, Operand::U32(0));
        b.when(merging, || {
            b.comment("merge the states of tasks");
            let states = self.states();
            b.repeat("state", (from.into(), to.into()), 1, false, |place| {
                let pointer = states.at(b, place, self.place);
                for (row, behind) in self.rows.iter_mut().zip((0..).step_by(WARP as usize)) {
                    let mut other = row.other.clone();
                    states.load(b, (pointer, behind), &mut other);
                    merge(&self.frame, &mut self.memory, row, other);
                }
            });
            b.assign(from, to.into());
        });
    }

    /// The loop over all columns.
    fn columns(&mut self, thread: Reg) {
        let (b, stride) = (self.b, self.tile.stride);
        let base = b.register(Type::U32, Some("tile"));
        b.instr(Instr::SharedBase { to: base });
        let mine = b.fma(Type::U32, thread, Operand::U32(stride), base);
        let mut shift = b.read_param(self.frame.block);
        let block = b.binary(Binary::Shl, Type::U32, Operand::U32(1), shift);
        let mut length = block;
        let narrow = self.tile.len < BLOCK as u32;
        if narrow {
            // A block of columns takes several tiles.
            let most = Operand::U32(self.tile.len.ilog2());
            shift = b.binary(Binary::Min, Type::U32, shift, most);
            length = b.binary(Binary::Min, Type::U32, length, Operand::U32(self.tile.len));
        }
        let run = Run { length, shift };
        let exact = self.program.exact;
        let variables = match (exact, narrow) {
            (true, _) => self.rows.iter().map(|row| row.variables.clone()).collect(),
            (false, true) => self.open(None),
            (false, false) => Vec::new(),
        };
        if exact {
            // Blocks change nothing: columns are folded into the total.
            for row in &mut self.rows {
                row.block = std::mem::take(&mut row.total);
            }
        }
        let task = self.frame.task;
        let (from, to) = task.intervals;
        b.repeat("number", (from.into(), to.into()), 1, false, |number| {
            let (intervals, columns) = (self.frame.intervals, self.frame.columns);
            let (start, end) = task.interval(b, intervals, columns, number);
            let step = self.tile.len;
            b.repeat("column", (start.into(), end.into()), step, false, |first| {
                let count = self.load_tile(thread, mine, first, end);
                b.when(self.busy, || {
                    if exact {
                        self.fold(base, count, &variables);
                        return;
                    }
                    let place = |from| {
                        let before = b.binary(Binary::Sub, Type::U32, first, start);
                        b.binary(Binary::Add, Type::U32, before, from)
                    };
                    self.runs(run, count, |this, from, rest| {
                        let address = b.fma(Type::U32, from, Operand::U32(stride), base);
                        if !narrow {
                            let variables = this.open(None);
                            this.fold(address, rest, &variables);
                            this.close();
                            return;
                        }
                        let mask = b.binary(Binary::Sub, Type::U32, block, Operand::U32(1));
                        let place = place(from);
                        let phase = b.binary(Binary::And, Type::U32, place, mask);
                        let opens = b.compare(Comparison::Eq, phase, Operand::U32(0));
                        b.when(opens, || drop(this.open(Some(&variables))));
                        this.fold(address, rest, &variables);
                        let next = b.binary(Binary::Add, Type::U32, place, rest);
                        let phase = b.binary(Binary::And, Type::U32, next, mask);
                        let whole = b.compare(Comparison::Eq, phase, Operand::U32(0));
                        let all = b.binary(Binary::Sub, Type::U32, end, start);
                        let all = b.compare(Comparison::Eq, next, all);
                        let closes = b.binary(Binary::Or, Type::Pred, whole, all);
                        b.when(closes, || this.close());
                    });
                });
            });
        });
        if exact {
            for row in &mut self.rows {
                row.total = std::mem::take(&mut row.block);
            }
        }
    }

    /// Cuts the columns of a tile into runs; `what` is given the first column and their number.
    fn runs(&mut self, run: Run, count: Reg, what: impl FnOnce(&mut Self, Reg, Reg)) {
        let b = self.b;
        let most = b.binary(Binary::Sub, Type::U32, run.length, Operand::U32(1));
        let runs = b.binary(Binary::Add, Type::U32, count, most);
        let runs = b.binary(Binary::Shr, Type::U32, runs, run.shift);
        b.repeat("run", (Operand::U32(0), runs.into()), 1, true, |number| {
            let from = b.binary(Binary::Shl, Type::U32, number, run.shift);
            let rest = b.binary(Binary::Sub, Type::U32, count, from);
            let rest = b.binary(Binary::Min, Type::U32, rest, run.length);
            what(self, from, rest);
        });
    }

    /// Begins a block of columns, in the registers that are given or in new ones.
    fn open(&mut self, variables: Option<&[Vec<(usize, Reg)>]>) -> Vec<Vec<(usize, Reg)>> {
        let b = self.b;
        let mut new = Vec::new();
        for (k, row) in self.rows.iter_mut().enumerate() {
            row.block.fill(b, &self.program.state);
            for (k, slot) in self.program.state.iter().enumerate() {
                if slot.carried {
                    row.block.take_over(b, k, &row.total);
                }
            }
            match variables {
                Some(variables) => b.assign_all(&row.block.settle(&variables[k])),
                None => new.push(row.block.carry(b, "state", &self.stored)),
            }
        }
        new
    }

    /// Folds the states of the block of columns into the totals.
    fn close(&mut self) {
        self.b.comment("merge");
        for row in &mut self.rows {
            let mut other = row.other.clone();
            other.copy_from(self.b, &row.block);
            merge(&self.frame, &mut self.memory, row, other);
        }
    }

    /// Loads the tile that starts at a column, between barriers; the number of its columns.
    fn load_tile(&mut self, thread: Reg, mine: Reg, first: Reg, end: Reg) -> Reg {
        let (b, tile) = (self.b, &self.tile);
        b.instr(Instr::Barrier);
        let rest = b.binary(Binary::Sub, Type::U32, end, first);
        let count = b.binary(Binary::Min, Type::U32, rest, Operand::U32(tile.len));
        let column = b.binary(Binary::Add, Type::U32, first, thread);
        let loads = b.compare(Comparison::Lt, thread, count);
        let block = &self.program.column;
        let types = self.program.column_slots.iter();
        let types: Vec<Type> = types.map(|&ty| register_type(ty)).collect();
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

    /// Folds `count` columns that start at a shared address into the states of the block.
    fn fold(&mut self, start: Reg, count: Reg, variables: &[Vec<(usize, Reg)>]) {
        let (b, stride) = (self.b, self.tile.stride);
        let end = b.fma(Type::U32, count, Operand::U32(stride), start);
        let grouped = self.shape.grouped;
        let columns = if grouped {
            self.program.group
        } else {
            self.shape.columns
        };
        let mut from = start;
        if columns > 1 {
            let whole = b.binary(Binary::And, Type::U32, count, Operand::U32(!(columns - 1)));
            let to = b.fma(Type::U32, whole, Operand::U32(stride), start);
            self.inner((from, to), columns, grouped, variables);
            from = to;
        }
        self.inner((from, end), 1, false, variables);
    }

    /// The inner loop, over the columns between two shared addresses: so many in each turn, one after
    /// the other or as a group.
    fn inner(
        &mut self,
        (from, to): (Reg, Reg),
        columns: u32,
        grouped: bool,
        variables: &[Vec<(usize, Reg)>],
    ) {
        let (b, stride) = (self.b, self.tile.stride);
        let block = if grouped {
            &self.program.grouped
        } else {
            &self.program.update
        };
        self.frame.bind(&mut self.memory, block, At::default());
        let range = (from.into(), to.into());
        b.repeat("address", range, stride * columns, false, |address| {
            let load = |this: &Self, copy| this.tile.load(b, address, copy * stride);
            if grouped {
                let all: Vec<Slots> = (0..columns).map(|copy| load(self, copy)).collect();
                self.fold_loaded(block, true, &Slots::joined(&all));
            } else {
                for copy in 0..columns {
                    let column = load(self, copy);
                    self.fold_loaded(block, false, &column);
                }
            }
            let rows = self.rows.iter_mut().zip(variables);
            let pairs: Vec<_> = rows.flat_map(|(row, own)| row.block.settle(own)).collect();
            b.assign_all(&pairs);
        });
    }

    /// Folds a column, or those of a group, into the states of all rows.
    fn fold_loaded(&mut self, block: &Block, grouped: bool, columns: &Slots) {
        let locals = if grouped {
            &self.group_locals
        } else {
            &self.locals
        };
        for row in &mut self.rows {
            self.memory.set(Place::Column, columns.clone());
            self.memory.set(Place::Row, row.slots.clone());
            self.memory
                .set(Place::State, std::mem::take(&mut row.block));
            section::write(self.b, block, locals, &mut self.memory);
            row.block = self.memory.take(Place::State);
        }
    }

    /// Leaves the states where the task says, or the results.
    fn end(&mut self) {
        let (b, states, task) = (self.b, self.states(), self.frame.task);
        let partial = b.compare(Comparison::Ne, task.state, Operand::U32(NO_STATE));
        let rows = std::mem::take(&mut self.rows);
        b.either(
            partial,
            || {
                let pointer = states.at(b, task.state, self.place);
                for (row, behind) in rows.iter().zip((0..).step_by(WARP as usize)) {
                    states.store(b, (pointer, behind), &row.total);
                }
            },
            || {
                for row in &rows {
                    let inside = b.compare(Comparison::Lt, row.number, task.end_row);
                    b.when(inside, || {
                        self.memory.set(Place::State, row.total.clone());
                        self.memory.set(Place::Row, row.whole.clone());
                        let at = At {
                            row: Some(row.valid.into()),
                            column: None,
                        };
                        let finish = &self.program.finish;
                        self.frame.section("finish", finish, &mut self.memory, at);
                    });
                }
            },
        );
    }
}

/// Folds a state into the total of a row.
fn merge(frame: &Frame<'_>, memory: &mut Memory, row: &mut Row, other: Slots) {
    memory.set(Place::State, row.total.clone());
    memory.set(Place::Other, other);
    let block = &frame.program.merge;
    frame.bind(memory, block, At::default());
    section::write(frame.b, block, &section::locals(frame.b, block), memory);
    row.total = memory.take(Place::State);
    let pairs = row.total.settle(&row.variables);
    frame.b.assign_all(&pairs);
}
