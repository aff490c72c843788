#!/usr/bin/env python3
"""Writes tests/golden/solve.txt: solutions of kernel systems by SciPy and scikit-learn in f64.

    python3 -m venv .venv/solve && .venv/solve/bin/pip install numpy scipy scikit-learn
    .venv/solve/bin/python tools/golden/solve.py [seed]

A line is a name and numbers, row after row: the points x, the right-hand sides b, and what the programs give of
them. tests/tests/solve.rs compares.
"""

import pathlib
import platform
import sys

import numpy as np
import scipy
import sklearn
from scipy.sparse.linalg import LinearOperator, cg
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge

from arrays import numbers

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "solve.txt"
ROWS, GAMMA, RIDGE = 60, 0.7, 0.05


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    x = numbers(seed, 0, ROWS * 2, -2.0, 2.0).reshape(ROWS, 2)
    b = numbers(seed, 1, ROWS * 3, -1.0, 1.0).reshape(ROWS, 3)
    new = numbers(seed, 2, 5 * 2, -2.0, 2.0).reshape(5, 2)
    kernel = np.exp(-GAMMA * ((x[:, None] - x[None, :]) ** 2).sum(axis=2))
    ridge = KernelRidge(alpha=RIDGE, kernel="rbf", gamma=GAMMA).fit(x, b)
    operator = LinearOperator((ROWS, ROWS), lambda v: kernel @ v + RIDGE * v, dtype=float)
    solution, failed = cg(operator, b[:, 0], rtol=1e-12)
    assert failed == 0
    process = GaussianProcessRegressor(RBF(1 / np.sqrt(2 * GAMMA)), alpha=RIDGE, optimizer=None).fit(x, b[:, 0])
    mean, deviation = process.predict(new, return_std=True)
    # Without a ridge, of a kernel that is well conditioned: Laplace's on a line.
    line = np.sort(x[:, 0])
    laplace = scipy.linalg.solve(np.exp(-np.abs(line[:, None] - line[None, :])), b[:, 1], assume_a="pos")
    packages = f"numpy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    lines = [f"# tools/golden/solve.py: Python {platform.python_version()}, {packages}"]
    for name, values in {
        "x": x,
        "b": b,
        "new": new,
        "kernel_ridge_dual": ridge.dual_coef_,
        "kernel_ridge_prediction": ridge.predict(new),
        "scipy_cg": solution,
        "process_mean": mean,
        "process_deviation": deviation,
        "scipy_laplace": laplace,
    }.items():
        lines.append(" ".join([name] + [repr(float(value)) for value in np.ravel(values)]))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
