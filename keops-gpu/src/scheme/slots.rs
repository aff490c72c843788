//! Where the elements of a program's array live in a kernel.

use super::access::Access;
use crate::builder::Builder;
use crate::kernel::{Instr, Operand, Reg, Type};
use keops_program::program::{self, StateSlot};

/// The register type of a scalar.
pub(super) fn register_type(ty: program::Type) -> Type {
    match ty {
        program::Type::Real => Type::Real,
        program::Type::Index => Type::I32,
        program::Type::Label => Type::U32,
        program::Type::Mask => Type::Pred,
    }
}

/// Where one element is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slot {
    /// Not written yet.
    Empty,
    /// In a register, or a constant.
    Value(Operand),
    /// In the local array of its type.
    Local,
    /// In shared memory, one word of a Real each.
    Shared,
}

/// An array: its elements are in registers where every access is at a constant position, else in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    pub(super) types: Vec<Type>,
    pub(super) slots: Vec<Slot>,
    /// The local arrays, one for each type that occurs; their element 0 is slot `first`.
    arrays: Vec<(Type, u32)>,
    first: u32,
    /// The shared address of slot 0, and bytes to add to it.
    pub(super) shared: Option<(Reg, u32)>,
}

impl Slots {
    /// All empty, or local where `local` says so.
    pub(super) fn new(b: &Builder, name: &str, types: &[Type], local: &[bool]) -> Slots {
        let slots: Vec<Slot> = local
            .iter()
            .map(|&l| if l { Slot::Local } else { Slot::Empty })
            .collect();
        let mut arrays: Vec<(Type, u32)> = Vec::new();
        let first = local.iter().position(|&l| l).unwrap_or(0);
        let last = local.iter().rposition(|&l| l).unwrap_or(0);
        for (k, &ty) in types.iter().enumerate() {
            if local[k] && arrays.iter().all(|a| a.0 != ty) {
                arrays.push((ty, b.array(ty, (last - first + 1) as u32, name)));
            }
        }
        Slots {
            types: types.to_vec(),
            slots,
            arrays,
            first: first as u32,
            shared: None,
        }
    }

    /// One value.
    pub(super) fn value(ty: Type, value: Operand) -> Slots {
        Slots {
            types: vec![ty],
            slots: vec![Slot::Value(value)],
            ..Slots::default()
        }
    }

    /// All empty, or in shared memory where `shared` says so.
    pub(super) fn shared(types: &[Type], shared: &[bool], address: (Reg, u32)) -> Slots {
        let slots = shared
            .iter()
            .map(|&s| if s { Slot::Shared } else { Slot::Empty })
            .collect();
        Slots {
            types: types.to_vec(),
            slots,
            shared: Some(address),
            ..Slots::default()
        }
    }

    /// The elements of several, one after the other: they are in registers.
    pub(super) fn joined(all: &[Slots]) -> Slots {
        Slots {
            types: all.iter().flat_map(|slots| slots.types.clone()).collect(),
            slots: all.iter().flat_map(|slots| slots.slots.clone()).collect(),
            ..Slots::default()
        }
    }

    /// Takes over the value of an element.
    pub(super) fn take_over(&mut self, b: &Builder, k: usize, from: &Slots) {
        let mut memory = vec![true; from.slots.len()];
        memory[k] = false;
        let Slot::Value(value) = from.loaded(b, &memory).slots[k] else {
            return;
        };
        if self.slots[k] != Slot::Local {
            self.slots[k] = Slot::Value(value);
            return;
        }
        let (array, first) = self.array(self.types[k]);
        b.instr(Instr::StoreLocal {
            array,
            index: Operand::U32(0),
            offset: k as u32 - first,
            value,
        });
    }

    /// Where an access goes: the kind of its first element; all others are of the same.
    pub(super) fn slot(&self, k: u32) -> Slot {
        self.slots.get(k as usize).copied().unwrap_or(Slot::Empty)
    }

    /// The local array of a type with the number of its first element's slot.
    pub(super) fn array(&self, ty: Type) -> (u32, u32) {
        let array = self.arrays.iter().find(|a| a.0 == ty).map_or(0, |a| a.1);
        (array, self.first)
    }

