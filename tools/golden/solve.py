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
from scipy.sparse import block_diag, csc_array, csr_array, eye_array
from scipy.sparse.linalg import LinearOperator, cg, eigsh, spsolve
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge

from arrays import numbers

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "solve.txt"
ROWS, GAMMA, RIDGE = 60, 0.7, 0.05
# Clusters of rows that meet themselves and their neighbours, and batches.
ENDS, WIDE_RIDGE = [7, 20, 33, 41, 60], 4.0
BATCHES = 6


def solved(kernel, by_gamma, b, e, ridge):
    """The solution of a sparse system, and by what Σ e·a changes with gamma and with the ridge."""
    system = csc_array(kernel + ridge * eye_array(kernel.shape[0]))
    a, w = spsolve(system, b), spsolve(csc_array(system.T), e)
    return a, -(w * (by_gamma @ a)).sum(), -(w * a).sum()


def blocks(seed, x, b, e):
    """Block-sparse and batched systems."""
    squares = ((x[:, None] - x[None, :]) ** 2).sum(axis=2)
    kernel = np.exp(-GAMMA * squares)
    of = np.searchsorted(ENDS, np.arange(ROWS), side="right")
    near = np.abs(of[:, None] - of[None, :]) <= 1
    sparse = csr_array(kernel * near)
    assert np.linalg.eigvalsh(sparse.toarray()).min() + WIDE_RIDGE > 0.05
    a, by_gamma, by_ridge = solved(sparse, csr_array(-squares * kernel * near), b, e, WIDE_RIDGE)
    first, failed = cg(sparse + WIDE_RIDGE * eye_array(ROWS), b[:, 0], rtol=1e-12)
    assert failed == 0
    rows = ROWS // BATCHES
    cut = [slice(k * rows, (k + 1) * rows) for k in range(BATCHES)]
    scale = numbers(seed, 3, BATCHES, 0.5, 2.0)
    each = [s * kernel[of, of] for s, of in zip(scale, cut)]
    batched = csr_array(block_diag(each))
    changed = csr_array(block_diag([-squares[of, of] * k for of, k in zip(cut, each)]))
    batched_a, batched_by_gamma, batched_by_ridge = solved(batched, changed, b, e, RIDGE)
    w = spsolve(csc_array(batched + RIDGE * eye_array(ROWS)), e)
    by_scale = [-(w[of] * (kernel[of, of] @ batched_a[of])).sum() for of in cut]
    return {
        "ranges_product": sparse @ b,
        "ranges_diagonal": sparse.diagonal(),
        "ranges_solution": a,
        "ranges_cg": first,
        "ranges_by_gamma": by_gamma,
        "ranges_by_ridge": by_ridge,
        "batches_scale": scale,
        "batches_product": batched @ b,
        "batches_solution": batched_a,
        "batches_by_gamma": batched_by_gamma,
        "batches_by_ridge": batched_by_ridge,
        "batches_by_scale": by_scale,
    }


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
    weights = numbers(seed, 4, ROWS * 3, -1.0, 1.0).reshape(ROWS, 3)
    # The largest eigenvalues, by the implicitly restarted Lanczos method.
    largest = np.sort(eigsh(kernel, k=4, return_eigenvectors=False, tol=1e-14))[::-1]
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
        "largest_eigenvalues": largest,
        "weights": weights,
        **blocks(seed, x, b, weights),
    }.items():
        lines.append(" ".join([name] + [repr(float(value)) for value in np.ravel(values)]))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
