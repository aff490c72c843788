//! Instructions that take more than a call: predicates, packing, loads and stores.

use super::super::code::{Access, Combine, Compare, Slot};
use super::super::memory::{Global, LOCAL_WINDOW, Local, SHARED_WINDOW, Shared, Who};
use super::super::syntax::Space;
use super::{Checked, File};

pub(super) fn set_predicate(compare: &Compare, file: &mut File<'_>) -> Checked<()> {
    let mut holds = (compare.holds)(file.get(compare.a)?, file.get(compare.b)?);
    let mut contrary = holds ^ 1;
    if let Some((how, slot, negated)) = compare.combine {
        let other = file.get(slot)? ^ u64::from(negated);
        (holds, contrary) = match how {
            Combine::And => (holds & other, contrary & other),
            Combine::Or => (holds | other, contrary | other),
            Combine::Xor => (holds ^ other, contrary ^ other),
        };
    }
    if let Some(to) = compare.to {
        file.put(to, holds * compare.truth);
    }
    if let Some(to) = compare.contrary {
        file.put(to, contrary);
    }
    Ok(())
}

pub(super) fn pack(file: &mut File<'_>, to: Slot, parts: &[Slot], bits: u32) -> Checked<()> {
    let mut value = 0;
    for (k, part) in parts.iter().enumerate() {
        value |= file.get(*part)? << (k as u32 * bits);
    }
    file.put(to, value);
    Ok(())
}

pub(super) fn unpack(file: &mut File<'_>, to: &[Option<Slot>], a: Slot, bits: u32) -> Checked<()> {
    let value = file.get(a)?;
    for (k, to) in to.iter().enumerate() {
        if let Some(to) = to {
            file.put(*to, value >> (k as u32 * bits) & (u64::MAX >> (64 - bits)));
        }
    }
    Ok(())
}

/// The memories that a thread sees.
pub(super) struct Memory<'t, 'b> {
    pub(super) global: &'t mut Global<'b>,
    pub(super) shared: &'t mut Shared,
    pub(super) local: &'t mut Local,
    pub(super) params: &'t [u8],
}

/// The space of a generic address, and the address in it.
fn resolve(space: Space, address: u64) -> (Space, u64) {
    match (space, address & !0xffff_ffff) {
        (Space::Generic, SHARED_WINDOW) => (Space::Shared, address - SHARED_WINDOW),
        (Space::Generic, LOCAL_WINDOW) => (Space::Local, address - LOCAL_WINDOW),
        (Space::Generic, _) => (Space::Global, address),
        _ => (space, address),
    }
}

impl Memory<'_, '_> {
    pub(super) fn load(&mut self, access: &Access, file: &mut File<'_>, who: Who) -> Checked<()> {
        let address = file.get(access.base)?.wrapping_add_signed(access.offset);
        let size = access.bytes * access.slots.len() as u32;
        let (space, address) = resolve(access.space, address);
        let bytes = match space {
            Space::Shared => self.shared.read(address, size, who)?,
            Space::Local => self.local.read(who.thread, address, size)?,
            Space::Param => &self.params[address as usize..][..size as usize],
            Space::Global | Space::Generic => {
                self.global.read(address, size, access.constant, who)?
            }
        };
        for (bytes, slot) in bytes.chunks_exact(access.bytes as usize).zip(&access.slots) {
            let mut value = [0; 8];
            value[..bytes.len()].copy_from_slice(bytes);
            let mut value = u64::from_le_bytes(value);
            if let Some((from, to)) = access.sign {
                value =
                    ((value << (64 - from)) as i64 >> (64 - from)) as u64 & (u64::MAX >> (64 - to));
            }
            if let Some(slot) = slot {
                file.put(*slot, value);
            }
        }
        Ok(())
    }

    pub(super) fn store(&mut self, access: &Access, file: &mut File<'_>, who: Who) -> Checked<()> {
        let address = file.get(access.base)?.wrapping_add_signed(access.offset);
        let (space, address) = resolve(access.space, address);
        let mut bytes = [0; 16];
        let mut size = 0;
        for slot in access.slots.iter().flatten() {
            let value = file.get(*slot)?.to_le_bytes();
            let width = access.bytes as usize;
            bytes[size..size + width].copy_from_slice(&value[..width]);
            size += width;
        }
        let bytes = &bytes[..size];
        match space {
            Space::Shared => self.shared.write(address, bytes, who),
            Space::Local => self.local.write(who.thread, address, bytes),
            _ => self.global.write(address, bytes, who),
        }
    }
}
