#!/usr/bin/env python3
"""Writes small models with operators of com.microsoft, and what ONNX Runtime gives for them.

Made with onnx 1.19.1, ONNX Runtime 1.32.0 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/microsoft/make.py

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
random = np.random.default_rng(3)
cases = []


def draw(*shape):
    return random.standard_normal(shape).astype(np.float32)


def codes(low, high, *shape, dtype=np.int8):
    return random.integers(low, high, shape).astype(dtype)


def encode(name, array):
    return base64.b64encode(numpy_helper.from_array(np.asarray(array), name).SerializeToString()).decode()


def add(name, operator, inputs, outputs=(0,), constants=(), **attributes):
    """Runs one node for some of its outputs. Inputs are arrays, None where one is left out; those at the places in
    constants are initializers, as some kernels need their weights."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    results = [f"y{i}" if i in outputs else "" for i in range(max(outputs) + 1)]
    domain = attributes.pop("domain", "com.microsoft")
    node = h.make_node(operator, names, results, domain=domain, **attributes)
    free = [i for i, x in enumerate(inputs) if x is not None and i not in constants]
    graph = h.make_graph(
        [node], "g",
        [h.make_tensor_value_info(names[i], h.np_dtype_to_tensor_dtype(inputs[i].dtype), inputs[i].shape)
         for i in free],
        [h.make_empty_tensor_value_info(y) for y in results if y],
        [numpy_helper.from_array(inputs[i], names[i]) for i in constants if inputs[i] is not None])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17), h.make_opsetid("com.microsoft", 1)])
    model.ir_version = 10
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    feeds = {names[i]: inputs[i] for i in free}
    given = session.run(None, feeds)
    cases.append({
        "name": name, "model": base64.b64encode(model.SerializeToString()).decode(), "files": {},
        "runs": [{"inputs": {k: encode(k, v) for k, v in feeds.items()},
                  "outputs": {o.name: encode(o.name, v) for o, v in zip(session.get_outputs(), given)}}],
    })


# Activations.
x = np.concatenate([draw(5, 8), [[-20, -5.5, -3, -1e-3, 0, 1e-3, 3, 20]]]).astype(np.float32)
add("gelu", "Gelu", [x])
add("bias gelu", "BiasGelu", [x, draw(8)])
add("fast gelu", "FastGelu", [x])
add("fast gelu with a bias", "FastGelu", [x, draw(8)])
add("quick gelu", "QuickGelu", [x])
add("quick gelu of alpha", "QuickGelu", [x], alpha=1.2)

# Products.
add("fused matmul", "FusedMatMul", [draw(2, 3, 4), draw(2, 5, 4)], transB=1, alpha=0.5)
add("fused matmul of batches inside", "FusedMatMul", [draw(3, 2, 4), draw(2, 4, 5)], transBatchA=1)
add("fused gemm", "FusedGemm", [draw(3, 4), draw(5, 4), draw(5)], alpha=1.0, transB=1, activation="LeakyRelu",
    activation_alpha=0.2)
for activation, numbers in (("Relu", []), ("HardSigmoid", [0.3, 0.4]), ("Clip", [-0.5, 0.7])):
    add(f"fused conv, {activation}", "FusedConv", [draw(1, 2, 5, 5), draw(3, 2, 3, 3), draw(3)],
        activation=activation, pads=[1, 1, 1, 1], **({"activation_params": numbers} if numbers else {}))
add("fused conv and a sum", "FusedConv", [draw(1, 2, 5, 5), draw(3, 2, 3, 3), draw(3), draw(1, 3, 3, 3)],
    activation="Relu")

# Norms.
add("skip norm", "SkipLayerNormalization", [draw(2, 3, 8), draw(2, 3, 8), draw(8), draw(8), draw(8)],
    (0, 3), epsilon=1e-5)
add("skip norm without beta", "SkipLayerNormalization", [draw(2, 3, 8), draw(3, 8), draw(8)])
add("skip norm without a mean", "SkipSimplifiedLayerNormalization", [draw(2, 3, 8), draw(2, 3, 8), draw(8), draw(8)],
    (0, 3), epsilon=1e-5)
add("simplified norm", "SimplifiedLayerNormalization", [draw(2, 3, 8), draw(8)], domain="", epsilon=1e-5)
ids = codes(0, 10, 2, 4, dtype=np.int32)
tables = [draw(10, 8), draw(6, 8), draw(2, 8), draw(8), draw(8)]
add("embed norm", "EmbedLayerNormalization",
    [ids, codes(0, 2, 2, 4, dtype=np.int32), *tables, np.array([[1, 1, 1, 0], [1, 2, 0, 1]], np.int32)], (0, 1))
add("embed norm of words", "EmbedLayerNormalization", [ids, None, *tables[:2], None, *tables[3:]], (0, 1))

# Integers.
w, z = codes(-100, 100, 6, 5), codes(-9, 9, 5)
add("dynamic quantize matmul", "DynamicQuantizeMatMul", [draw(3, 6), w, np.float32(0.02).reshape(1)],
    constants=(1, 2))
add("dynamic quantize matmul by columns", "DynamicQuantizeMatMul",
    [draw(3, 6), w, abs(draw(5)) / 50, z, draw(5)], constants=(1, 2, 3, 4))
a = codes(0, 256, 3, 6, dtype=np.uint8)
add("integer matmul to float", "MatMulIntegerToFloat", [a, w, np.array(0.1, np.float32), np.array(0.02, np.float32),
    np.array(120, np.uint8), np.array(3, np.int8), draw(5)], constants=(1, 3, 5))
hidden, inputs, steps = 6, 4, 5
for directions in ("forward", "reverse", "bidirectional"):
    n = 2 if directions == "bidirectional" else 1
    for scales in ((n,), (n, 4 * hidden)):
        dtype = np.int8 if len(scales) == 1 else np.uint8
        weights = [codes(0, 127, n, inputs, 4 * hidden, dtype=dtype), codes(0, 127, n, hidden, 4 * hidden, dtype=dtype)]
        quantised = [abs(draw(*scales)) / 60, np.full(scales, 61, dtype),  # which have to be equal
                     abs(draw(*scales)) / 60, np.full(scales, 57, dtype)]
        add(f"lstm, {directions}, {len(scales)}", "DynamicQuantizeLSTM",
            [draw(steps, 1, inputs), *weights, draw(n, 8 * hidden), None, draw(n, 1, hidden) / 3,
             draw(n, 1, hidden), draw(n, 3 * hidden), *quantised], (0, 1, 2), constants=(1, 2, 8, 9, 10, 11),
            direction=directions, hidden_size=hidden)

with open(HERE / "models.json", "w") as f:
    f.write(json.dumps({"script": SCRIPT, "versions": {
        "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__},
        "cases": cases}, indent=1) + "\n")
