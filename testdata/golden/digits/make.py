#!/usr/bin/env python3
"""Trains a small convolutional network on the digits 0 to 4 and writes it as digits.onnx.

Made with torch 2.15.0 (CPU), onnx 1.19.1, scikit-learn 1.9.1 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/digits/make.py

The model has the names that torch.nn.Module.state_dict gives its parameters; "features" is the value
before the last layer. logits.json holds the outputs of onnx's reference evaluator for some digits.
"""

import hashlib
import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()

torch.manual_seed(1)
torch.set_num_threads(1)
digits = load_digits()
low = digits.target < 5
x = torch.tensor(digits.images[low][:, None] / 16, dtype=torch.float32)
y = torch.tensor(digits.target[low])

net = torch.nn.Sequential()
net.add_module("conv1", torch.nn.Conv2d(1, 8, 3, padding=1))
net.add_module("bn1", torch.nn.BatchNorm2d(8))
net.add_module("relu1", torch.nn.ReLU())
net.add_module("pool1", torch.nn.MaxPool2d(2))
net.add_module("conv2", torch.nn.Conv2d(8, 16, 3, padding=1))
net.add_module("relu2", torch.nn.ReLU())
net.add_module("pool2", torch.nn.MaxPool2d(2))
net.add_module("flatten", torch.nn.Flatten())
net.add_module("fc1", torch.nn.Linear(64, 32))
net.add_module("relu3", torch.nn.ReLU())
net.add_module("fc2", torch.nn.Linear(32, 5))
optimizer = torch.optim.Adam(net.parameters(), 0.003)
for _ in range(30):
    for rows in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
net.eval()
print("accuracy", (net(x).argmax(1) == y).float().mean().item())

nodes = [
    h.make_node("Conv", ["image", "conv1.weight", "conv1.bias"], ["c1"], "conv1", pads=[1] * 4),
    h.make_node("BatchNormalization",
                ["c1", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"], ["n1"], "bn1"),
    h.make_node("Relu", ["n1"], ["r1"], "relu1"),
    h.make_node("MaxPool", ["r1"], ["p1"], "pool1", kernel_shape=[2, 2], strides=[2, 2]),
    h.make_node("Conv", ["p1", "conv2.weight", "conv2.bias"], ["c2"], "conv2", pads=[1] * 4),
    h.make_node("Relu", ["c2"], ["r2"], "relu2"),
    h.make_node("MaxPool", ["r2"], ["p2"], "pool2", kernel_shape=[2, 2], strides=[2, 2]),
    h.make_node("Shape", ["p2"], ["batch"], "shape", start=0, end=1),
    h.make_node("Concat", ["batch", "rest"], ["rows"], "rows", axis=0),
    h.make_node("Reshape", ["p2", "rows"], ["flat"], "flatten"),
    h.make_node("Gemm", ["flat", "fc1.weight", "fc1.bias"], ["f1"], "fc1", transB=1),
    h.make_node("Relu", ["f1"], ["features"], "relu3"),
    h.make_node("Gemm", ["features", "fc2.weight", "fc2.bias"], ["logits"], "fc2", transB=1),
]
weights = [numpy_helper.from_array(v.numpy(), k) for k, v in net.state_dict().items()
           if not k.endswith("num_batches_tracked")]
weights.append(numpy_helper.from_array(np.array([64], np.int64), "rest"))
graph = h.make_graph(nodes, "digits", [h.make_tensor_value_info("image", T.FLOAT, ["batch", 1, 8, 8])],
                     [h.make_tensor_value_info("logits", T.FLOAT, ["batch", 5])], weights)
model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)])
model.ir_version = 8
onnx.checker.check_model(model)
onnx.save(model, HERE / "digits.onnx")

samples = x[:4].numpy()
logits = ReferenceEvaluator(model).run(["logits"], {"image": samples})[0]
(HERE / "logits.json").write_text(json.dumps({
    "script": SCRIPT,
    "versions": {"torch": torch.__version__, "onnx": onnx.__version__, "numpy": np.__version__},
    "cases": [{"images": samples.ravel().tolist(), "logits": logits.ravel().tolist()}],
}) + "\n")
