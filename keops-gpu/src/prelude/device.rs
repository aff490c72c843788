/// What the kernels need of the device beyond Rust's operators: one instruction each.
pub mod dev {
    use super::{Copy, asm, concat};

    /// A number in memory.
    pub trait Element: Copy {
        /// Bytes of one.
        const SIZE: u64;
        unsafe fn ldg(address: u64) -> Self;
        unsafe fn ldg2(address: u64) -> (Self, Self);
        unsafe fn ld(address: u64) -> Self;
        unsafe fn ld2(address: u64) -> (Self, Self);
        unsafe fn st(address: u64, a: Self);
        unsafe fn st2(address: u64, a: Self, b: Self);
        unsafe fn lds(address: u32) -> Self;
        unsafe fn lds2(address: u32) -> (Self, Self);
        unsafe fn sts(address: u32, a: Self);
        unsafe fn sts2(address: u32, a: Self, b: Self);
    }

    /// A number of which four are 16 bytes.
    pub trait Quarter: Element {
        unsafe fn ldg4(address: u64) -> (Self, Self, Self, Self);
        unsafe fn ld4(address: u64) -> (Self, Self, Self, Self);
        unsafe fn st4(address: u64, a: Self, b: Self, c: Self, d: Self);
        unsafe fn lds4(address: u32) -> (Self, Self, Self, Self);
        unsafe fn sts4(address: u32, a: Self, b: Self, c: Self, d: Self);
    }

    macro_rules! load {
        ($name:ident, $name2:ident, $address:ident, $in:ident, $out:ident, $op:expr, $op2:expr) => {
            #[inline(always)]
            unsafe fn $name(address: $address) -> Self {
                let a: Self;
                unsafe { asm!(concat!($op, " {0}, [{1}];"), out($out) a, in($in) address, options(pure, readonly, nostack)) };
                a
            }
            #[inline(always)]
            unsafe fn $name2(address: $address) -> (Self, Self) {
                let (a, b): (Self, Self);
                unsafe { asm!(concat!($op2, " {{{0}, {1}}}, [{2}];"), out($out) a, out($out) b, in($in) address, options(pure, readonly, nostack)) };
                (a, b)
            }
        };
    }

    macro_rules! store {
        ($name:ident, $name2:ident, $address:ident, $in:ident, $value:ident, $op:expr, $op2:expr) => {
            #[inline(always)]
            unsafe fn $name(address: $address, a: Self) {
                unsafe { asm!(concat!($op, " [{0}], {1};"), in($in) address, in($value) a, options(nostack)) }
            }
            #[inline(always)]
            unsafe fn $name2(address: $address, a: Self, b: Self) {
                unsafe { asm!(concat!($op2, " [{0}], {{{1}, {2}}};"), in($in) address, in($value) a, in($value) b, options(nostack)) }
            }
        };
    }

    macro_rules! element {
        ($rust:ident, $reg:ident, $ty:literal, $size:literal) => {
            impl Element for $rust {
                const SIZE: u64 = $size;
                load!(ldg, ldg2, u64, reg64, $reg, concat!("ld.global.nc.", $ty), concat!("ld.global.nc.v2.", $ty));
                load!(ld, ld2, u64, reg64, $reg, concat!("ld.global.", $ty), concat!("ld.global.v2.", $ty));
                load!(lds, lds2, u32, reg32, $reg, concat!("ld.shared.", $ty), concat!("ld.shared.v2.", $ty));
                store!(st, st2, u64, reg64, $reg, concat!("st.global.", $ty), concat!("st.global.v2.", $ty));
                store!(sts, sts2, u32, reg32, $reg, concat!("st.shared.", $ty), concat!("st.shared.v2.", $ty));
            }
        };
    }
    element!(f32, reg32, "f32", 4);
    element!(f64, reg64, "f64", 8);
    element!(u32, reg32, "u32", 4);
    element!(i32, reg32, "s32", 4);

    macro_rules! load4 {
        ($name:ident, $address:ident, $in:ident, $out:ident, $op:expr) => {
            #[inline(always)]
            unsafe fn $name(address: $address) -> (Self, Self, Self, Self) {
                let (a, b, c, d): (Self, Self, Self, Self);
                unsafe { asm!(concat!($op, " {{{0}, {1}, {2}, {3}}}, [{4}];"), out($out) a, out($out) b, out($out) c, out($out) d, in($in) address, options(pure, readonly, nostack)) };
                (a, b, c, d)
            }
        };
    }

    macro_rules! store4 {
        ($name:ident, $address:ident, $in:ident, $value:ident, $op:expr) => {
            #[inline(always)]
            unsafe fn $name(address: $address, a: Self, b: Self, c: Self, d: Self) {
                unsafe { asm!(concat!($op, " [{0}], {{{1}, {2}, {3}, {4}}};"), in($in) address, in($value) a, in($value) b, in($value) c, in($value) d, options(nostack)) }
            }
        };
    }

