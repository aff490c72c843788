#!/usr/bin/env python3
"""Writes keops-program/tests/golden/functions.txt: the elementary functions, by MPFR (and one by mpmath).

    python3 -m venv venv && venv/bin/pip install gmpy2 mpmath
    venv/bin/python tools/golden/functions.py [seed]

A section `= name` for each function, then a line for each point: the arguments, the value, and what
the value leaves out of the true one in thousandths of a unit in its last place (left out where it is
0). Numbers are the bits of an f64 as 16 hexadecimal digits, or, for arguments that f32 holds, the
bits of the f32 as 8.

A function is a line of FUNCTIONS: its name, MPFR's function, and where it is sampled. Every function
of one argument is also taken at the points of `special`, every function of two at all pairs of
`special_pairs`, so what MPFR says there is what is promised. Where we promise something else, `given`
says so.
"""

import dataclasses
import math
import pathlib
import random
import struct
import sys
from collections.abc import Callable

import gmpy2
import mpmath
from gmpy2 import mpfr

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "keops-program" / "tests" / "golden" / "functions.txt"
SEED = 20

context = gmpy2.get_context()
context.precision = 300
context.emax = 1 << 24
context.emin = -(1 << 24)
pi = gmpy2.const_pi()

INF = math.inf
SMALLEST, NORMAL, LARGEST = 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308
NORMAL_32, LARGEST_32 = 2.0**-126, 3.4028234663852886e38


def single(x):
    """The nearest f32."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return math.copysign(INF, x)


def neighbours(x):
    """A number and those beside it, in f64 and in f32."""
    near = single(x)
    if math.isinf(near) or abs(near) < NORMAL_32:
        return [math.nextafter(x, -INF), x, math.nextafter(x, INF)]
    unit = 2.0 ** (math.frexp(near)[1] - 24)
    return [math.nextafter(x, -INF), x, math.nextafter(x, INF), near - unit, near, near + unit]


def sign():
    return random.choice([-1.0, 1.0])


def uniform(low, high, count=40):
    """Numbers between two."""
    return lambda: [random.uniform(low, high) for _ in range(count)]


def magnitudes(low, high, count=40, signs=True):
    """Numbers whose binary exponents are uniform in low..high."""
    draw = lambda: math.ldexp(random.uniform(1, 2), random.randrange(low, high))
    return lambda: [draw() * (sign() if signs else 1.0) for _ in range(count)]


def beside(centre, low=-52, high=-1, count=40, below=True):
    """Numbers at distances from another whose binary exponents are uniform."""
    draw = lambda: math.ldexp(random.uniform(1, 2), random.randrange(low, high))
    return lambda: [centre + draw() * (sign() if below else 1.0) for _ in range(count)]


def near(*points):
    """Numbers, of both signs, and their neighbours."""
    return lambda: [y for x in points for s in (x, -x) for y in neighbours(s)]


def closest_to_multiples(reach, digits, keep):
    """Numbers of so many digits up to `reach` that are extraordinarily close to a multiple of π/2:
    for each unit in the last place, the denominators of the continued fraction of that unit over π/2."""
    points = []
    for exponent in range(1 - digits, math.frexp(reach)[1] - digits + 1):
        unit = mpfr(2) ** exponent
        rest = unit / (pi / 2)
        rest = rest - gmpy2.floor(rest)
        previous, current = 0, 1
        while rest > 0:
            rest = 1 / rest
            whole = int(gmpy2.floor(rest))
            rest = rest - whole
            previous, current = current, whole * current + previous
            if current >= 1 << digits or current * unit > reach:
                break
            if current * unit > 1:
                points.append(math.ldexp(float(current), exponent))
    distance = lambda x: abs(x / (pi / 2) - gmpy2.rint(x / (pi / 2)))
    return sorted(set(points), key=distance)[:keep]


def circle():
    """Angles: of every magnitude, and near multiples of π/2, where one of sine and cosine vanishes.
    Beyond f64's digits of π by the slow path."""
    context.precision = 1400
    points = closest_to_multiples(1e9, 53, 30) + closest_to_multiples(1e5, 24, 20)
    points += closest_to_multiples(2.0**1023, 53, 20) + closest_to_multiples(2.0**127, 24, 20)
    context.precision = 300
    for _ in range(20):
        points.append(random.uniform(-4, 4))
        points.append(sign() * math.ldexp(random.uniform(1, 2), random.randrange(-30, 29)))
        points.append(sign() * math.ldexp(random.uniform(1, 2), random.randrange(20, 1023)))
        points.append(single(sign() * math.ldexp(random.uniform(1, 2), random.randrange(10, 127))))
        points.append(float(random.randrange(1, 1000) * pi / 4))
        points.append(float(random.randrange(1, 60_000) * pi / 2))
        points.append(float(random.randrange(1, 636_619_772) * pi / 2))
    return points


