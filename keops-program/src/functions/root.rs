//! cbrt and hypot.

use super::{format, polynomial, power_of_two};
use crate::arith::{Arith, Precision};

/// The cube root, also of negative numbers: a polynomial for the mantissa (minimax, error 2^-10.6 and
/// 2^-19.6 of 1) and one step of Halley's method, which triples the digits.
#[inline(always)]
pub fn cbrt<A: Arith>(a: A, x: A::F) -> A::F {
    let format = format::<A>();
    let zero = a.splat(0.0);
    let magnitude = a.abs(x);
    let tiny = a.lt(magnitude, a.splat(format.smallest));
    let lifted = a.mul(magnitude, a.splat(power_of_two(format.lift)));
    let (m, k) = a.split(a.select(tiny, lifted, magnitude));
    let k = a.select(tiny, a.sub(k, a.splat(format.lift as f64)), k);
    // k = 3 third + rest
    let third = a.floor(a.mul(a.add(k, a.splat(0.5)), a.splat(1.0 / 3.0)));
    let rest = a.fma(third, a.splat(-3.0), k);
    let (one, two) = (a.eq(rest, a.splat(1.0)), a.eq(rest, a.splat(2.0)));
    let power = a.select(one, a.splat(2.0), a.splat(1.0));
    let power = a.select(two, a.splat(4.0), power);
    let root = a.select(one, a.splat(1.259_921_049_894_873_2), a.splat(1.0));
    let root = a.select(two, a.splat(1.587_401_051_968_199_6), root);
    let p = match A::PRECISION {
        Precision::Single => polynomial!(a, m;
            0.621_513_128_280_639_6,
            0.439_442_545_175_552_37,
            -0.060_319_632_291_793_82,
        ),
        Precision::Double => polynomial!(a, m;
            0.473_329_781_019_020_4,
            0.838_162_971_464_999_4,
            -0.469_232_499_365_129_45,
            0.202_779_624_235_884_05,
            -0.050_387_287_332_147_7,
            0.005_348_639_962_787_526_4,
        ),
    };
    let m = a.mul(m, power);
    let t = a.mul(p, root);
    let cube = a.mul(a.mul(t, t), t);
    let step = a.div(a.sub(m, cube), a.add(a.add(cube, cube), m));
    let value = a.scale2_normal(a.fma(t, step, t), third);
    let regular = a.and(
        a.lt(zero, magnitude),
        a.lt(magnitude, a.splat(f64::INFINITY)),
    );
    // 0, ±∞ and NaN are their own roots.
    a.select(regular, a.copysign(value, x), x)
}

/// √(x² + y²) without overflow or underflow on the way; +∞ if one of them is infinite.
#[inline(always)]
pub fn hypot<A: Arith>(a: A, x: A::F, y: A::F) -> A::F {
    let infinity = a.splat(f64::INFINITY);
    // Squares of numbers between the limits are normal, and those of what the factors make of others.
    let (large, small, exponent) = match A::PRECISION {
        Precision::Single => (power_of_two(60), power_of_two(-50), 90),
        Precision::Double => (power_of_two(500), power_of_two(-450), 600),
    };
    let (up, down) = (
        a.splat(power_of_two(exponent)),
        a.splat(power_of_two(-exponent)),
    );
    let larger = a.max(a.abs(x), a.abs(y));
    let (above, below) = (a.lt(a.splat(large), larger), a.lt(larger, a.splat(small)));
    let one = a.splat(1.0);
    let factor = a.select(below, up, a.select(above, down, one));
    let inverse = a.select(below, down, a.select(above, up, one));
    let x = a.mul(x, factor);
    let y = a.mul(y, factor);
    let value = a.mul(a.sqrt(a.fma(x, x, a.mul(y, y))), inverse);
    a.select(a.eq(larger, infinity), infinity, value)
}
