#!/usr/bin/env python3
"""Writes keops-compiler/tests/golden/second_order.txt: Hessian-vector products, from JAX in f64.

    python3 -m venv .venv/jax && .venv/jax/bin/pip install "jax[cpu]" numpy
    .venv/jax/bin/python tools/golden/second_order.py [seed]

A case is a value for each i, in keops' notation and in Python, of a row `x`, of all rows `y` and `b`, and of
parameters. Written is the product of the Hessian of `sum_i e_i * value_i` by `x` with a direction `u`: row by row,
since no value depends on two rows of `x`.
"""

import math
import pathlib
import platform
import sys

import jax
import jax.numpy as jnp

from arrays import COTANGENT, DIRECTION, array, numbers

jax.config.update("jax_enable_x64", True)

OUT = pathlib.Path(__file__).resolve().parents[2] / "keops-compiler" / "tests" / "golden" / "second_order.txt"
M, N, D = 6, 70, 3


def square(v):
    return jnp.sum(v * v, -1)


# Name, formula of x_i: [T; 3], y_j: [T; 3], b_j: T, g: T, m: [[T; 3]; 2]; the same of x: [3], y: [N, 3], b: [N], g, m.
CASES = [
    ("gaussian", "sum_j exp(-g * |x_i - y_j|^2) * b_j", lambda x, y, b, g, m: jnp.sum(jnp.exp(-g * square(x - y)) * b)),
    ("norms", "sum_j |x_i - y_j| * b_j", lambda x, y, b, g, m: jnp.sum(jnp.sqrt(square(x - y)) * b)),
    ("laplacian_kernel", "sum_j exp(-|x_i - y_j| / g) * b_j",
     lambda x, y, b, g, m: jnp.sum(jnp.exp(-jnp.sqrt(square(x - y)) / g) * b)),
    ("logsumexp", "logsumexp_j(dot(x_i, y_j) * b_j)", lambda x, y, b, g, m: jax.nn.logsumexp((y @ x) * b)),
    ("weighted_logsumexp", "logsumexp_j(-g * |x_i - y_j|^2, b_j^2 + x_i[0]^2)",
     lambda x, y, b, g, m: jax.nn.logsumexp(-g * square(x - y), b=b**2 + x[0] ** 2)),
    ("division", "sum_j b_j / (g + |x_i - y_j|^2)", lambda x, y, b, g, m: jnp.sum(b / (g + square(x - y)))),
    ("powers", "sum_j ((g + |x_i - y_j|^2)^-1.5 * b_j + (x_i[0] - y_j[1])^3 * x_i[2])",
     lambda x, y, b, g, m: jnp.sum((g + square(x - y)) ** -1.5 * b + (x[0] - y[:, 1]) ** 3 * x[2])),
    ("branches", "sum_j if x_i[0] > y_j[0] { exp(x_i[1] * y_j[0]) * x_i[0]^2 } else { |x_i - y_j|^4 }",
     lambda x, y, b, g, m: jnp.sum(jnp.where(x[0] > y[:, 0], jnp.exp(x[1] * y[:, 0]) * x[0] ** 2, square(x - y) ** 2))),
    ("products", "sum_j sin(dot(x_i, y_j)) * b_j", lambda x, y, b, g, m: jnp.sum(jnp.sin(y @ x) * b)),
    ("matrix", "sum_j |m @ (x_i - y_j)|^2 * log(5 + dot(x_i, y_j))",
     lambda x, y, b, g, m: jnp.sum(square((x - y) @ m.T) * jnp.log(5 + y @ x))),
    ("larger_and_smaller", "sum_j (max(x_i[0] * y_j[0], x_i[1]^2 - 0.2) + b_j * min(x_i[2]^3, sum(x_i * y_j)))",
     lambda x, y, b, g, m: jnp.sum(
         jnp.maximum(x[0] * y[:, 0], x[1] ** 2 - 0.2) + b * jnp.minimum(x[2] ** 3, y @ x))),
    ("nearest", "min_j(|x_i - y_j|^2 * (b_j + 2))", lambda x, y, b, g, m: jnp.min(square(x - y) * (b + 2))),
    ("furthest", "log(max_j(|x_i - y_j|^2))", lambda x, y, b, g, m: jnp.log(jnp.max(square(x - y)))),
    ("ratio", "let k = exp(-g * |x_i - y_j|^2); (sum_j k * b_j) / sum_j k",
     lambda x, y, b, g, m: jnp.sum(jnp.exp(-g * square(x - y)) * b) / jnp.sum(jnp.exp(-g * square(x - y)))),
    ("logistic", "sum_j tanh(x_i[0] * y_j[1]) * sqrt(1 + x_i[1]^2) * sigmoid(b_j * x_i[2])",
     lambda x, y, b, g, m: jnp.sum(
         jnp.tanh(x[0] * y[:, 1]) * jnp.sqrt(1 + x[1] ** 2) * jax.nn.sigmoid(b * x[2]))),
]


def main():
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 901
    lines = [
        "# Written by tools/golden/second_order.py.",
        f"# jax {jax.__version__}, python {platform.python_version()}, f64 on the CPU; {M} rows i, {N} rows j",
    ]
    for seed, (name, formula, value) in enumerate(CASES, start=first):
        shapes = [(M, D), (N, D), (N,), (), (2, D)]
        data = [
            jnp.asarray(numbers(seed, k, math.prod(shape), *((0.5, 1.5) if k == 3 else (-1.0, 1.0)))).reshape(shape)
            for k, shape in enumerate(shapes)
        ]
        e = jnp.asarray(numbers(seed, COTANGENT, M, -1.0, 1.0))
        u = jnp.asarray(numbers(seed, DIRECTION, M * D, -1.0, 1.0)).reshape(M, D)
        x, *rest = data

        def loss(x):
            return jnp.dot(e, jax.vmap(lambda x: value(x, *rest))(x))

        _, product = jax.jvp(jax.grad(loss), (x,), (u,))
        lines += ["", f"case {name} {seed}", f"formula {formula}", array(seed, "product", "", product)]
        print(name, flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
