#!/usr/bin/env python3
"""Writes what NumPy gives for matrix products of awkward shapes.

Made with numpy==2.4.6 from PyPI:

    python3 testdata/golden/tensor/make.py

The elements of A and B are small whole numbers by the formula in `matrix`, so that every product is exact in float32 whatever the order of
its sums. They are written as the list of C's rows; the factors are made anew by whoever reads them.
"""

import hashlib
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
SHAPES = [(1, 1, 1), (1, 7, 3), (7, 1, 3), (5, 1, 129), (1, 1, 65), (13, 17, 1), (2, 3, 0), (31, 33, 29), (15, 49, 257), (3, 97, 5), (97, 3, 130),
          (1, 131, 66), (14, 32, 16), (15, 33, 17), (29, 31, 300)]


def matrix(rows, columns, seed):
    i, j = np.indices((rows, columns))
    return ((i * 31 + j * 17 + (i * j) % 7 + seed) % 23 - 11).astype(float)


cases = [{"m": m, "n": n, "k": k, "c": (matrix(m, k, 1) @ matrix(k, n, 2)).astype(int).ravel().tolist()} for m, n, k in SHAPES]
head = json.dumps({"script": SCRIPT, "versions": {"numpy": np.__version__}})[:-1]
(HERE / "products.json").write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")
