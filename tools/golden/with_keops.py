#!/usr/bin/env python3
"""Writes tests/golden/pykeops.txt: values and gradients of the operations that KeOps has too, from PyKeOps 2.3, f64 on the CPU.

    tools/pykeops-venv
    .venv/pykeops/bin/python tools/golden/with_keops.py [seed]

Each line of CASES is a name, KeOps' formula of a pair, ours, the widths of x and y, and the bounds of their numbers. The reduction is
a sum over j, unless the line names another. Where KeOps is wrong there is no case: those at the end of docs/OPERATIONS.md, and
SoftDTW_SqDist, which is not the recursion that its page defines.
The file says our formulas too: keops-compiler/tests/with_keops.rs reads nothing else. PyKeOps compiles every case: minutes.
"""

import pathlib
import platform
import sys

import numpy as np
import pykeops
from pykeops.numpy import Genred

from arrays import array, numbers

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "pykeops.txt"
M, N = 7, 9

CASES = []


def unary(names, low, high):
    for theirs, ours in names:
        CASES.append((ours, f"{theirs}(x+y)", f"{ours}(x_i + y_j)", 2, 2, low, high, "Sum"))


unary([("Exp", "exp"), ("Sin", "sin"), ("Cos", "cos"), ("Atan", "atan"), ("Square", "square"), ("Minus", "-")], -1.0, 1.0)
unary([("Log", "log"), ("Sqrt", "sqrt"), ("Rsqrt", "rsqrt"), ("Inv", "inv"), ("XLogX", "xlogx"), ("SinXDivX", "sinxdivx")], 0.2, 1.0)
unary([("Asin", "asin"), ("Acos", "acos")], -0.45, 0.45)
unary([("Abs", "abs"), ("Sign", "sign"), ("Step", "step"), ("ReLU", "relu"), ("Floor", "floor")], -1.9, 1.9)
unary([("Norm2", "norm"), ("SqNorm2", "sqnorm"), ("Normalize", "normalize"), ("Sum", "sum"), ("Max", "max"), ("Min", "min")], -1.0, 1.0)
for name, theirs, ours, d, e, low, high, *reduction in [
    ("add", "x+y", "x_i + y_j", 2, 2, -1, 1),
    ("subtract", "x-y", "x_i - y_j", 2, 1, -1, 1),
    ("multiply", "x*y", "x_i * y_j", 2, 1, -1, 1),
    ("divide", "x/y", "x_i / y_j", 2, 2, 0.3, 1),
    ("power", "Pow(x+y,3)", "(x_i + y_j)^3", 2, 2, -1, 1),
    ("atan2", "Atan2(x,y)", "atan2(x_i, y_j)", 2, 2, 0.2, 1),
    ("round", "Round(x+y,2)", "round(x_i + y_j, 2)", 2, 2, -1, 1),
    ("mod", "Mod(Exp(x+y),x,y)", "mod(exp(x_i + y_j), x_i, y_j)", 1, 1, 0.2, 1),
    ("clamp", "Clamp(x,y,IntCst(1))", "clamp(x_i, y_j, 1)", 1, 1, -2, 1),
    ("clamp_integers", "ClampInt(x+y,-1,1)", "clamp(x_i + y_j, -1, 1)", 2, 2, -1, 1),
    ("ifelse", "IfElse(x-y,Exp(x),y*y)", "ifelse(x_i - y_j, exp(x_i), y_j * y_j)", 1, 1, -1, 1),
    ("less", "LessThan(x,y)*y", "if x_i < y_j { y_j } else { 0 }", 1, 1, -1, 1),
    ("sqdist", "SqDist(x,y)", "sqdist(x_i, y_j)", 3, 3, -1, 1),
    ("dot", "(x|y)", "dot(x_i, y_j)", 3, 3, -1, 1),
    ("elements", "Elem(x,1)*Extract(y,1,2)", "x_i[1] * y_j[1..3]", 3, 3, -1, 1),
    ("element_of_zeros", "ElemT(Elem(x,0),4,2)*y", "ElemT(x_i[0], 4, 2) * y_j", 3, 4, -1, 1),
    ("extract_of_zeros", "ExtractT(x,1,5)*y", "ExtractT(x_i, 1, 5) * y_j", 2, 5, -1, 1),
    ("concat", "Concat(x,x*y)", "[x_i, x_i * y_j]", 3, 3, -1, 1),
    ("fill", "SumT(Elem(x,0),3)*y", "fill(x_i[0], 3) * y_j", 2, 3, -1, 1),
    ("onehot", "OneHot(ArgMax(y),3)*x", "onehot(argmax(y_j), 3) * x_i", 3, 3, -1, 1),
    ("weighted_by_a_scalar", "WeightedSqDist(Elem(x,0),x,y)", "weightedsqdist(x_i[0], x_i, y_j)", 3, 3, 0.1, 1),
    ("weighted_by_a_diagonal", "WeightedSqNorm(x,y)", "weightedsqnorm(x_i, y_j)", 3, 3, -1, 1),
    ("weighted_by_a_matrix", "SymSqNorm(TensorProd(x,x),y)", "weightedsqnorm(outer(x_i, x_i), y_j)", 3, 3, -1, 1),
    ("matrix_times_vector", "MatVecMult(x,y)", "reshape(x_i, [2, 3]) @ y_j", 6, 3, -1, 1),
    ("vector_times_matrix", "VecMatMult(y,x)", "y_j @ reshape(x_i, [3, 2])", 6, 3, -1, 1),
    ("outer", "TensorProd(x,y)", "outer(x_i, y_j)", 3, 2, -1, 1),
    ("kron", "Kron(x,y,[2,2],[3,1])", "kron(reshape(x_i, [2, 2]), reshape(y_j, [3, 1]))", 4, 3, -1, 1),
    ("tensordot", "TensorDot(x,y,[2,3,2],[3,2],[1],[0])", "tensordot(reshape(x_i, [2, 3, 2]), reshape(y_j, [3, 2]), [1], [0])", 12, 6, -1, 1),
    ("complex_products", "ComplexMult(x,y)", "[x_i[0] * y_j[0] - x_i[1] * y_j[1], x_i[0] * y_j[1] + x_i[1] * y_j[0]]", 2, 2, -1, 1),
    ("complex_exponential", "ComplexExp(x+y)", "[exp(x_i[0] + y_j[0]) * cos(x_i[1] + y_j[1]), exp(x_i[0] + y_j[0]) * sin(x_i[1] + y_j[1])]", 2, 2, -1, 1),
    ("logsumexp", "x*y", "logsumexp_j(x_i * y_j)", 1, 1, -3, 3, "LogSumExp"),
    ("smallest", "SqDist(x,y)", "min_j(|x_i - y_j|^2)", 2, 2, -1, 1, "Min"),
    ("largest", "x*y", "max_j(x_i * y_j)", 2, 2, -1, 1, "Max"),
    ("place_of_the_smallest", "x*y", "argmin_j(x_i * y_j)", 2, 2, -1, 1, "ArgMin"),
    ("place_of_the_largest", "x*y", "argmax_j(x_i * y_j)", 2, 2, -1, 1, "ArgMax"),
]:
    CASES.append((name, theirs, ours, d, e, low, high, *(reduction or ["Sum"])))
