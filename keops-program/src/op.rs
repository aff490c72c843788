//! The table of primitive operations: one row holds all that anything knows of an operation.
//!
//! Every pass, emitter, interpreter and test reads this table; none of them names an operation.
//! Operations that are formulas of these (`sigmoid`, `norm`, …) are lines of notation in
//! keops-compiler's `table`, and reductions are rows there.
//!
//! To add a primitive, add a row. It then parses, differentiates, runs on the CPU at every level
//! and in the interpreters, prints as PTX and as Rust, and is tested.

use crate::arith::Arith;
use crate::functions;
use crate::scalar::Scalar;

/// How an infix operation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Infix {
    /// The token.
    pub symbol: &'static str,
    /// How strongly it binds on its left: `a + b * c` groups by these.
    pub left: u8,
    /// How strongly it binds on its right; larger than `left` groups to the left.
    pub right: u8,
}

/// What is known of a primitive operation.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name: in formulas, programs and generated code.
    pub name: &'static str,
    /// The number of operands.
    pub arity: usize,
    /// The infix spelling, if it has one.
    pub infix: Option<Infix>,
    /// The partial derivative by each operand, as a formula of the operands `x`, `y`, `z` and of
    /// the result `r`.
    pub partials: &'static [&'static str],
    /// Each partial is finite wherever the operands are finite.
    pub finite_partials: bool,
    /// The value in f64: the oracle of every test.
    pub eval: fn(&[f64]) -> f64,
    /// Where tests sample each operand.
    pub domain: &'static [(f64, f64)],
    /// The promised error on the CPU in f32 and f64 and on a GPU in f64, in units in the last place.
    pub ulp: f64,
    /// What errors are measured against where it is larger than the value: of a difference of two numbers
    /// that nearly cancel, about one of the two.
    pub scale: Option<fn(&[f64]) -> f64>,
    /// Results below the normal range are 0 (beside such a result, as few as `ulp` units away, too).
    pub flushes: bool,
    /// The error on a GPU in f32 where the hardware's approximation is taken. Else, and where
    /// accurate results are asked for, it is within 4 ulp.
    pub fast: Option<Fast>,
    /// What it is, for the documentation; values at singular points included.
    pub doc: &'static str,
}

/// The documented error of a GPU's approximation.
#[derive(Clone, Copy, Debug)]
pub struct Fast {
    /// In words.
    pub doc: &'static str,
    /// A bound of the absolute error, for the operands and the value.
    pub error: fn(&[f64], f64) -> f64,
}

/// Does something for an operation that is known at compile time: see [`Op::visit`].
pub trait Visitor {
    /// What it gives.
    type Result;
    /// Called with the type of the operation.
    fn visit<O: Operation>(self) -> Self::Result;
}

/// An operation as a type, so that a loop over data can be compiled for it alone.
pub trait Operation {
    /// Its row number.
    const OP: Op;
    /// The value, in any arithmetic; `x` has as many elements as the row's arity.
    fn apply<A: Arith>(a: A, x: &[A::F]) -> A::F;
}

