//! Partial states in global memory.
//!
//! The state at a place is one word of the floating type for each scalar and row (integers as bits):
//! scalar `k` of row `r` of the task at `(place · scalars + k) · rows + r`, where a task has room for
//! `rows` rows.

use super::slots::{Slot, Slots};
use crate::builder::Builder;
use crate::kernel::{Instr, Operand, Reg, Type};

/// From how many scalars in local memory on they are moved in a loop.
const RUN: usize = 8;

/// Where the states of a row are.
#[derive(Clone, Copy)]
pub(super) struct States {
    /// The pointer of the parameter.
    pub(super) base: Reg,
    /// The number of scalars.
    pub(super) scalars: usize,
    /// Rows that a task has room for.
    pub(super) rows: u32,
}

impl States {
    /// The pointer to the state of a row of a task's at a place.
    pub(super) fn at(self, b: &Builder, place: Reg, row: Reg) -> Reg {
        let bytes = self.scalars as u32 * self.stride(b);
        let pointer = b.offset_pointer(self.base, place, bytes);
        b.offset_pointer(pointer, row, b.real_size())
    }

    /// Bytes from one scalar to the next.
    fn stride(self, b: &Builder) -> u32 {
        self.rows * b.real_size()
    }

    /// Writes the state of the row so many rows behind that of a pointer.
    pub(super) fn store(self, b: &Builder, (pointer, behind): (Reg, u32), slots: &Slots) {
        self.each(b, slots, (pointer, behind), |pointer, offset, slot| {
            let value = match slot {
                Where::Value(k) => match slots.slots[k] {
                    Slot::Value(value) => value,
                    _ => return,
                },
                Where::Local(ty, array, index, offset) => {
                    let to = b.register(ty, None);
                    b.instr(Instr::LoadLocal {
                        to,
                        array,
                        index,
                        offset,
                    });
                    to.into()
                }
            };
            let values = vec![b.encode(value)];
            b.instr(Instr::StoreGlobal {
                pointer,
                offset,
                values,
            });
        });
    }

    /// Reads the state of the row so many rows behind that of a pointer into slots: those in registers
    /// become new values.
    pub(super) fn load(self, b: &Builder, (pointer, behind): (Reg, u32), slots: &mut Slots) {
        let read = |pointer, offset, ty| {
            let to = b.register(Type::Real, None);
            b.instr(Instr::LoadGlobal {
                to: vec![to],
                pointer,
                offset,
                constant: false,
            });
            b.decode(to.into(), ty)
        };
        let mut values = Vec::new();
        self.each(
            b,
            slots,
            (pointer, behind),
            |pointer, offset, slot| match slot {
                Where::Value(k) => values.push((k, read(pointer, offset, slots.types[k]))),
                Where::Local(ty, array, index, local) => {
                    let value = read(pointer, offset, ty);
                    b.instr(Instr::StoreLocal {
                        array,
                        index,
                        offset: local,
                        value,
                    });
                }
            },
        );
        for (k, value) in values {
            slots.slots[k] = Slot::Value(value);
        }
    }

    /// Does something with each scalar, given a pointer, bytes to add to it, and where the scalar is.
    fn each(
        self,
        b: &Builder,
        slots: &Slots,
        (pointer, behind): (Reg, u32),
        mut what: impl FnMut(Reg, u32, Where),
    ) {
        let (stride, mut k) = (self.stride(b), 0);
        let behind = behind * b.real_size();
        while k < slots.slots.len() {
            if slots.slots[k] != Slot::Local {
                what(pointer, behind + k as u32 * stride, Where::Value(k));
                k += 1;
                continue;
            }
            let ty = slots.types[k];
            let same = |j: &usize| slots.slots[*j] == Slot::Local && slots.types[*j] == ty;
            let run = (k..slots.slots.len()).take_while(same).count();
            let (array, first) = slots.array(ty);
            let (offset, local) = (behind + k as u32 * stride, k as u32 - first);
            if run < RUN {
                for j in 0..run as u32 {
                    let place = Where::Local(ty, array, Operand::U32(0), local + j);
                    what(pointer, offset + j * stride, place);
                }
            } else {
                let turns = (Operand::U32(0), Operand::U32(run as u32));
                b.repeat("k", turns, 1, true, |j| {
                    let pointer = b.offset_pointer(pointer, j, stride);
                    what(pointer, offset, Where::Local(ty, array, j.into(), local));
                });
            }
            k += run;
        }
    }
}

/// Where a scalar is in a thread.
enum Where {
    /// In a register: the slot.
    Value(usize),
    /// In a local array of a type: the array, an index, and what is added to it.
    Local(Type, u32, Operand, u32),
}
