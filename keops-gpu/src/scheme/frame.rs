//! What every scheme has: the parameters, and the rows and columns that they point to.

use super::access::{Reach, either};
use super::memory::{Global, Memory};
use super::section;
use super::slots::{Slots, global_size, register_type};
use super::task::{self, Task};
use crate::builder::Builder;
use crate::kernel::{Binary, Comparison, Instr, Operand, ParamKind, Reg, Type, Unary};
use keops_program::program::{self, Block, Class, Place, Program, Source};

/// The parameters of a kernel, by number.
pub(super) struct Frame<'a> {
    pub(super) b: &'a Builder,
    pub(super) program: &'a Program,
    batched: &'a [bool],
    /// Of each input that has a pointer.
    inputs: Vec<Option<u32>>,
    outputs: Vec<u32>,
    pub(super) columns: u32,
    first_row: u32,
    first_column: u32,
    pub(super) intervals: u32,
    pub(super) states: u32,
    /// By how many rows the batches of an input lie before those of the call.
    shifts: u32,
    /// Whether there are such.
    shifted: Reg,
    /// The logarithm to base 2 of the columns in a block.
    pub(super) block: u32,
    /// Whether the tasks' intervals are of states to be merged, not of columns.
    pub(super) merging: u32,
    /// What the block of threads does.
    pub(super) task: Task,
}

/// The row and the column that a section is about.
#[derive(Clone, Copy, Default)]
pub(super) struct At {
    pub(super) row: Option<Operand>,
    pub(super) column: Option<Operand>,
}

