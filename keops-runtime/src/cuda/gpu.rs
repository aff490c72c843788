//! A device, and its context while a thread uses it.

use super::cost::Hardware;
use super::driver::{Driver, Handle, RawHandle};
use super::module::Cache;
use crate::error::Result;
use std::ffi::{CStr, c_char, c_int};
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

/// The numbers of device attributes in `cuda.h`.
mod attribute {
    pub(super) const CLOCK_RATE: i32 = 13;
    pub(super) const MULTIPROCESSORS: i32 = 16;
    pub(super) const THREADS_PER_MULTIPROCESSOR: i32 = 39;
    pub(super) const CAPABILITY_MAJOR: i32 = 75;
    pub(super) const CAPABILITY_MINOR: i32 = 76;
}

/// A device with its primary context, which is kept for the rest of the process.
#[derive(Debug)]
pub(crate) struct Gpu {
    pub(super) driver: &'static Driver,
    /// `cuda:0`
    pub(super) label: String,
    pub(super) number: usize,
    /// Its name and compute capability.
    pub(super) description: String,
    pub(super) hardware: Hardware,
    context: Handle,
    pub(super) modules: Cache,
    /// Streams on which nothing runs.
    idle: Mutex<Vec<Handle>>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Driver")
    }
}

impl Gpu {
    /// Retains the context of a device that there is.
    pub(super) fn open(driver: &'static Driver, number: usize) -> Result<Gpu> {
        let functions = &driver.functions;
        let label = format!("cuda:{number}");
        let check = |what, status| driver.check(&label, what, status);
        let mut device = 0;
        // SAFETY: the pointer is to a `CUdevice`, an integer.
        let status = unsafe { (functions.device_get)(&mut device, number as c_int) };
        check("finding the device", status)?;

        let mut name: [c_char; 128] = [0; 128];
        // SAFETY: the array has the length that is given; the function ends what it writes with 0.
        let status = unsafe {
            (functions.device_get_name)(name.as_mut_ptr(), name.len() as c_int - 1, device)
        };
        check("asking for the device's name", status)?;
        // SAFETY: the last element of the array is 0 and was not written to.
        let name = unsafe { CStr::from_ptr(name.as_ptr()) }
            .to_string_lossy()
            .into_owned();

        let ask = |attribute| {
            let mut value = 0;
            // SAFETY: the pointer is to an integer; the device is valid. An attribute that a driver
            // does not know is an error, and the value stays 0.
            let status = unsafe { (functions.device_get_attribute)(&mut value, attribute, device) };
            if status == 0 {
                value.max(0).unsigned_abs()
            } else {
                0
            }
        };
        let capability = (
            ask(attribute::CAPABILITY_MAJOR),
            ask(attribute::CAPABILITY_MINOR),
        );
        let hardware = Hardware::new(
            ask(attribute::MULTIPROCESSORS),
            ask(attribute::THREADS_PER_MULTIPROCESSOR) / 32,
            f64::from(ask(attribute::CLOCK_RATE)) * 1e3,
        );

        let mut context: RawHandle = std::ptr::null_mut();
        // SAFETY: the pointer is to a handle, the device is valid. The context is never released.
        let status = unsafe { (functions.primary_ctx_retain)(&mut context, device) };
        check("taking the device into use", status)?;
        Ok(Gpu {
            driver,
            label,
            number,
            description: format!(
                "{name}, compute capability {}.{}",
                capability.0, capability.1
            ),
            hardware,
            context: Handle(context),
            modules: Cache::default(),
            idle: Mutex::default(),
        })
    }

    /// Makes its context the one of this thread, until the result is dropped.
    pub(super) fn enter(&self) -> Result<Current<'_>> {
        // SAFETY: the context is retained.
        let status = unsafe { (self.driver.functions.ctx_push)(self.context.0) };
        self.check("entering the device's context", status)?;
        Ok(Current {
            gpu: self,
            thread: PhantomData,
        })
    }

    /// That a function returned no error.
    pub(super) fn check(&self, what: &str, status: c_int) -> Result<()> {
        self.driver.check(&self.label, what, status)
    }

    /// A stream on which nothing runs, if there is one.
    pub(super) fn take_stream(&self) -> Option<Handle> {
        // Whoever panicked left the list as it was.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Keeps a stream on which nothing runs.
    pub(super) fn keep_stream(&self, stream: Handle) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stream);
    }
}

/// A device whose context is the current one of this thread. What was current before is so again
/// when it is dropped: the caller may use the driver, too.
#[derive(Debug)]
pub(super) struct Current<'g> {
    pub(super) gpu: &'g Gpu,
    /// A context is current on one thread, so this stays on it.
    thread: PhantomData<*const ()>,
}

impl Current<'_> {
    /// Bytes of device memory that are free, and that there are.
    pub(super) fn memory(&self) -> Result<(usize, usize)> {
        let (mut free, mut total) = (0, 0);
        // SAFETY: the pointers are to numbers of the size that the function writes.
        let status = unsafe { (self.gpu.driver.functions.mem_get_info)(&mut free, &mut total) };
        self.gpu.check("asking for the free memory", status)?;
        Ok((free, total))
    }
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        let mut context: RawHandle = std::ptr::null_mut();
        // SAFETY: the pointer is to a handle. It fails only where nothing is current, and then there
        // is nothing to undo.
        let _ = unsafe { (self.gpu.driver.functions.ctx_pop)(&mut context) };
    }
}
