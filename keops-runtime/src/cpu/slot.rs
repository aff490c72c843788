//! Integers in the lanes of floating vectors: the slot encoding.
//!
//! In f32 an integer is its 32 bits; in f64 it is the number of that value.

use crate::row::Real;
use keops_program::program::{StateSlot, Type};
use std::any::Any;

/// The value itself, if `T` is its type.
fn same<A: Copy + 'static, T: Copy + 'static>(a: A) -> Option<T> {
    (&a as &dyn Any).downcast_ref::<T>().copied()
}

/// A row number.
#[inline]
pub(crate) fn from_index<T: Real>(index: i32) -> T {
    same(f32::from_bits(index as u32)).unwrap_or_else(|| T::from_f64(f64::from(index)))
}

/// A label.
#[inline]
pub(crate) fn from_label<T: Real>(label: u32) -> T {
    same(f32::from_bits(label)).unwrap_or_else(|| T::from_f64(f64::from(label)))
}

/// The row number in a slot.
#[inline]
pub(crate) fn to_index<T: Real>(slot: T) -> i32 {
    same::<T, f32>(slot).map_or_else(|| slot.to_f64() as i32, |bits| bits.to_bits() as i32)
}

/// The label in a slot.
#[inline]
pub(crate) fn to_label<T: Real>(slot: T) -> u32 {
    same::<T, f32>(slot).map_or_else(|| slot.to_f64() as u32, f32::to_bits)
}

/// The slot of a scalar of a type in a GPU's words: there an integer is 32 bits, in f64 the low ones.
#[cfg_attr(not(feature = "cuda"), allow(dead_code, reason = "there is no GPU"))]
pub(crate) fn from_word<T: Real>(ty: Type, word: T) -> T {
    let bits = match (ty, same::<T, f64>(word)) {
        (Type::Real, _) | (_, None) => return word,
        (_, Some(word)) => word.to_bits() as u32,
    };
    match ty {
        Type::Index => from_index(bits as i32),
        _ => from_label(bits),
    }
}

/// The slot that a state starts with.
#[cfg_attr(not(feature = "cuda"), allow(dead_code, reason = "there is no GPU"))]
pub(crate) fn initial<T: Real>(slot: &StateSlot) -> T {
    match slot.ty {
        Type::Index => from_index(slot.init as i32),
        Type::Label => from_label(slot.init as u32),
        Type::Real | Type::Mask => T::from_f64(slot.init),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back_exactly() {
        for index in [0, 1, -1, i32::MAX, i32::MIN, 1 << 24, (1 << 24) + 1] {
            assert_eq!(to_index(from_index::<f32>(index)), index);
            assert_eq!(to_index(from_index::<f64>(index)), index);
        }
        for (ty, bits) in [(Type::Index, -5i32 as u32), (Type::Label, u32::MAX)] {
            assert_eq!(from_word(ty, f32::from_bits(bits)).to_bits(), bits);
            let value = if ty == Type::Index {
                -5.0
            } else {
                f64::from(u32::MAX)
            };
            assert_eq!(from_word(ty, f64::from_bits(u64::from(bits))), value);
        }
        assert_eq!(from_word(Type::Real, 0.5), 0.5);
        for label in [0, 1, u32::MAX, 0x7fa0_0001, (1 << 24) + 1] {
            assert_eq!(to_label(from_label::<f32>(label)), label);
            assert_eq!(to_label(from_label::<f64>(label)), label);
        }
    }
}
