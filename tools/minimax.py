#!/usr/bin/env python3
"""The coefficients of keops-program/src/functions/{inverse,error,gamma}.rs and of cbrt, by the Remez exchange.

    python3 -m venv venv && venv/bin/pip install mpmath gmpy2
    venv/bin/python tools/minimax.py [name …]

For each polynomial: what it approximates, and for f32 and f64 its coefficients, lowest first, and the
largest weighted error. Each coefficient is rounded to the floating type in turn, and the others are fitted
again around it, so that the rounding of the low ones, which matters, is made good by the high ones.
"""

import struct
import sys

import mpmath
from mpmath import mp, mpf

mp.dps = 60


def rounded(x, digits):
    """The nearest number of that many binary digits."""
    if digits == 24:
        return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])
    return mpf(float(x))


def exchange(xs, fs, ws, powers):
    """The coefficients of x^p, p in powers, that minimise the largest |ws (fs - polynomial)|, and that."""
    n = len(powers)
    # A start at Chebyshev's points of the grid, which is itself Chebyshev's.
    at = [round((k + 0.5) * (len(xs) - 1) / (n + 1)) for k in range(n + 1)]
    for _ in range(30):
        matrix = mpmath.matrix(n + 1, n + 1)
        right = mpmath.matrix(n + 1, 1)
        for row, k in enumerate(at):
            for column, power in enumerate(powers):
                matrix[row, column] = ws[k] * xs[k] ** power
            matrix[row, n] = (-1) ** row
            right[row] = ws[k] * fs[k]
        solution = mpmath.lu_solve(matrix, right)
        coefficients = [solution[k] for k in range(n)]
        level = abs(solution[n])
        errors = []
        for x, f, w in zip(xs, fs, ws):
            value = mpf(0)
            for power in range(powers[-1], powers[0] - 1, -1):
                value = value * x + coefficients[power - powers[0]]
            errors.append(w * (f - value * x ** powers[0]))
        # The extremum of each run of one sign.
        extrema = []
        for k, error in enumerate(errors):
            if extrema and (error >= 0) == (errors[extrema[-1]] >= 0):
                if abs(error) > abs(errors[extrema[-1]]):
                    extrema[-1] = k
            else:
                extrema.append(k)
        while len(extrema) > n + 1:
            ends = extrema[0], extrema[-1]
            extrema.pop(0 if abs(errors[ends[0]]) < abs(errors[ends[1]]) else -1)
        worst = max(abs(e) for e in errors)
        if len(extrema) < n + 1 or worst <= level * mpf("1.02"):
            break
        at = extrema
    return coefficients, worst


def least_squares(xs, fs, ws, powers):
    """The same for the sum of the squares. Powers that leave out the first determine a polynomial by its signs
    only on an interval with 0 at its end: elsewhere the exchange finds none."""
    n = len(powers)
    columns = [[w * x**power for x, w in zip(xs, ws)] for power in powers]
    target = [w * f for f, w in zip(fs, ws)]
    matrix = mpmath.matrix(n, n)
    right = mpmath.matrix(n, 1)
    for i in range(n):
        for j in range(i, n):
            matrix[i, j] = matrix[j, i] = mpmath.fdot(columns[i], columns[j])
        right[i] = mpmath.fdot(columns[i], target)
    return list(mpmath.lu_solve(matrix, right))


def fit(f, weight, low, high, count, digits, points=500):
    """Coefficients of a polynomial of that many, rounded, and the largest error."""
    middle, half = (mpf(high) + low) / 2, (mpf(high) - low) / 2
    xs = [middle - half * mpmath.cos(mpmath.pi * k / (points - 1)) for k in range(points)]
    fs = [f(x) for x in xs]
    ws = [weight(x) for x in xs]
    known = []
    for power in range(count):
        powers = list(range(power, count))
        if power == 0 or low == 0 or low > 0:
            coefficients, _ = exchange(xs, fs, ws, powers)
        else:
            coefficients = least_squares(xs, fs, ws, powers)
        c = rounded(coefficients[0], digits)
        known.append(c)
        fs = [value - c * x**power for x, value in zip(xs, fs)]
    worst = max(abs(w * value) for w, value in zip(ws, fs))
    return known, worst


def near_zero(f, limit):
    """f, but `limit` where the formula for it is 0/0."""
    return lambda x: limit if abs(x) < mpf(10) ** -25 else f(x)


def atan(z):
    t = mpmath.sqrt(z)
    return (mpmath.atan(t) / t - 1) / z


def asin(z):
    t = mpmath.sqrt(z)
    return (mpmath.asin(t) / t - 1) / z


def erf(z):
    x = mpmath.sqrt(z)
    return mpmath.erf(x) / x - 1


def erfc(t):
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mpmath.exp(x * x) * mpmath.erfc(x)


def lgamma_two(t):
    return mpmath.loggamma(2 + t) / t


# What is left of an asymptotic series is a function of w² that is smooth at w = ∞ and singular at w = 0 and, less and
# less, along all imaginary w. By t = 1/(w² + SHIFT) the singular points are farther from the interval than by 1/w².
SHIFT = 1


