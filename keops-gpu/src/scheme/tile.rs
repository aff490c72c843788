//! Columns in shared memory.

use super::access::Reach;
use super::slots::{Slot, Slots, register_type};
use super::{THREADS, Unsupported};
use crate::builder::Builder;
use crate::kernel::{Instr, Operand, Reg, Type};
use keops_program::program::{Place, Program};

/// Bytes of shared memory that every GPU gives a block without being asked.
pub(super) const SHARED: u32 = 48 << 10;

/// Bytes of shared memory that leave room for several blocks on a multiprocessor.
const COMFORTABLE: u32 = 24 << 10;

/// How the tile lies in shared memory: one word of the floating type per slot (labels and numbers as
/// bits), padded to 16 bytes, so that four f32 or two f64 are read at once.
#[derive(Clone)]
pub(super) struct Tile {
    /// Columns, a power of two.
    pub(super) len: u32,
    /// Bytes from a column to the next.
    pub(super) stride: u32,
    /// Words that are read at once.
    vector: usize,
    types: Vec<Type>,
    /// The slots that `update` reaches in shared memory.
    dynamic: Vec<bool>,
    /// The slots that it needs in registers.
    needed: Vec<bool>,
}

impl Tile {
    /// For the columns of a program: as many as there are threads, or fewer where they are wide.
    pub(super) fn new(b: &Builder, program: &Program) -> Result<Tile, Unsupported> {
        let types = program.column_slots.iter().map(|&ty| register_type(ty));
        let (types, slots) = (types.collect(), program.column_slots.len());
        let vector = 16 / b.real_size() as usize;
        let bytes = slots.max(1).next_multiple_of(vector) as u64 * u64::from(b.real_size());
        if bytes > u64::from(SHARED) {
            return Err(Unsupported::WideColumn(bytes));
        }
        let stride = bytes as u32;
        let mut len = THREADS;
        while len > 1 && len * stride > COMFORTABLE {
            len /= 2;
        }
        let reach = Reach::of(&program.update);
        Ok(Tile {
            len,
            stride,
            vector,
            types,
            dynamic: reach.dynamic(Place::Column, slots),
            needed: reach.constant_loads(Place::Column, slots),
        })
    }

    /// Writes the slots of a column that are in registers.
    pub(super) fn store(&self, b: &Builder, address: Reg, slots: &Slots) {
        let size = b.real_size();
        for (k, some) in slots.slots.chunks(self.vector).enumerate() {
            let first = (k * self.vector) as u32 * size;
            let word = |slot: &Slot| match slot {
                Slot::Value(value) => Some(b.encode(*value)),
                _ => None,
            };
            let mut words: Vec<Option<Operand>> = some.iter().map(word).collect();
            // What pads the last vector is written, too: reading it must find something.
            words.resize(self.vector, Some(b.real(0.0)));
            if let Some(values) = words.iter().copied().collect::<Option<Vec<Operand>>>() {
                b.instr(Instr::StoreShared {
                    address,
                    offset: first,
                    values,
                });
                continue;
            }
            for (offset, value) in (first..).step_by(size as usize).zip(words) {
                if let Some(value) = value {
                    b.instr(Instr::StoreShared {
                        address,
                        offset,
                        values: vec![value],
                    });
                }
            }
        }
    }

    /// Reads the slots of the column at `address + bytes` that `update` needs at constant positions.
    pub(super) fn load(&self, b: &Builder, address: Reg, bytes: u32) -> Slots {
        let Tile {
            types,
            dynamic,
            needed,
            ..
        } = self;
        let mut slots = Slots::shared(types, dynamic, (address, bytes));
        for (k, some) in needed.chunks(self.vector).enumerate() {
            let Some(first) = some.iter().position(|&n| n) else {
                continue;
            };
            let last = some.iter().rposition(|&n| n).unwrap_or(first);
            // The smallest aligned vector around what is needed.
            let (start, len) = match (first, last) {
                (first, last) if first == last => (first, 1),
                (first, last) if first / 2 == last / 2 => (first / 2 * 2, 2),
                _ => (0, self.vector),
            };
            let start = k * self.vector + start;
            let register = |slot| b.register(Type::Real, Some(&format!("column{slot}")));
            let to: Vec<Reg> = (start..start + len).map(register).collect();
            let offset = bytes + start as u32 * b.real_size();
            b.instr(Instr::LoadShared {
                to: to.clone(),
                address,
                offset,
            });
            for (slot, reg) in (start..).zip(to) {
                if needed.get(slot) == Some(&true) && slots.slots[slot] == Slot::Empty {
                    slots.slots[slot] = Slot::Value(b.decode(reg.into(), types[slot]));
                }
            }
        }
        slots
    }
}
