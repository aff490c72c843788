#!/usr/bin/env python3
"""Writes tests/golden/acceptance.txt: the checks of KeOps' own test suite, by dense arrays in JAX, f64.

    python3 -m venv .venv/jax && .venv/jax/bin/pip install "jax[cpu]" numpy
    .venv/jax/bin/python tools/golden/acceptance.py [seed]

Formulas, shapes and constants are those of PyKeOps 2.3's tests (test_torch.py, test_numpy.py, test_invkernel, test_kron,
test_finalchunks, test_complex); data are made from integers, as those of the corpus, and so does tests/tests/acceptance.rs. With
another seed, the test reads the same seed from the file.
"""

import pathlib
import platform
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp

from arrays import COTANGENT, DIRECTION, array, numbers

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "acceptance.txt"
A, B, M, N, D = 5, 3, 10, 6, 3
SIGMA = 0.4

CHECKS = []

jax.config.update("jax_enable_x64", True)


def check(number, second=False, **shapes):
    """Registers a check: its function gives a tuple of results from arrays of these shapes, numbers from 0 to 1."""

    def register(function):
        CHECKS.append((number, function, shapes, second))
        return function

    return register


def sqdist(x, y):
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1)


M1, N1 = 300, 500


@check(1, x=(M1, 3), y=(N1, 3), a=(N1,), p=())
def generic(x, y, a, p):
    return jnp.einsum("j,ijd->id", (p - a) ** 2, jnp.exp(x[:, None, :] + y[None, :, :]))


@check(2, p=(2,), x=(M1, 3), y=(N1, 3))
def products(p, x, y):
    return jnp.einsum("ij,ijd->id", (x @ y.T) ** 2, p[0] * x[:, None, :] + p[1] * y[None, :, :])


@check(3, x=(M1, 3), y=(N1, 3), a=(N1,), p=())
def softmax(x, y, a, p):
    return jax.nn.softmax((p - a) ** 2 * jnp.exp(-sqdist(x, y)), axis=1) @ y


@check(4, x=(M1, 3), y=(N1, 3), g=(N1,))
def logsumexps(x, y, g):
    d = sqdist(x, y) / SIGMA**2
    kernels = [-d, -jnp.sqrt(d), -jnp.log(1 + d), -0.5 * jnp.log(1 + d)]
    return tuple(logsumexp(k, axis=1, b=jnp.exp(g)[None, :]) for k in kernels)


@check(5, p=(2,), f=(M1,), g=(N1,))
def logsumexp_of_a_sum(p, f, g):
    return logsumexp(p[0] * f[:, None] + p[1] * g[None, :], axis=1)


def scaled(x, l, y):
    return l[..., None] * x[..., :, None, :], y[..., None, :, :]


@check(6, True, x=(A, B, M, D), l=(A, 1, M, 1), y=(1, B, N, D), s=(A, B, 1))
def batched_sum(x, l, y, s):
    a, b = scaled(x, l, y)
    return jnp.exp(-0.5 * ((a - b) ** 2).sum(-1) / (1 + s[..., None])).sum(-1)


def bounded(x, l, y, s):
    a, b = scaled(x, l, y)
    return -1 / (1 + jax.nn.relu(a + b).sum(-1) * (1 + s[..., None]) / 9)


@check(7, True, x=(A, B, M, D), l=(A, 1, M, 1), y=(1, B, N, D), s=(A, B, 1))
def batched_logsumexp(x, l, y, s):
    return logsumexp(bounded(x, l, y, s), axis=-1)


@check(8, x=(A, B, M, D), l=(A, 1, M, 1), y=(1, B, N, D), s=(A, B, 1))
def batched_min(x, l, y, s):
    a, b = scaled(x, l, y)
    s = 1 + s[..., None]
    d = jnp.log(1 + (jax.nn.relu(a + b) * s[..., None]) ** 2).sum(-1)
    values = jnp.cos(d**1.5 + 1) * jnp.sin(d * (3.2 + s))
    return values.min(axis=-2), jax.lax.stop_gradient(values).argmin(axis=-2)


@check("8b", x=(M, 990), y=(N, 990))
def wide_min(x, y):
    values = jnp.exp(-((x[:, None, :] + y[None, :, :]) ** 2)).sum(-1)
    return values.min(axis=0), jax.lax.stop_gradient(values).argmin(axis=0)


@check(9, x=(M, 2, 3, 2, 2, 4), y=(N, 2, 4, 2, 3, 2, 3))
def tensordot(x, y):
    pair = lambda x, y: jnp.tensordot(x, y, axes=([4, 0, 2], [1, 4, 2])).transpose(4, 3, 2, 0, 1)
    return jax.vmap(lambda x: jax.vmap(lambda y: pair(x, y))(y).sum(0))(x)


@check("9b", x=(M, 3, 2, 1, 2), y=(N, 1, 2, 2, 3))
def kron(x, y):
    return jax.vmap(lambda x: jax.vmap(lambda y: jnp.kron(x, y))(y).sum(0))(x)


@check(10, x=(M, 3), b=(M,))
def solve(x, b):
    return jnp.linalg.solve(0.1 * jnp.eye(M) + jnp.exp(-0.4 * sqdist(x, x)), b)


@check(11, x=(200, 300), y=(300, 300), b=(300,))
def wide_points(x, y, b):
    return jnp.exp(-sqdist(x, y) / 300) @ b


@check("11b", x=(200, 3), y=(300, 3), b=(300, 300))
def wide_values(x, y, b):
    return jnp.exp(-sqdist(x, y)) @ b


@check(12, x=(100,), w=(120,), b=(120, 2))
def nudft(x, w, b):
    f = jnp.exp(2j * jnp.pi * x[:, None] * w[None, :]) @ (b[:, 0] + 1j * b[:, 1])
    return jnp.stack([f.real, f.imag], axis=-1)


def evaluate(seed, function, shapes, second):
    """The lines of a check: results, gradients for random cotangents, and the change of these in a random direction."""
    data = [jnp.asarray(numbers(seed, k, int(np.prod(shape)), 0.0, 1.0).reshape(shape)) for k, shape in enumerate(shapes.values())]
    tuple_of = lambda out: out if isinstance(out, tuple) else (out,)
    values = tuple_of(function(*data))
    lines = [array(seed, "value", "", value) for value in values]

    def loss(*data):
        smooth = [value for value in tuple_of(function(*data)) if value.dtype == jnp.float64]
        cotangents = [numbers(seed, COTANGENT + k, v.size, -1.0, 1.0).reshape(v.shape) for k, v in enumerate(smooth)]
        return sum(jnp.sum(v * e) for v, e in zip(smooth, cotangents))

    gradient = jax.grad(loss, argnums=tuple(range(len(data))))
    lines += [array(seed, "gradient", name, g) for name, g in zip(shapes, gradient(*data))]
    if second:
        directions = [jnp.asarray(numbers(seed, DIRECTION + k, x.size, -1.0, 1.0).reshape(x.shape)) for k, x in enumerate(data)]
        _, change = jax.jvp(gradient, tuple(data), tuple(directions))
        lines += [array(seed, "hessian", name, h) for name, h in zip(shapes, change)]
    return lines


def main():
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 2600
    lines = [
        "# Written by tools/golden/acceptance.py.",
        f"# jax {jax.__version__}, numpy {np.__version__}, python {platform.python_version()}, f64 on the CPU",
        f"seed {first}",
    ]
    for k, (number, function, shapes, second) in enumerate(CHECKS):
        print(number, function.__name__, flush=True)
        lines += ["", f"case {function.__name__}", *evaluate(first + k, function, shapes, second)]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
