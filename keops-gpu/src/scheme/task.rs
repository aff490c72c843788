//! What a block of threads is to do: rows against intervals of columns.
//!
//! A launch does a list of tasks, one for each block. The table has eight u32 for a task: the first
//! row and the one after the last, the first interval of columns and the one after the last, the
//! batch, the rows that positions on both axes are counted from (`i0`, `j0`), and the place of the
//! partial state, or [`NO_STATE`] where the results are wanted. An interval is two u32: its first
//! column and the one after its last. Without a table a block takes the rows of its number, all
//! columns, and gives results.

use crate::builder::Builder;
use crate::kernel::{Binary, Comparison, Instr, Operand, Reg, Special, Type};

/// The place of the state of a task that gives results.
pub(super) const NO_STATE: u32 = u32::MAX;

/// Bytes of a task in the table.
const TASK: u32 = 32;

/// Bytes of an interval.
const INTERVAL: u32 = 8;

/// A block's task, in registers that are the same for all its threads.
#[derive(Clone, Copy)]
pub(super) struct Task {
    /// Whether there is a table.
    tabled: Reg,
    pub(super) first_row: Reg,
    pub(super) end_row: Reg,
    /// The first interval and the one after the last.
    pub(super) intervals: (Reg, Reg),
    pub(super) batch: Reg,
    pub(super) i0: Reg,
    pub(super) j0: Reg,
    pub(super) state: Reg,
}

/// Reads the task of the block from the table of a parameter; without one, of `per_block` rows.
pub(super) fn read(b: &Builder, tasks: u32, rows: u32, per_block: u32) -> Task {
    let number = b.special(Special::BlockX, "block");
    let table = b.read_param(tasks);
    let register = |name: &str, value: Operand| {
        let reg = b.register(Type::U32, Some(name));
        b.assign(reg, value);
        reg
    };
    let zero = Operand::U32(0);
    let first = b.binary(Binary::Mul, Type::U32, number, Operand::U32(per_block));
    let task = Task {
        tabled: b.compare(Comparison::Ne, table, Operand::U64(0)),
        first_row: register("first_row", first.into()),
        end_row: register("end_row", b.read_param(rows).into()),
        intervals: (
            register("interval", zero),
            register("intervals", Operand::U32(1)),
        ),
        batch: register("batch", zero),
        i0: register("i0", zero),
        j0: register("j0", zero),
        state: register("place", Operand::U32(NO_STATE)),
    };
    b.when(task.tabled, || {
        let pointer = b.offset_pointer(table, number, TASK);
        let (from, to) = task.intervals;
        load(b, pointer, 0, vec![task.first_row, task.end_row, from, to]);
        load(
            b,
            pointer,
            16,
            vec![task.batch, task.i0, task.j0, task.state],
        );
    });
    task
}

impl Task {
    /// The columns of an interval: of the table of a parameter, or all.
    pub(super) fn interval(
        &self,
        b: &Builder,
        table: u32,
        columns: u32,
        number: Reg,
    ) -> (Reg, Reg) {
        let names = ["start", "end"];
        let [start, end] = names.map(|name| b.register(Type::U32, Some(name)));
        b.assign(start, Operand::U32(0));
        b.assign(end, b.read_param(columns).into());
        b.when(self.tabled, || {
            let pointer = b.offset_pointer(b.read_param(table), number, INTERVAL);
            load(b, pointer, 0, vec![start, end]);
        });
        (start, end)
    }
}

fn load(b: &Builder, pointer: Reg, offset: u32, to: Vec<Reg>) {
    b.instr(Instr::LoadGlobal {
        to,
        pointer,
        offset,
        constant: true,
    });
}
