#!/usr/bin/env python3
"""Writes the data of the examples, and what other programs compute of them, to examples/data.

    python3 -m venv .venv/examples && .venv/examples/bin/pip install numpy scipy scikit-learn pillow
    .venv/examples/bin/python tools/golden/examples.py

digits.csv, china.csv and flower.csv are exported from scikit-learn's bundled data sets; diabetes.csv is there.
expected.txt has a line for each result: its name and numbers. Examples read it and say whether they agree.
"""

import pathlib
import platform

import numpy as np
import scipy
import sklearn
from PIL import Image
from scipy.special import logsumexp
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.neighbors import KNeighborsClassifier

DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"
TRAINING, NEIGHBOURS, CLUSTERS = 1000, 5, 10
IMAGE = (72, 48)
EPSILON, STEPS = 0.01, 100


def table(name, header, rows):
    lines = [header] + [",".join(str(number) for number in row) for row in rows]
    (DATA / name).write_text("\n".join(lines) + "\n")


def digits():
    """Neighbours and clusters of handwritten digits: small integers, of which distances are exact."""
    pixels, labels = load_digits(return_X_y=True)
    pixels = pixels.astype(int)
    header = ",".join(f"p{k}" for k in range(64)) + ",digit"
    table("digits.csv", header, np.column_stack([pixels, labels]).tolist())
    known, new = pixels[:TRAINING], pixels[TRAINING:]
    squares = ((new[:, None, :] - known[None, :, :]) ** 2).sum(axis=2)
    nearest = np.argsort(squares, axis=1, kind="stable")[:, :NEIGHBOURS]
    yield "neighbour_distances", [np.take_along_axis(squares, nearest, axis=1).sum()]
    yield "neighbour_numbers", nearest.sum(axis=0)
    classifier = KNeighborsClassifier(NEIGHBOURS, algorithm="brute").fit(known, labels[:TRAINING])
    right = (classifier.predict(new) == labels[TRAINING:]).sum()
    yield "neighbours_right", [right]
    # The first of each digit.
    first = [int(np.argmax(labels == digit)) for digit in range(CLUSTERS)]
    means = KMeans(CLUSTERS, init=pixels[first].astype(float), n_init=1, tol=0, max_iter=300, algorithm="lloyd")
    means.fit(pixels.astype(float))
    yield "cluster_inertia", [means.inertia_]
    yield "cluster_sizes", np.bincount(means.labels_)


def regression():
    """A Gaussian process over body mass index and blood pressure."""
    rows = np.loadtxt(DATA / "diabetes.csv", delimiter=",", skiprows=1)
    x = rows[:, :2] / [5.0, 15.0]
    y = rows[:, 2] - rows[:, 2].mean()
    at = np.array([[20.0, 80.0], [25.0, 95.0], [30.0, 100.0], [35.0, 120.0], [18.0, 130.0]]) / [5.0, 15.0]
    kernel = ConstantKernel(60.0**2) * RBF(1.0)
    process = GaussianProcessRegressor(kernel, alpha=55.0**2, optimizer=None).fit(x, y)
    mean, deviation = process.predict(at, return_std=True)
    yield "process_mean", mean + rows[:, 2].mean()
    yield "process_deviation", deviation


def colours():
    """Regularised optimal transport between the colours of two photographs, by Sinkhorn's iteration."""
    images = pathlib.Path(sklearn.__file__).parent / "datasets" / "images"
    clouds = []
    for name in ("china", "flower"):
        small = Image.open(images / f"{name}.jpg").convert("RGB").resize(IMAGE, Image.Resampling.BOX)
        pixels = np.asarray(small).reshape(-1, 3)
        table(f"{name}.csv", "red,green,blue", pixels.tolist())
        clouds.append(pixels / 255.0)
    x, y = clouds
    cost = ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2)
    weight = -np.log(len(x))
    g = np.zeros(len(y))
    for _ in range(STEPS):
        f = -EPSILON * logsumexp((g[None, :] - cost) / EPSILON + weight, axis=1)
        g = -EPSILON * logsumexp((f[:, None] - cost) / EPSILON + weight, axis=0)
    yield "transport_cost", [f.mean() + g.mean()]
    plan = np.exp((f[:, None] + g[None, :] - cost) / EPSILON)
    moved = plan @ y / plan.sum(axis=1, keepdims=True)
    yield "transport_colours", moved[:: len(x) // 4].reshape(-1)


def main():
    packages = f"numpy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    lines = [f"# tools/golden/examples.py: Python {platform.python_version()}, {packages}"]
    for part in (digits, regression, colours):
        for name, numbers in part():
            lines.append(" ".join([name] + [repr(float(number)) for number in numbers]))
    (DATA / "expected.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
