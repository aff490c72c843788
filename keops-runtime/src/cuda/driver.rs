//! The CUDA driver: looked for at run time, and the functions of it that are used.
//!
//! This is a shim over `libloading`, not the crate `cudarc`, because a probe in front of cudarc cannot
//! close these: cudarc opens the library itself, under a list of its own in which `libcuda.so` (a
//! toolkit's stub, where one is on the path) comes before the driver's `libcuda.so.1`, so that what
//! was probed is not what is used; it panics where it finds none and at the first call of a function
//! that the library lacks; which functions those are depends on the CUDA version that its build
//! script finds on the machine that builds, or that another crate names; another crate's feature
//! `dynamic-linking` makes the binary need the driver to start at all; and its loader of modules
//! keeps the log of the driver's compiler to itself.
//!
//! Here the functions are some twenty, all of which every driver since CUDA 6 has; they are resolved
//! before any is called, and whatever fails is an `Err`. The contexts are the devices' primary ones,
//! which the CUDA runtime, cudarc and cust use, too: their pointers and streams are good here.

use super::gpu::Gpu;
use crate::error::{Error, ErrorKind, Result};
use libloading::Library;
use std::error::Error as _;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::OnceLock;

/// What the functions of the driver return: 0, or what went wrong.
pub(super) type Status = c_int;
/// An address in device memory.
pub(super) type DevicePointer = u64;
/// A `CUcontext`, `CUmodule`, `CUfunction` or `CUstream`.
pub(super) type RawHandle = *mut c_void;

/// A handle of the driver's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handle(pub(super) RawHandle);

// SAFETY: a handle is an opaque name; the driver's functions take it on any thread.
unsafe impl Send for Handle {}
// SAFETY: as above: the driver's functions are thread-safe.
unsafe impl Sync for Handle {}

/// The files that the driver may be, the best first.
pub(super) const NAMES: &[&str] = if cfg!(windows) {
    &["nvcuda.dll"]
} else {
    &["libcuda.so.1", "libcuda.so"]
};

/// There is a driver, and no device for it.
const NO_DEVICE: Status = 100;
const OUT_OF_MEMORY: Status = 2;

macro_rules! functions {
    ($($field:ident = $symbol:literal ($($ty:ty),*);)*) => {
        /// The functions that are used, named as in `cuda.h` without `cu`.
        pub(super) struct Functions {
            $(pub(super) $field: unsafe extern "system" fn($($ty),*) -> Status,)*
        }

        impl Functions {
            /// Looks up all of them.
            fn resolve(library: &Library) -> std::result::Result<Functions, String> {
                Ok(Functions {
                    $($field: {
                        // SAFETY: the type is that of the function in `cuda.h`. It is copied out of
                        // the symbol, and the library stays loaded as long as the functions.
                        let symbol = unsafe { library.get(concat!($symbol, "\0").as_bytes()) };
                        *symbol.map_err(|_| format!("it lacks the function {}", $symbol))?
                    },)*
                })
            }
        }
    };
}

functions! {
    init = "cuInit" (c_uint);
    get_error_name = "cuGetErrorName" (Status, *mut *const c_char);
    get_error_string = "cuGetErrorString" (Status, *mut *const c_char);
    device_get_count = "cuDeviceGetCount" (*mut c_int);
    device_get = "cuDeviceGet" (*mut c_int, c_int);
    device_get_name = "cuDeviceGetName" (*mut c_char, c_int, c_int);
    device_get_attribute = "cuDeviceGetAttribute" (*mut c_int, c_int, c_int);
    primary_ctx_retain = "cuDevicePrimaryCtxRetain" (*mut RawHandle, c_int);
    ctx_push = "cuCtxPushCurrent_v2" (RawHandle);
    ctx_pop = "cuCtxPopCurrent_v2" (*mut RawHandle);
    module_load = "cuModuleLoadDataEx"
        (*mut RawHandle, *const c_void, c_uint, *mut c_int, *mut *mut c_void);
    module_get_function = "cuModuleGetFunction" (*mut RawHandle, RawHandle, *const c_char);
    mem_get_info = "cuMemGetInfo_v2" (*mut usize, *mut usize);
    mem_alloc = "cuMemAlloc_v2" (*mut DevicePointer, usize);
    mem_free = "cuMemFree_v2" (DevicePointer);
    copy_to_device = "cuMemcpyHtoDAsync_v2" (DevicePointer, *const c_void, usize, RawHandle);
    copy_to_host = "cuMemcpyDtoHAsync_v2" (*mut c_void, DevicePointer, usize, RawHandle);
    stream_create = "cuStreamCreate" (*mut RawHandle, c_uint);
    stream_destroy = "cuStreamDestroy_v2" (RawHandle);
    stream_synchronize = "cuStreamSynchronize" (RawHandle);
    launch_kernel = "cuLaunchKernel"
        (RawHandle, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, RawHandle,
         *mut *mut c_void, *mut *mut c_void);
}

