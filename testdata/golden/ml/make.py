#!/usr/bin/env python3
"""Writes models of one node of ai.onnx.ml, and what ONNX Runtime gives for them.

Made with onnx 1.19.1, ONNX Runtime 1.32.0 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/ml/make.py

Cases are as those of ../onnx. The optimiser is off, and one thread runs.
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
random = np.random.default_rng(5)
cases = []
NAN = float("nan")


def draw(*shape):
    return random.standard_normal(shape).astype(np.float32)


def encode(name, array):
    return base64.b64encode(numpy_helper.from_array(np.asarray(array), name).SerializeToString()).decode()


def texts(*values):
    return np.array(values, dtype=object)


def add(name, operator, *inputs, outputs=(T.FLOAT,), version=1, **attributes):
    """Runs a node on arrays. Outputs are of these types."""
    names = [f"x{i}" for i in range(len(inputs))]
    results = [f"y{i}" for i in range(len(outputs))]
    node = h.make_node(operator, names, results, domain="ai.onnx.ml")
    node.attribute.extend(h.make_attribute(k, v) for k, v in attributes.items())
    graph = h.make_graph(
        [node], "g",
        [h.make_tensor_value_info(n, T.STRING if x.dtype == object else h.np_dtype_to_tensor_dtype(x.dtype), x.shape)
         for n, x in zip(names, inputs)],
        [h.make_tensor_value_info(n, t, None) for n, t in zip(results, outputs)])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 18), h.make_opsetid("ai.onnx.ml", version)])
    model.ir_version = 10
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    feeds = dict(zip(names, inputs))
    cases.append({
        "name": name, "model": base64.b64encode(model.SerializeToString()).decode(), "files": {},
        "runs": [{"inputs": {k: encode(k, v) for k, v in feeds.items()},
                  "outputs": {k: encode(k, v) for k, v in zip(results, session.run(None, feeds))}}],
    })


def classifier(name, operator, x, label=T.INT64, **attributes):
    add(name, operator, x, outputs=(label, T.FLOAT), **attributes)


def columns():
    x = np.array([[-4, 2, 0], [0, 0, 0], [1.5, -2, 7], [3, 1e-3, -3e4]], np.float32)
    for dtype in ("float32", "float64", "int32", "int64"):
        for norm in ("L1", "L2"):
            add(f"Normalizer {norm} {dtype}", "Normalizer", x.astype(dtype), norm=norm)
        add(f"Normalizer MAX {dtype}", "Normalizer", np.abs(x.astype(dtype)), norm="MAX")
        add(f"Scaler {dtype}", "Scaler", (x * 3.3).astype(dtype), offset=[0.1, -2.5, 3.3], scale=[1.7, 0.3, -2.0])
    add("Scaler one", "Scaler", x, offset=[0.7], scale=[0.3])
    add("Scaler row", "Scaler", x[0], offset=[0.1, -2.5, 3.3], scale=[1.7, 0.3, -2.0])
    add("Normalizer row", "Normalizer", x[2], norm="L2")
    add("Binarizer", "Binarizer", x, threshold=1.5)
    add("Binarizer default", "Binarizer", x)
    holes = np.array([[NAN, 2, 0], [1, NAN, -0.0], [NAN, NAN, 5]], np.float32)
    add("Imputer NaN", "Imputer", holes, replaced_value_float=NAN, imputed_value_floats=[7.0, 8.0, 9.0])
    add("Imputer 0", "Imputer", holes, replaced_value_float=0.0, imputed_value_floats=[7.0])
    whole = np.array([[2**40 + 1, 3, -1], [-1, 3, 2]])
    add("Imputer int64", "Imputer", whole, outputs=(T.INT64,), replaced_value_int64=-1,
        imputed_value_int64s=[1, 2**50 + 1, 3])
    for dtype, output in (("float32", T.FLOAT), ("float64", T.DOUBLE), ("int32", T.INT32), ("int64", T.INT64)):
        at = np.array([2, 0, 2])
        add(f"ArrayFeatureExtractor {dtype}", "ArrayFeatureExtractor", x.astype(dtype), at, outputs=(output,))
    add("ArrayFeatureExtractor row", "ArrayFeatureExtractor", x[0], at)
    add("ArrayFeatureExtractor 3-D", "ArrayFeatureExtractor", draw(2, 3, 4), at[None])
    add("ArrayFeatureExtractor texts", "ArrayFeatureExtractor", texts(["a", "b", "c"], ["d", "e", "f"]), at,
        outputs=(T.STRING,))
    add("ArrayFeatureExtractor text row", "ArrayFeatureExtractor", texts("a", "b", "c"), at, outputs=(T.STRING,))
    add("FeatureVectorizer", "FeatureVectorizer", x, x[:, :2] * 2, inputdimensions=[2, 4])
    for dtype in ("float64", "int32", "int64"):
        add(f"FeatureVectorizer {dtype}", "FeatureVectorizer", x.astype(dtype), inputdimensions=[3])
    add("FeatureVectorizer row", "FeatureVectorizer", x[0], x[1], inputdimensions=[3, 3])


def labels():
    numbers = np.array([[2, 0, 7], [1, -1, 0]])
    words = texts(["b", "a"], ["", "ü"])
    add("LabelEncoder 1 texts", "LabelEncoder", words, outputs=(T.INT64,), classes_strings=["a", "b", "ü"],
        default_int64=-9)
    add("LabelEncoder 1 numbers", "LabelEncoder", numbers, outputs=(T.STRING,), classes_strings=["a", "b", "ü"])
    add("CategoryMapper texts", "CategoryMapper", words, outputs=(T.INT64,), cats_strings=["a", "ü"],
        cats_int64s=[2**40 + 1, -3])
    add("CategoryMapper numbers", "CategoryMapper", numbers, outputs=(T.STRING,), cats_strings=["a", "ü"],
        cats_int64s=[2, -1], default_string="?")
    floats = np.array([[1.5, -0.0], [np.inf, 3]], np.float32)
    inputs = {"strings": (words, ["b", "ü"]), "int64s": (numbers, [7, -1]), "floats": (floats, [0.0, np.inf])}
    values = {"strings": (T.STRING, ["one", "two"]), "int64s": (T.INT64, [2**40 + 1, 5]), "floats": (T.FLOAT, [0.1, -2.5])}
    for version in (2, 3, 4):
        for k, (x, keys) in inputs.items():
            for v, (output, there) in values.items():
                if k == v and version < 4:
                    continue
                add(f"LabelEncoder {version} {k} to {v}", "LabelEncoder", x, outputs=(output,), version=version,
                    **{f"keys_{k}": keys, f"values_{v}": there})
    add("LabelEncoder 4 default", "LabelEncoder", numbers, outputs=(T.FLOAT,), version=4, keys_int64s=[7],
        values_floats=[1.0], default_float=3.5)
    holes = np.array([NAN, 1, -0.0], np.float32)
    add("LabelEncoder 4 NaN", "LabelEncoder", holes, outputs=(T.INT64,), version=4, keys_floats=[1.0, NAN],
        values_int64s=[3, 4])
    tensors = {"float64": [0.1, -2.5], "int16": [3, 4], "int64": [3, 4], "float32": [0.1, NAN]}
    for dtype, there in tensors.items():
        x = np.array([*there, 9], dtype)
        element = h.np_dtype_to_tensor_dtype(x.dtype)
        if dtype != "float32":
            try:
                add(f"LabelEncoder 4 tensors {dtype}", "LabelEncoder", x, outputs=(element,), version=4,
                    keys_tensor=h.make_tensor("k", element, [2], there),
                    values_tensor=h.make_tensor("v", element, [2], there[::-1]),
                    default_tensor=h.make_tensor("d", element, [1], [7]))
            except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented as e:
                print(dtype, e)
    for dtype in ("float32", "float64", "int64"):
        add(f"OneHotEncoder {dtype}", "OneHotEncoder", (numbers * 1.4).astype(dtype), cats_int64s=[9, -1, 2])
    add("OneHotEncoder texts", "OneHotEncoder", words, cats_strings=["ü", "a"])
    add("OneHotEncoder row", "OneHotEncoder", numbers[0], cats_int64s=[0, 2, 7], zeros=0)


TRANSFORMS = ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT")


def linear():
    x = draw(7, 5)
    x[0] = 0
    for t in TRANSFORMS:
        scale = 0.02 if t == "PROBIT" else 1
        shift = 0.5 if t == "PROBIT" else 0
        w, b = draw(3, 5) * scale, draw(3) * scale + shift
        b[1] = 0
        classifier(f"LinearClassifier {t}", "LinearClassifier", x, coefficients=w.ravel(), intercepts=b,
                   classlabels_ints=[4, 2**40 + 1, -1], post_transform=t)
        if t != "PROBIT":
            classifier(f"LinearClassifier texts {t}", "LinearClassifier", x, T.STRING, coefficients=w[0],
                       intercepts=b[:1], classlabels_strings=["no", "yes"], post_transform=t)
            classifier(f"LinearClassifier two {t}", "LinearClassifier", x, coefficients=w[0], intercepts=b[:1],
                       classlabels_ints=[3, 8], post_transform=t)
        classifier(f"LinearClassifier both {t}", "LinearClassifier", x, coefficients=w[:2].ravel(), intercepts=b[:2],
                   classlabels_ints=[3, 8], post_transform=t)
        classifier(f"LinearClassifier bare {t}", "LinearClassifier", x, coefficients=w[0], intercepts=b[:1],
                   post_transform=t)
        add(f"LinearRegressor {t}", "LinearRegressor", x, coefficients=w[0], intercepts=b[:1], post_transform=t)
        add(f"LinearRegressor targets {t}", "LinearRegressor", x, coefficients=w.ravel(), intercepts=b, targets=3,
            post_transform=t)
    add("LinearRegressor without intercepts", "LinearRegressor", x, coefficients=w.ravel(), targets=3)
    for dtype in ("float64", "int32", "int64"):
        classifier(f"LinearClassifier {dtype}", "LinearClassifier", (x * 3).astype(dtype), T.STRING,
                   coefficients=w.ravel(), intercepts=b, classlabels_strings=["a", "b", "c"])
    classifier("LinearClassifier row", "LinearClassifier", x[1], coefficients=w.ravel(), intercepts=b,
               classlabels_ints=[1, 2, 3])


def machines():
    x = draw(7, 4)
    for kernel, params in (("LINEAR", [0.3, 0.2, 3]), ("POLY", [0.3, 0.2, 3]), ("POLY", [0.3, 0, 2]),
                           ("POLY", [0.1, 1, 4]), ("RBF", [0.3, 0.2, 3]), ("SIGMOID", [0.3, 0.2, 3])):
        name = f"{kernel} {params[2]}" if kernel == "POLY" else kernel
        common = {"kernel_type": kernel, "kernel_params": [float(p) for p in params]}
        for classes in (2, 3, 4):
            counts = [3, 2, 4, 1][:classes]
            n, pairs = sum(counts), classes * (classes - 1) // 2
            machine = dict(common, vectors_per_class=counts, support_vectors=draw(n * 4),
                           coefficients=draw((classes - 1) * n), rho=draw(pairs))
            classifier(f"SVMClassifier {name} {classes}", "SVMClassifier", x, classlabels_ints=[4, 3, 2, 1][:classes],
                       **machine)
            machine |= {"prob_a": draw(pairs) - 1, "prob_b": draw(pairs)}
            classifier(f"SVMClassifier {name} {classes} probabilities", "SVMClassifier", x, T.STRING,
                       classlabels_strings=["d", "c", "b", "a"][:classes], **machine)
        add(f"SVMRegressor {name}", "SVMRegressor", x, **common, n_supports=6, support_vectors=draw(24),
            coefficients=draw(6), rho=draw(1))
    add("SVMRegressor one class", "SVMRegressor", x, kernel_type="RBF", kernel_params=[0.3, 0.0, 3.0], n_supports=6,
        support_vectors=draw(24), coefficients=draw(6), rho=draw(1), one_class=1)
    linear = {"kernel_params": [0.0, 0.0, 0.0]}
    add("SVMRegressor linear", "SVMRegressor", x, **linear, coefficients=draw(4), rho=draw(1))
    for t in TRANSFORMS:
        scale, shift = (0.02, 0.5) if t == "PROBIT" else (1, 0)
        for classes in (2, 3):
            pairs = classes * (classes - 1) // 2
            classifier(f"SVMClassifier linear {classes} {t}", "SVMClassifier", x, classlabels_ints=[7, 3, 5][:classes],
                       **linear, coefficients=draw(classes * 4) * scale, rho=draw(1) * scale + shift, post_transform=t)
            if t == "PROBIT":
                continue
            machine = dict(kernel_type="RBF", kernel_params=[0.3, 0.0, 3.0], classlabels_ints=[7, 3, 5][:classes],
                           vectors_per_class=[2, 2, 3][:classes], rho=draw(pairs), post_transform=t)
            n = sum(machine["vectors_per_class"])
            machine |= {"support_vectors": draw(n * 4), "coefficients": draw((classes - 1) * n)}
            classifier(f"SVMClassifier {classes} {t}", "SVMClassifier", x, **machine)
    classifier("SVMClassifier linear positive", "SVMClassifier", x, classlabels_ints=[7, 3],
               **linear, coefficients=np.abs(draw(8)), rho=[0.2])
    for dtype in ("float64", "int32", "int64"):
        classifier(f"SVMClassifier {dtype}", "SVMClassifier", (x * 3).astype(dtype), kernel_type="RBF",
                   kernel_params=[0.1, 0.0, 3.0], classlabels_ints=[7, 3], vectors_per_class=[2, 2], rho=[0.1],
                   support_vectors=draw(16), coefficients=draw(4))


columns()
labels()
linear()
machines()
with open(HERE / "models.json", "w") as f:
    f.write(json.dumps({"script": SCRIPT, "versions": {
        "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__},
        "cases": cases}, indent=1) + "\n")
print(len(cases))
