//! Global memory and parameters of a launch.

use super::error::{Error, ErrorKind};

mod sealed {
    pub trait Sealed {}
}

/// A number that a buffer holds: `f32`, `f64`, `u32`, `i32`.
pub trait Element: Copy + sealed::Sealed {
    /// Bytes of one.
    #[doc(hidden)]
    const SIZE: usize;
    /// Appends the bytes.
    #[doc(hidden)]
    fn put(self, bytes: &mut Vec<u8>);
    /// The number of these bytes, as many as `SIZE`.
    #[doc(hidden)]
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($($ty:ident)+) => { $(
        impl sealed::Sealed for $ty {}
        impl Element for $ty {
            const SIZE: usize = size_of::<$ty>();
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn get(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$ty>()];
                own.copy_from_slice(bytes);
                $ty::from_le_bytes(own)
            }
        }
    )+ };
}

element!(f32 f64 u32 i32);

/// A piece of global memory.
#[derive(Clone, Debug)]
pub struct Buffer {
    pub(super) bytes: Vec<u8>,
    /// Which bytes have been written; empty where all have.
    pub(super) written: Vec<bool>,
    pub(super) read_only: bool,
}

impl Buffer {
    /// Numbers that the kernel only reads.
    pub fn input<E: Element>(numbers: &[E]) -> Buffer {
        Buffer {
            read_only: true,
            ..Buffer::state(numbers)
        }
    }

    /// Room for `len` numbers that the kernel writes; reading one before is an error.
    pub fn output<E: Element>(len: usize) -> Buffer {
        let bytes = len * E::SIZE;
        Buffer {
            bytes: vec![0; bytes],
            written: vec![false; bytes],
            read_only: false,
        }
    }

    /// Numbers that the kernel reads and writes.
    pub fn state<E: Element>(numbers: &[E]) -> Buffer {
        let mut bytes = Vec::with_capacity(numbers.len() * E::SIZE);
        numbers.iter().for_each(|number| number.put(&mut bytes));
        Buffer {
            bytes,
            written: Vec::new(),
            read_only: false,
        }
    }

    /// The numbers in it. One that nothing has written is an error.
    pub fn read<E: Element>(&self) -> Result<Vec<E>, Error> {
        if let Some(at) = self.written.iter().position(|written| !written) {
            let message = format!("nothing has written element {} of the buffer", at / E::SIZE);
            return Err(Error::new(ErrorKind::Uninitialised, 0, "", message));
        }
        Ok(self.bytes.chunks_exact(E::SIZE).map(E::get).collect())
    }
}

/// A parameter of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Param {
    /// The address of a byte of a buffer.
    Pointer {
        /// The number of the buffer in [`Launch::buffers`](super::Launch::buffers).
        buffer: usize,
        /// Bytes from its beginning, which is aligned to 256 bytes.
        offset: u64,
    },
    /// A number of 32 bits.
    U32(u32),
    /// A number of 64 bits.
    U64(u64),
    /// A number.
    F32(f32),
    /// A number.
    F64(f64),
}

impl Param {
    /// The beginning of a buffer.
    pub fn buffer(buffer: usize) -> Param {
        Param::Pointer { buffer, offset: 0 }
    }
}
