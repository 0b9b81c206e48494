#!/usr/bin/env python3
"""Writes what ONNX Runtime's calibration and its quantisation of weights give.

Made with ONNX Runtime 1.32.0, onnx 1.19.1 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/quantize/make.py

A case has batches of activations x (batch, 3) and weights w (3, 4): the scale and the zero point of x for a
method of calibration, and the codes and scales of w, int8 around 0 for each column; and the codes of the first
batch as QuantizeLinear of ONNX Runtime has them.
"""

import contextlib
import hashlib
import io
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnxruntime.quantization.calibrate import HistogramCollector
from onnxruntime.quantization.quant_utils import QuantType, compute_scale_zp, quantize_data

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
random = np.random.default_rng(7)
f32 = np.float32


def codes_of(x, scale, zero):
    kind = T.INT8 if zero.dtype == np.int8 else T.UINT8
    node = h.make_node("QuantizeLinear", ["x", "s", "z"], ["y"])
    graph = h.make_graph([node], "g", [h.make_tensor_value_info("x", T.FLOAT, x.shape)],
                         [h.make_tensor_value_info("y", kind, x.shape)],
                         [h.make_tensor("s", T.FLOAT, [], [scale]), h.make_tensor("z", kind, [], [int(zero)])])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def case(name, batches, percentile=None, symmetric=False):
    batches = [np.asarray(b, f32) for b in batches]
    w = (random.standard_normal((3, 4)) * [1, 0.1, 3, 0]).astype(f32)
    lowest, highest = min(b.min() for b in batches), max(b.max() for b in batches)
    if percentile:
        collector = HistogramCollector("percentile", False, 2048, 128, percentile, None)
        with contextlib.redirect_stdout(io.StringIO()):
            for b in batches:
                collector.collect({"x": b})
            lowest, highest = collector.compute_collection_result()["x"][:2]
    kind, low, high = (np.int8, -127, 127) if symmetric else (np.uint8, 0, 255)
    zero, scale = compute_scale_zp(f32(lowest), f32(highest), np.array(low, kind), np.array(high, kind), symmetric)
    columns = []
    for column in w.T:
        _, scale_w, codes = quantize_data(column, QuantType.QInt8.tensor_type, True)
        columns.append({"scale": float(scale_w), "codes": [int(c) for c in codes]})
    return {"name": name, "batches": [b.ravel().tolist() for b in batches], "percentile": percentile or 0,
            "symmetric": symmetric, "scale": float(scale), "zero": int(zero), "weights": w.ravel().tolist(),
            "columns": columns, "codes": codes_of(batches[0], f32(scale), zero).ravel().astype(int).tolist()}


def normal(n, scale=1, shift=0):
    return random.standard_normal((n, 3)) * scale + shift


halves = np.arange(-12, 12).reshape(-1, 3) / 2
cases = [
    case("normal", [normal(40)]),
    case("positive", [np.abs(normal(40))]),
    case("negative", [-np.abs(normal(40))]),
    case("zeros", [np.zeros((2, 3))]),
    case("halves", [halves, [[-127.5, 0, 127.5]]]),
    case("symmetric", [normal(30, 2, 1)], symmetric=True),
    case("percentile", [normal(300)], 99),
    case("percentile, growing", [normal(100), normal(100, 3), normal(100, 2)], 99.5),
    case("percentile, growing from zeros", [np.zeros((5, 3)), normal(100, 3, 1)], 90),
    case("percentile of nearly all", [normal(100, 1, 2), normal(100, 2, -1)], 99.999),
]
versions = {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
(HERE / "calibration.json").write_text(json.dumps({"script": SCRIPT, "versions": versions, "cases": cases}) + "\n")
