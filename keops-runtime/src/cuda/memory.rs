//! Device memory.

use super::driver::DevicePointer;
use super::gpu::Current;
use crate::error::{Error, ErrorKind, Result};

/// What is allocated for 0 bytes, which the driver refuses: kernels want pointers all the same.
const LEAST: usize = 16;

/// Memory on a device, freed when it is dropped.
#[derive(Debug)]
pub(super) struct Buffer<'c> {
    current: &'c Current<'c>,
    pointer: DevicePointer,
    bytes: usize,
}

impl<'c> Buffer<'c> {
    /// Memory that nothing was written to.
    pub(super) fn new(current: &'c Current<'c>, bytes: usize) -> Result<Buffer<'c>> {
        let gpu = current.gpu;
        let wanted = if bytes == 0 { LEAST } else { bytes };
        let mut pointer = 0;
        // SAFETY: the pointer is to a device pointer; the device's context is current.
        let status = unsafe { (gpu.driver.functions.mem_alloc)(&mut pointer, wanted) };
        match gpu.check("allocating memory", status) {
            Ok(()) => Ok(Buffer {
                current,
                pointer,
                bytes,
            }),
            Err(error) if error.kind() == ErrorKind::Memory => {
                let free = current.memory().map_or_else(
                    |_| String::new(),
                    |(free, total)| format!("; {} of {} are free", size(free), size(total)),
                );
                let message = format!("{}: there is no room for {}{free}", gpu.label, size(bytes));
                Err(Error::new(ErrorKind::Memory, message).caused_by(error))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn pointer(&self) -> DevicePointer {
        self.pointer
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        // SAFETY: the memory was allocated here and is freed once, in the context it is of, after
        // the stream that used it was waited for (it is declared before the buffers). A failure is
        // one of what ran before, which was reported.
        let _ = unsafe { (self.current.gpu.driver.functions.mem_free)(self.pointer) };
    }
}

/// `3.2 GiB`
fn size(bytes: usize) -> String {
    let mut value = bytes as f64;
    let mut units = ["bytes", "KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    if unit == "bytes" {
        format!("{bytes} bytes")
    } else {
        format!("{value:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_readable() {
        assert_eq!(super::size(640), "640 bytes");
        assert_eq!(super::size(1536), "1.5 KiB");
        assert_eq!(super::size(80 << 30), "80.0 GiB");
        assert_eq!(super::size(5000 << 40), "5000.0 TiB");
    }
}