/// A driver that was found and works.
pub(super) struct Driver {
    pub(super) functions: Functions,
    /// One for each device, filled at its first use.
    gpus: Vec<OnceLock<Gpu>>,
    /// Keeps the functions loaded; none in tests, which bring their own.
    _library: Option<Library>,
}

/// The driver of this machine; it is looked for once.
///
/// # Errors
///
/// There is none that works: the message names the files that were looked for.
pub(super) fn driver() -> Result<&'static Driver> {
    #[cfg(any(test, feature = "simulated"))]
    if let Some(driver) = super::simulated::installed() {
        return Ok(driver);
    }
    static DRIVER: OnceLock<std::result::Result<Driver, String>> = OnceLock::new();
    let found = DRIVER.get_or_init(|| find(NAMES));
    found
        .as_ref()
        .map_err(|message| Error::new(ErrorKind::Driver, message.as_str()))
}

/// The first of these files that is a driver and works, or what is wrong with each.
pub(super) fn find(names: &[&str]) -> std::result::Result<Driver, String> {
    let mut faults = Vec::new();
    for name in names {
        match open(name) {
            Ok(driver) => return Ok(driver),
            Err(fault) => faults.push(format!("`{name}` ({fault})")),
        }
    }
    Err(format!(
        "no NVIDIA driver can be used; looked for {}. Install the driver, or run on `Device::Cpu`",
        faults.join(", ")
    ))
}

fn open(name: &str) -> std::result::Result<Driver, String> {
    // SAFETY: what a library does when it is loaded is up to it; these names are the driver's, and
    // loading the driver has no conditions.
    let library = unsafe { Library::new(name) };
    let library = library.map_err(|error| {
        let cause = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        let cause = cause
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(": "))
            .unwrap_or(&cause);
        cause.to_owned()
    })?;
    let functions = Functions::resolve(&library)?;
    Driver::start(functions, Some(library))
}

impl Driver {
    /// Initialises the driver and counts its devices.
    pub(super) fn start(
        functions: Functions,
        library: Option<Library>,
    ) -> std::result::Result<Driver, String> {
        let mut driver = Driver {
            functions,
            gpus: Vec::new(),
            _library: library,
        };
        // SAFETY: the function takes flags, of which there are none.
        let status = unsafe { (driver.functions.init)(0) };
        let mut count = 0;
        if status != NO_DEVICE {
            driver.worked("cuInit", status)?;
            // SAFETY: the driver is initialised; the pointer is to an integer.
            let status = unsafe { (driver.functions.device_get_count)(&mut count) };
            driver.worked("cuDeviceGetCount", status)?;
        }
        driver
            .gpus
            .resize_with(usize::try_from(count).unwrap_or(0), OnceLock::new);
        Ok(driver)
    }

    /// The device of this number.
    ///
    /// # Errors
    ///
    /// There are not so many devices, or this one cannot be used.
    pub(super) fn gpu(&'static self, number: usize) -> Result<&'static Gpu> {
        let Some(place) = self.gpus.get(number) else {
            let there_are = match self.gpus.len() {
                0 => "there is a driver, but no CUDA device that this process may see".to_owned(),
                1 => "there is one CUDA device, `cuda:0`".to_owned(),
                count => format!(
                    "there are {count} CUDA devices, `cuda:0` to `cuda:{}`",
                    count - 1
                ),
            };
            return Err(Error::new(
                ErrorKind::Device,
                format!("`cuda:{number}`: {there_are}"),
            ));
        };
        if let Some(gpu) = place.get() {
            return Ok(gpu);
        }
        // What fails now may work later, so only what works is kept.
        let gpu = Gpu::open(self, number)?;
        Ok(place.get_or_init(|| gpu))
    }

    /// That a function returned no error.
    pub(super) fn check(&self, device: &str, what: &str, status: Status) -> Result<()> {
        if status == 0 {
            return Ok(());
        }
        let kind = if status == OUT_OF_MEMORY {
            ErrorKind::Memory
        } else {
            ErrorKind::Driver
        };
        Err(Error::new(
            kind,
            format!("{device}: {what} failed: {}", self.describe(status)),
        ))
    }

    fn worked(&self, what: &str, status: Status) -> std::result::Result<(), String> {
        match status {
            0 => Ok(()),
            status => Err(format!("{what} failed: {}", self.describe(status))),
        }
    }

    /// The name of an error, and what it means.
    fn describe(&self, status: Status) -> String {
        let text = |function: unsafe extern "system" fn(Status, *mut *const c_char) -> Status| {
            let mut text = std::ptr::null();
            // SAFETY: the pointer is to a pointer, which the function sets to a static string or null.
            let found = unsafe { function(status, &mut text) } == 0 && !text.is_null();
            if !found {
                return None;
            }
            // SAFETY: the function found the string; it is static and ends with 0.
            let text = unsafe { CStr::from_ptr(text) };
            Some(text.to_string_lossy().into_owned())
        };
        match (
            text(self.functions.get_error_name),
            text(self.functions.get_error_string),
        ) {
            (Some(name), Some(meaning)) => format!("{name} ({meaning})"),
            (Some(name), None) => name,
            (None, _) => format!("CUDA error {status}"),
        }
    }
}