    macro_rules! quarter {
        ($rust:ident, $reg:ident, $ty:literal) => {
            impl Quarter for $rust {
                load4!(ldg4, u64, reg64, $reg, concat!("ld.global.nc.v4.", $ty));
                load4!(ld4, u64, reg64, $reg, concat!("ld.global.v4.", $ty));
                load4!(lds4, u32, reg32, $reg, concat!("ld.shared.v4.", $ty));
                store4!(st4, u64, reg64, $reg, concat!("st.global.v4.", $ty));
                store4!(sts4, u32, reg32, $reg, concat!("st.shared.v4.", $ty));
            }
        };
    }
    quarter!(f32, reg32, "f32");
    quarter!(u32, reg32, "u32");
    quarter!(i32, reg32, "s32");

    /// Global memory that nobody writes while the kernel runs.
    #[inline(always)]
    pub unsafe fn ldg<T: Element>(address: u64) -> T { unsafe { T::ldg(address) } }
    #[inline(always)]
    pub unsafe fn ldg2<T: Element>(address: u64) -> (T, T) { unsafe { T::ldg2(address) } }
    #[inline(always)]
    pub unsafe fn ldg4<T: Quarter>(address: u64) -> (T, T, T, T) { unsafe { T::ldg4(address) } }
    /// Global memory.
    #[inline(always)]
    pub unsafe fn ld<T: Element>(address: u64) -> T { unsafe { T::ld(address) } }
    #[inline(always)]
    pub unsafe fn ld2<T: Element>(address: u64) -> (T, T) { unsafe { T::ld2(address) } }
    #[inline(always)]
    pub unsafe fn ld4<T: Quarter>(address: u64) -> (T, T, T, T) { unsafe { T::ld4(address) } }
    #[inline(always)]
    pub unsafe fn st<T: Element>(address: u64, a: T) { unsafe { T::st(address, a) } }
    #[inline(always)]
    pub unsafe fn st2<T: Element>(address: u64, a: T, b: T) { unsafe { T::st2(address, a, b) } }
    #[inline(always)]
    pub unsafe fn st4<T: Quarter>(address: u64, a: T, b: T, c: T, d: T) { unsafe { T::st4(address, a, b, c, d) } }
    /// Shared memory.
    #[inline(always)]
    pub unsafe fn lds<T: Element>(address: u32) -> T { unsafe { T::lds(address) } }
    #[inline(always)]
    pub unsafe fn lds2<T: Element>(address: u32) -> (T, T) { unsafe { T::lds2(address) } }
    #[inline(always)]
    pub unsafe fn lds4<T: Quarter>(address: u32) -> (T, T, T, T) { unsafe { T::lds4(address) } }
    #[inline(always)]
    pub unsafe fn sts<T: Element>(address: u32, a: T) { unsafe { T::sts(address, a) } }
    #[inline(always)]
    pub unsafe fn sts2<T: Element>(address: u32, a: T, b: T) { unsafe { T::sts2(address, a, b) } }
    #[inline(always)]
    pub unsafe fn sts4<T: Quarter>(address: u32, a: T, b: T, c: T, d: T) { unsafe { T::sts4(address, a, b, c, d) } }

    /// An array of one thread, not initialised.
    pub union Local<T: Element, const N: usize> {
        none: (),
        some: [T; N],
    }

    impl<T: Element, const N: usize> Local<T, N> {
        #[inline(always)]
        pub fn new() -> Self { Local { none: () } }
        #[inline(always)]
        pub unsafe fn get(&self, index: u32) -> T {
            unsafe { *((self as *const Self as u64 + index as u64 * T::SIZE) as *const T) }
        }
        #[inline(always)]
        pub unsafe fn set(&mut self, index: u32, value: T) {
            unsafe { *((self as *mut Self as u64 + index as u64 * T::SIZE) as *mut T) = value }
        }
    }

    /// Whether it holds in all threads of the warp.
    #[inline(always)]
    pub unsafe fn vote_all(holds: bool) -> bool {
        let all: u32;
        unsafe { asm!("{{ .reg .pred %vote; setp.ne.u32 %vote, {1}, 0; vote.sync.all.pred %vote, %vote, -1; selp.u32 {0}, 1, 0, %vote; }}", out(reg32) all, in(reg32) holds as u32, options(nostack)) };
        all != 0
    }
    /// Whether it holds in any thread of the warp.
    #[inline(always)]
    pub unsafe fn vote_any(holds: bool) -> bool {
        let any: u32;
        unsafe { asm!("{{ .reg .pred %vote; setp.ne.u32 %vote, {1}, 0; vote.sync.any.pred %vote, %vote, -1; selp.u32 {0}, 1, 0, %vote; }}", out(reg32) any, in(reg32) holds as u32, options(nostack)) };
        any != 0
    }

    macro_rules! pure {
        ($name:ident($($x:ident: $from:ident in $in:ident),+) -> $to:ident in $out:ident, $text:expr) => {
            #[inline(always)]
            pub fn $name($($x: $from),+) -> $to {
                let result: $to;
                unsafe { asm!($text, out($out) result, $(in($in) $x),+, options(pure, nomem, nostack)) };
                result
            }
        };
    }

