#!/usr/bin/env python3
"""Writes values of elementary functions to some 100 bits, each as the sum of two float64.

Made with mpmath 1.3.0 as pip installs it:

    python3 testdata/golden/portable/make.py

Arguments are drawn over many powers of two, and near where functions change.
"""

import hashlib
import json
import pathlib
import random

import mpmath
from mpmath import mp

mp.prec = 1400  # a sine of 2**1000 needs that many bits of pi
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()

def sized(r, low, high):
    """A number of either sign between 2**low and 2**high."""
    return r.choice((-1, 1)) * r.uniform(1, 2) * 2.0 ** r.randint(low, high - 1)

def near(r, *centres):
    return r.choice(centres) + r.choice((-1, 1)) * 2.0 ** -r.uniform(1, 45)

ANY = lambda r: sized(r, -60, 6)
ANGLE = lambda r: r.choice((sized(r, -30, 5), sized(r, -5, 1000), float(r.randint(1, 1000) * mpmath.pi / 2)))
UNIT = lambda r: r.choice((sized(r, -60, 0), near(r, 0.5, -0.5), 1 - 2.0 ** -r.uniform(1, 53), 2.0 ** -r.uniform(1, 53) - 1))

FUNCTIONS = {
    "expm1": (mpmath.expm1, lambda r: r.choice((ANY(r), r.uniform(-40, 709)))),
    "log1p": (mpmath.log1p, lambda r: r.choice((2.0 ** r.uniform(-60, 1000), sized(r, -60, -1), 2.0 ** -r.uniform(1, 50) - 1))),
    "sinh": (mpmath.sinh, lambda r: r.choice((ANY(r), r.uniform(-710, 710)))),
    "cosh": (mpmath.cosh, lambda r: r.choice((ANY(r), r.uniform(-710, 710)))),
    "asinh": (mpmath.asinh, lambda r: sized(r, -60, 1000)),
    "acosh": (mpmath.acosh, lambda r: 1 + 2.0 ** r.uniform(-50, 900)),
    "atanh": (mpmath.atanh, UNIT),
    "sin": (mpmath.sin, ANGLE),
    "cos": (mpmath.cos, ANGLE),
    "tan": (mpmath.tan, ANGLE),
    "asin": (mpmath.asin, UNIT),
    "acos": (mpmath.acos, UNIT),
    "atan": (mpmath.atan, lambda r: r.choice((sized(r, -60, 100), near(r, 1, -1)))),
}

def case(function, value, *arguments):
    head = float(value)
    return {"function": function, "x": list(arguments), "head": head, "rest": float(value - mpmath.mpf(head))}

def cases(seed):
    r = random.Random(seed)
    for name, (f, draw) in FUNCTIONS.items():
        for _ in range(60):
            x = draw(r)
            yield case(name, f(mpmath.mpf(x)), x)
    for _ in range(200):
        x = r.choice((2.0 ** r.uniform(-1000, 1000), 2.0 ** r.uniform(-2, 2), 1 + 2.0 ** -r.uniform(1, 52)))
        y = r.choice((-1, 1)) * min(2.0 ** r.uniform(-20, 60), 1000 / abs(mpmath.log(x, 2)))
        y = float(y) if r.random() < 0.7 else float(int(y))
        yield case("pow", mpmath.mpf(x) ** mpmath.mpf(y), x, y)

head = json.dumps({"script": SCRIPT, "versions": {"mpmath": mpmath.__version__}})[:-1]
(HERE / "functions.json").write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in cases(1)) + "\n]}\n")
