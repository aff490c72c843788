#!/usr/bin/env python3
"""Writes tests/corpus/golden.txt: values, gradients and Hessian-vector products of the corpus, from JAX in f64.

    python3 -m venv .venv/jax && .venv/jax/bin/pip install "jax[cpu]" numpy
    .venv/jax/bin/python tools/golden/corpus.py [seed]

The corpus (tests/corpus/*.toml, see its README.md) has each formula twice: in keops' notation, and as a Python
expression for one pair of rows. Here the latter is mapped over all pairs; reductions gather along an axis.
Inputs are not stored: `numbers` makes them from integers, and so does the Rust reader, with the same bits. A seed
is added to that of every case, by the reader, too, which finds it in the file.
"""

import ast
import math
import pathlib
import platform
import re
import sys
import tomllib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from arrays import COTANGENT, DIRECTION, VARIABLE, array, numbers

jax.config.update("jax_enable_x64", True)

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "corpus"
ROWS = {"i": 5, "j": 70, "": 1}

# What a `jax` field can name beside the variables: the values of one pair, and gathers along an axis.


def gather(value, axis):
    value = jnp.asarray(value)
    return lax.all_gather(value + jnp.zeros_like(value) * lax.axis_index(axis), axis)


def pick(choose, none, axis):
    def reduce(value):
        every = gather(value, axis)
        chosen = choose(lax.stop_gradient(every), axis=0)
        return jnp.take_along_axis(every, chosen[None], axis=0)[0]

    def index(value):
        every = lax.stop_gradient(gather(value, axis))
        return jnp.where((every == none).all(axis=0), -1, choose(every, axis=0))

    return reduce, index


def pick_list(sign, axis):
    """The k entries that are smallest when multiplied by `sign`, and their numbers, -1 for infinite ones."""

    def order(count, value):
        every = gather(value, axis)
        return every, jnp.argsort(sign * lax.stop_gradient(every), axis=0, stable=True)[:count]

    def pad(found, count, none):
        missing = max(count - found.shape[0], 0)
        return jnp.concatenate([found, jnp.full((missing, *found.shape[1:]), none, found.dtype)])

    def reduce(count, value):
        every, chosen = order(count, value)
        return pad(jnp.take_along_axis(every, chosen, axis=0), count, sign * math.inf)

    def index(count, value):
        every, chosen = order(count, lax.stop_gradient(value))
        infinite = jnp.take_along_axis(every, chosen, axis=0) == sign * math.inf
        return pad(jnp.where(infinite, -1, chosen), count, -1)

    return reduce, index


def softmax(score, value, axis):
    """The mean of `value` with weights e^score."""
    score = gather(score, axis)
    weight = jnp.exp(score - lax.stop_gradient(score.max(axis=0)))
    value = gather(value, axis)
    weight = weight.reshape(weight.shape + (1,) * (value.ndim - weight.ndim))
    return (weight * value).sum(axis=0) / weight.sum(axis=0)


def laplacian(f, x):
    return jnp.trace(jax.hessian(f)(x))


def divergence(f, x):
    return jnp.trace(jax.jacfwd(f)(x))


def concat(*parts):
    return jnp.concatenate([jnp.atleast_1d(jnp.asarray(part)) for part in parts])


def bspline(knots, x, degree):
    """The B-splines by the recursion of Cox and de Boor, scalar by scalar."""
    if degree == 0:
        return jnp.where((knots[:-1] <= x) & (x < knots[1:]), 1.0, 0.0)
    lower = bspline(knots, x, degree - 1)
    entries = []
    for k in range(len(knots) - degree - 1):
        rise = (x - knots[k]) / (knots[k + degree] - knots[k])
        fall = (knots[k + degree + 1] - x) / (knots[k + degree + 1] - knots[k + 1])
        entries.append(rise * lower[k] + fall * lower[k + 1])
    return jnp.stack(entries)


def softdtw(x, y, gamma):
    cells = {}
    for r in range(len(x)):
        for c in range(len(y)):
            before = [cells[at] for at in ((r - 1, c), (r, c - 1), (r - 1, c - 1)) if at in cells]
            least = -gamma * jax.nn.logsumexp(-jnp.stack(before) / gamma) if before else 0.0
            cells[r, c] = (x[r] - y[c]) ** 2 + least
    return cells[len(x) - 1, len(y) - 1]