    /// Gives variables to the elements in registers that `which` names, so that a loop can carry
    /// them.
    pub(super) fn carry(&mut self, b: &Builder, name: &str, which: &[bool]) -> Vec<(usize, Reg)> {
        let mut variables = Vec::new();
        for k in (0..self.slots.len()).filter(|&k| which[k]) {
            let variable = |b: &Builder| b.register(self.types[k], Some(&format!("{name}{k}")));
            let reg = match self.slots[k] {
                Slot::Local | Slot::Shared => continue,
                Slot::Empty => variable(b),
                Slot::Value(value) => {
                    let reg = variable(b);
                    b.assign(reg, value);
                    reg
                }
            };
            self.slots[k] = Slot::Value(reg.into());
            variables.push((k, reg));
        }
        variables
    }

    /// What has to be assigned so that the variables hold the current values; from then on they do.
    pub(super) fn settle(&mut self, variables: &[(usize, Reg)]) -> Vec<(Reg, Operand)> {
        let mut pairs = Vec::new();
        for &(k, reg) in variables {
            if let Slot::Value(value) = self.slots[k] {
                pairs.push((reg, value));
            }
            self.slots[k] = Slot::Value(reg.into());
        }
        pairs
    }

    /// The same values as another part of the kernel sees them that needs only the elements of
    /// `memory` in memory: the others are loaded into registers.
    pub(super) fn loaded(&self, b: &Builder, memory: &[bool]) -> Slots {
        let mut slots = self.clone();
        for k in (0..self.slots.len()).filter(|&k| !memory[k] && self.slots[k] == Slot::Local) {
            let (array, first) = self.array(self.types[k]);
            let to = b.register(self.types[k], None);
            let index = Operand::U32(0);
            b.instr(Instr::LoadLocal {
                to,
                array,
                index,
                offset: k as u32 - first,
            });
            slots.slots[k] = Slot::Value(to.into());
        }
        slots
    }

    /// Stores the values of other slots to those of these that are in memory; the others take them.
    /// What is in memory in both is the same memory.
    pub(super) fn copy_from(&mut self, b: &Builder, other: &Slots) {
        for k in 0..self.slots.len() {
            match (self.slots[k], other.slots[k]) {
                (Slot::Local, Slot::Value(value)) => {
                    let (array, first) = self.array(self.types[k]);
                    let (index, offset) = (Operand::U32(0), k as u32 - first);
                    b.instr(Instr::StoreLocal {
                        array,
                        index,
                        offset,
                        value,
                    });
                }
                (Slot::Local, _) => {}
                (_, slot) => self.slots[k] = slot,
            }
        }
    }

    /// The same arrays, with only the elements of `memory` in them; the others are empty.
    pub(super) fn released(&self, memory: &[bool]) -> Slots {
        let mut slots = self.clone();
        for (slot, _) in slots
            .slots
            .iter_mut()
            .zip(memory)
            .filter(|(s, m)| **s == Slot::Local && !**m)
        {
            *slot = Slot::Empty;
        }
        slots
    }

    /// Writes the initial state.
    pub(super) fn fill(&mut self, b: &Builder, state: &[StateSlot]) {
        let constant = |slot: &StateSlot| match slot.ty {
            program::Type::Index => Operand::I32(slot.init as i64 as i32),
            program::Type::Label => Operand::U32(slot.init as i64 as u32),
            program::Type::Real | program::Type::Mask => b.real(slot.init),
        };
        let mut k = 0;
        while k < state.len() {
            if self.slots[k] != Slot::Local {
                self.slots[k] = Slot::Value(constant(&state[k]));
                k += 1;
                continue;
            }
            let same = |j: usize| self.slots[j] == Slot::Local && state[j] == state[k];
            let run = (k..state.len()).take_while(|&j| same(j)).count();
            let (array, first) = self.array(self.types[k]);
            let value = constant(&state[k]);
            let offset = k as u32 - first;
            let store = |index: Operand, offset: u32| {
                b.instr(Instr::StoreLocal {
                    array,
                    index,
                    offset,
                    value,
                })
            };
            if run < 8 {
                (0..run as u32).for_each(|j| store(Operand::U32(0), offset + j));
            } else {
                b.repeat(
                    "k",
                    (Operand::U32(0), Operand::U32(run as u32)),
                    1,
                    true,
                    |j| store(j.into(), offset),
                );
            }
            k += run;
        }
    }
}

/// Bytes of one element in global memory.
pub(super) fn global_size(b: &Builder, ty: program::Type) -> u32 {
    register_type(ty).size(b.precision())
}

/// The places that some accesses store to.
pub(super) fn stored_places(accesses: &[Access]) -> Vec<program::Place> {
    let mut places = Vec::new();
    for access in accesses.iter().filter(|a| a.store) {
        if !places.contains(&access.place) {
            places.push(access.place);
        }
    }
    places
}
