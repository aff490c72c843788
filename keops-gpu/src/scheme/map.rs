//! One thread per row, with no column or with those that an input of the row names.

use super::THREADS;
use super::frame::{At, Frame};
use super::memory::Memory;
use crate::builder::Builder;
use crate::kernel::{Binary, Comparison, Instr, Kernel, Operand, Reg, Special, Type};
use keops_program::program::{Place, Program};

/// The kernel of a map, or of a gather whose row input `index` names the columns.
pub(super) fn kernel(
    b: Builder,
    program: (&Program, &[bool]),
    index: Option<u32>,
    comment: &str,
) -> Kernel {
    let frame = Frame::new(&b, program, THREADS);
    let thread = b.special(Special::Thread, "thread");
    let row = b.binary(Binary::Add, Type::U32, frame.task.first_row, thread);
    let inside = b.compare(Comparison::Lt, row, frame.task.end_row);
    b.when(inside, || write(&frame, row.into(), index));
    b.finish(|kernel| {
        kernel.comment = comment.lines().map(str::to_owned).collect();
        let columns = if index.is_some() {
            ", with the columns that it names"
        } else {
            ""
        };
        kernel.comment.push(format!("one thread per row{columns}"));
        kernel.threads = THREADS;
        kernel.blocks = 2;
    })
}

fn write(frame: &Frame<'_>, row: Operand, index: Option<u32>) {
    let Frame { b, program, .. } = *frame;
    let Program {
        param,
        row: row_block,
        column,
        update,
        merge,
        finish,
        ..
    } = program;
    let state = frame.state_types();
    let mut memory = Memory::default();
    let uses = [param, row_block, column, update, finish].map(|block| (block, Place::Param));
    memory.set(
        Place::Param,
        frame.slots("param", &program.param_slots, &uses, false),
    );
    let uses = [row_block, update, finish].map(|block| (block, Place::Row));
    memory.set(
        Place::Row,
        frame.slots("row", &program.row_slots, &uses, false),
    );
    let uses = [(merge, Place::State), (finish, Place::State)];
    let mut total = frame.slots("total", &state, &uses, false);
    total.fill(b, &program.state);

    let at = At {
        row: Some(row),
        column: None,
    };
    frame.section("param", param, &mut memory, At::default());
    frame.section("row", row_block, &mut memory, at);
    if let Some(index) = index {
        let all = vec![true; state.len()];
        let variables = total.carry(b, "total", &all);
        each(frame, row, index, |number| {
            let at = At {
                row: Some(row),
                column: Some(number),
            };
            let uses = [column, update].map(|block| (block, Place::Column));
            memory.set(
                Place::Column,
                frame.slots("column", &program.column_slots, &uses, false),
            );
            frame.section("column", column, &mut memory, at);
            let uses = [(update, Place::State), (merge, Place::Other)];
            let mut block = frame.slots("state", &state, &uses, false);
            block.fill(b, &program.state);
            memory.set(Place::State, block);
            frame.section("update", update, &mut memory, at);
            let block = memory.take(Place::State);
            memory.set(Place::Other, block);
            memory.set(Place::State, total.clone());
            frame.section("merge", merge, &mut memory, at);
            total = memory.take(Place::State);
            b.assign_all(&total.settle(&variables));
        });
    }
    memory.set(Place::State, total);
    frame.section("finish", finish, &mut memory, at);
}

/// Does something with each column that the row's input `index` names, once.
fn each(frame: &Frame<'_>, row: Operand, index: u32, what: impl FnOnce(Operand)) {
    let Some(param) = frame.input(index) else {
        return;
    };
    let b = frame.b;
    let width = frame.program.inputs[index as usize].width;
    let pointer = b.offset_pointer(b.read_param(param), row, 4 * width);
    let present = |number: Reg| b.compare(Comparison::Lt, number, b.read_param(frame.columns));
    let there = |present: Reg, number: Reg| {
        let number = b.binary(Binary::Add, Type::U32, number, frame.task.j0);
        b.when(present, || what(number.into()));
    };
    if width == 1 {
        let number = frame.local_column(read(b, pointer).into());
        there(present(number), number);
        return;
    }
    let entries = (Operand::U32(0), Operand::U32(width));
    b.repeat("entry", entries, 1, false, |entry| {
        let named = read(b, b.offset_pointer(pointer, entry, 4));
        let again = b.register(Type::U32, Some("again"));
        b.assign(again, Operand::U32(0));
        let earlier = (Operand::U32(0), entry.into());
        b.repeat("earlier", earlier, 1, false, |earlier| {
            let other = read(b, b.offset_pointer(pointer, earlier, 4));
            let same = b.compare(Comparison::Eq, other, named);
            b.assign(again, b.select(same, Operand::U32(1), again.into()));
        });
        let first = b.compare(Comparison::Eq, again, Operand::U32(0));
        let number = frame.local_column(named.into());
        let first = b.binary(Binary::And, Type::Pred, first, present(number));
        there(first, number);
    });
}

/// A row number in memory, an I32.
fn read(b: &Builder, pointer: Reg) -> Reg {
    let to = b.register(Type::I32, Some("index"));
    b.instr(Instr::LoadGlobal {
        to: vec![to],
        pointer,
        offset: 0,
        constant: true,
    });
    to
}
