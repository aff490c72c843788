// A core of our own: rustc's nvptx64 back end needs no installed target then.
#![feature(no_core, lang_items, rustc_attrs, abi_ptx, asm_experimental_arch, decl_macro, auto_traits)]
#![allow(internal_features)]
#![no_core]
#![crate_type = "lib"]

#[cfg(new_sized)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[cfg(new_sized)]
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[cfg(new_sized)]
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[cfg(not(new_sized))]
#[lang = "sized"]
pub trait Sized {}
#[lang = "copy"]
pub trait Copy: Sized {}
#[lang = "legacy_receiver"]
pub trait LegacyReceiver {}
#[cfg(new_sized)]
impl<T: PointeeSized> LegacyReceiver for &T {}
#[cfg(new_sized)]
impl<T: PointeeSized> LegacyReceiver for &mut T {}
#[cfg(not(new_sized))]
impl<T: ?Sized> LegacyReceiver for &T {}
#[cfg(not(new_sized))]
impl<T: ?Sized> LegacyReceiver for &mut T {}
#[lang = "freeze"]
unsafe auto trait Freeze {}
impl<T> Copy for *const T {}
impl<T> Copy for *mut T {}
impl<T> Copy for &T {}
impl<T: Copy, const N: usize> Copy for [T; N] {}
impl Copy for bool {}

macro_rules! binary {
    ($($lang:literal $name:ident $method:ident $op:tt: $($t:ty)*;)*) => { $(
        #[lang = $lang]
        pub trait $name<R = Self> {
            type Output;
            fn $method(self, r: R) -> Self::Output;
        }
        $(impl $name for $t {
            type Output = $t;
            #[inline(always)]
            fn $method(self, r: $t) -> $t { self $op r }
        })*
    )* };
}
binary! {
    "add" Add add +: u32 u64 i32 f32 f64;
    "sub" Sub sub -: u32 u64 i32 f32 f64;
    "mul" Mul mul *: u32 u64 i32 f32 f64;
    "div" Div div /: f32 f64;
    "bitand" BitAnd bitand &: bool u32 u64 i32;
    "bitor" BitOr bitor |: bool u32 u64 i32;
    "bitxor" BitXor bitxor ^: bool u32 u64 i32;
}
#[lang = "shl"]
pub trait Shl<R = Self> {
    type Output;
    fn shl(self, r: R) -> Self::Output;
}
#[lang = "shr"]
pub trait Shr<R = Self> {
    type Output;
    fn shr(self, r: R) -> Self::Output;
}
macro_rules! shifts {
    ($($t:ty)*) => { $(
        impl Shl<u32> for $t {
            type Output = $t;
            #[inline(always)]
            fn shl(self, r: u32) -> $t { self << r }
        }
        impl Shr<u32> for $t {
            type Output = $t;
            #[inline(always)]
            fn shr(self, r: u32) -> $t { self >> r }
        }
    )* };
}
shifts!(u32 i32);
#[lang = "neg"]
pub trait Neg {
    type Output;
    fn neg(self) -> Self::Output;
}
#[lang = "not"]
pub trait Not {
    type Output;
    fn not(self) -> Self::Output;
}
#[lang = "eq"]
pub trait PartialEq<R = Self> {
    fn eq(&self, o: &R) -> bool;
    fn ne(&self, o: &R) -> bool;
}
#[lang = "partial_ord"]
pub trait PartialOrd<R = Self>: PartialEq<R> {
    fn lt(&self, o: &R) -> bool;
    fn le(&self, o: &R) -> bool;
    fn gt(&self, o: &R) -> bool;
    fn ge(&self, o: &R) -> bool;
}
macro_rules! numbers {
    ($($t:ty)*) => { $(
        impl Copy for $t {}
        impl PartialEq for $t {
            #[inline(always)]
            fn eq(&self, o: &$t) -> bool { *self == *o }
            #[inline(always)]
            fn ne(&self, o: &$t) -> bool { *self != *o }
        }
        impl PartialOrd for $t {
            #[inline(always)]
            fn lt(&self, o: &$t) -> bool { *self < *o }
            #[inline(always)]
            fn le(&self, o: &$t) -> bool { *self <= *o }
            #[inline(always)]
            fn gt(&self, o: &$t) -> bool { *self > *o }
            #[inline(always)]
            fn ge(&self, o: &$t) -> bool { *self >= *o }
        }
    )* };
}
numbers!(u32 u64 i32 f32 f64 usize);
macro_rules! unary {
    ($name:ident $method:ident $op:tt: $($t:ty)*) => { $(
        impl $name for $t {
            type Output = $t;
            #[inline(always)]
            fn $method(self) -> $t { $op self }
        }
    )* };
}
unary!(Neg neg -: f32 f64 i32);
unary!(Not not !: bool u32 u64 i32);

#[rustc_builtin_macro]
pub macro asm($($t:tt)*) {}
#[rustc_builtin_macro]
pub macro global_asm($($t:tt)*) {}
#[rustc_builtin_macro]
pub macro concat($($t:tt)*) {}
#[rustc_builtin_macro]
pub macro stringify($($t:tt)*) {}

/// What of cuda_std the kernels use.
pub mod cuda_std {
    pub mod prelude {
        pub use super::thread;
    }
    pub mod thread {
        use crate::asm;
        macro_rules! special {
            ($name:ident, $text:literal) => {
                #[inline(always)]
                pub fn $name() -> u32 {
                    let value: u32;
                    unsafe { asm!($text, out(reg32) value, options(pure, nomem, nostack)) };
                    value
                }
            };
        }
        special!(thread_idx_x, "mov.u32 {0}, %tid.x;");
        special!(block_idx_x, "mov.u32 {0}, %ctaid.x;");
        special!(block_idx_y, "mov.u32 {0}, %ctaid.y;");
        #[inline(always)]
        pub fn sync_threads() {
            unsafe { asm!("bar.sync 0;", options(nostack)) }
        }
    }
}

/// The shared memory of a kernel, and a function that gives its address.
macro_rules! shared {
    ($name:ident, $bytes:literal) => {
        global_asm!(concat!(".shared .align 16 .b8 ", stringify!($name), "[", $bytes, "];"));
        #[inline(always)]
        fn $name() -> u32 {
            let address: u32;
            unsafe { asm!(concat!("mov.u32 {0}, ", stringify!($name), ";"), out(reg32) address, options(pure, nomem, nostack)) };
            address
        }
    };
}