def logarithm_of_two(count=8):
    """Beside multiples of ½ ln 2, where the reduction of exponentials changes over."""
    return lambda: [
        y
        for _ in range(count)
        for y in neighbours(random.choice([random.randrange(-2040, 2040), random.randrange(-250, 250)]) * math.log(2) / 2)
    ]


def special():
    """Where something is special, of both signs."""
    magnitudes = [0.0, SMALLEST, 1e-310, NORMAL, 1e-45, 1e-40, NORMAL_32, 1e-30, 2.0**-53, 2.0**-24, 1e-3]
    magnitudes += [0.25, 0.5, 1 - 2.0**-53, 1 - 2.0**-24, 1.0, 1 + 2.0**-52, 1 + 2.0**-23, 1.5, 2.0, 2.5]
    magnitudes += [3.0, 4.0, 10.0, 100.0, 1e3, 1e5, 1e6, 1e9, 2.0**53, 1e17, 1e20, 1e30, LARGEST_32, 1e100, LARGEST, INF]
    return [math.nan] + [s * x for x in magnitudes for s in (1.0, -1.0)]


def special_pairs():
    magnitudes = [0.0, SMALLEST, 1e-40, 0.5, 1.0, 1 + 2.0**-23, 2.0, 3.0, 1e9 + 1, LARGEST, INF]
    points = [math.nan] + [s * x for x in magnitudes for s in (1.0, -1.0)]
    return [(a, b) for a in points for b in points]


def powers():
    """Bases and exponents over the whole range of results, bases near 1, negative bases."""
    points = []
    for exponents, digits in [(1074, 53), (149, 24)]:
        reach = 1022 if digits == 53 else 126
        round_ = (lambda x: x) if digits == 53 else single
        bases = [
            lambda: math.ldexp(random.uniform(1, 2), random.randrange(-exponents, reach)),
            lambda: random.uniform(0.5, 2),
            lambda: 1 + sign() * math.ldexp(random.uniform(1, 2), random.randrange(2 - digits, -1)),
        ]
        for base in bases:
            for _ in range(30):
                x = round_(base())
                if x != 1 and x > 0:
                    y = random.choice([random.uniform(-reach, reach), reach, -reach]) / math.log2(x)
                    points.append((x, round_(y)))
                points.append((x, round_(random.uniform(-3, 3))))
        for _ in range(30):
            points.append((round_(-random.uniform(0.1, 10)), float(random.randrange(-40, 40))))
            points.append((round_(-random.uniform(0.9, 1.1)), float(random.randrange(-700, 700))))
    return points


def planes(count=60):
    """Pairs of numbers: of one size, of every magnitude, one much larger than the other."""
    def draw():
        size = lambda low, high: sign() * math.ldexp(random.uniform(1, 2), random.randrange(low, high))
        points = [(random.uniform(-4, 4), random.uniform(-4, 4)) for _ in range(count)]
        points += [(size(-120, 120), size(-120, 120)) for _ in range(count)]
        points += [(size(-1060, 1023), size(-1060, 1023)) for _ in range(count)]
        for _ in range(count):
            x = size(-60, 60)
            points.append((x, x * size(-3, 3)))
            points.append((x, x * (1 + size(-20, -1))))
        return points

    return draw


def trigamma(x):
    """By mpmath, whose recurrence from far below 0 would take long."""
    if x < 0:
        return (pi / gmpy2.sin(pi * x)) ** 2 - trigamma(1 - x)
    with mpmath.workdps(80):
        return mpfr(mpmath.nstr(mpmath.psi(1, mpmath.mpf(str(x))), 70))


@dataclasses.dataclass
class Function:
    """MPFR's function, the samplers, and {arguments: value} where we promise another value."""

    value: Callable
    samplers: list
    arity: int = 1
    given: Callable = lambda *arguments: None


