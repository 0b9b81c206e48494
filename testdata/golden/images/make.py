#!/usr/bin/env python3
"""Writes the reference values of operators of images: their results and gradients as PyTorch computes them in float64.

Made with PyTorch 2.15.0 as pip installs it:

    python3 testdata/golden/images/make.py

A case has an operator of package graph/op with its attributes, the inputs, an upstream gradient, the output, and the gradients by the inputs.
"""

import hashlib
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
generator = torch.Generator().manual_seed(1)
cases = []


def draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64).mul(64).round().div(64)  # few digits, exact in the file


def array(t):
    return {"shape": list(t.shape), "data": t.detach().flatten().tolist()}


def case(operator, attributes, f, *shapes):
    inputs = [draw(*s).requires_grad_() for s in shapes]
    y = f(*inputs)
    upstream = draw(*y.shape)
    gradients = torch.autograd.grad(y, inputs, upstream)
    cases.append({"operator": operator, "attributes": attributes, "inputs": [array(t) for t in inputs], "upstream": array(upstream), "output": array(y), "gradients": [array(t) for t in gradients]})


def slide(stride=None, padding=None, dilation=None, **more):
    a = dict(more)
    if stride:
        a["stride"] = stride
    if dilation:
        a["dilation"] = dilation
    if padding:
        a["before"], a["after"] = padding, padding
    return a


CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
for x, w, stride, padding, dilation, groups, bias in [
    ((2, 3, 9), (4, 3, 3), [2], [1], [1], 1, True),
    ((2, 3, 6, 7), (4, 3, 3, 2), [1, 1], [0, 0], [1, 1], 1, True),
    ((2, 3, 7, 7), (4, 3, 3, 3), [2, 2], [1, 1], [1, 1], 1, False),
    ((1, 4, 8, 7), (6, 2, 3, 3), [2, 1], [2, 1], [2, 1], 2, True),
    ((2, 5, 6, 6), (5, 1, 3, 3), [1, 2], [1, 1], [1, 1], 5, True),
    ((2, 4, 5, 5), (8, 1, 3, 3), [1, 1], [1, 1], [1, 1], 4, False),
    ((2, 6, 4, 5), (3, 6, 1, 1), [1, 1], [0, 0], [1, 1], 1, True),
    ((2, 6, 5, 5), (3, 6, 1, 1), [2, 2], [0, 0], [1, 1], 1, False),
    ((1, 2, 4, 5, 4), (3, 2, 2, 3, 2), [1, 2, 1], [0, 1, 1], [1, 1, 2], 1, True),
]:
    a = slide(stride, padding, dilation, groups=groups, bias=bias)
    f = lambda x, w, b=None: CONV[len(stride)](x, w, b, stride, padding, dilation, groups)
    case("conv", a, f, x, w, *([(w[0],)] if bias else []))
for x, w, stride, padding, extra, dilation, groups, bias in [
    ((2, 3, 5), (3, 4, 3), [2], [1], [1], [1], 1, True),
    ((2, 3, 4, 5), (3, 4, 3, 3), [2, 2], [1, 1], [1, 0], [1, 1], 1, True),
    ((1, 4, 3, 4), (4, 3, 2, 3), [1, 3], [0, 1], [0, 2], [1, 1], 2, False),
    ((1, 2, 4, 4), (2, 3, 3, 3), [2, 1], [0, 2], [0, 0], [2, 2], 1, True),
    ((1, 2, 2, 3, 2), (2, 2, 2, 2, 3), [2, 1, 2], [0, 0, 1], [0, 0, 1], [1, 1, 1], 1, False),
]:
    a = slide(stride, padding, dilation, groups=groups, bias=bias)
    a["after"] = [p - e for p, e in zip(padding, extra)]
    f = lambda x, w, b=None: TRANSPOSED[len(stride)](x, w, b, stride, padding, extra, groups, dilation)
    case("conv_transpose", a, f, x, w, *([(w[1] * groups,)] if bias else []))