macro_rules! operations {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident ($name:literal $(, $symbol:literal $left:literal $right:literal)?) {
            partials: [$($partial:literal),*], $finite:ident,
            eval: $eval:expr,
            apply: |$a:ident, [$($x:ident),*]| $apply:expr,
            domain: [$($domain:expr),*], ulp: $ulp:literal $($flushes:ident)?,
            $(scale: $scale:expr,)?
            $(fast: $fast:literal $error:expr,)?
        }
    )*) => {
        /// A primitive operation, by its row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Op { $( $(#[doc = $doc])+ $variant, )* }

        impl Op {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Op] = &[$(Op::$variant),*];

            /// What is known of it.
            pub const fn row(self) -> &'static Row {
                match self { $( Op::$variant => const { &Row {
                    name: $name,
                    arity: [$(stringify!($x)),*].len(),
                    infix: operations!(@infix $($symbol $left $right)?),
                    partials: &[$($partial),*],
                    finite_partials: operations!(@finite $finite),
                    eval: $eval,
                    domain: &[$($domain),*],
                    ulp: $ulp,
                    scale: operations!(@scale $($scale)?),
                    flushes: operations!(@flushes $($flushes)?),
                    fast: operations!(@fast $($fast $error)?),
                    doc: concat!($($doc, "\n"),+),
                } }, )* }
            }

            /// Calls the visitor with the operation's type.
            pub fn visit<V: Visitor>(self, visitor: V) -> V::Result {
                match self { $( Op::$variant => visitor.visit::<table::$variant>(), )* }
            }

            /// The value, in any arithmetic.
            #[inline(always)]
            pub fn apply<A: Arith>(self, a: A, x: &[A::F]) -> A::F {
                match self { $( Op::$variant => table::$variant::apply(a, x), )* }
            }
        }

        /// The operations as types; generated code calls `table::Exp::apply(s, &[x])`.
        pub mod table {
            use super::*;
            $(
                $(#[doc = $doc])+
                #[derive(Clone, Copy, Debug)]
                pub struct $variant;
                impl Operation for $variant {
                    const OP: Op = Op::$variant;
                    #[inline(always)]
                    fn apply<A: Arith>($a: A, x: &[A::F]) -> A::F {
                        let &[$($x),*] = x else { unreachable!() };
                        $apply
                    }
                }
            )*
        }
    };
    (@infix) => { None };
    (@infix $symbol:literal $left:literal $right:literal) => {
        Some(Infix { symbol: $symbol, left: $left, right: $right })
    };
    (@scale) => { None };
    (@scale $scale:expr) => { Some($scale) };
    (@flushes) => { false };
    (@flushes flushed) => { true };
    (@fast) => { None };
    (@fast $doc:literal $error:expr) => { Some(Fast { doc: $doc, error: $error }) };
    (@finite finite) => { true };
    (@finite singular) => { false };
}

const LINE: (f64, f64) = (-8.0, 8.0);
const HALF: (f64, f64) = (1e-3, 50.0);

/// Plain numbers, for the values of functions that the standard library does not have.
const F64: Scalar<f64> = Scalar::new();

/// The unit in the last place of f32 at 1.
const UNIT: f64 = f32::EPSILON as f64;