wide = magnitudes(-1074, 1024)
usual = magnitudes(-40, 10)
positive = magnitudes(-1074, 1024, signs=False)
exponential = [uniform(-708.3, 709.7, 60), uniform(-1, 1, 60), uniform(-40, 0), uniform(-87, 88, 60), usual, logarithm_of_two()]
logarithmic = [positive, magnitudes(-149, 127, signs=False), uniform(0.5, 2, 60), beside(1.0, count=60), near(0.5, math.sqrt(0.5), math.sqrt(2))]
hyperbolic = [uniform(-2, 2, 80), usual, wide, uniform(-88, 88)]
circular = [circle]
turning = [uniform(-4, 4, 120), usual, wide, beside(1.0), beside(-2.5), magnitudes(-12, 52), near(0.25, 0.75)]

FUNCTIONS = {
    "exp": Function(gmpy2.exp, exponential + [near(708.3964185322641, 709.782712893384, 87.33654022216797, 88.72283172607422)]),
    "exp2": Function(gmpy2.exp2, [uniform(-1022, 1024, 60), uniform(-126, 128, 60), uniform(-1, 1, 60), usual, near(0.5, 1.5, 125.5, 126, 127.5, 128, 1021.5, 1022, 1023.5, 1024), lambda: [float(k) for k in range(-1030, 1030, 47)], lambda: [float(k) for k in range(-130, 130, 7)]]),
    "expm1": Function(gmpy2.expm1, exponential + [uniform(-0.5, 0.5, 80), uniform(0.3, 1.2, 60), uniform(-1.2, -0.3, 60), near(709.782712893384, 88.72283172607422), wide]),
    "log": Function(gmpy2.log, logarithmic),
    "log2": Function(gmpy2.log2, logarithmic + [lambda: [2.0**k for k in range(-1074, 1024, 59)], lambda: [2.0**k for k in range(-149, 128, 13)]]),
    "log1p": Function(gmpy2.log1p, logarithmic + [uniform(-1, 1, 80), uniform(-0.3, 0.5, 60), usual, wide, beside(-1.0, below=False), near(1.0, 0.41421356237309503, 0.2928932188134524)]),
    "sinh": Function(gmpy2.sinh, hyperbolic + [uniform(-712, 712), near(1.0, 710.4758600739439, 89.41598629223294)]),
    "cosh": Function(gmpy2.cosh, hyperbolic + [uniform(-712, 712), near(710.4758600739439, 89.41598629223294)]),
    "tanh": Function(gmpy2.tanh, hyperbolic + [uniform(0.5, 0.8, 80), uniform(-25, 25), near(0.625, 10.0, 22.0)]),
    "asinh": Function(gmpy2.asinh, hyperbolic + [magnitudes(-5, 40), near(1.0, 2.0**14, 2.0**30)]),
    "acosh": Function(gmpy2.acosh, [uniform(1, 3, 80), magnitudes(0, 1024, signs=False), beside(1.0, below=False, count=80), magnitudes(0, 120, signs=False), near(1.0, 2.0**14, 2.0**30)]),
    "atanh": Function(gmpy2.atanh, [uniform(-1, 1, 120), usual, wide, magnitudes(-52, -1, 60), beside(1.0), beside(-1.0), near(0.5, 1 / 3)]),
    "sin": Function(gmpy2.sin, circular),
    "cos": Function(gmpy2.cos, circular),
    "tan": Function(gmpy2.tan, circular + [uniform(-1.6, 1.6, 80)]),
    "asin": Function(gmpy2.asin, [uniform(-1, 1, 120), usual, wide, beside(1.0), beside(-1.0), near(0.5)]),
    "acos": Function(gmpy2.acos, [uniform(-1, 1, 120), usual, wide, beside(1.0), beside(-1.0), near(0.5)]),
    "atan": Function(gmpy2.atan, [uniform(-8, 8, 120), magnitudes(-10, 10, 60), wide, usual, beside(1.0), near(0.4142135623730950, 2.414213562373095)]),
    "atan2": Function(gmpy2.atan2, [planes()], arity=2, given=lambda y, x: y if y == 0 and x == 0 else None),
    "cbrt": Function(gmpy2.cbrt, [wide, usual, uniform(-8, 8, 80)]),
    "hypot": Function(gmpy2.hypot, [planes()], arity=2),
    "sinpi": Function(lambda x: gmpy2.sin(pi * x), turning, given=lambda x: math.copysign(0.0, x) if x % 1 == 0 else None),
    "cospi": Function(lambda x: gmpy2.cos(pi * x), turning, given=lambda x: 0.0 if x % 1 == 0.5 else 1.0 - x % 2 * 2 if x % 1 == 0 else None),
    "sinc": Function(lambda x: gmpy2.sin(pi * x) / (pi * x), turning, given=lambda x: float(x == 0) if x % 1 == 0 else None),
    "erf": Function(gmpy2.erf, [uniform(-6, 6, 120), uniform(-1, 1, 60), usual, wide, near(0.875)]),
    "erfc": Function(gmpy2.erfc, [uniform(-6, 6, 80), uniform(0, 26, 120), uniform(0, 9, 60), uniform(-1, 1, 60), usual, wide, near(0.5, 9.194548606872559, 26.54325845425098), near(3.8353941440582275, 3.9202287)]),
    "normcdf": Function(lambda x: gmpy2.erfc(-x / gmpy2.sqrt(mpfr(2))) / 2, [uniform(-6, 6, 80), uniform(-37, 0, 120), uniform(-12.5, 0, 60), uniform(-1, 1, 60), usual, wide, near(0.35, 12.949952125549316, 37.5193793471445), near(5.168045997619629, 5.3078074)]),
    "lgamma": Function(lambda x: gmpy2.lgamma(x)[0], [uniform(0, 10, 120), uniform(-10, 0, 80), uniform(-0.6, 3, 120), magnitudes(-60, 100), positive, beside(1.0), beside(2.0), near(0.375, math.sqrt(0.5), 1.23, 1.73, 2.5), near(1.1295828, 3.0294788, 4.0834774910001444e36, 2.5599833278516e305)]),
    "digamma": Function(gmpy2.digamma, [uniform(0, 10, 120), uniform(-10, 0, 80), magnitudes(-60, 100), positive, near(1.0, 2.0), beside(1.4616321449683623), near(1.0709282, 1.505669, 1.6605833768844604)], given=lambda x: math.copysign(INF, -x) if x == 0 else INF if x == INF else math.nan if x < 0 and x % 1 == 0 or x == -INF else None),
    "trigamma": Function(trigamma, [uniform(0, 10, 120), uniform(-10, 0, 80), magnitudes(-60, 100), near(1.0, 2.0), near(0.27478498220443726, 0.28709128)], given=lambda x: 0.0 if x == INF else math.nan if x == -INF or x != x else INF if x <= 0 and x % 1 == 0 else None),
    "rsqrt": Function(lambda x: 1 / gmpy2.sqrt(x), [positive, magnitudes(-149, 128, signs=False), uniform(0.5, 4, 80)], given=lambda x: 0.0 if x == 0 else None),
    "pow": Function(lambda x, y: x**y, [powers], arity=2),
}


