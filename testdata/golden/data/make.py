#!/usr/bin/env python3
"""Writes the golden files of package nn/data: what NumPy and scikit-learn give for the recorded arguments.

Run it with numpy==2.4.6 and scikit-learn==1.9.1 from PyPI, Python 3.11, on a
processor with AVX2 and FMA: it tells the libraries to work as on one that has no AVX-512, whose products the Go code repeats. One
BLAS thread, because OpenBLAS lets the number of threads show in the last bit of the rows where two threads meet.

Arrays are written as lists of numbers that read back exactly, large ones as the SHA-256 of their little-endian bytes in
row-major order, with the first rows.
"""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OPENBLAS_CORETYPE"] = "Haswell"
os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"

import hashlib
import json
import math
import pathlib

import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_digits, make_classification, make_regression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
VERSIONS = {"numpy": np.__version__, "sklearn": sklearn.__version__}
WHOLE = 600  # arrays of up to so many elements are written whole


def sha256(a):
    a = np.ascontiguousarray(a)
    return hashlib.sha256(a.astype(a.dtype.newbyteorder("<")).tobytes()).hexdigest()


def array(a):
    """An array as shape, checksum, and all elements or the first rows."""
    a = np.asarray(a)
    if a.dtype.kind in "iu":
        a = a.astype(np.int64)
    rows = a if a.size <= WHOLE else a[: max(1, 60 // (a.size // len(a)))]
    return {"shape": list(a.shape), "sha256": sha256(a), "head": rows.ravel().tolist()}


def write(name, cases):
    text = json.dumps({"script": SCRIPT, "versions": VERSIONS, "cases": cases}, separators=(",", ":"))
    (HERE / name).write_text(text.replace('{"args"', '\n{"args"') + "\n", encoding="ascii")


def log_cases():
    rng = np.random.RandomState(5)
    x = np.concatenate([rng.random_sample(200), 1 - rng.random_sample(60) / 16, 2.0 ** (-60 * rng.random_sample(40)), [1 - 2.0**-53, 0.9375]])
    return [{"args": {}, "x": x.tolist(), "log": [math.log(v) for v in x]}]


def random_cases():
    cases = []
    for seed in (0, 1, 42, 2**32 - 1):
        rng = np.random.RandomState(seed)
        case = {"args": {"seed": seed}}
        case["random_sample"] = rng.random_sample(5).tolist()
        case["uniform"] = rng.uniform(-3, 7.5, 5).tolist()
        case["standard_normal"] = rng.standard_normal(7).tolist()
        case["normal"] = rng.normal(2.5, 30, 4).tolist()
        case["randint"] = [int(rng.randint(n)) for n in (1, 2, 3, 10, 1000, 2**31, 2**32, 2**32 + 1, 2**50)]
        case["permutation"] = rng.permutation(20).tolist()
        shuffled = np.arange(13) * 3
        rng.shuffle(shuffled)
        case["shuffle"] = shuffled.tolist()
        case["choice"] = rng.choice(np.arange(9) + 100, size=4, replace=False).tolist()
        case["many"] = array(rng.standard_normal(200001))
        case["end"] = rng.random_sample()
        cases.append(case)
    return cases


def regression_cases():
    cases = []
    for args in (
        dict(n_samples=40, n_features=6, random_state=0),
        dict(n_samples=100, n_features=100, random_state=3),
        dict(n_samples=10000, n_features=10, noise=30.0, random_state=1),
        dict(n_samples=10000, n_features=10, noise=30.0, random_state=42),
        dict(n_samples=43, n_features=7, n_informative=3, noise=1.5, bias=-20.0, random_state=7),
        dict(n_samples=21, n_features=5, n_informative=4, n_targets=3, noise=0.5, random_state=8),
        dict(n_samples=30, n_features=4, shuffle=False, noise=2.0, random_state=9),
        dict(n_samples=11, n_features=5, random_state=14),
        dict(n_samples=12, n_features=1, noise=2.0, random_state=10),
        dict(n_samples=1, n_features=3, random_state=11),
        dict(n_samples=5, n_features=2500, n_informative=2400, random_state=12),
        dict(n_samples=5, n_features=900, n_informative=890, n_targets=5, random_state=13),
    ):
        x, y, coef = make_regression(coef=True, **args)
        cases.append({"args": args, "x": array(x), "y": array(np.reshape(y, (len(x), -1))), "coef": array(np.reshape(coef, (x.shape[1], -1)))})
    return cases


def classification_cases():
    cases = []
    for args in (
        dict(random_state=0),
        dict(n_samples=10000, n_features=10, n_informative=5, n_classes=3, random_state=1),
        dict(n_samples=10000, n_features=10, n_informative=6, n_redundant=2, n_classes=3, class_sep=0.8, flip_y=0.05, random_state=42),
        dict(n_samples=10000, n_features=10, n_informative=10, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=2),
        dict(n_samples=61, n_features=9, n_informative=3, n_redundant=2, n_repeated=2, n_classes=3, random_state=3),
        dict(n_samples=60, n_features=5, n_informative=2, n_redundant=1, n_classes=4, n_clusters_per_class=1, random_state=4),
        dict(n_samples=50, n_features=6, weights=[0.7, 0.2], n_classes=3, n_informative=4, flip_y=0.0, random_state=5),
        dict(n_samples=50, n_features=6, weights=[0.7, 0.5], n_informative=3, random_state=6),
        dict(n_samples=45, n_features=7, n_informative=4, hypercube=False, shift=None, scale=None, random_state=7),
        dict(n_samples=45, n_features=7, n_informative=4, shift=1.5, scale=0.1, shuffle=False, flip_y=0.0, random_state=8),
        dict(n_samples=70, n_features=15, n_informative=12, random_state=9),
        dict(n_samples=40, n_features=36, n_informative=33, random_state=10),
        dict(n_samples=9, n_features=320, n_informative=300, n_redundant=12, n_clusters_per_class=1, random_state=11),
        dict(n_samples=20, n_features=3, n_informative=1, n_redundant=2, n_clusters_per_class=1, random_state=12),
        dict(n_samples=5, n_features=4, n_informative=2, random_state=13),
        dict(n_samples=60, n_features=7, n_informative=7, n_redundant=0, n_classes=15, n_clusters_per_class=2, random_state=14),
        dict(n_samples=300, n_features=7, n_informative=7, n_redundant=0, n_classes=127, n_clusters_per_class=1, random_state=15),
        dict(n_samples=50, n_features=4, weights=[0.9, 0.9], shift=[1.0, 2.0, -3.0, 0.5], scale=[2.0, 0.3, 1.0, -1.0], random_state=16),
    ):
        x, y = make_classification(**args)
        cases.append({"args": args, "x": array(x), "y": array(y.reshape(-1, 1))})
    return cases


def split_cases():
    cases = []
    uneven = np.random.RandomState(20).randint(4, size=101) ** 2 // 2
    few = np.array([0, 1, 0, 1, 2, 2, 0, 1, 0, 2, 2, 1])
    for args, n, labels in (
        (dict(random_state=0), 10, None),
        (dict(test_size=0.2, random_state=1), 10000, None),
        (dict(test_size=0.33, random_state=42), 23, None),
        (dict(test_size=7, random_state=2), 23, None),
        (dict(train_size=0.6, random_state=3), 23, None),
        (dict(train_size=5, test_size=4, random_state=4), 23, None),
        (dict(train_size=0.5, test_size=0.25, random_state=5), 30, None),
        (dict(test_size=0.3, shuffle=False), 11, None),
        (dict(test_size=0.2, random_state=6), len(uneven), uneven),
        (dict(test_size=25, train_size=50, random_state=7), len(uneven), uneven),
        (dict(test_size=0.25, random_state=8), len(few), few),
        (dict(test_size=0.5, random_state=9), len(few), few),
    ):
        train, test = train_test_split(np.arange(n), stratify=labels, **args)
        case = {"args": args, "n": n, "train": array(train), "test": array(test)}
        if labels is not None:
            case["labels"] = array(labels)
        cases.append(case)
    return cases


def scaler_cases():
    x = np.random.RandomState(30).normal(5.0, 3.0, (40, 5)) * [1, 1e-6, 1e6, 0, 1] + [0, 0, 0, 7, -1e5]
    s = StandardScaler().fit(x)
    return [{"args": {}, "x": array(x), "mean": s.mean_.tolist(), "scale": s.scale_.tolist(), "scaled": array(s.transform(x))}]


def dataset_cases():
    digits, diabetes = load_digits(), load_diabetes(scaled=False)
    return [
        {"args": {"name": "digits"}, "x": array(digits.data), "y": array(digits.target.astype(float).reshape(-1, 1))},
        {"args": {"name": "diabetes"}, "x": array(diabetes.data), "y": array(diabetes.target.reshape(-1, 1))},
    ]


if __name__ == "__main__":
    write("log.json", log_cases())
    write("random_state.json", random_cases())
    write("regression.json", regression_cases())
    write("classification.json", classification_cases())
    write("split.json", split_cases())
    write("scaler.json", scaler_cases())
    write("datasets.json", dataset_cases())
