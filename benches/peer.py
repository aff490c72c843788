"""The peer of benches/figures.rs: PyKeOps on the same formulas.

Reads names of formulas from standard input; for each prints `figure <ns per pair> <seconds of the
first call>`, the best of several runs on all threads. A name it does not know gives `unknown`.
"""

import sys
import time

import numpy as np
from pykeops.numpy import Genred

RNG = np.random.default_rng(0)


def formula(dimension, width=1):
    return "Exp(-SqDist(x,y))*b", [f"x=Vi({dimension})", f"y=Vj({dimension})", f"b=Vj({width})"]


def cases():
    base, variables = formula(3)
    yield "gauss3", base, variables, "Sum", "float32", 20000
    yield "gauss3_f64", base, variables, "Sum", "float64", 20000
    yield "gauss3_grad", f"Grad({base},x,e)", variables + ["e=Vi(1)"], "Sum", "float32", 20000
    yield "lse", "-SqDist(x,y)", variables[:2], "LogSumExp", "float32", 20000
    yield "nearest", "SqDist(x,y)", variables[:2], "ArgMin", "float32", 20000
    yield "neighbours", "SqDist(x,y)", variables[:2], "ArgKMin", "float32", 20000, 10
    base, variables = formula(3, 16)
    yield "wide", base, variables, "Sum", "float32", 20000
    for dimension, size in [(16, 20000), (64, 20000), (256, 2000)]:
        base, variables = formula(dimension)
        yield f"gauss{dimension}", base, variables, "Sum", "float32", size


def measure(text, variables, reduction, dtype, size, *option):
    widths = [int(v.split("(")[1][:-1]) for v in variables]
    arguments = [RNG.random((size, width)).astype(dtype) for width in widths]
    routine = Genred(text, variables, reduction_op=reduction, axis=1, **({"opt_arg": option[0]} if option else {}))
    start = time.perf_counter()
    routine(*arguments, backend="CPU")
    first = time.perf_counter() - start
    best = float("inf")
    begin = time.perf_counter()
    runs = 0
    while runs < 3 or (time.perf_counter() - begin < 1.0 and runs < 50):
        start = time.perf_counter()
        routine(*arguments, backend="CPU")
        best = min(best, time.perf_counter() - start)
        runs += 1
    return best * 1e9 / size**2, first


def main():
    known = {case[0]: case[1:] for case in cases()}
    for line in sys.stdin:
        name = line.strip()
        if name in known:
            print("figure", *measure(*known[name]), flush=True)
        else:
            print("figure unknown", flush=True)


main()