NAMES = {
    "bspline": bspline, "softdtw": softdtw,
    "jax": jax, "jnp": jnp, "lax": lax, "pi": math.pi, "inf": math.inf,
    "grad": jax.grad, "jvp": jax.jvp, "vjp": jax.vjp, "laplacian": laplacian, "divergence": divergence,
    "sum": jnp.sum, "complex": lambda re, im: lax.complex(*jnp.broadcast_arrays(re * 1.0, im * 1.0)),
    "abs2": lambda z: z.real**2 + z.imag**2, "cis": lambda a: lax.complex(jnp.cos(a), jnp.sin(a)),
    "power": jnp.power, "concat": concat,
    "sqnorm": lambda v: jnp.sum(v * v), "norm": lambda v: jnp.sqrt(jnp.sum(v * v)),
    "dot": lambda a, b: jnp.sum(a * b), "onehot": lambda label, n: (label == jnp.arange(n)) * 1.0,
    "round_away": lambda a: jnp.sign(a) * jnp.floor(jnp.abs(a) + 0.5),
}
for name in "exp log sqrt sin cos tanh abs sign floor where minimum maximum clip outer angle conj real imag".split():
    NAMES[name] = getattr(jnp, name)
for name in "arcsin arccos arctan arctan2 cbrt sinc".split():
    NAMES[name] = getattr(jnp, name)
for name in "erf erfc ndtr gammaln digamma".split():
    NAMES[name] = getattr(special, name)
for name in "softplus silu sigmoid".split():
    NAMES[name] = getattr(jax.nn, name)
NAMES["gelu"] = lambda a: jax.nn.gelu(a, approximate=False)
for axis in "ij":
    NAMES[f"sum_{axis}"] = lambda value, axis=axis: gather(value, axis).sum(axis=0)
    NAMES[f"logsumexp_{axis}"] = lambda value, axis=axis: jax.nn.logsumexp(gather(value, axis), axis=0)
    NAMES[f"min_{axis}"], NAMES[f"argmin_{axis}"] = pick(jnp.argmin, math.inf, axis)
    NAMES[f"mean_{axis}"] = lambda value, axis=axis: gather(value, axis).mean(axis=0)
    NAMES[f"prod_{axis}"] = lambda value, axis=axis: gather(value, axis).prod(axis=0)
    NAMES[f"softmax_{axis}"] = lambda score, value, axis=axis: softmax(score, value, axis)
    NAMES[f"any_{axis}"] = lambda value, axis=axis: lax.pmax(1 * value, axis)
    NAMES[f"all_{axis}"] = lambda value, axis=axis: lax.pmin(1 * value, axis)
    NAMES[f"count_{axis}"] = lambda value, axis=axis: lax.psum(1 * value, axis)
    NAMES[f"kmin_{axis}"], NAMES[f"argkmin_{axis}"] = pick_list(1.0, axis)
    NAMES[f"kmax_{axis}"], NAMES[f"argkmax_{axis}"] = pick_list(-1.0, axis)
    NAMES[f"max_{axis}"], NAMES[f"argmax_{axis}"] = pick(jnp.argmax, -math.inf, axis)


def variables(text):
    """`x_i: [T; 3], k_i: u32` as (name, axis, is it floating, shape); complex numbers as two along the last axis."""
    found = []
    for name, ty in re.findall(r"(\w+): ([^,]+)", text):
        shape = tuple(int(n) for n in reversed(re.findall(r"; (\d+)\]", ty)))
        shape += (2,) if "Complex" in ty else ()
        axis = name[-1] if name.endswith(("_i", "_j")) else ""
        found.append((name, axis, "T" in ty, shape))
    return found


