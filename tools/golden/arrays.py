"""What the scripts here share: numbers from integers, and the lines of a golden file.

tests/corpus/reader.rs has the same of the tests.
"""

import numpy as np

# The streams of numbers of a case: variable k, the cotangent of result k, the direction of variable k in which
# the gradient is differentiated, and the weights of checksums.
VARIABLE, COTANGENT, DIRECTION, WEIGHTS = 0, 100, 200, 300

# Of a longer array, so many entries are written, and a checksum of all.
SHOWN = 24


def numbers(seed, stream, count, low, high):
    """`count` numbers between `low` and `high`: SplitMix64 of a counter, the upper 53 bits as a fraction."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        z = z + np.uint64(stream) * np.uint64(0xBF58476D1CE4E5B9)
        z = z + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x94D049BB133111EB)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return low + (high - low) * ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def array(seed, kind, name, data):
    """`kind name length checksum: entries`."""
    data = np.asarray(data, dtype=np.float64).reshape(-1)
    weights = numbers(seed, WEIGHTS, data.size, -1.0, 1.0)
    checksum = float(np.dot(np.where(np.isfinite(data), data, 0.0), weights))
    shown = data if data.size <= SHOWN else data[[k * data.size // SHOWN for k in range(SHOWN)]]
    label = f"{kind} {name}".strip()
    return f"{label} {data.size} {checksum!r}: {' '.join(repr(float(x)) for x in shown)}"