operations! {
    /// a + b
    Add("add", "+" 7 8) {
        partials: ["1", "1"], finite,
        eval: |a| a[0] + a[1],
        apply: |s, [a, b]| s.add(a, b),
        domain: [LINE, LINE], ulp: 0.5,
    }
    /// a − b
    Sub("sub", "-" 7 8) {
        partials: ["1", "-1"], finite,
        eval: |a| a[0] - a[1],
        apply: |s, [a, b]| s.sub(a, b),
        domain: [LINE, LINE], ulp: 0.5,
    }
    /// a · b
    Mul("mul", "*" 11 12) {
        partials: ["y", "x"], finite,
        eval: |a| a[0] * a[1],
        apply: |s, [a, b]| s.mul(a, b),
        domain: [LINE, LINE], ulp: 0.5,
    }
    /// a / b, IEEE's at 0
    Div("div", "/" 11 12) {
        partials: ["1 / y", "-r / y"], singular,
        eval: |a| a[0] / a[1],
        apply: |s, [a, b]| s.div(a, b),
        domain: [LINE, HALF], ulp: 0.5,
        fast: "2 ulp for |b| in 2⁻¹²⁶..2¹²⁶, 0 beyond" |x, r| if x[1].abs() <= 2f64.powi(126) { 2.0 * UNIT * r.abs() } else { f64::INFINITY },
    }
    /// −a
    Neg("neg") {
        partials: ["-1"], finite,
        eval: |a| -a[0],
        apply: |s, [a]| s.neg(a),
        domain: [LINE], ulp: 0.0,
    }
    /// a · b + c, rounded once where the hardware can; made by `lower`, not written in formulas
    Fma("fma") {
        partials: ["y", "x", "1"], finite,
        eval: |a| a[0].mul_add(a[1], a[2]),
        apply: |s, [a, b, c]| s.fma(a, b, c),
        domain: [LINE, LINE, LINE], ulp: 0.5,
    }
    /// a · b, but 0 where a is 0 whatever b is: a branch not taken leaks no NaN through it
    Guard("guard") {
        partials: ["if x == 0 { 0 } else { y }", "x"], finite,
        eval: |a| if a[0] == 0.0 { 0.0 } else { a[0] * a[1] },
        apply: |s, [a, b]| {
            let zero = s.splat(0.0);
            s.select(s.eq(a, zero), zero, s.mul(a, b))
        },
        domain: [LINE, LINE], ulp: 0.5,
    }
    /// The smaller; of a NaN and a number, the number. Gradient to the selected, half each when equal.
    Min("min") {
        partials: [
            "if x < y || y != y { 1 } else { if x == y { 1 / 2 } else { 0 } }",
            "if y < x || x != x { 1 } else { if x == y { 1 / 2 } else { 0 } }"
        ], finite,
        eval: |a| a[0].min(a[1]),
        apply: |s, [a, b]| s.min(a, b),
        domain: [LINE, LINE], ulp: 0.0,
    }
    /// The larger; of a NaN and a number, the number. Gradient to the selected, half each when equal.
    Max("max") {
        partials: [
            "if x > y || y != y { 1 } else { if x == y { 1 / 2 } else { 0 } }",
            "if y > x || x != x { 1 } else { if x == y { 1 / 2 } else { 0 } }"
        ], finite,
        eval: |a| a[0].max(a[1]),
        apply: |s, [a, b]| s.max(a, b),
        domain: [LINE, LINE], ulp: 0.0,
    }
    /// |a|, gradient `sign(a)`
    Abs("abs") {
        partials: ["sign(x)"], finite,
        eval: |a| a[0].abs(),
        apply: |s, [a]| s.abs(a),
        domain: [LINE], ulp: 0.0,
    }
    /// −1, 0 or 1; 0 at 0 and for NaN; gradient 0
    Sign("sign") {
        partials: ["0"], finite,
        eval: |a| if a[0] > 0.0 { 1.0 } else if a[0] < 0.0 { -1.0 } else { 0.0 },
        apply: |s, [a]| {
            let zero = s.splat(0.0);
            let one = s.splat(1.0);
            let negative = s.select(s.lt(a, zero), s.splat(-1.0), zero);
            s.select(s.lt(zero, a), one, negative)
        },
        domain: [LINE], ulp: 0.0,
    }
    /// The largest integer that is not larger; gradient 0
    Floor("floor") {
        partials: ["0"], finite,
        eval: |a| a[0].floor(),
        apply: |s, [a]| s.floor(a),
        domain: [LINE], ulp: 0.0,
    }
    /// The smallest integer that is not smaller; gradient 0
    Ceil("ceil") {
        partials: ["0"], finite,
        eval: |a| a[0].ceil(),
        apply: |s, [a]| s.neg(s.floor(s.neg(a))),
        domain: [LINE], ulp: 0.0,
    }
    /// The nearest integer that is not larger in magnitude; gradient 0
    Trunc("trunc") {
        partials: ["0"], finite,
        eval: |a| a[0].trunc(),
        apply: |s, [a]| s.copysign(s.floor(s.abs(a)), a),
        domain: [LINE], ulp: 0.0,
    }
    /// The nearest integer, half away from zero; gradient 0
    Round("round") {
        partials: ["0"], finite,
        eval: |a| a[0].round(),
        apply: |s, [a]| functions::round(s, a),
        domain: [LINE], ulp: 0.0,
    }
    /// √a; NaN below 0; gradient 0 at 0
    Sqrt("sqrt") {
        partials: ["rsqrt(x) / 2"], singular,
        eval: |a| a[0].sqrt(),
        apply: |s, [a]| s.sqrt(a),
        domain: [HALF], ulp: 0.5,
        fast: "2 ulp" |_, r| 2.0 * UNIT * r,
    }
    /// 1/√a; value and gradient 0 at 0
    Rsqrt("rsqrt") {
        partials: ["-(r * r * r) / 2"], singular,
        eval: |a| if a[0] == 0.0 { 0.0 } else { 1.0 / a[0].sqrt() },
        apply: |s, [a]| s.rsqrt(a),
        domain: [HALF], ulp: 2.0,
        fast: "relative error 2⁻²²" |_, r| 2.0 * UNIT * r,
    }
    /// e^a; results below the normal range are 0
    Exp("exp") {
        partials: ["r"], singular,
        eval: |a| a[0].exp(),
        apply: |s, [a]| s.exp(a),
        domain: [(-80.0, 80.0)], ulp: 2.0 flushed,
        fast: "relative error 2⁻²² + 1.25·|a|·2⁻²⁴" |x, r| (2.0 + 0.625 * x[0].abs()) * UNIT * r,
    }
    /// 2^a, exact for integers; results below the normal range are 0
    Exp2("exp2") {
        partials: ["0.6931471805599453 * r"], singular,
        eval: |a| a[0].exp2(),
        apply: |s, [a]| s.exp2(a),
        domain: [(-120.0, 120.0)], ulp: 2.0 flushed,
        fast: "relative error 2⁻²²" |_, r| 2.0 * UNIT * r,
    }
    /// e^a − 1, without cancellation near 0
    Expm1("expm1") {
        partials: ["exp(x)"], singular,
        eval: |a| a[0].exp_m1(),
        apply: |s, [a]| functions::expm1(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// Natural logarithm; −∞ at 0, NaN below
    Log("log") {
        partials: ["1 / x"], singular,
        eval: |a| a[0].ln(),
        apply: |s, [a]| s.log(a),
        domain: [HALF], ulp: 2.0,
        fast: "absolute error 2⁻²² + |r|·2⁻²²" |_, r| 2.0 * UNIT * (1.0 + r.abs()),
    }
    /// Base 2 logarithm, exact for powers of two; −∞ at 0, NaN below
    Log2("log2") {
        partials: ["1.4426950408889634 / x"], singular,
        eval: |a| a[0].log2(),
        apply: |s, [a]| s.log2(a),
        domain: [HALF], ulp: 2.0,
        fast: "absolute error 2⁻²² + |r|·2⁻²²" |_, r| 2.0 * UNIT * (1.0 + r.abs()),
    }
    /// log(1 + a), without cancellation near 0; −∞ at −1, NaN below
    Log1p("log1p") {
        partials: ["1 / (1 + x)"], singular,
        eval: |a| a[0].ln_1p(),
        apply: |s, [a]| functions::log1p(s, a),
        domain: [(-0.99, 50.0)], ulp: 2.0,
    }
    /// Sine, radians
    Sin("sin") {
        partials: ["cos(x)"], finite,
        eval: |a| a[0].sin(),
        apply: |s, [a]| s.sin(a),
        domain: [LINE], ulp: 2.0,
        fast: "absolute error 2⁻²⁰ for |a| ≤ 10⁵" |x, _| if x[0].abs() <= 1e5 { 8.0 * UNIT } else { f64::INFINITY },
    }
    /// Cosine, radians
    Cos("cos") {
        partials: ["-sin(x)"], finite,
        eval: |a| a[0].cos(),
        apply: |s, [a]| s.cos(a),
        domain: [LINE], ulp: 2.0,
        fast: "absolute error 2⁻²⁰ for |a| ≤ 10⁵" |x, _| if x[0].abs() <= 1e5 { 8.0 * UNIT } else { f64::INFINITY },
    }
    /// Tangent, radians
    Tan("tan") {
        partials: ["1 + r * r"], finite,
        eval: |a| a[0].tan(),
        apply: |s, [a]| functions::tan(s, a),
        domain: [(-1.4, 1.4)], ulp: 2.0,
        fast: "4 ulp for |a| ≤ 10⁵" |x, r| if x[0].abs() <= 1e5 { 4.0 * UNIT * r } else { f64::INFINITY },
    }
    /// Hyperbolic sine
    Sinh("sinh") {
        partials: ["cosh(x)"], singular,
        eval: |a| a[0].sinh(),
        apply: |s, [a]| functions::sinh(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// Hyperbolic cosine
    Cosh("cosh") {
        partials: ["sinh(x)"], singular,
        eval: |a| a[0].cosh(),
        apply: |s, [a]| functions::cosh(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// Hyperbolic tangent
    Tanh("tanh") {
        partials: ["1 - r * r"], finite,
        eval: |a| a[0].tanh(),
        apply: |s, [a]| s.tanh(a),
        domain: [LINE], ulp: 2.0,
    }
    /// Inverse of the hyperbolic sine
    Asinh("asinh") {
        partials: ["rsqrt(x * x + 1)"], finite,
        eval: |a| functions::asinh(Scalar::<f64>::new(), a[0]),
        apply: |s, [a]| functions::asinh(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// Inverse of the hyperbolic cosine; NaN below 1; gradient 0 at 1
    Acosh("acosh") {
        partials: ["rsqrt(x - 1) * rsqrt(x + 1)"], singular,
        eval: |a| functions::acosh(Scalar::<f64>::new(), a[0]),
        apply: |s, [a]| functions::acosh(s, a),
        domain: [(1.001, 50.0)], ulp: 2.0,
    }
    /// Inverse of the hyperbolic tangent; ±∞ at ±1, NaN beyond
    Atanh("atanh") {
        partials: ["1 / ((1 - x) * (1 + x))"], singular,
        eval: |a| functions::atanh(Scalar::<f64>::new(), a[0]),
        apply: |s, [a]| functions::atanh(s, a),
        domain: [(-0.99, 0.99)], ulp: 2.0,
    }
    /// a to the power b for any b; NaN for a negative base with an exponent that is no integer
    Pow("pow") {
        partials: ["guard(y, pow(x, y - 1))", "if x == 0 { 0 } else { r * log(x) }"], singular,
        eval: |a| a[0].powf(a[1]),
        apply: |s, [a, b]| s.pow(a, b),
        domain: [HALF, (-3.0, 3.0)], ulp: 2.0 flushed,
        fast: "relative error 2⁻²² + |b|·(1 + |log₂ |a||)·2⁻²²"
            |x, r| 2.0 * UNIT * r * (1.0 + x[1].abs() * (1.0 + x[0].abs().log2().abs())),
    }
    /// Inverse sine, radians; NaN outside −1..=1; gradient 0 at ±1
    Asin("asin") {
        partials: ["rsqrt((1 - x) * (1 + x))"], singular,
        eval: |a| a[0].asin(),
        apply: |s, [a]| functions::asin(s, a),
        domain: [(-1.0, 1.0)], ulp: 2.0,
    }
    /// Inverse cosine, radians; NaN outside −1..=1; gradient 0 at ±1
    Acos("acos") {
        partials: ["-rsqrt((1 - x) * (1 + x))"], singular,
        eval: |a| a[0].acos(),
        apply: |s, [a]| functions::acos(s, a),
        domain: [(-1.0, 1.0)], ulp: 2.0,
    }
    /// Inverse tangent, radians
    Atan("atan") {
        partials: ["1 / (1 + x * x)"], finite,
        eval: |a| a[0].atan(),
        apply: |s, [a]| functions::atan(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// The angle of the point (b, a), radians, IEEE's; but at the origin 0, with the sign of a, and gradient 0
    Atan2("atan2") {
        partials: [
            "if x == 0 && y == 0 { 0 } else { y / hypot(x, y) / hypot(x, y) }",
            "if x == 0 && y == 0 { 0 } else { -x / hypot(x, y) / hypot(x, y) }"
        ], singular,
        eval: |a| if a[0] == 0.0 && a[1] == 0.0 { a[0] } else { a[0].atan2(a[1]) },
        apply: |s, [a, b]| functions::atan2(s, a, b),
        domain: [LINE, LINE], ulp: 2.0,
    }
    /// The cube root, also of negative numbers; gradient 0 at 0
    Cbrt("cbrt") {
        partials: ["if r == 0 { 0 } else { 1 / (3 * r * r) }"], singular,
        eval: |a| a[0].cbrt(),
        apply: |s, [a]| functions::cbrt(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// √(a² + b²), without overflow on the way; gradient 0 at the origin
    Hypot("hypot") {
        partials: ["if r == 0 { 0 } else { x / r }", "if r == 0 { 0 } else { y / r }"], singular,
        eval: |a| a[0].hypot(a[1]),
        apply: |s, [a, b]| functions::hypot(s, a, b),
        domain: [LINE, LINE], ulp: 2.0,
    }
    /// sin πa, exactly 0 at the integers
    Sinpi("sinpi") {
        partials: ["pi * cospi(x)"], finite,
        eval: |a| functions::sinpi(F64, a[0]),
        apply: |s, [a]| functions::sinpi(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// cos πa, exactly 0 half way between the integers
    Cospi("cospi") {
        partials: ["-pi * sinpi(x)"], finite,
        eval: |a| functions::cospi(F64, a[0]),
        apply: |s, [a]| functions::cospi(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// sin(πa)/(πa); 1 and gradient 0 at 0
    Sinc("sinc") {
        // Near 0 the difference would cancel: the power series, which is good for further derivatives.
        partials: [
            "if x * x < 0.1 {
                let s = (pi * x) ^ 2;
                pi ^ 2 * x * (s * (1 / 30 - s * (1 / 840 - s * (1 / 45360 - s * (1 / 3991680
                    - s * (1 / 518918400 - s * (1 / 93405312000 - s * (1 / 22230464256000
                    - s * (1 / 6758061133824000 - s / 2554547108585472000)))))))) - 1 / 3)
            } else { (cospi(x) - r) / x }"
        ], finite,
        eval: |a| functions::sinc(F64, a[0]),
        apply: |s, [a]| functions::sinc(s, a),
        domain: [LINE], ulp: 2.0,
    }
    /// The error function
    Erf("erf") {
        partials: ["1.1283791670955126 * exp(-x * x)"], finite,
        eval: |a| functions::erf(F64, a[0]),
        apply: |s, [a]| functions::erf(s, a),
        domain: [(-5.0, 5.0)], ulp: 2.0,
    }
    /// 1 − erf(a), also where that is small; results below the normal range are 0
    Erfc("erfc") {
        partials: ["-1.1283791670955126 * exp(-x * x)"], finite,
        eval: |a| functions::erfc(F64, a[0]),
        apply: |s, [a]| functions::erfc(s, a),
        domain: [(-5.0, 9.0)], ulp: 2.0 flushed,
    }
    /// The distribution function of the normal distribution, erfc(−a/√2)/2, also where that is small; results
    /// below the normal range are 0
    Normcdf("normcdf") {
        partials: ["0.3989422804014327 * exp(-x * x / 2)"], finite,
        eval: |a| functions::normcdf(F64, a[0]),
        apply: |s, [a]| functions::normcdf(s, a),
        domain: [(-12.5, 5.0)], ulp: 2.0 flushed,
    }
    /// log |Γ(a)|; +∞ at 0 and at the negative integers. Below −½ the error is relative to 1 + |log Γ(−a)|, if that
    /// is larger.
    Lgamma("lgamma") {
        partials: ["digamma(x)"], singular,
        eval: |a| functions::lgamma(F64, a[0]),
        apply: |s, [a]| functions::lgamma(s, a),
        domain: [(0.0, 20.0)], ulp: 2.0,
        scale: |a| if a[0] < -0.5 { 1.0 + functions::lgamma(F64, -a[0]).abs() } else { 0.0 },
    }
    /// The derivative of log Γ(a); −∞ at +0, +∞ at −0, NaN at the negative integers. Below 0 the error is relative to
    /// |digamma(1 − a)|, if that is larger.
    Digamma("digamma") {
        partials: ["trigamma(x)"], singular,
        eval: |a| functions::digamma(F64, a[0]),
        apply: |s, [a]| functions::digamma(s, a),
        domain: [(0.5, 20.0)], ulp: 2.0,
        scale: |a| if a[0] < 0.0 { functions::digamma(F64, 1.0 - a[0]).abs() } else { 0.0 },
    }
    /// The second derivative of log Γ(a); +∞ at 0 and at the negative integers
    Trigamma("trigamma") {
        partials: ["tetragamma(x)"], singular,
        eval: |a| functions::trigamma(F64, a[0]),
        apply: |s, [a]| functions::trigamma(s, a),
        domain: [(0.5, 20.0)], ulp: 2.0,
    }
}

impl Op {
    /// The operation of that name.
    pub fn by_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.row().name == name)
    }
}