# Of the k smallest KeOps gives k after the components; of one component there is no difference.
for reduction, ours in [("KMin", "kmin_j(3, |x_i - y_j|^2)"), ("ArgKMin", "argkmin_j(3, |x_i - y_j|^2)")]:
    CASES.append((reduction.lower(), "SqDist(x,y)", ours, 2, 2, -1.0, 1.0, reduction))


def evaluate(seed, theirs, d, e, low, high, reduction):
    aliases = [f"x = Vi(0,{d})", f"y = Vj(1,{e})"]
    x = numbers(seed, 0, M * d, low, high).reshape(M, d)
    y = numbers(seed, 1, N * e, low, high).reshape(N, e)
    options = {"opt_arg": 3} if "KMin" in reduction else {}
    value = Genred(theirs, aliases, reduction_op=reduction, axis=1, **options)(x, y)
    lines = [array(seed, "value", "", value)]
    if reduction == "Sum":
        cotangent = numbers(seed, 100, value.size, -1.0, 1.0).reshape(value.shape)
        given = aliases + [f"e = Vi(2,{value.shape[1]})"]
        for axis, name in [(1, "x"), (0, "y")]:
            g = Genred(f"Grad({theirs},{name},e)", given, reduction_op="Sum", axis=axis)(x, y, cotangent)
            lines.append(array(seed, "gradient", name, g))
    return lines


def main():
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 7100
    lines = [
        "# Written by tools/golden/with_keops.py.",
        f"# pykeops {pykeops.__version__}, numpy {np.__version__}, python {platform.python_version()}, f64 on the CPU",
    ]
    for k, (name, theirs, ours, d, e, low, high, reduction) in enumerate(CASES):
        print(name, theirs, flush=True)
        body = f"sum_j ({ours})" if reduction == "Sum" else ours
        types = ["f64" if width == 1 else f"[f64; {width}]" for width in (d, e)]
        item = f"fn f(x_i: {types[0]}, y_j: {types[1]}) {{ {body} }}"
        lines += ["", f"case {name}", f"# {theirs}", f"#! {first + k} {low} {high} {item}"]
        lines += evaluate(first + k, theirs, d, e, low, high, reduction)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
