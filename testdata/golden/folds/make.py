#!/usr/bin/env python3
"""Writes folds.json: how scikit-learn divides rows for cross-validation. Made with scikit-learn 1.9.1; run it in any folder.

A case holds the splitter, its arguments, the number of rows, the labels or groups, and of each fold the training and the test rows.
"""
import hashlib
import json
import pathlib

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
SHUFFLES = [{}, {"shuffle": True, "random_state": 0}, {"shuffle": True, "random_state": 77}]


def case(splitter, args, n, labels=None):
    x, extra = np.zeros((n, 1)), {}
    if splitter is StratifiedKFold:
        extra = {"y": labels}
    if splitter is GroupKFold:
        extra = {"groups": labels}
    folds = splitter(**args).split(x, **extra)
    return {"splitter": splitter.__name__, "args": args, "rows": n, "labels": None if labels is None else [int(v) for v in labels],
            "folds": [[a.tolist(), b.tolist()] for a, b in folds]}


def cases():
    rng = np.random.RandomState(12)
    for n, k in [(2, 2), (10, 5), (23, 4), (60, 7)]:
        for more in SHUFFLES:
            yield case(KFold, {"n_splits": k, **more}, n)
    uneven = rng.choice(4, 50, p=[0.5, 0.3, 0.15, 0.05]) * 3 - 2
    for labels, k in [([1, 0, 1, 0, 2, 2], 2), (uneven, 5), (uneven, 3), (rng.randint(0, 2, 31), 10), ([5] * 9, 4), (np.sort(uneven), 6)]:
        for more in SHUFFLES:
            yield case(StratifiedKFold, {"n_splits": k, **more}, len(labels), labels)
    for labels, k in [([3, 3, 1, 1, 2, 2], 3), (rng.randint(-5, 9, 80), 4), (rng.geometric(0.3, 60), 3), (np.arange(40) % 20, 6)]:
        for more in SHUFFLES:
            yield case(GroupKFold, {"n_splits": k, **more}, len(labels), labels)
    for n, args in [(6, {"n_splits": 2}), (12, {"n_splits": 5}), (50, {"n_splits": 4, "gap": 3}), (40, {"n_splits": 3, "test_size": 2}),
                    (40, {"n_splits": 6, "max_train_size": 5, "gap": 2, "test_size": 4})]:
        yield case(TimeSeriesSplit, args, n)


if __name__ == "__main__":
    versions = {"numpy": np.__version__, "sklearn": sklearn.__version__}
    text = json.dumps({"script": SCRIPT, "versions": versions, "cases": list(cases())}, separators=(",", ":"))
    (HERE / "folds.json").write_text(text.replace('{"splitter"', '\n{"splitter"') + "\n", encoding="ascii")
