// The device functions of the kernels below, over cuda_std.
use core::{arch::asm, concat, marker::Copy};
use cuda_std::kernel;

/// The shared memory of a kernel, and a function that gives its address.
macro_rules! shared {
    ($name:ident, $bytes:literal) => {
        #[inline(always)]
        fn $name() -> u32 {
            #[repr(align(16))]
            struct Tile(#[allow(dead_code)] [core::mem::MaybeUninit<u8>; $bytes]);
            #[cuda_std::address_space(shared)]
            static mut TILE: Tile = Tile([core::mem::MaybeUninit::uninit(); $bytes]);
            let address: u64;
            unsafe { asm!("cvta.to.shared.u64 {0}, {1};", out(reg64) address, in(reg64) &raw mut TILE as u64, options(pure, nomem, nostack)) };
            address as u32
        }
    };
}

