// The kernels natively, a thread of the operating system for each of the GPU's.
#![allow(warnings)]

/// What of cuda_std the kernels use.
pub mod cuda_std {
    pub mod prelude {
        pub use super::thread;
    }
    pub mod thread {
        use crate::dev::context;
        pub fn thread_idx_x() -> u32 { context(|c| c.thread) }
        pub fn block_idx_x() -> u32 { context(|c| c.block) }
        pub fn block_idx_y() -> u32 { 0 }
        pub fn sync_threads() { context(|c| c.shared.barrier.wait()); }
    }
}

/// The shared memory of a kernel begins at address 0.
macro_rules! shared {
    ($name:ident, $bytes:literal) => {
        fn $name() -> u32 { 0 }
    };
}

pub mod dev {
    use std::cell::{RefCell, UnsafeCell};
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    use std::sync::{Arc, Barrier};

    /// The threads of a warp at a vote.
    pub struct Warp {
        barrier: Barrier,
        ballot: AtomicU32,
        lanes: u32,
    }

    /// What the threads of a block share.
    pub struct Shared {
        pub barrier: Barrier,
        warps: Vec<Warp>,
        memory: Vec<UnsafeCell<u128>>,
    }

    unsafe impl Sync for Shared {}

    /// A thread.
    pub struct Context {
        pub thread: u32,
        pub block: u32,
        pub shared: Arc<Shared>,
    }

