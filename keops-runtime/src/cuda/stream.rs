//! The order of copies and launches on a device.

use super::driver::{Handle, RawHandle};
use super::gpu::Current;
use super::memory::Buffer;
use super::module::Kernel;
use crate::error::{Error, Result};
use crate::row::{Real, Scalar};
use crate::view::View;
use std::ffi::c_void;

/// A stream does not wait for the stream that others use by default.
const NON_BLOCKING: u32 = 1;
/// Bytes of rows that are packed at a time, where they do not lie one after the other.
const PACK: usize = 1 << 22;

/// Numbers for which all bits mean something.
///
/// # Safety
///
/// Any bytes are a valid value.
pub(super) unsafe trait Plain: Scalar {}
// SAFETY: `Real` is sealed: f32 and f64.
unsafe impl<T: Real> Plain for T {}
// SAFETY: an integer.
unsafe impl Plain for u32 {}

/// Copies and launches that are done one after the other.
#[derive(Debug)]
pub(super) struct Stream<'c> {
    current: &'c Current<'c>,
    handle: Handle,
}

/// The parameters of a kernel: pointers, then numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    pub(super) pointers: Vec<u64>,
    pub(super) numbers: Vec<u32>,
}

impl<'c> Stream<'c> {
    pub(super) fn new(current: &'c Current<'c>) -> Result<Stream<'c>> {
        let gpu = current.gpu;
        if let Some(handle) = gpu.take_stream() {
            return Ok(Stream { current, handle });
        }
        let mut handle: RawHandle = std::ptr::null_mut();
        // SAFETY: the pointer is to a handle; the device's context is current.
        let status = unsafe { (gpu.driver.functions.stream_create)(&mut handle, NON_BLOCKING) };
        gpu.check("creating a stream", status)?;
        Ok(Stream {
            current,
            handle: Handle(handle),
        })
    }

    /// Waits until all is done.
    pub(super) fn synchronize(&self) -> Result<()> {
        let gpu = self.current.gpu;
        // SAFETY: the stream is one of the current context's.
        let status = unsafe { (gpu.driver.functions.stream_synchronize)(self.handle.0) };
        gpu.check("running the kernels", status)
    }

    /// Copies numbers to a device buffer, from its number `first` on.
    pub(super) fn upload<S: Scalar>(
        &self,
        to: &Buffer<'_>,
        first: usize,
        from: &[S],
    ) -> Result<()> {
        let offset = first * size_of::<S>();
        fits(to, offset, size_of_val(from))?;
        if from.is_empty() {
            return Ok(());
        }
        let gpu = self.current.gpu;
        // SAFETY: the bytes lie within the buffer, which was just checked, and within the slice,
        // which is borrowed until the copy is done: it is waited for before this returns.
        let status = unsafe {
            (gpu.driver.functions.copy_to_device)(
                to.pointer() + offset as u64,
                from.as_ptr().cast::<c_void>(),
                size_of_val(from),
                self.handle.0,
            )
        };
        let waited = self.synchronize();
        gpu.check("copying to the device", status)?;
        waited
    }

    /// Copies rows to a device buffer, one after the other.
    pub(super) fn upload_rows<S: Scalar>(
        &self,
        to: &Buffer<'_>,
        view: &View<'_, S>,
        rows: usize,
    ) -> Result<()> {
        if let Some(all) = view
            .contiguous()
            .filter(|all| all.len() == rows * view.width())
        {
            return self.upload(to, 0, all);
        }
        let width = view.width().max(1);
        let part = (PACK / (width * size_of::<S>())).clamp(1, rows.max(1));
        let mut packed = vec![S::default(); part * view.width()];
        for first in (0..rows).step_by(part) {
            let range = first..rows.min(first + part);
            let packed = &mut packed[..range.len() * view.width()];
            view.copy_rows(range, packed);
            self.upload(to, first * view.width(), packed)?;
        }
        Ok(())
    }

    /// Copies the beginning of a device buffer to the host, when all before is done.
    pub(super) fn download<S: Plain>(&self, from: &Buffer<'_>, to: &mut [S]) -> Result<()> {
        fits(from, 0, size_of_val(to))?;
        if to.is_empty() {
            return Ok(());
        }
        let gpu = self.current.gpu;
        // SAFETY: the bytes lie within the buffer, which was just checked, and within the slice,
        // which is borrowed until the copy is done: it is waited for before this returns. Any bytes
        // are valid numbers.
        let status = unsafe {
            (gpu.driver.functions.copy_to_host)(
                to.as_mut_ptr().cast::<c_void>(),
                from.pointer(),
                size_of_val(to),
                self.handle.0,
            )
        };
        let waited = self.synchronize();
        gpu.check("copying from the device", status)?;
        waited
    }

    /// Starts a kernel on some blocks of threads.
    ///
    /// # Errors
    ///
    /// The parameters are not those that the kernel's text declares; the driver refuses.
    ///
    /// # Safety
    ///
    /// The kernel stays within the memory that the pointers name for these numbers, and the memory
    /// lives until the stream is dropped.
    pub(super) unsafe fn launch(
        &self,
        kernel: &Kernel,
        blocks: u32,
        threads: u32,
        parameters: &mut Parameters,
    ) -> Result<()> {
        kernel
            .entry
            .takes(parameters.pointers.len(), parameters.numbers.len())?;
        let pointers = parameters
            .pointers
            .iter_mut()
            .map(|p| std::ptr::from_mut(p).cast());
        let numbers = parameters
            .numbers
            .iter_mut()
            .map(|n| std::ptr::from_mut(n).cast());
        let mut addresses: Vec<*mut c_void> = pointers.chain(numbers).collect();
        let gpu = self.current.gpu;
        // SAFETY: the function is of a module that is never unloaded, the stream is one of the
        // current context's. The kernel's text declares as many parameters of these sizes as there
        // are addresses, each of which is of a number that lives until the call returns, when the
        // driver has copied them. What the kernel does with them is the caller's promise.
        let status = unsafe {
            (gpu.driver.functions.launch_kernel)(
                kernel.function.0,
                blocks,
                1,
                1,
                threads,
                1,
                1,
                0,
                self.handle.0,
                addresses.as_mut_ptr(),
                std::ptr::null_mut(),
            )
        };
        gpu.check(
            &format!("launching the kernel `{}`", kernel.entry.name),
            status,
        )
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        let gpu = self.current.gpu;
        if self.synchronize().is_ok() {
            gpu.keep_stream(self.handle);
        } else {
            // SAFETY: the stream was created here, and nobody else has it.
            let _ = unsafe { (gpu.driver.functions.stream_destroy)(self.handle.0) };
        }
    }
}

/// That bytes lie within a buffer.
fn fits(buffer: &Buffer<'_>, offset: usize, bytes: usize) -> Result<()> {
    match offset.checked_add(bytes) {
        Some(end) if end <= buffer.bytes() => Ok(()),
        _ => Err(Error::internal(format!(
            "{bytes} bytes from {offset} are more than the {} on the device",
            buffer.bytes()
        ))),
    }
}