def pair_function(names, text):
    """The Python text, whose last statement is an expression, as a function of the variables of a pair."""
    tree = ast.parse(text.strip())
    tree.body[-1] = ast.copy_location(ast.Return(tree.body[-1].value), tree.body[-1])
    arguments = ast.arguments([], [ast.arg(name) for name in (*names, "i", "j")], None, [], [], None, [])
    function = ast.FunctionDef("pair", arguments, tree.body, [])
    module = ast.fix_missing_locations(ast.Module([function], []))
    scope = dict(NAMES)
    exec(compile(module, "corpus", "exec"), scope)
    return scope["pair"]


def evaluate(case, first):
    """The lines of a case, whose seed counts from `first`."""
    declared = variables(case["variables"])
    pair = pair_function([name for name, *_ in declared], case["jax"])
    seed, domains = first + case["seed"], case.get("domains", {})
    arguments = []
    for k, (name, axis, real, shape) in enumerate(declared):
        low, high = domains.get(name, [-1.0, 1.0] if real else [0, 4])
        data = numbers(seed, VARIABLE + k, ROWS[axis] * math.prod(shape), low, high)
        data = data if real else np.floor(data).astype(np.int64)
        arguments.append(data.reshape((ROWS[axis], *shape) if axis else shape))

    complex_ = ["Complex" in ty for ty in re.findall(r": ([^,]+)", case["variables"])]

    def results(*arguments):
        def one(*arguments):
            arguments = [lax.complex(a[..., 0], a[..., 1]) if c else a for a, c in zip(arguments, complex_)]
            out = pair(*arguments, lax.axis_index("i"), lax.axis_index("j"))
            out = out if isinstance(out, tuple) else (out,)
            return tuple(jnp.stack([o.real, o.imag], -1) if jnp.iscomplexobj(o) else o for o in out)

        over_j = [0 if axis == "j" else None for _, axis, *_ in declared]
        over_i = [0 if axis == "i" else None for _, axis, *_ in declared]
        columns = jax.vmap(one, in_axes=over_j, axis_name="j", axis_size=ROWS["j"])
        table = jax.vmap(columns, in_axes=over_i, axis_name="i", axis_size=ROWS["i"])
        # The results are the same for all pairs along the reduced axis.
        first = (lambda a: a[0]) if case.get("rows") == "j" else (lambda a: a[:, 0])
        return [first(out) for out in table(*arguments)]

    values = results(*arguments)
    lines = [array(seed, "value", "", value) for value in values]
    smooth = [k for k, value in enumerate(values) if value.dtype == jnp.float64]
    floating = [k for k, (_, _, real, _) in enumerate(declared) if real]
    if not smooth or not floating:
        return lines

    def loss(*numbers_):
        every = list(arguments)
        for k, number in zip(floating, numbers_):
            every[k] = number
        out = results(*every)
        total = 0.0
        for n, k in enumerate(smooth):
            cotangent = numbers(seed, COTANGENT + n, out[k].size, -1.0, 1.0).reshape(out[k].shape)
            total += jnp.sum(jnp.where(jnp.isfinite(out[k]), out[k] * cotangent, 0.0))
        return total

    primal = [jnp.asarray(arguments[k]) for k in floating]
    gradient = jax.grad(loss, argnums=tuple(range(len(floating))))
    for k, g in zip(floating, gradient(*primal)):
        lines.append(array(seed, "gradient", declared[k][0], g))
    if case.get("second"):
        directions = [
            jnp.asarray(numbers(seed, DIRECTION + k, p.size, -1.0, 1.0).reshape(p.shape)) for k, p in zip(floating, primal)
        ]
        _, change = jax.jvp(gradient, tuple(primal), tuple(directions))
        for k, h in zip(floating, change):
            lines.append(array(seed, "hessian", declared[k][0], h))
    return lines


def main():
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    lines = [
        "# Written by tools/golden/corpus.py; see README.md.",
        f"# jax {jax.__version__}, numpy {np.__version__}, python {platform.python_version()}, f64 on the CPU",
        f"# rows i {ROWS['i']}, rows j {ROWS['j']}",
        f"seed {first}",
    ]
    for path in sorted(CORPUS.glob("*.toml")):
        for case in tomllib.loads(path.read_text())["case"]:
            print(case["name"], flush=True)
            lines += ["", f"case {case['name']}", *evaluate(case, first)]
    (CORPUS / "golden.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
