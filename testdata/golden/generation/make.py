#!/usr/bin/env python3
"""Writes decoder.onnx, a decoder of one layer with random weights that takes a mask and places beside
the tokens, and tokens.json with those by which ONNX's evaluator continues a text: the most likely ones.

It needs onnx 1.19.1 and numpy 2.4.6.
"""

import hashlib
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
VOCABULARY, WIDTH, PLACES, TOKENS = 24, 8, 32, 12
PROMPT = [3, 1, 4]


def network():
    random = np.random.default_rng(5)
    weights = {name: random.normal(0, 0.7, shape).astype(np.float32) for name, shape in {
        "tokens": (VOCABULARY, WIDTH), "places": (PLACES, WIDTH), "wq": (WIDTH, WIDTH), "wk": (WIDTH, WIDTH),
        "wv": (WIDTH, WIDTH), "out": (WIDTH, VOCABULARY)}.items()}
    weights |= {"scale": np.float32(WIDTH ** -0.5), "one": np.float32(1), "low": np.float32(-1e9),
                "axis1": np.array([1])}
    node = h.make_node
    nodes = [
        node("Gather", ["tokens", "input_ids"], ["of_token"]),
        node("Gather", ["places", "position_ids"], ["of_place"]),
        node("Add", ["of_token", "of_place"], ["x"]),
        node("MatMul", ["x", "wq"], ["q"]),
        node("MatMul", ["x", "wk"], ["k"]),
        node("MatMul", ["x", "wv"], ["v"]),
        node("Concat", ["past.0.key", "k"], ["present.0.key"], axis=1),
        node("Concat", ["past.0.value", "v"], ["present.0.value"], axis=1),
        node("Transpose", ["present.0.key"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["qk"]),
        node("Mul", ["qk", "scale"], ["scores"]),
        node("Cast", ["attention_mask"], ["seen"], to=T.FLOAT),
        node("Sub", ["one", "seen"], ["unseen"]),
        node("Mul", ["unseen", "low"], ["lows"]),
        node("Unsqueeze", ["lows", "axis1"], ["mask"]),
        node("Add", ["scores", "mask"], ["masked"]),
        node("Softmax", ["masked"], ["shares"], axis=-1),
        node("MatMul", ["shares", "present.0.value"], ["sums"]),
        node("Add", ["x", "sums"], ["y"]),
        node("MatMul", ["y", "out"], ["logits"]),
    ]
    value = h.make_tensor_value_info
    kept = [value(f"{when}.0.{kind}", T.FLOAT, ["batch", steps, WIDTH])
            for when, steps in (("past", "past"), ("present", "all")) for kind in ("key", "value")]
    inputs = [value("input_ids", T.INT64, ["batch", "steps"]), value("attention_mask", T.INT64, ["batch", "all"]),
              value("position_ids", T.INT64, ["batch", "steps"]), *kept[:2]]
    outputs = [value("logits", T.FLOAT, ["batch", "steps", VOCABULARY]), *kept[2:]]
    graph = h.make_graph(nodes, "decoder", inputs, outputs,
                         [numpy_helper.from_array(np.asarray(w), name) for name, w in weights.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


def continued(model):
    """The tokens behind those of PROMPT."""
    run = ReferenceEvaluator(model).run
    key = value = np.zeros((1, 0, WIDTH), np.float32)
    step, tokens, before = PROMPT, [], 0
    while len(tokens) < TOKENS:
        total = before + len(step)
        logits, key, value = run(None, {
            "input_ids": np.array([step]), "attention_mask": np.ones((1, total), np.int64),
            "position_ids": np.arange(before, total)[None], "past.0.key": key, "past.0.value": value})
        step, before = [int(logits[0, -1].argmax())], total
        tokens += step
    return tokens


model = network()
onnx.save(model, HERE / "decoder.onnx")
(HERE / "tokens.json").write_text(json.dumps({
    "script": SCRIPT, "versions": {"onnx": onnx.__version__, "numpy": np.__version__},
    "cases": [{"prompt": PROMPT, "tokens": continued(model)}]}) + "\n")
