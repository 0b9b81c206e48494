#!/usr/bin/env python3
"""Writes small ONNX models with inputs and the outputs that onnx's reference evaluator gives.

Made with onnx 1.19.1 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/onnx/make.py

A case has a model, files with external data, and sets of inputs and outputs as TensorProto; all bytes are in base64.
"""

import base64
import hashlib
import json
import pathlib
import tempfile

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
random = np.random.default_rng(1)
cases = []


def value(name, element, *shape):
    return h.make_tensor_value_info(name, element, shape)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def draw(*shape):
    return random.standard_normal(shape).astype(np.float32)


def encode(data):
    return base64.b64encode(data).decode()


def add(name, graph, *sets, functions=(), opset=18, opsets=(), check=True):
    """Adds a case. Where the evaluator has no answer, or a wrong one, sets are pairs of inputs and outputs."""
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset), *opsets], functions=list(functions))
    model.ir_version = 10
    if check:
        onnx.checker.check_model(model)
    add_model(name, model, sets)


def add_model(name, model, sets, files=None, evaluated=None):
    names = [v.name for v in model.graph.output]
    given = {t.name for t in model.graph.initializer}
    inputs = [v.name for v in model.graph.input if v.name not in given]
    runs = []
    for s in sets:
        feeds = dict(zip(inputs, s, strict=True))
        outputs = ReferenceEvaluator(evaluated or model).run(names, feeds)
        runs.append({
            "inputs": {k: encode(constant(k, v).SerializeToString()) for k, v in feeds.items()},
            "outputs": {k: encode(constant(k, v).SerializeToString()) for k, v in zip(names, outputs)},
        })
    cases.append({
        "name": name,
        "model": encode(model.SerializeToString()),
        "files": {k: encode(v) for k, v in (files or {}).items()},
        "runs": runs,
    })


# A perceptron with an open batch, run with two batches.
add("perceptron", h.make_graph([
    h.make_node("Gemm", ["x", "w1", "b1"], ["z"], transB=1),
    h.make_node("Relu", ["z"], ["a"]),
    h.make_node("MatMul", ["a", "w2"], ["y"]),
], "g", [value("x", T.FLOAT, "batch", 3)], [value("y", T.FLOAT, "batch", 2)],
    [constant("w1", draw(4, 3)), constant("b1", draw(4)), constant("w2", draw(4, 2))]),
    [draw(5, 3)], [draw(1, 3)], [draw(5, 3)])

# Shape arithmetic: all but the last dimension as one.
add("shapes", h.make_graph([
    h.make_node("Shape", ["x"], ["s"]),
    h.make_node("Gather", ["s", "last"], ["n"]),
    h.make_node("Unsqueeze", ["n", "zero"], ["n1"]),
    h.make_node("Concat", ["minus", "n1"], ["to"], axis=0),
    h.make_node("Reshape", ["x", "to"], ["y"]),
], "g", [value("x", T.FLOAT, "a", "b", "c")], [value("y", T.FLOAT, "n", "c")],
    [constant("last", np.int64(-1)), constant("zero", np.array([0])), constant("minus", np.array([-1]))]),
    [draw(2, 3, 4)], [draw(1, 1, 5)])

# Rows that are not zero: how many is known only when the model runs.
add("data", h.make_graph([
    h.make_node("ReduceMax", ["x", "one"], ["m"], keepdims=0),
    h.make_node("Greater", ["m", "half"], ["k"]),
    h.make_node("NonZero", ["k"], ["i"]),
    h.make_node("Squeeze", ["i", "zero"], ["j"]),
    h.make_node("Gather", ["x", "j"], ["rows"]),
    h.make_node("Add", ["rows", "half"], ["y"]),
], "g", [value("x", T.FLOAT, "n", 2)], [value("y", T.FLOAT, "m", 2)],
    [constant("one", np.array([1])), constant("zero", np.array([0])), constant("half", np.float32(0.5))]),
    [draw(6, 2)], [draw(6, 2)], [draw(6, 2)], [np.float32([[0, 0], [1, 2], [0, 0]])])

# Branches that use a value of the graph around them, and differ in rank.
branch = lambda name, nodes: h.make_graph(nodes, name, [], [value("out_" + name, T.FLOAT, *([None] * 2))])
add("branches", h.make_graph([
    h.make_node("Mul", ["x", "two"], ["x2"]),
    h.make_node("If", ["c"], ["z"], then_branch=branch("a", [h.make_node("Neg", ["x2"], ["out_a"])]),
                else_branch=branch("b", [h.make_node("Concat", ["x2", "x"], ["out_b"], axis=0)])),
    h.make_node("Abs", ["z"], ["y"]),
], "g", [value("c", T.BOOL), value("x", T.FLOAT, "n", 2)], [value("y", T.FLOAT, None, 2)],
    [constant("two", np.float32(2))]),
    [np.array(True), draw(2, 2)], [np.array(False), draw(2, 2)], [np.array(True), draw(2, 2)])

# A loop that ends by its condition, with a carried value, a captured one and a stacked output.
body = h.make_graph([
    h.make_node("Add", ["sum", "x"], ["next"]),
    h.make_node("Less", ["next", "limit"], ["go"]),
    h.make_node("Identity", ["next"], ["part"]),
], "body", [value("i", T.INT64), value("going", T.BOOL), value("sum", T.FLOAT, 1)],
    [value("go", T.BOOL, 1), value("next", T.FLOAT, 1), value("part", T.FLOAT, 1)])