impl<'a> Frame<'a> {
    /// Declares the parameters, and reads the task of a block that has room for so many rows.
    /// `batched`: the inputs of which a batch has one row; those beyond its end are none.
    pub(super) fn new(
        b: &'a Builder,
        (program, batched): (&'a Program, &'a [bool]),
        block_rows: u32,
    ) -> Frame<'a> {
        let mut inputs = Vec::new();
        for (k, input) in program.inputs.iter().enumerate() {
            let pointer = matches!(input.source, Source::Argument(_) | Source::Output { .. });
            let kind = ParamKind::Input(register_type(input.ty));
            inputs.push(pointer.then(|| b.param(&format!("in{k}_{}", input.name), kind)));
        }
        let mut outputs = Vec::new();
        for (k, output) in program.outputs.iter().enumerate() {
            let kind = ParamKind::Output(register_type(output.ty));
            outputs.push(b.param(&format!("out{k}_{}", output.name), kind));
        }
        let [tasks, intervals] =
            ["tasks", "intervals"].map(|name| b.param(name, ParamKind::Input(Type::U32)));
        let states = b.param("states", ParamKind::Output(Type::Real));
        let shifts = b.param("shifts", ParamKind::Input(Type::U32));
        let names = ["rows", "columns", "first_row", "first_column"];
        let [rows, columns, first_row, first_column] =
            names.map(|name| b.param(name, ParamKind::Number));
        let [block, merging] = ["block", "merging"].map(|name| b.param(name, ParamKind::Number));
        let task = task::read(b, tasks, rows, block_rows);
        let shifted = b.compare(Comparison::Ne, b.read_param(shifts), Operand::U64(0));
        Frame {
            b,
            program,
            batched,
            inputs,
            outputs,
            columns,
            first_row,
            first_column,
            intervals,
            states,
            shifts,
            shifted,
            block,
            merging,
            task,
        }
    }

    /// The parameter of an input, if it has one.
    pub(super) fn input(&self, k: u32) -> Option<u32> {
        self.inputs.get(k as usize).copied().flatten()
    }

    /// `first + number - origin`, an I32.
    fn position(&self, first: u32, number: Operand, origin: Reg) -> Operand {
        let first = self.b.read_param(first);
        let sum = self.b.binary(Binary::Add, Type::U32, first, number);
        let sum = self.b.binary(Binary::Sub, Type::U32, sum, origin);
        self.b.unary(Unary::Cast, Type::I32, sum.into())
    }

    /// The number from the task's first column on that a position names.
    pub(super) fn local_column(&self, position: Operand) -> Reg {
        let number = self.b.unary(Unary::Cast, Type::U32, position);
        let first = self.b.read_param(self.first_column);
        self.b.binary(Binary::Sub, Type::U32, number, first)
    }

    /// The row of an argument that stands for a row of the call: the same, but where its batches are
    /// those of several batches of the call.
    fn shifted(&self, input: usize, number: Operand) -> Operand {
        let b = self.b;
        let place = self.inputs[..input].iter().flatten().count() as u32;
        let all = self.inputs.iter().flatten().count() as u32;
        let shift = b.register(Type::U32, Some("shift"));
        b.assign(shift, Operand::U32(0));
        b.when(self.shifted, || {
            let table = b.read_param(self.shifts);
            b.instr(Instr::LoadGlobal {
                to: vec![shift],
                pointer: b.offset_pointer(table, self.task.batch, 4 * all),
                offset: 4 * place,
                constant: true,
            });
        });
        b.binary(Binary::Sub, Type::U32, number, shift).into()
    }

    /// Makes the inputs and outputs that a block touches visible to it.
    pub(super) fn bind(&self, memory: &mut Memory, block: &Block, at: At) {
        let b = self.b;
        let reach = Reach::of(block);
        for (k, input) in self.program.inputs.iter().enumerate() {
            let place = Place::Input(k as u32);
            if !reach.touches(place) {
                continue;
            }
            let number = match input.class {
                _ if self.batched.get(k) == Some(&true) => Some(self.task.batch.into()),
                Class::Param => None,
                Class::Row => at.row,
                Class::Column => at.column,
            };
            match (input.source, self.inputs[k]) {
                (Source::ColumnCount, _) => {
                    let columns = b.read_param(self.columns);
                    let value = b.unary(Unary::Cast, Type::I32, columns.into());
                    memory.set(place, Slots::value(Type::I32, value));
                }
                (_, Some(param)) => {
                    let bytes = input.width * global_size(b, input.ty);
                    let base = b.read_param(param);
                    let pointer = match number {
                        Some(number) if matches!(input.source, Source::Argument(_)) => {
                            b.offset_pointer(base, self.shifted(k, number), bytes)
                        }
                        Some(number) => b.offset_pointer(base, number, bytes),
                        None => base,
                    };
                    let name = input.name.clone();
                    memory.set_global(
                        place,
                        Global {
                            pointer,
                            ty: input.ty,
                            name,
                            constant: true,
                        },
                    );
                }
                (_, None) => {
                    let (first, origin) = if input.class == Class::Row {
                        (self.first_row, self.task.i0)
                    } else {
                        (self.first_column, self.task.j0)
                    };
                    let value = self.position(first, number.unwrap_or(Operand::U32(0)), origin);
                    memory.set(place, Slots::value(Type::I32, value));
                }
            }
        }
        for (k, output) in self.program.outputs.iter().enumerate() {
            let place = Place::Output(k as u32);
            if let (true, Some(row)) = (reach.touches(place), at.row) {
                let bytes = output.width * global_size(b, output.ty);
                let pointer = b.offset_pointer(b.read_param(self.outputs[k]), row, bytes);
                let name = output.name.clone();
                memory.set_global(
                    place,
                    Global {
                        pointer,
                        ty: output.ty,
                        name,
                        constant: false,
                    },
                );
            }
        }
    }

    /// Writes a section about a row and a column.
    pub(super) fn section(&self, name: &str, block: &Block, memory: &mut Memory, at: At) {
        if block.stmts.is_empty() {
            return;
        }
        self.b.comment(name);
        self.bind(memory, block, at);
        section::write(self.b, block, &section::locals(self.b, block), memory);
    }

    /// Slots for a place, in memory where one of the blocks needs that or `all` says so.
    pub(super) fn slots(
        &self,
        name: &str,
        types: &[program::Type],
        uses: &[(&Block, Place)],
        all: bool,
    ) -> Slots {
        let types: Vec<Type> = types.iter().map(|&ty| register_type(ty)).collect();
        let mut local = vec![all; types.len()];
        for (block, place) in uses {
            local = either(&local, &Reach::of(block).dynamic(*place, types.len()));
        }
        Slots::new(self.b, name, &types, &local)
    }

    /// The types of the state.
    pub(super) fn state_types(&self) -> Vec<program::Type> {
        self.program.state.iter().map(|slot| slot.ty).collect()
    }
}