def by_w(t):
    return mpmath.sqrt(1 / t - SHIFT)


def end(w):
    return 1 / (mpf(w) ** 2 + SHIFT)


def lgamma_least(t):
    """Around the minimum, which is at digamma's root."""
    return (mpmath.loggamma(ROOT + t) - mpmath.loggamma(ROOT)) / t**2


def lgamma_large(t):
    w = by_w(t)
    regular = w * mpmath.log(w) - w + mpmath.log(2 * mpmath.pi) / 2
    return (mpmath.loggamma(w + mpf(1) / 2) - regular) / (w * t)


ROOT = mpmath.findroot(lambda x: mpmath.psi(0, x), mpf("1.4616"))


def digamma_root(t):
    """By the distance from the root."""
    return mpmath.psi(0, ROOT + t) / t


def digamma_large(t):
    w = by_w(t)
    return (mpmath.psi(0, w + mpf(1) / 2) - mpmath.log(w)) / t


def trigamma_large(t):
    w = by_w(t)
    return (mpmath.psi(1, w + mpf(1) / 2) * w - 1) / t


def one(_):
    return mpf(1)


TAN = mpmath.sqrt(2) - 1
EULER = mpmath.euler

# name: what it is, function, weight, interval, coefficients in f32 and f64
TABLE = {
    "atan": (
        "(atan t / t − 1)/t² by t² up to tan(π/8)²",
        near_zero(atan, -mpf(1) / 3), lambda z: z, 0, TAN**2 * mpf("1.001"), 5, 12,
    ),
    "asin": (
        "(asin t / t − 1)/t² by t² up to ¼",
        near_zero(asin, mpf(1) / 6), lambda z: z, 0, mpf("0.25"), 6, 13,
    ),
    "erf": (
        "erf x / x − 1 by x² up to 0.875²",
        near_zero(erf, 2 / mpmath.sqrt(mpmath.pi) - 1), lambda z: 1 / (1 + erf(z) if z > 0 else 1), 0, mpf("0.875") ** 2, 7, 12,
    ),
    "erfc": (
        "(1 + 2x) e^(x²) erfc x by (x − 4)/(x + 4), x from 0 to 28 (f32: 11)",
        erfc, lambda t: 1 / erfc(t), -1, {24: mpf(7) / 15, 53: mpf(24) / 32}, 12, 23,
    ),
    "lgamma_two": (
        "log Γ(2 + t)/t by t from −0.65 to 0.5",
        near_zero(lgamma_two, 1 - EULER), one, mpf("-0.65"), mpf("0.5"), 9, 20,
    ),
    "lgamma_least": (
        "(log Γ(x₀ + t) − log Γ(x₀))/t² by t, x₀ + t from 1.23 to 1.73, x₀ where it is least",
        near_zero(lgamma_least, mpmath.psi(1, ROOT) / 2), lambda t: t * t * 8, mpf("1.23") - ROOT, mpf("1.73") - ROOT, 7, 15,
    ),
    "lgamma_large": (
        "(log Γ(w + ½) − w log w + w − ½ log 2π)/(w t) by t = 1/(w² + 1), w from 2",
        near_zero(lgamma_large, -mpf(1) / 24), lambda t: t / mpmath.sqrt(end(2)), 0, end(2), 5, 13,
    ),
    "digamma_root": (
        "ψ(x₀ + t)/t by t, x₀ + t from 1 to 2",
        near_zero(digamma_root, mpmath.psi(1, ROOT)), lambda t: 1 / digamma_root(t) if abs(t) > mpf(10) ** -25 else 1 / mpmath.psi(1, ROOT), 1 - ROOT, 2 - ROOT, 11, 23,
    ),
    "digamma_large": (
        "(ψ(w + ½) − log w)/t by t = 1/(w² + 1), w from 1.5",
        near_zero(digamma_large, mpf(1) / 24), lambda t: t, 0, end(1.5), 6, 16,
    ),
    "trigamma_large": (
        "(ψ′(w + ½) w − 1)/t by t = 1/(w² + 1), w from 1.5",
        near_zero(trigamma_large, -mpf(1) / 12), lambda t: t, 0, end(1.5), 7, 19,
    ),
    "cbrt": (
        "the cube root of m from 1 to 2, before one step of Halley's method",
        mpmath.cbrt, lambda m: 1 / mpmath.cbrt(m), 1, 2, 3, 6,
    ),
}


def main():
    print(f"digamma's root: {mpmath.nstr(ROOT, 40)}, log Γ there: {mpmath.nstr(mpmath.loggamma(ROOT), 40)}")
    for name in sys.argv[1:] or TABLE:
        what, f, weight, low, high, single, double = TABLE[name]
        print(f"\n{name}: {what}")
        for digits, count in [(24, single), (53, double)]:
            end = high[digits] if isinstance(high, dict) else high
            coefficients, worst = fit(f, weight, low, end, count, digits)
            print(f"  {digits} digits, error 2^{float(mpmath.log(worst, 2)):.1f}", flush=True)
            for c in coefficients:
                print(f"    {float(c)!r},")


main()
