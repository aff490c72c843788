//! What a section sees: where each of its arrays is.

use super::slots::{Slot, Slots};
use crate::kernel::{Operand, Reg, Type};
use keops_program::program::{self, Place};
use std::collections::HashMap;

/// An array in global memory, as one row of it.
#[derive(Clone, Debug)]
pub(super) struct Global {
    /// Of the row's first element.
    pub(super) pointer: Reg,
    pub(super) ty: program::Type,
    /// For readers.
    pub(super) name: String,
    /// An input.
    pub(super) constant: bool,
}

/// Where an array is.
#[derive(Clone, Debug)]
enum Storage {
    Slots(Slots),
    Global(Global),
}

/// Where an element is.
#[derive(Clone, Debug)]
pub(super) enum Element {
    /// It has no value yet.
    Nowhere,
    Value(Operand),
    Global(Global),
    /// The address of its array, and bytes to add to it.
    Shared(Reg, u32),
    /// A local array, and the number of the element that comes first in it.
    Local(u32, u32),
}

/// What a section sees.
#[derive(Debug, Default)]
pub(super) struct Memory {
    places: HashMap<Place, Storage>,
}

impl Memory {
    /// Where an element of a type is; all that one access may reach are of one kind.
    pub(super) fn place(&self, place: Place, element: u32, ty: Type) -> Element {
        match self.places.get(&place) {
            None => Element::Nowhere,
            Some(Storage::Global(global)) => Element::Global(global.clone()),
            Some(Storage::Slots(slots)) => match (slots.slot(element), slots.shared) {
                (Slot::Value(value), _) => Element::Value(value),
                (Slot::Shared, Some((address, bytes))) => Element::Shared(address, bytes),
                (Slot::Local, _) => {
                    let (array, first) = slots.array(ty);
                    Element::Local(array, first)
                }
                (Slot::Empty | Slot::Shared, _) => Element::Nowhere,
            },
        }
    }

    pub(super) fn set(&mut self, place: Place, slots: Slots) {
        self.places.insert(place, Storage::Slots(slots));
    }

    pub(super) fn set_global(&mut self, place: Place, global: Global) {
        self.places.insert(place, Storage::Global(global));
    }

    /// The slots of a place that is not in global memory.
    pub(super) fn slots(&mut self, place: Place) -> Option<&mut Slots> {
        match self.places.get_mut(&place) {
            Some(Storage::Slots(slots)) => Some(slots),
            _ => None,
        }
    }

    /// Takes the slots of a place out.
    pub(super) fn take(&mut self, place: Place) -> Slots {
        match self.places.remove(&place) {
            Some(Storage::Slots(slots)) => slots,
            _ => Slots::default(),
        }
    }
}
