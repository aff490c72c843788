//! Integers in the lanes of floating vectors: the slot encoding.
//!
//! In f32 an integer is its 32 bits; in f64 it is the number of that value.

use crate::row::Real;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back_exactly() {
        for index in [0, 1, -1, i32::MAX, i32::MIN, 1 << 24, (1 << 24) + 1] {
            assert_eq!(to_index(from_index::<f32>(index)), index);
            assert_eq!(to_index(from_index::<f64>(index)), index);
        }
        for label in [0, 1, u32::MAX, 0x7fa0_0001, (1 << 24) + 1] {
            assert_eq!(to_label(from_label::<f32>(label)), label);
            assert_eq!(to_label(from_label::<f64>(label)), label);
        }
    }
}