    thread_local! {
        static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) };
    }

    pub fn context<R>(f: impl FnOnce(&Context) -> R) -> R {
        CONTEXT.with(|context| f(context.borrow().as_ref().expect("in a kernel")))
    }

    /// Runs a kernel on all threads of all blocks.
    pub fn launch(blocks: u32, threads: u32, shared_bytes: usize, kernel: impl Fn() + Sync) {
        for block in 0..blocks {
            let warp = |first: u32| {
                let lanes = (threads - first).min(32);
                Warp { barrier: Barrier::new(lanes as usize), ballot: AtomicU32::new(0), lanes }
            };
            let shared = Arc::new(Shared {
                barrier: Barrier::new(threads as usize),
                warps: (0..threads).step_by(32).map(warp).collect(),
                // NaN, so that what was not written is seen.
                memory: (0..shared_bytes.div_ceil(16)).map(|_| UnsafeCell::new(u128::MAX)).collect(),
            });
            std::thread::scope(|scope| {
                for thread in 0..threads {
                    let (shared, kernel) = (shared.clone(), &kernel);
                    let run = move || {
                        CONTEXT.with(|c| *c.borrow_mut() = Some(Context { thread, block, shared }));
                        kernel();
                    };
                    std::thread::Builder::new().stack_size(1 << 20).spawn_scoped(scope, run).expect("a thread");
                }
            });
        }
    }

    pub trait Element: Copy {
        const ZERO: Self;
    }
    impl Element for f32 { const ZERO: f32 = 0.0; }
    impl Element for f64 { const ZERO: f64 = 0.0; }
    impl Element for u32 { const ZERO: u32 = 0; }
    impl Element for i32 { const ZERO: i32 = 0; }

    fn place<T>(address: u32, count: usize) -> *mut [T; 4] {
        context(|c| {
            let (bytes, end) = (c.shared.memory.len() * 16, address as usize + count * size_of::<T>());
            assert!(end <= bytes, "shared memory ends at {bytes}, not at {end}");
            (c.shared.memory.as_ptr() as usize + address as usize) as *mut [T; 4]
        })
    }

    pub unsafe fn ldg<T: Element>(p: u64) -> T { unsafe { *(p as *const T) } }
    pub unsafe fn ldg2<T: Element>(p: u64) -> (T, T) { unsafe { let [a, b] = *(p as *const [T; 2]); (a, b) } }
    pub unsafe fn ldg4<T: Element>(p: u64) -> (T, T, T, T) { unsafe { let [a, b, c, d] = *(p as *const [T; 4]); (a, b, c, d) } }
    pub unsafe fn ld<T: Element>(p: u64) -> T { unsafe { ldg(p) } }
    pub unsafe fn ld2<T: Element>(p: u64) -> (T, T) { unsafe { ldg2(p) } }
    pub unsafe fn ld4<T: Element>(p: u64) -> (T, T, T, T) { unsafe { ldg4(p) } }
    pub unsafe fn st<T: Element>(p: u64, a: T) { unsafe { *(p as *mut T) = a } }
    pub unsafe fn st2<T: Element>(p: u64, a: T, b: T) { unsafe { *(p as *mut [T; 2]) = [a, b] } }
    pub unsafe fn st4<T: Element>(p: u64, a: T, b: T, c: T, d: T) { unsafe { *(p as *mut [T; 4]) = [a, b, c, d] } }
    pub unsafe fn lds<T: Element>(p: u32) -> T { unsafe { ldg(place::<T>(p, 1) as u64) } }
    pub unsafe fn lds2<T: Element>(p: u32) -> (T, T) { unsafe { ldg2(place::<T>(p, 2) as u64) } }
    pub unsafe fn lds4<T: Element>(p: u32) -> (T, T, T, T) { unsafe { ldg4(place::<T>(p, 4) as u64) } }
    pub unsafe fn sts<T: Element>(p: u32, a: T) { unsafe { st(place::<T>(p, 1) as u64, a) } }
    pub unsafe fn sts2<T: Element>(p: u32, a: T, b: T) { unsafe { st2(place::<T>(p, 2) as u64, a, b) } }
    pub unsafe fn sts4<T: Element>(p: u32, a: T, b: T, c: T, d: T) { unsafe { st4(place::<T>(p, 4) as u64, a, b, c, d) } }

    /// An array of one thread.
    pub struct Local<T, const N: usize>([T; N]);
    impl<T: Element, const N: usize> Local<T, N> {
        pub fn new() -> Self { Local([T::ZERO; N]) }
        pub unsafe fn get(&self, index: u32) -> T { self.0[index as usize] }
        pub unsafe fn set(&mut self, index: u32, value: T) { self.0[index as usize] = value }
    }

    fn ballot(holds: bool) -> (u32, u32) {
        context(|c| {
            let warp = &c.shared.warps[c.thread as usize / 32];
            warp.ballot.fetch_or((holds as u32) << (c.thread % 32), SeqCst);
            warp.barrier.wait();
            let ballot = warp.ballot.load(SeqCst);
            if warp.barrier.wait().is_leader() {
                warp.ballot.store(0, SeqCst);
            }
            warp.barrier.wait();
            (ballot, u32::MAX >> (32 - warp.lanes))
        })
    }
    pub unsafe fn vote_all(holds: bool) -> bool { let (ballot, all) = ballot(holds); ballot == all }
    pub unsafe fn vote_any(holds: bool) -> bool { ballot(holds).0 != 0 }

    macro_rules! functions {
        ($t:ident, |$x:ident| $flushed:expr) => {
            fn flush($x: $t) -> $t { $flushed }
            pub fn fma(a: $t, b: $t, c: $t) -> $t { flush(flush(a).mul_add(flush(b), flush(c))) }
            pub fn min(a: $t, b: $t) -> $t { flush(a).min(flush(b)) }
            pub fn max(a: $t, b: $t) -> $t { flush(a).max(flush(b)) }
            pub fn neg(a: $t) -> $t { -a }
            pub fn abs(a: $t) -> $t { a.abs() }
            pub fn sqrt(a: $t) -> $t { flush(a).sqrt() }
            pub fn round_even(a: $t) -> $t { flush(a).round_ties_even() }
            pub fn floor(a: $t) -> $t { flush(a).floor() }
        };
    }
    macro_rules! single {
        (|$x:ident| $flushed:expr) => {
            functions!(f32, |$x| $flushed);
            pub fn to_integer(a: f32) -> i32 { a.round_ties_even() as i32 }
            fn through(a: f32, f: impl Fn(f64) -> f64) -> f32 { flush(f(flush(a) as f64) as f32) }
            pub fn div_approx(a: f32, b: f32) -> f32 { flush((flush(a) as f64 / flush(b) as f64) as f32) }
            pub fn sqrt_approx(a: f32) -> f32 { through(a, f64::sqrt) }
            pub fn rsqrt_approx(a: f32) -> f32 { through(a, |a| if a == 0.0 { 1.0 / a } else { 1.0 / a.sqrt() }) }
            pub fn rcp_approx(a: f32) -> f32 { through(a, |a| 1.0 / a) }
            pub fn ex2_approx(a: f32) -> f32 { through(a, f64::exp2) }
            pub fn lg2_approx(a: f32) -> f32 { through(a, f64::log2) }
            pub fn sin_approx(a: f32) -> f32 { through(a, f64::sin) }
            pub fn cos_approx(a: f32) -> f32 { through(a, f64::cos) }
            pub fn bits(a: f32) -> u32 { a.to_bits() }
            pub fn from_bits(a: u32) -> f32 { f32::from_bits(a) }
        };
    }
    pub mod f32_flush {
        single!(|x| if x.is_subnormal() { 0.0f32.copysign(x) } else { x });
    }
    pub mod f32_ieee {
        single!(|x| x);
    }
    pub mod f64_ieee {
        functions!(f64, |x| x);
        pub fn to_integer(a: f64) -> i32 { a.round_ties_even() as i32 }
        pub fn pack(low: u32, high: u32) -> f64 { f64::from_bits(low as u64 | (high as u64) << 32) }
        pub fn low(a: f64) -> u32 { a.to_bits() as u32 }
        pub fn high(a: f64) -> u32 { (a.to_bits() >> 32) as u32 }
    }
}