for x, kernel, stride, padding, dilation, ceil in [
    ((2, 3, 8), [3], [2], [1], [1], False),
    ((2, 2, 6, 7), [2, 2], [2, 2], [0, 0], [1, 1], False),
    ((2, 2, 6, 7), [3, 2], [2, 2], [1, 1], [1, 1], True),
    ((1, 2, 9, 9), [3, 3], [2, 3], [1, 0], [2, 1], True),
]:
    pool = {1: F.max_pool1d, 2: F.max_pool2d}[len(kernel)]
    case("max_pool", slide(stride, padding, dilation, kernel=kernel, ceil=ceil), lambda x: pool(x, kernel, stride, padding, dilation, ceil), x)
for x, kernel, stride, padding, ceil, count in [
    ((2, 3, 8), [3], [2], [1], False, False),
    ((2, 2, 6, 7), [2, 2], [2, 2], [0, 0], False, True),
    ((2, 2, 6, 7), [3, 2], [2, 2], [1, 1], True, False),
    ((2, 2, 6, 7), [3, 3], [2, 2], [1, 1], True, True),
    ((1, 2, 7, 8), [4, 3], [3, 3], [2, 1], True, True),
]:
    pool = {1: F.avg_pool1d, 2: F.avg_pool2d}[len(kernel)]
    case("average_pool", slide(stride, padding, kernel=kernel, ceil=ceil, countPadding=count), lambda x: pool(x, kernel, stride, padding, ceil, count), x)
case("average_pool", {"kernel": [1, 1], "adaptive": True}, lambda x: F.adaptive_avg_pool2d(x, 1), (2, 3, 4, 5))
case("average_pool", {"kernel": [3, 2], "adaptive": True}, lambda x: F.adaptive_avg_pool2d(x, (3, 2)), (2, 3, 7, 5))
case("max_pool", {"kernel": [3, 2], "adaptive": True}, lambda x: F.adaptive_max_pool2d(x, (3, 2)), (2, 3, 7, 5))

case("batch_norm_training", {"epsilon": 1e-3}, lambda x, w, b: F.batch_norm(x, None, None, w, b, True, 0, 1e-3), (3, 2, 4, 3), (2,), (2,))
case("batch_norm_training", {"epsilon": 1e-5}, lambda x, w, b: F.batch_norm(x, None, None, w, b, True, 0, 1e-5), (9, 4), (4,), (4,))
case("row_norm", {"axis": 1, "epsilon": 1e-5, "gamma": True, "beta": True}, lambda x, w, b: F.layer_norm(x, (3, 4), w, b, 1e-5), (5, 3, 4), (3, 4), (3, 4))
case("row_norm", {"axis": 2, "epsilon": 1e-5}, lambda x: F.layer_norm(x, (7,)), (2, 3, 7))
case("row_norm", {"axis": 1, "epsilon": 1e-5, "rms": True, "gamma": True}, lambda x, w: F.rms_norm(x, (6,), w, 1e-5), (4, 6), (6,))
for size in ([6, 8], [2, 3], [5, 4]):
    case("resize", {"size": size}, lambda x: F.interpolate(x, size=size), (2, 2, 4, 5))
    case("resize", {"size": size, "linear": True}, lambda x: F.interpolate(x, size=size, mode="bilinear"), (2, 2, 4, 5))
    case("resize", {"size": size, "linear": True, "alignCorners": True}, lambda x: F.interpolate(x, size=size, mode="bilinear", align_corners=True), (2, 2, 4, 5))
case("resize", {"scale": [2.5]}, lambda x: F.interpolate(x, scale_factor=2.5), (1, 2, 5))
case("resize", {"scale": [1.3, 2], "linear": True}, lambda x: F.interpolate(x, scale_factor=(1.3, 2), mode="bilinear"), (1, 2, 5, 3))
# Inputs: running mean and variance, x. Output: both after one batch.
x, mean, variance = draw(3, 2, 4, 3), draw(2), draw(2).abs()
state = {"inputs": [array(mean), array(variance), array(x)]}
F.batch_norm(x, mean, variance, None, None, True, 0.1)
running = state | {"output": array(torch.cat([mean, variance]))}

head = json.dumps({"script": SCRIPT, "versions": {"torch": torch.__version__}})[:-1]
(HERE / "operators.json").write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")
(HERE / "running.json").write_text(head + ', "cases": [\n' + json.dumps(running, separators=(",", ":")) + "\n]}\n")
