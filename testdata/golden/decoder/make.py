#!/usr/bin/env python3
"""Trains a small decoder of characters on one sentence and writes it as decoder.onnx.

Made with torch 2.15.0 (CPU), onnx 1.19.1, onnxruntime 1.32.0 and NumPy as pip installs them:

    python3 testdata/golden/decoder/make.py

The model takes what it has computed before as past_key_values.0.key and .value, and gives it with
that of the steps at hand as present.0.key and .value, as exporters name them. decoder.json holds what
ONNX Runtime makes of the beginning of the sentence, handing the arrays back itself: the most probable
character each time, and the last logits.
"""

import hashlib
import importlib.metadata
import json
import math
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
TEXT = "what was thought of once is kept, and read where it stands."
CHARACTERS = sorted(set(TEXT))
WIDTH, HEADS, D, PLACES = 16, 2, 8, 64

torch.manual_seed(1)
torch.set_num_threads(1)
shapes = dict(characters=(len(CHARACTERS), WIDTH), places=(PLACES, WIDTH), qkv=(WIDTH, 3 * WIDTH),
              out=(WIDTH, WIDTH), up=(WIDTH, 2 * WIDTH), down=(2 * WIDTH, WIDTH))
w = {name: torch.nn.Parameter(torch.randn(shape) / math.sqrt(shape[0] if name in ("qkv", "out", "up", "down")
                                                             else WIDTH)) for name, shape in shapes.items()}
ids = torch.tensor([[CHARACTERS.index(c) for c in TEXT]])


def network(ids):
    n = ids.shape[1]
    x = w["characters"][ids] + w["places"][:n]
    q, k, v = [t.reshape(1, n, HEADS, D).transpose(1, 2) for t in (x @ w["qkv"]).split(WIDTH, -1)]
    scores = q @ k.transpose(2, 3) / math.sqrt(D) + torch.full((n, n), -1e9).triu(1)
    x = x + (scores.softmax(-1) @ v).transpose(1, 2).reshape(1, n, WIDTH) @ w["out"]
    x = x + (x @ w["up"]).relu() @ w["down"]
    return x @ w["characters"].T


optimizer = torch.optim.Adam(w.values(), 0.01)
for step in range(400):
    loss = torch.nn.functional.cross_entropy(network(ids[:, :-1])[0], ids[0, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("loss", loss.item())

constants = {name: value.detach().numpy() for name, value in w.items()}
constants["logits of"] = np.ascontiguousarray(constants["characters"].T)
constants.update({"one by one": np.array([0, 0, HEADS, D]), "side by side": np.array([0, 0, WIDTH]),
                  "two": np.array([2]), "three": np.array([3]), "at 1": np.array([1]), "zero": np.array(0),
                  "one": np.array(1), "low": np.array(-1e9, np.float32), "none": np.array(0, np.float32),
                  "scale": np.array(1 / math.sqrt(D), np.float32)})
nodes = []


def add(operator, inputs, outputs, **attributes):
    nodes.append(h.make_node(operator, inputs, outputs, outputs[0], **attributes))


def length(of, axis, output):
    """The length of a value along an axis, for which there is a constant."""
    behind = {"at 1": "two", "two": "three"}[axis]
    add("Shape", [of], [f"shape {output}"])
    add("Slice", [f"shape {output}", axis, behind], [f"part {output}"])
    add("Squeeze", [f"part {output}"], [output])


past = ["past_key_values.0.key", "past_key_values.0.value"]
present = ["present.0.key", "present.0.value"]
length(past[0], "two", "before")
length("input_ids", "at 1", "steps")
add("Add", ["before", "steps"], ["total"])
add("Range", ["before", "total", "one"], ["rows"])
add("Range", ["zero", "total", "one"], ["columns"])
add("Unsqueeze", ["rows", "at 1"], ["row"])
add("LessOrEqual", ["columns", "row"], ["seen"])
add("Where", ["seen", "none", "low"], ["mask"])
add("Gather", ["characters", "input_ids"], ["x characters"])
add("Gather", ["places", "rows"], ["x places"])
add("Add", ["x characters", "x places"], ["x"])
add("MatMul", ["x", "qkv"], ["all three"])
add("Split", ["all three"], ["q rows", "k rows", "v rows"], axis=-1, num_outputs=3)
for name in "qkv":
    add("Reshape", [f"{name} rows", "one by one"], [f"{name} heads"])
    add("Transpose", [f"{name} heads"], [name], perm=[0, 2, 1, 3])
for name, before, after in zip("kv", past, present):
    add("Concat", [before, name], [after], axis=2)
add("Transpose", [present[0]], ["kt"], perm=[0, 1, 3, 2])
add("MatMul", ["q", "kt"], ["products"])
add("Mul", ["products", "scale"], ["scaled"])
add("Add", ["scaled", "mask"], ["scores"])
add("Softmax", ["scores"], ["weights"], axis=-1)
add("MatMul", ["weights", present[1]], ["sums"])
add("Transpose", ["sums"], ["sums rows"], perm=[0, 2, 1, 3])
add("Reshape", ["sums rows", "side by side"], ["attended"])
add("MatMul", ["attended", "out"], ["attention"])
add("Add", ["x", "attention"], ["y"])
add("MatMul", ["y", "up"], ["wide"])
add("Relu", ["wide"], ["positive"])
add("MatMul", ["positive", "down"], ["narrow"])
add("Add", ["y", "narrow"], ["z"])
add("MatMul", ["z", "logits of"], ["logits"])


def kept(names, steps):
    return [h.make_tensor_value_info(name, T.FLOAT, ["batch", HEADS, steps, D]) for name in names]


model = h.make_model(
    h.make_graph(nodes, "decoder",
                 [h.make_tensor_value_info("input_ids", T.INT64, ["batch", "steps"])] + kept(past, "past"),
                 [h.make_tensor_value_info("logits", T.FLOAT, ["batch", "steps", len(CHARACTERS)])] +
                 kept(present, "total"),
                 [numpy_helper.from_array(value, name) for name, value in constants.items()]),
    opset_imports=[h.make_opsetid("", 18)], ir_version=8)
model.metadata_props.add(key="characters", value="".join(CHARACTERS))
onnx.checker.check_model(model, full_check=True)
onnx.save(model, HERE / "decoder.onnx")

session = onnxruntime.InferenceSession(HERE / "decoder.onnx", providers=["CPUExecutionProvider"])
text = TEXT[:8]
feeds = {name: np.zeros((1, HEADS, 0, D), np.float32) for name in past}
feeds["input_ids"] = np.array([[CHARACTERS.index(c) for c in text]])
while True:
    logits, *kv = session.run(None, feeds)
    if len(text) == len(TEXT):
        break
    text += CHARACTERS[logits[0, -1].argmax()]
    feeds = {"input_ids": np.array([[CHARACTERS.index(text[-1])]]), **dict(zip(past, kv))}
assert text == TEXT, text
versions = {name: importlib.metadata.version(name) for name in ("torch", "onnx", "onnxruntime", "numpy")}
(HERE / "decoder.json").write_text(json.dumps(
    {"script": SCRIPT, "versions": versions,
     "cases": [{"Prompt": text[:8], "Text": text, "Logits": logits[0, -1].tolist()}]}) + "\n")
