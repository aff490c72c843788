//! A driver whose devices are the PTX interpreter: all of the launch path runs without a GPU.
//!
//! Each thread has a driver of its own: what a test does on its thread is seen there alone. It is there
//! for tests, those of this crate and, with the feature `simulated`, those of others.

use super::cost;
use super::driver::{DevicePointer, Driver, Functions, RawHandle, Status};
use super::entry::{self, Entry};
use keops_gpu::interpret::{Buffer, Launch, Module, Param};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::rc::Rc;

/// The environment variable that gives every thread a simulated driver. Its number is that of the parts
/// that columns are cut in, as of [`split`]: so whole test suites run as PTX, with `KEOPS_DEVICE=cuda:0`.
const VARIABLE: &str = "KEOPS_SIMULATED";

const INVALID_VALUE: Status = 1;
const OUT_OF_MEMORY: Status = 2;
const INVALID_PTX: Status = 218;
const NOT_FOUND: Status = 500;
const LAUNCH_FAILED: Status = 719;

/// What the driver of a thread holds.
#[derive(Default)]
pub(super) struct State {
    /// 32-bit words, and whether anything was written, by address.
    memory: BTreeMap<DevicePointer, (Vec<u32>, bool)>,
    /// What was written in part.
    parts: BTreeMap<DevicePointer, Buffer>,
    next: DevicePointer,
    /// Bytes that there are.
    pub(super) room: usize,
    /// Devices that are found.
    pub(super) devices: c_int,
    /// With the entries that their texts declare.
    modules: Vec<Rc<(Module, Vec<Entry>)>>,
    functions: Vec<(usize, String)>,
    /// Contexts entered and not left.
    pub(super) entered: usize,
    pub(super) streams: usize,
    /// What was done: `compile`, `upload`, `download`, and the entries that were launched.
    pub(super) log: Vec<String>,
    /// What is wrong with a launch.
    fault: CString,
}

impl State {
    /// Buffers that were not freed.
    pub(super) fn buffers(&self) -> usize {
        self.memory.len()
    }

    fn used(&self) -> usize {
        self.memory.values().map(|(words, _)| words.len() * 4).sum()
    }

    fn find(&mut self, address: DevicePointer) -> Option<(&mut (Vec<u32>, bool), usize)> {
        let (start, found) = self.memory.range_mut(..=address).next_back()?;
        Some((found, ((address - start) / 4) as usize))
    }

    /// A launch that went wrong.
    fn failed(&mut self, error: &dyn std::fmt::Display) -> Status {
        self.fault = CString::new(error.to_string()).unwrap_or_default();
        LAUNCH_FAILED
    }
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State { next: 1 << 32, ..State::default() });
    static INSTALLED: Cell<Option<&'static Driver>> = const { Cell::new(None) };
    static PARTS: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Looks at the driver of this thread, or changes it.
pub(super) fn with<R>(what: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(what)
}

/// A new driver for this thread, with so many devices of so many bytes. It lives as long as the
/// process, as any.
pub(super) fn driver(devices: c_int, room: usize) -> &'static Driver {
    with(|state| {
        *state = State {
            next: 1 << 32,
            devices,
            room,
            ..State::default()
        };
    });
    Box::leak(Box::new(
        Driver::start(functions(), None).expect("a driver"),
    ))
}

/// The driver that calls of this thread find: the one that was installed, or else one of the thread's
/// own where [`VARIABLE`] is set.
pub(super) fn installed() -> Option<&'static Driver> {
    if INSTALLED.get().is_none()
        && let Some(parts) = std::env::var_os(VARIABLE)
    {
        install();
        split(parts.to_str().and_then(|parts| parts.parse().ok()));
    }
    INSTALLED.get()
}

/// How a pass over pairs is launched: as was chosen, but for the number of parts that was forced.
pub(super) fn launch(chosen: cost::Launch) -> cost::Launch {
    let splits = PARTS.get().unwrap_or(chosen.splits);
    cost::Launch { splits, ..chosen }
}

/// Gives this thread a driver with one device, in place of the machine's: calls on `Device::Cuda(0)`
/// run in the interpreter of PTX, and what it finds wrong with a kernel is the error of the call.
///
/// # Panics
///
/// The simulated driver does not start.
pub fn install() {
    INSTALLED.set(Some(driver(1, 1 << 40)));
}

/// Has this thread's launches cut the columns of every pass in so many parts of whole blocks (fewer,
/// where there are not so many blocks); none: in as many as the model of the device says.
pub fn split(parts: Option<u32>) {
    PARTS.set(parts);
}

/// The entries that were launched on this thread since the last time, in order.
pub fn launches() -> Vec<String> {
    let mut log = with(|state| std::mem::take(&mut state.log));
    log.retain(|entry| !["compile", "upload", "download"].contains(&entry.as_str()));
    log
}

/// Whether nothing is left on the devices of this thread, and no context is current.
pub fn is_clean() -> bool {
    with(|state| state.buffers() == 0 && state.entered == 0)
}