    macro_rules! single {
        ($ftz:literal) => {
            use super::{asm, concat};
            pure!(fma(a: f32 in reg32, b: f32 in reg32, c: f32 in reg32) -> f32 in reg32, concat!("fma.rn", $ftz, ".f32 {0}, {1}, {2}, {3};"));
            pure!(min(a: f32 in reg32, b: f32 in reg32) -> f32 in reg32, concat!("min", $ftz, ".f32 {0}, {1}, {2};"));
            pure!(max(a: f32 in reg32, b: f32 in reg32) -> f32 in reg32, concat!("max", $ftz, ".f32 {0}, {1}, {2};"));
            pure!(div_approx(a: f32 in reg32, b: f32 in reg32) -> f32 in reg32, concat!("div.approx", $ftz, ".f32 {0}, {1}, {2};"));
            pure!(neg(a: f32 in reg32) -> f32 in reg32, "neg.f32 {0}, {1};");
            pure!(abs(a: f32 in reg32) -> f32 in reg32, "abs.f32 {0}, {1};");
            pure!(sqrt(a: f32 in reg32) -> f32 in reg32, concat!("sqrt.rn", $ftz, ".f32 {0}, {1};"));
            pure!(round_even(a: f32 in reg32) -> f32 in reg32, concat!("cvt.rni", $ftz, ".f32.f32 {0}, {1};"));
            pure!(floor(a: f32 in reg32) -> f32 in reg32, concat!("cvt.rmi", $ftz, ".f32.f32 {0}, {1};"));
            pure!(to_integer(a: f32 in reg32) -> i32 in reg32, concat!("cvt.rni", $ftz, ".s32.f32 {0}, {1};"));
            pure!(sqrt_approx(a: f32 in reg32) -> f32 in reg32, concat!("sqrt.approx", $ftz, ".f32 {0}, {1};"));
            pure!(rsqrt_approx(a: f32 in reg32) -> f32 in reg32, concat!("rsqrt.approx", $ftz, ".f32 {0}, {1};"));
            pure!(rcp_approx(a: f32 in reg32) -> f32 in reg32, concat!("rcp.approx", $ftz, ".f32 {0}, {1};"));
            pure!(ex2_approx(a: f32 in reg32) -> f32 in reg32, concat!("ex2.approx", $ftz, ".f32 {0}, {1};"));
            pure!(lg2_approx(a: f32 in reg32) -> f32 in reg32, concat!("lg2.approx", $ftz, ".f32 {0}, {1};"));
            pure!(sin_approx(a: f32 in reg32) -> f32 in reg32, concat!("sin.approx", $ftz, ".f32 {0}, {1};"));
            pure!(cos_approx(a: f32 in reg32) -> f32 in reg32, concat!("cos.approx", $ftz, ".f32 {0}, {1};"));
            pure!(bits(a: f32 in reg32) -> u32 in reg32, "mov.b32 {0}, {1};");
            pure!(from_bits(a: u32 in reg32) -> f32 in reg32, "mov.b32 {0}, {1};");
        };
    }

    /// f32; subnormal numbers count as 0.
    pub mod f32_flush {
        single!(".ftz");
    }

    /// f32.
    pub mod f32_ieee {
        single!("");
    }

    /// f64.
    pub mod f64_ieee {
        use super::{asm, concat};
        pure!(fma(a: f64 in reg64, b: f64 in reg64, c: f64 in reg64) -> f64 in reg64, "fma.rn.f64 {0}, {1}, {2}, {3};");
        pure!(min(a: f64 in reg64, b: f64 in reg64) -> f64 in reg64, "min.f64 {0}, {1}, {2};");
        pure!(max(a: f64 in reg64, b: f64 in reg64) -> f64 in reg64, "max.f64 {0}, {1}, {2};");
        pure!(neg(a: f64 in reg64) -> f64 in reg64, "neg.f64 {0}, {1};");
        pure!(abs(a: f64 in reg64) -> f64 in reg64, "abs.f64 {0}, {1};");
        pure!(sqrt(a: f64 in reg64) -> f64 in reg64, "sqrt.rn.f64 {0}, {1};");
        pure!(round_even(a: f64 in reg64) -> f64 in reg64, "cvt.rni.f64.f64 {0}, {1};");
        pure!(floor(a: f64 in reg64) -> f64 in reg64, "cvt.rmi.f64.f64 {0}, {1};");
        pure!(to_integer(a: f64 in reg64) -> i32 in reg32, "cvt.rni.s32.f64 {0}, {1};");
        pure!(pack(low: u32 in reg32, high: u32 in reg32) -> f64 in reg64, "mov.b64 {0}, {{{1}, {2}}};");
        pure!(low(a: f64 in reg64) -> u32 in reg32, "{{ .reg .b32 %half; mov.b64 {{{0}, %half}}, {1}; }}");
        pure!(high(a: f64 in reg64) -> u32 in reg32, "{{ .reg .b32 %half; mov.b64 {{%half, {0}}}, {1}; }}");
    }
}
