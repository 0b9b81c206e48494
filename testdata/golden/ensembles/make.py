#!/usr/bin/env python3
"""Writes models.json: models of one node of trees, and what ONNX Runtime gives for them, in the form of ../onnx.

Made with onnx 1.19.1, ONNX Runtime 1.32.0 and NumPy 2.4.6; run it in any folder. The optimiser is off, and one thread runs.
"""
import base64
import hashlib
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
random = np.random.default_rng(11)
cases = []
FEATURES = 5
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]


def encode(name, array):
    return base64.b64encode(numpy_helper.from_array(np.asarray(array), name).SerializeToString()).decode()


def rows(n, dtype):
    x = random.normal(size=(n, FEATURES))
    x = np.where(random.random(x.shape) < 0.3, np.round(x * 2) / 2, x)
    if np.dtype(dtype).kind == "i":
        return np.round(x * 2).astype(dtype)
    return np.where(random.random(x.shape) < 0.15, np.nan, x).astype(dtype)


def add(name, operator, x, outputs, version, **attributes):
    node = h.make_node(operator, ["x"], [f"y{i}" for i in range(len(outputs))], domain="ai.onnx.ml")
    node.attribute.extend(h.make_attribute(k, v) for k, v in attributes.items() if not isinstance(v, list) or v)
    graph = h.make_graph([node], "g", [h.make_tensor_value_info("x", h.np_dtype_to_tensor_dtype(x.dtype), x.shape)],
                         [h.make_tensor_value_info(f"y{i}", t, None) for i, t in enumerate(outputs)])
    model = h.make_model(graph, ir_version=10, opset_imports=[h.make_opsetid("", 18), h.make_opsetid("ai.onnx.ml", version)])
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    results = session.run(None, {"x": x})
    cases.append({"name": name, "model": base64.b64encode(model.SerializeToString()).decode(), "files": {},
                  "runs": [{"inputs": {"x": encode("x", x)}, "outputs": {f"y{i}": encode(f"y{i}", r) for i, r in enumerate(results)}}]})


def forest(prefix, trees, splits, targets, modes=MODES[:1], per_leaf=1, positive=False, wide=False, missing=False):
    """Attributes of random trees. targets are those that leaves may be for."""
    a = {"nodes_" + k: [] for k in "treeids nodeids featureids modes truenodeids falsenodeids missing_value_tracks_true".split()}
    a |= {f"{prefix}_{k}": [] for k in ("treeids", "nodeids", "ids")}
    values, weights = [], []
    number = (lambda v: float(v)) if wide else (lambda v: float(np.float32(v)))
    for t in range(trees):
        queue, nodes = [(0, splits)], 1
        while queue:
            at, left = queue.pop(0)
            a["nodes_treeids"].append(t)
            a["nodes_nodeids"].append(at)
            a["nodes_missing_value_tracks_true"].append(int(missing and random.random() < 0.5))
            if left == 0:
                for k, v in (("featureids", 0), ("modes", "LEAF"), ("truenodeids", 0), ("falsenodeids", 0)):
                    a["nodes_" + k].append(v)
                values.append(0.0)
                for target in random.choice(targets, per_leaf, replace=False):
                    w = number(random.normal() / trees)
                    for k, v in (("treeids", t), ("nodeids", at), ("ids", int(target))):
                        a[f"{prefix}_{k}"].append(v)
                    weights.append(abs(w) if positive else w)
                continue
            less = int(random.integers(left))
            for k, v in (("featureids", int(random.integers(FEATURES))), ("modes", str(random.choice(modes))),
                         ("truenodeids", nodes), ("falsenodeids", nodes + 1)):
                a["nodes_" + k].append(v)
            values.append(number(np.round(random.normal() * 2) / 2 if random.random() < 0.5 else random.normal()))
            queue += [(nodes, less), (nodes + 1, left - 1 - less)]
            nodes += 2
    if wide:
        a["nodes_values_as_tensor"] = numpy_helper.from_array(np.array(values), "v")
        a[prefix + "_weights_as_tensor"] = numpy_helper.from_array(np.array(weights), "w")
    else:
        a["nodes_values"], a[prefix + "_weights"] = values, weights
    return a


def regressors():
    for aggregate in ("SUM", "AVERAGE", "MIN", "MAX"):
        for targets, per_leaf in ((1, 1), (3, 1), (3, 2)):
            a = forest("target", 30, 12, range(targets), MODES, per_leaf, missing=True)
            add(f"TreeEnsembleRegressor {aggregate} {targets} {per_leaf}", "TreeEnsembleRegressor", rows(11, "float32"), [T.FLOAT], 1,
                aggregate_function=aggregate, n_targets=targets, base_values=[0.5, -0.25, 1.0][:targets], **a)
    for post in ("LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"):
        for targets in (1, 3):
            a = forest("target", 7, 5, range(targets), positive=post == "PROBIT")
            add(f"TreeEnsembleRegressor {post} {targets}", "TreeEnsembleRegressor", rows(9, "float32"), [T.FLOAT], 1, n_targets=targets,
                post_transform=post, **a)
    for dtype in ("float32", "float64"):
        a = forest("target", 20, 10, [0], wide=dtype == "float64", missing=True)
        add(f"TreeEnsembleRegressor {dtype}", "TreeEnsembleRegressor", rows(9, dtype), [T.FLOAT], 3, n_targets=1, **a)
    add("TreeEnsembleRegressor leaf", "TreeEnsembleRegressor", rows(3, "float32"), [T.FLOAT], 1, n_targets=1, **forest("target", 1, 0, [0]))
    add("TreeEnsembleRegressor many", "TreeEnsembleRegressor", rows(40, "float32"), [T.FLOAT], 1, n_targets=1, **forest("target", 80, 31, [0]))