/// The functions of the simulated driver.
pub(super) fn functions() -> Functions {
    Functions {
        init,
        get_error_name,
        get_error_string,
        device_get_count,
        device_get,
        device_get_name,
        device_get_attribute,
        primary_ctx_retain,
        ctx_push,
        ctx_pop,
        module_load,
        module_get_function,
        mem_get_info,
        mem_alloc,
        mem_free,
        copy_to_device,
        copy_to_host,
        stream_create,
        stream_destroy,
        stream_synchronize,
        launch_kernel,
    }
}

/// Writes what a function gives to the place that it was given.
fn put<T>(place: *mut T, value: T) -> Status {
    // SAFETY: the callers pass on what this crate gave the driver: places that live and are of `T`.
    unsafe { place.write(value) };
    0
}

fn handle(number: usize) -> RawHandle {
    std::ptr::without_provenance_mut(number + 1)
}

extern "system" fn init(_flags: c_uint) -> Status {
    if with(|state| state.devices) == 0 {
        100
    } else {
        0
    }
}

extern "system" fn get_error_name(status: Status, place: *mut *const c_char) -> Status {
    let name = match status {
        INVALID_VALUE => c"CUDA_ERROR_INVALID_VALUE",
        OUT_OF_MEMORY => c"CUDA_ERROR_OUT_OF_MEMORY",
        INVALID_PTX => c"CUDA_ERROR_INVALID_PTX",
        NOT_FOUND => c"CUDA_ERROR_NOT_FOUND",
        LAUNCH_FAILED => c"CUDA_ERROR_LAUNCH_FAILED",
        _ => return INVALID_VALUE,
    };
    put(place, name.as_ptr())
}

extern "system" fn get_error_string(status: Status, place: *mut *const c_char) -> Status {
    match status {
        INVALID_PTX => put(place, c"a PTX JIT compilation failed".as_ptr()),
        // It lives until the next launch that fails.
        LAUNCH_FAILED => put(place, with(|state| state.fault.as_ptr())),
        _ => INVALID_VALUE,
    }
}

extern "system" fn device_get_count(place: *mut c_int) -> Status {
    put(place, with(|state| state.devices))
}

extern "system" fn device_get(place: *mut c_int, number: c_int) -> Status {
    put(place, number)
}

extern "system" fn device_get_name(place: *mut c_char, length: c_int, device: c_int) -> Status {
    let name = format!("Simulated {device}\0");
    assert!(name.len() <= length as usize);
    for (k, byte) in name.bytes().enumerate() {
        put(place.wrapping_add(k), byte as c_char);
    }
    0
}

extern "system" fn device_get_attribute(place: *mut c_int, which: c_int, _: c_int) -> Status {
    match which {
        16 => put(place, 132),
        39 => put(place, 2048),
        75 => put(place, 9),
        76 => put(place, 0),
        _ => INVALID_VALUE,
    }
}

extern "system" fn primary_ctx_retain(place: *mut RawHandle, device: c_int) -> Status {
    put(place, handle(device as usize))
}

extern "system" fn ctx_push(_context: RawHandle) -> Status {
    with(|state| state.entered += 1);
    0
}

extern "system" fn ctx_pop(place: *mut RawHandle) -> Status {
    with(|state| state.entered -= 1);
    put(place, handle(0))
}

extern "system" fn module_load(
    place: *mut RawHandle,
    image: *const c_void,
    count: c_uint,
    options: *mut c_int,
    values: *mut *mut c_void,
) -> Status {
    // SAFETY: the image is a text that ends with 0.
    let text = unsafe { CStr::from_ptr(image.cast()) }
        .to_str()
        .expect("UTF-8");
    match Module::parse(text) {
        Ok(module) => with(|state| {
            state.log.push("compile".into());
            state.modules.push(Rc::new((module, entry::entries(text))));
            put(place, handle(state.modules.len() - 1))
        }),
        Err(error) => {
            // SAFETY: there are as many options and values as the count says.
            let (options, values) = unsafe {
                let count = count as usize;
                (
                    std::slice::from_raw_parts(options, count),
                    std::slice::from_raw_parts(values, count),
                )
            };
            assert_eq!(options, [5, 6]);
            let message = format!("ptxas {error}\0");
            assert!(message.len() <= values[1].addr(), "the log is long enough");
            for (k, byte) in message.bytes().enumerate() {
                put(values[0].cast::<u8>().wrapping_add(k), byte);
            }
            INVALID_PTX
        }
    }
}

extern "system" fn module_get_function(
    place: *mut RawHandle,
    module: RawHandle,
    name: *const c_char,
) -> Status {
    // SAFETY: a text that ends with 0.
    let name = unsafe { CStr::from_ptr(name) }.to_str().expect("UTF-8");
    with(|state| {
        let module = module.addr() - 1;
        if !state.modules[module].0.entries().any(|entry| entry == name) {
            return NOT_FOUND;
        }
        state.functions.push((module, name.to_owned()));
        put(place, handle(state.functions.len() - 1))
    })
}

