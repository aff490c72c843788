#!/usr/bin/env python3
"""Writes keops-runtime/tests/golden/functions.txt: elementary functions in f64, by MPFR.

    python3 -m venv venv && venv/bin/pip install gmpy2
    venv/bin/python tools/golden/functions.py

Each line is a function, its arguments and its value as hexadecimal floats, and what the value leaves
out of the true one, in units of its last place. Values are in the normal range.
"""

import math
import pathlib
import random

import gmpy2
from gmpy2 import mpfr

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "keops-runtime" / "tests" / "golden" / "functions.txt"
RANDOM = 60

context = gmpy2.get_context()
context.precision = 300
context.emax = 1 << 24
context.emin = -(1 << 24)
pi = gmpy2.const_pi()
random.seed(20)

FUNCTIONS = {
    "exp": gmpy2.exp,
    "log": gmpy2.log,
    "sin": gmpy2.sin,
    "cos": gmpy2.cos,
    "tanh": gmpy2.tanh,
    "rsqrt": lambda x: 1 / gmpy2.sqrt(x),
    "pow": lambda x, y: x**y,
}


def sign():
    return random.choice([-1.0, 1.0])


def log_uniform(low, high):
    """A number whose binary exponent is uniform."""
    return math.ldexp(random.uniform(1, 2), random.randrange(low, high))


def neighbours(x):
    return [math.nextafter(x, -math.inf), x, math.nextafter(x, math.inf)]


def closest_to_multiples(reach):
    """Doubles up to `reach` that are extraordinarily close to a multiple of π/2: for each unit in
    the last place, the denominators of the continued fraction of that unit over π/2."""
    points = []
    for exponent in range(-52, math.frexp(reach)[1] - 52):
        unit = mpfr(2) ** exponent
        rest = unit / (pi / 2)
        previous, current = 0, 1
        while True:
            rest = 1 / (rest - gmpy2.floor(rest))
            previous, current = current, int(gmpy2.floor(rest)) * current + previous
            if current >= 1 << 53 or current * unit > reach:
                break
            if current * unit > 1:
                points.append(math.ldexp(float(current), exponent))
    distance = lambda x: abs(x / (pi / 2) - gmpy2.rint(x / (pi / 2)))
    return sorted(set(points), key=distance)[:80]


def circular():
    points = closest_to_multiples(1e9)
    for _ in range(RANDOM):
        points.append(random.uniform(-4, 4))
        points.append(sign() * log_uniform(-30, 29))
        points.append(float(random.randrange(1, 1000) * pi / 4))
        points.append(float(random.randrange(1, 636_619_772) * pi / 2))
    return [(x,) for x in points]


def exponential():
    points = []
    for low, high in [(-708.3, 709.7), (-1, 1), (-40, 0)]:
        points += [random.uniform(low, high) for _ in range(RANDOM)]
    points += [sign() * log_uniform(-60, 8) for _ in range(RANDOM)]
    for k in [-1021, -700, -1, 0, 1, 2, 700, 1023]:
        points += neighbours(k * math.log(2)) + neighbours((k + 0.5) * math.log(2))
    points += [math.nextafter(-708.396418532264, 0), 709.782712893384]
    return [(x,) for x in points]


def logarithm():
    points = [log_uniform(-1074, 1024) for _ in range(RANDOM)]
    points += [log_uniform(-1074, -1022) for _ in range(RANDOM // 3)]
    points += [random.uniform(0.5, 2) for _ in range(2 * RANDOM)]
    points += [1 + sign() * log_uniform(-52, -1) for _ in range(RANDOM)]
    for x in [0.5, math.sqrt(0.5), 1.0, math.sqrt(2), 2.0]:
        points += neighbours(x)
    points += [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
    return [(x,) for x in points]


def hyperbolic():
    points = [random.uniform(-2, 2) for _ in range(2 * RANDOM)]
    points += [sign() * log_uniform(-60, 5) for _ in range(RANDOM)]
    points += [random.uniform(0.5, 0.8) for _ in range(RANDOM)]
    points += neighbours(0.625) + neighbours(22.0) + neighbours(2.2250738585072014e-308)[1:]
    return [(x,) for x in points]


def root():
    points = [log_uniform(-1074, 1024) for _ in range(3 * RANDOM)]
    points += [random.uniform(0.5, 4) for _ in range(RANDOM)]
    return [(x,) for x in points]


def power():
    points = []
    bases = [
        lambda: log_uniform(-1074, 1024),
        lambda: random.uniform(0.5, 2),
        lambda: 1 + sign() * log_uniform(-50, -1),
    ]
    for base in bases:
        for _ in range(RANDOM):
            x = base()
            if x != 1:
                points.append((x, random.uniform(-1021.9, 1023.9) / math.log2(x)))
            points.append((x, random.uniform(-3, 3)))
    for _ in range(RANDOM):
        points.append((-random.uniform(0.1, 10), float(random.randrange(-300, 300))))
    return points


POINTS = {
    "exp": exponential,
    "log": logarithm,
    "sin": circular,
    "cos": circular,
    "tanh": hyperbolic,
    "rsqrt": root,
    "pow": power,
}


def main():
    lines = [f"# tools/golden/functions.py, gmpy2 {gmpy2.version()}, {gmpy2.mpfr_version()}"]
    for name, points in POINTS.items():
        for arguments in sorted(set(points())):
            true = FUNCTIONS[name](*map(mpfr, arguments))
            value = float(true)
            if not 2.2250738585072014e-308 <= abs(value) < math.inf:
                continue
            rest = float((true - mpfr(value)) / mpfr(math.ulp(value)))
            hexadecimal = [number.hex() for number in (*arguments, value)]
            lines.append(f"{name} {' '.join(hexadecimal)} {rest:.4f}")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text("\n".join(lines) + "\n")


main()