def bits(x, as_argument=True):
    if as_argument and not math.isnan(x) and single(x) == x:
        return struct.pack(">f", x).hex()
    return "7ff8000000000000" if math.isnan(x) else struct.pack(">d", x).hex()


def points(function):
    """The arguments at which a function is taken: every other sample as f32 holds it."""
    drawn = [x for sampler in function.samplers for x in sampler()]
    if function.arity == 1:
        drawn = [(x,) for x in drawn]
        chosen = [(x,) for x in special()]
    else:
        chosen = special_pairs()
    for k, arguments in enumerate(drawn):
        rounded = tuple(map(single, arguments))
        chosen.append(rounded if k % 2 and all(0 < abs(x) < INF for x in rounded) else arguments)
    unique = {tuple(map(bits, arguments)): arguments for arguments in chosen}
    return [unique[key] for key in sorted(unique)]


def line(function, arguments):
    value, rest = function.given(*arguments), 0
    if value is None:
        true = function.value(*map(mpfr, arguments))
        value = float(true)
        if math.isfinite(value) and not gmpy2.is_nan(true):
            rest = round(float((true - mpfr(value)) / mpfr(math.ulp(value))) * 1000)
    words = [*map(bits, arguments), bits(value, as_argument=False)]
    return " ".join(words + [str(rest)] * (rest != 0))


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
    lines = [f"# tools/golden/functions.py {seed}, gmpy2 {gmpy2.version()}, {gmpy2.mpfr_version()}, mpmath {mpmath.__version__}"]
    for name, function in FUNCTIONS.items():
        random.seed(f"{seed} {name}")
        lines.append(f"= {name}")
        lines += [line(function, arguments) for arguments in points(function)]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text("\n".join(lines) + "\n")


main()
