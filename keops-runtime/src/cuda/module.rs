//! PTX modules, compiled by the driver for a device, and their kernels.

use super::driver::{Handle, RawHandle};
use super::entry::{self, Entry};
use super::gpu::{Current, Gpu};
use crate::descriptor::Text;
use crate::error::{Error, ErrorKind, Result};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{CString, c_int, c_void};
use std::sync::{Arc, Mutex, PoisonError};

/// `CU_JIT_ERROR_LOG_BUFFER` and `CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES`.
const ERROR_LOG: [c_int; 2] = [5, 6];
/// Bytes for what the driver's compiler says.
const LOG: usize = 8 << 10;

/// The modules of a device, by their texts. They are never unloaded: a program has as many as it has
/// formulas that ran on the device.
pub(super) type Cache = Mutex<HashMap<Text, Arc<Module>>>;

/// A module that the driver compiled.
#[derive(Debug)]
pub(crate) struct Module {
    handle: Handle,
    entries: Vec<Entry>,
    kernels: Mutex<HashMap<String, Kernel>>,
}

/// A kernel that can be launched.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    pub(super) function: Handle,
    pub(super) entry: Arc<Entry>,
    /// Rows that a thread takes.
    pub(super) rows: u32,
}

/// The module of a text on the current device; the driver compiles it at the first use.
///
/// # Errors
///
/// The driver does not take it: the message has what its compiler says.
#[expect(clippy::ptr_arg, reason = "a borrowed text is known by its place")]
pub(super) fn load(current: &Current<'_>, text: &Cow<'static, str>) -> Result<Arc<Module>> {
    let key = Text::of(text);
    // Whoever panicked left the map as it was. It stays locked while the driver compiles, so that a
    // text is compiled once.
    let mut cache = current
        .gpu
        .modules
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = cache.get(&key) {
        return Ok(module.clone());
    }
    let module = Arc::new(Module {
        handle: compile(current.gpu, text)?,
        entries: entry::entries(text),
        kernels: Mutex::default(),
    });
    cache.insert(key, module.clone());
    Ok(module)
}

/// Has the driver compile a text for the current device.
fn compile(gpu: &Gpu, text: &str) -> Result<Handle> {
    let image = CString::new(text)
        .map_err(|_| Error::internal("the text of a GPU kernel has a zero byte in it"))?;
    let mut log = vec![0u8; LOG];
    let mut options = ERROR_LOG;
    let mut values = [
        log.as_mut_ptr().cast::<c_void>(),
        std::ptr::without_provenance_mut(LOG),
    ];
    let mut module: RawHandle = std::ptr::null_mut();
    // SAFETY: the image ends with 0; there are as many options as values: a buffer, and its length
    // in place of a pointer. All of it lives until the call returns.
    let status = unsafe {
        (gpu.driver.functions.module_load)(
            &mut module,
            image.as_ptr().cast(),
            options.len() as u32,
            options.as_mut_ptr(),
            values.as_mut_ptr(),
        )
    };
    gpu.check("compiling the kernels", status)
        .map_err(|error| {
            let end = log.iter().position(|&byte| byte == 0).unwrap_or(log.len());
            match String::from_utf8_lossy(&log[..end]).trim() {
                "" => Error::new(
                    error.kind(),
                    format!("{error}; the device is {}", gpu.description),
                ),
                log => {
                    let message = format!("{error}; the device is {}\n{log}", gpu.description);
                    Error::new(error.kind(), message)
                }
            }
        })?;
    Ok(Handle(module))
}

impl Module {
    /// The kernel of an entry, whose name may end in the rows that a thread takes; none where the
    /// text has no such entry.
    pub(super) fn kernel(&self, current: &Current<'_>, name: &str) -> Result<Option<Kernel>> {
        let found = self
            .entries
            .iter()
            .find_map(|entry| Some((entry, entry.rows(name)?)));
        let Some((entry, rows)) = found else {
            return Ok(None);
        };
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kernel) = kernels.get(name) {
            return Ok(Some(kernel.clone()));
        }
        let symbol = CString::new(entry.name.as_str()).map_err(|_| {
            Error::new(
                ErrorKind::Internal,
                format!("`{name}` is no name of a kernel"),
            )
        })?;
        let gpu = current.gpu;
        let mut function: RawHandle = std::ptr::null_mut();
        // SAFETY: the module is loaded in the current context; the name ends with 0.
        let status = unsafe {
            (gpu.driver.functions.module_get_function)(
                &mut function,
                self.handle.0,
                symbol.as_ptr(),
            )
        };
        gpu.check(&format!("finding the kernel `{name}`"), status)?;
        let kernel = Kernel {
            function: Handle(function),
            entry: Arc::new(entry.clone()),
            rows,
        };
        kernels.insert(name.to_owned(), kernel.clone());
        Ok(Some(kernel))
    }
}