extern "system" fn mem_get_info(free: *mut usize, total: *mut usize) -> Status {
    with(|state| {
        put(free, state.room - state.used());
        put(total, state.room)
    })
}

extern "system" fn mem_alloc(place: *mut DevicePointer, bytes: usize) -> Status {
    with(|state| {
        if bytes == 0 || !bytes.is_multiple_of(4) {
            return INVALID_VALUE;
        }
        if state.used() + bytes > state.room {
            return OUT_OF_MEMORY;
        }
        let address = state.next;
        state.next += (bytes as u64).next_multiple_of(256) + 256;
        state.memory.insert(address, (vec![0; bytes / 4], false));
        put(place, address)
    })
}

extern "system" fn mem_free(address: DevicePointer) -> Status {
    with(|state| {
        state.parts.remove(&address);
        state.memory.remove(&address).map_or(INVALID_VALUE, |_| 0)
    })
}

extern "system" fn copy_to_device(
    to: DevicePointer,
    from: *const c_void,
    bytes: usize,
    _: RawHandle,
) -> Status {
    with(|state| {
        state.log.push("upload".into());
        let ((words, written), first) = state.find(to).expect("device memory");
        let to = &mut words[first..][..bytes / 4];
        // SAFETY: the caller has so many bytes there, and the target was just cut to their length.
        unsafe { std::ptr::copy_nonoverlapping(from.cast(), to.as_mut_ptr().cast::<u8>(), bytes) };
        *written = true;
        0
    })
}

extern "system" fn copy_to_host(
    to: *mut c_void,
    from: DevicePointer,
    bytes: usize,
    _: RawHandle,
) -> Status {
    with(|state| {
        state.log.push("download".into());
        let ((words, written), first) = state.find(from).expect("device memory");
        assert!(*written, "nothing was written to what is downloaded");
        let from = &words[first..][..bytes / 4];
        // SAFETY: the caller has room for so many bytes, and the source was just cut to them.
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr().cast(), to.cast::<u8>(), bytes) };
        0
    })
}

extern "system" fn stream_create(place: *mut RawHandle, flags: c_uint) -> Status {
    assert_eq!(flags, 1, "a stream that does not wait for others");
    with(|state| state.streams += 1);
    put(place, handle(0))
}

extern "system" fn stream_destroy(_stream: RawHandle) -> Status {
    with(|state| state.streams -= 1);
    0
}

extern "system" fn stream_synchronize(_stream: RawHandle) -> Status {
    0
}

extern "system" fn launch_kernel(
    function: RawHandle,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    _shared: c_uint,
    _stream: RawHandle,
    parameters: *mut *mut c_void,
    extra: *mut *mut c_void,
) -> Status {
    assert!(extra.is_null());
    with(|state| {
        let (module, name) = state.functions[function.addr() - 1].clone();
        state.log.push(name.clone());
        let (module, entries) = &*state.modules[module].clone();
        let entry = entries.iter().find(|entry| entry.name == name);
        let sizes = entry.expect("the entry").sizes();
        let mut launch = Launch::new(name, grid_x, block_x);
        launch.grid = [grid_x, grid_y, grid_z];
        launch.block = [block_x, block_y, block_z];
        let mut addresses: Vec<DevicePointer> = Vec::new();
        for (k, size) in sizes.into_iter().enumerate() {
            // SAFETY: there are as many parameters as the entry has, each of its size.
            let (word, address) = unsafe {
                let parameter = *parameters.add(k);
                let wide = size == Some(8);
                (
                    *parameter.cast::<u32>(),
                    if wide { *parameter.cast::<u64>() } else { 0 },
                )
            };
            if size != Some(8) {
                launch.params.push(Param::U32(word));
                continue;
            }
            if address == 0 {
                launch.params.push(Param::U64(0));
                continue;
            }
            let number = addresses
                .iter()
                .position(|known| *known == address)
                .unwrap_or_else(|| {
                    addresses.push(address);
                    let (words, written) = &state.memory[&address];
                    launch.buffers.push(match state.parts.get(&address) {
                        _ if *written => Buffer::input(words),
                        Some(part) => part.clone(),
                        None => Buffer::output::<u32>(words.len()),
                    });
                    addresses.len() - 1
                });
            launch.params.push(Param::buffer(number));
        }
        if let Err(error) = module.launch(&mut launch) {
            return state.failed(&error);
        }
        for (address, buffer) in addresses.iter().zip(&launch.buffers) {
            let (words, written) = state.memory.get_mut(address).expect("device memory");
            match buffer.read() {
                Ok(read) => (*words, *written) = (read, true),
                // Rows of which there are none; results of which a later launch writes the rest.
                Err(_) if !*written => {
                    state.parts.insert(*address, buffer.clone());
                }
                Err(error) => return state.failed(&error),
            }
        }
        0
    })
}