def classifiers():
    for post in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"):
        for ids, classes, positive, base in (([0], 2, False, []), ([0], 2, True, []), ([0], 2, False, [0.25]), ([0], 2, True, [0.125]),
                                             ([1], 2, False, []), ([1], 2, True, []), ([0, 1, 2], 3, False, []), ([0, 1, 2], 3, True, []),
                                             ([0, 1, 2], 3, False, [0.1, -0.2, 0.3]), ([1, 2], 3, False, [])):
            a = forest("class", 8, 6, ids, per_leaf=len(ids), positive=positive)
            add(f"TreeEnsembleClassifier {post} {ids} of {classes} {positive} {base}", "TreeEnsembleClassifier", rows(9, "float32"),
                [T.INT64, T.FLOAT], 1, classlabels_int64s=[7, 9, -3][:classes], base_values=base, post_transform=post, **a)
    a = forest("class", 8, 6, [0, 1, 2], per_leaf=1)
    add("TreeEnsembleClassifier texts", "TreeEnsembleClassifier", rows(9, "float32"), [T.STRING, T.FLOAT], 1,
        classlabels_strings=["a", "b", "ü"], **a)
    for dtype in ("float64", "int32", "int64"):
        a = forest("class", 20, 10, [0], wide=dtype == "float64", missing=True)
        add(f"TreeEnsembleClassifier {dtype}", "TreeEnsembleClassifier", rows(9, dtype), [T.INT64, T.FLOAT], 3, classlabels_int64s=[0, 1],
            post_transform="LOGISTIC", **a)


def ensembles():
    for dtype in ("float32", "float64"):
        for aggregate in range(4):
            for post in (0, 3):  # it takes 1 for LOGISTIC and 2 for SOFTMAX, the standard the other way around
                targets = 1 + aggregate % 2 * 2
                splits, weights, modes, a = [], [], [], {k: [] for k in "nodes_featureids nodes_truenodeids nodes_falsenodeids nodes_trueleafs "
                                              "nodes_falseleafs nodes_missing_value_tracks_true leaf_targetids tree_roots".split()}
                for _ in range(6):
                    first = len(splits)
                    a["tree_roots"].append(first)
                    for i in range(7):  # nodes of a whole tree of three levels
                        modes.append(int(random.integers(6)))
                        splits.append(np.round(random.normal() * 2) / 2)
                        a["nodes_featureids"].append(int(random.integers(FEATURES)))
                        a["nodes_missing_value_tracks_true"].append(int(random.random() < 0.5))
                        for side, child in (("true", 2 * i + 1), ("false", 2 * i + 2)):
                            leaf = child >= 7
                            a[f"nodes_{side}leafs"].append(int(leaf))
                            a[f"nodes_{side}nodeids"].append(len(weights) if leaf else first + child)
                            if leaf:
                                a["leaf_targetids"].append(int(random.integers(targets)))
                                weights.append(random.normal())
                tensor = lambda v, t=dtype: numpy_helper.from_array(np.array(v, t))
                add(f"TreeEnsemble {dtype} {aggregate} {post}", "TreeEnsemble", rows(9, dtype), [T.FLOAT if dtype == "float32" else T.DOUBLE], 5,
                    n_targets=targets, aggregate_function=aggregate, post_transform=post, nodes_splits=tensor(splits), leaf_weights=tensor(weights),
                    nodes_modes=tensor(modes, "uint8"), **a)
    # In larger trees with several sets ONNX Runtime sends rows to other leaves than the standard.
    sets = [[1, 2], [-1, 0, 3], [2, 5, 33], [0.0]]
    members = [float(v) for s in sets for v in s + [np.nan]]
    for missing in (0, 1):
        x = np.array([[v] * FEATURES for v in (-1, 0, 1, 1.5, 2, 3, 5, 33, np.nan)], np.float32)
        add(f"TreeEnsemble sets {missing}", "TreeEnsemble", x, [T.FLOAT], 5, n_targets=1, nodes_featureids=[0, 1, 1, 2],
            nodes_truenodeids=[0, 1, 2, 3], nodes_trueleafs=[1] * 4, nodes_falsenodeids=[1, 2, 3, 4], nodes_falseleafs=[0, 0, 0, 1],
            nodes_missing_value_tracks_true=[missing] * 4, leaf_targetids=[0] * 5, tree_roots=[0], aggregate_function=1, post_transform=0,
            nodes_splits=numpy_helper.from_array(np.zeros(4, np.float32)), nodes_modes=numpy_helper.from_array(np.full(4, 6, np.uint8)),
            leaf_weights=numpy_helper.from_array(np.arange(5, dtype=np.float32) + 0.5),
            membership_values=numpy_helper.from_array(np.array(members, np.float32)))


if __name__ == "__main__":
    regressors()
    classifiers()
    ensembles()
    versions = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__}
    text = json.dumps({"script": SCRIPT, "versions": versions, "cases": cases}, separators=(",", ":"))
    (HERE / "models.json").write_text(text.replace('{"name"', '\n{"name"') + "\n", encoding="ascii")