add("loop", h.make_graph([
    h.make_node("Loop", ["trips", "yes", "zero"], ["total", "parts"], body=body),
], "g", [value("x", T.FLOAT, 1), value("limit", T.FLOAT, 1)], [value("total", T.FLOAT, 1), value("parts", T.FLOAT, "n", 1)],
    [constant("trips", np.int64(100)), constant("zero", np.float32([0])), constant("yes", np.array(True))]),
    [np.float32([1.5]), np.float32([5])], [np.float32([0.25]), np.float32([1])])

# A function of the model with an attribute, called twice.
function = h.make_function("mine", "scaled", ["a"], ["b"], [
    h.make_node("Constant", [], ["f"]),
    h.make_node("Mul", ["a", "f"], ["b"]),
], [h.make_opsetid("", 18)], ["factor"])
function.node[0].attribute.append(onnx.AttributeProto(name="value_float", ref_attr_name="factor", type=onnx.AttributeProto.FLOAT))
add("function", h.make_graph([
    h.make_node("scaled", ["x"], ["z"], domain="mine", factor=2.0),
    h.make_node("scaled", ["z"], ["y"], domain="mine", factor=0.5),
], "g", [value("x", T.FLOAT, "n")], [value("y", T.FLOAT, "n")]),
    [draw(3)], functions=[function], opsets=[h.make_opsetid("mine", 1)])

# Weights in another file, one of them at an offset.
weights = [constant("w", draw(3, 2)), constant("b", draw(2))]
model = h.make_model(h.make_graph([h.make_node("Gemm", ["x", "w", "b"], ["y"])], "g", [value("x", T.FLOAT, "n", 3)],
                                  [value("y", T.FLOAT, "n", 2)], weights), opset_imports=[h.make_opsetid("", 18)])
model.ir_version = 10
away = onnx.ModelProto()
away.CopyFrom(model)
with tempfile.TemporaryDirectory() as folder:
    onnx.save(away, folder + "/m.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    away = onnx.load(folder + "/m.onnx", load_external_data=False)
    add_model("external", away, [[draw(2, 3)]], {"weights.bin": pathlib.Path(folder, "weights.bin").read_bytes()}, model)

# Halves are computed as float32, and rounded at each node.
add("halves", h.make_graph([
    h.make_node("Mul", ["x", "x"], ["s"]),
    h.make_node("Sqrt", ["s"], ["y"]),
], "g", [value("x", T.FLOAT16, "n")], [value("y", T.FLOAT16, "n")]),
    [np.array([0.1, 3, 300, -7e-3], np.float16)])

# Attention over sequences of any length in batches of any size, with the shape arithmetic of exporters: heads become a
# dimension of their own, a row for each length is repeated, and another input has the length first. An If on a constant.
then = h.make_graph([h.make_node("Add", ["o", "bias"], ["then"])], "then", [], [value("then", T.FLOAT, None, None, 8)])
other = h.make_graph([h.make_node("Sub", ["o", "bias"], ["other"])], "other", [], [value("other", T.FLOAT, None, None, 8)])
add("attention", h.make_graph([
    h.make_node("Shape", ["x"], ["s"]),
    h.make_node("Gather", ["s", "zero"], ["n"]),
    h.make_node("Gather", ["s", "one"], ["l"]),
    h.make_node("Concat", ["n", "l", "heads"], ["to"], axis=0),
    h.make_node("Concat", ["n", "l", "minus"], ["back"], axis=0),
    h.make_node("Concat", ["one", "l", "one"], ["row"], axis=0),
    h.make_node("ConstantOfShape", ["row"], ["ones"], value=constant("", np.float32([1.5]))),
    h.make_node("MatMul", ["x", "w"], ["q"]),
    h.make_node("Reshape", ["q", "to"], ["q4"]),
    h.make_node("Transpose", ["q4"], ["qh"], perm=[0, 2, 1, 3]),
    h.make_node("Transpose", ["q4"], ["kh"], perm=[0, 2, 3, 1]),
    h.make_node("MatMul", ["qh", "kh"], ["scores"]),
    h.make_node("Softmax", ["scores"], ["p"], axis=-1),
    h.make_node("MatMul", ["p", "qh"], ["mixed"]),
    h.make_node("Transpose", ["mixed"], ["m4"], perm=[0, 2, 1, 3]),
    h.make_node("Reshape", ["m4", "back"], ["m"]),
    h.make_node("Mul", ["m", "ones"], ["scaled"]),
    h.make_node("Add", ["scaled", "places"], ["o"]),
    h.make_node("Constant", [], ["yes"], value=constant("", np.array(True))),
    h.make_node("If", ["yes"], ["y"], then_branch=then, else_branch=other),
], "g", [value("x", T.FLOAT, "batch_size", "length", 8), value("places", T.FLOAT, "length", 8)],
    [value("y", T.FLOAT, "batch_size", "length", 8)],
    [constant("zero", np.array([0])), constant("one", np.array([1])), constant("heads", np.array([2, 4])),
     constant("minus", np.array([-1])), constant("w", draw(8, 8) / 3), constant("bias", draw(8))]),
    [draw(2, 3, 8), draw(3, 8)], [draw(1, 5, 8), draw(5, 8)])

(HERE / "models.json").write_text(json.dumps({
    "script": SCRIPT, "versions": {"onnx": onnx.__version__, "numpy": np.__version__}, "cases": cases}, indent=1) + "\n")
