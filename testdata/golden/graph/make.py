#!/usr/bin/env python3
"""Writes what PyTorch computes for the operators of graphs: values, and gradients of the inputs for a random upstream gradient, in float64, and of
some in float32.

Made with PyTorch 2.15.0 as pip installs it:

    python3 testdata/golden/graph/make.py

Inputs of the two types are the same numbers, rounded, and are written as float64, as the results are.
"""

import hashlib
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
FLOAT32 = ("add", "div", "pow", "exp", "gelu", "softmax", "log_softmax", "cross_entropy", "matmul", "sum", "mean", "max", "sin", "cumsum", "L2 norm",
           "einsum scores", "pad reflect", "gather", "clip")

def randn(*shape):
    return lambda g: torch.randn(*shape, generator=g, dtype=torch.float64)

def uniform(low, high, *shape):
    return lambda g: low + (high - low) * torch.rand(*shape, generator=g, dtype=torch.float64)

def ints(*values):
    return lambda g: torch.tensor(values)

def bools(*values):
    return lambda g: torch.tensor(values, dtype=torch.bool)

def index_put(x, i, v, accumulate):
    return x.index_put(tuple(i.T), v, accumulate=accumulate)

# Each name with a function and its inputs; the graphs' functions of these names are in the test.
CASES = {
    "add": (torch.add, randn(3, 4), randn(4)),
    "sub": (torch.sub, randn(3, 1), randn(3, 4)),
    "mul": (torch.mul, randn(2, 3, 4), randn(3, 1)),
    "div": (torch.div, randn(3, 4), uniform(0.5, 2, 3, 4)),
    "minimum": (torch.minimum, randn(3, 4), randn(4)),
    "maximum": (torch.maximum, randn(3, 4), randn(3, 1)),
    "maximum of equals": (lambda x: torch.maximum(x, x), randn(4)),
    "pow": (torch.pow, uniform(0.1, 3, 3, 4), randn(4)),
    "mod": (torch.remainder, randn(3, 4), uniform(-2, -0.5, 4)),
    "remainder": (torch.fmod, randn(3, 4), uniform(-2, -0.5, 4)),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.1), randn(3, 4)),
    "elu": (lambda x: F.elu(x, 0.5), randn(3, 4)),
    "scale": (lambda x: -1.5 * x, randn(3, 4)),
    "fake_quantize": (lambda x: torch.fake_quantize_per_tensor_affine(x, 0.375, 5, 0, 15), randn(6, 8)),
    "fake_quantize of channels": (lambda x: torch.fake_quantize_per_channel_affine(
        x, torch.tensor([0.125, 0.5, 0.75]), torch.tensor([0, -3, 2], dtype=torch.int32), 1, -4, 3), randn(4, 3, 5)),
    "matmul": (torch.matmul, randn(3, 4), randn(4, 5)),
    "matmul of a batch": (torch.matmul, randn(2, 3, 4), randn(2, 4, 5)),
    "matmul by one matrix": (torch.matmul, randn(2, 3, 4), randn(4, 5)),
    "matmul broadcast": (torch.matmul, randn(2, 1, 3, 4), randn(3, 4, 5)),
    "matmul transposed": (lambda x, y: x.T @ y.T, randn(4, 3), randn(5, 4)),
    "sum": (lambda x: x.sum((0, 2)), randn(2, 3, 4)),
    "mean": (lambda x: x.mean((1,), keepdim=True), randn(2, 3, 4)),
    "max": (lambda x: x.amax((0, 1)), randn(2, 3, 4)),
    "max of equals": (lambda x: x.amax(), bools(True, True, False)),
    "min": (lambda x: x.amin(-1), randn(2, 3, 4)),
    "prod": (lambda x: x.prod(1), randn(2, 3, 4)),
    "softmax": (lambda x: torch.softmax(x, -1), randn(3, 5)),
    "log_softmax": (lambda x: torch.log_softmax(x, -1), randn(3, 5)),
    "cross_entropy": (F.cross_entropy, randn(3, 5), ints(4, 0, 2)),
    "binary_cross_entropy": (F.binary_cross_entropy_with_logits, randn(3, 2), uniform(0, 1, 3, 2)),
    "mse": (F.mse_loss, randn(3, 2), randn(3, 2)),
    "permute": (lambda x: x.permute(2, 0, 1), randn(2, 3, 4)),
    "slice": (lambda x: x[:, 1:6:2], randn(2, 7)),
    "concat": (lambda *x: torch.cat(x, 1), randn(2, 3), randn(2, 1), randn(2, 2)),
    "split": (lambda x: x.split([2, 3], 1)[1], randn(2, 5)),
    "stack": (lambda *x: torch.stack(x, 1), randn(2, 3), randn(2, 3)),
    "flip": (lambda x: x.flip((0, 1)), randn(2, 3)),
    "flatten": (lambda x: x.flatten(1), randn(2, 3, 4)),
    "gather": (lambda x, i: x.index_select(1, i), randn(3, 4), ints(3, 0, 3)),
    "gather_elements": (lambda x, i: x.gather(0, i), randn(4, 2), ints([3, 1], [3, 0], [0, 2])),
    "scatter": (lambda x, i, v: x.scatter(0, i, v), randn(4, 2), ints([3, 1], [2, 0]), randn(2, 2)),
    "scatter add": (lambda x, i, v: x.scatter_add(0, i, v), randn(4, 2), ints([3, 1], [3, 0]), randn(2, 2)),
    "scatter max": (lambda x, i, v: x.scatter_reduce(0, i, v, "amax").detach(), randn(4, 2), ints([3, 1], [3, 0]), randn(2, 2)),
    "gather_nd": (lambda x, i: x[tuple(i.T)], randn(4, 3, 2), ints([3, 1], [0, 2])),
    "scatter_nd": (lambda x, i, v: index_put(x, i, v, False), randn(4, 3, 2), ints([3, 1], [0, 2]), randn(2, 2)),
    "scatter_nd add": (lambda x, i, v: index_put(x, i, v, True), randn(4, 3, 2), ints([3, 1], [3, 1]), randn(2, 2)),
    "where": (torch.where, bools([True, False, True, False]), randn(3, 4), randn(3, 1)),
    "top_k": (lambda x: x.topk(2, 0).values, randn(4, 3)),
    "smallest k": (lambda x: x.topk(2, 1, largest=False).values, randn(3, 4)),
    "argmax": (lambda x: x.argmax(1), randn(3, 4)),
    "argmin": (lambda x: x.argmin(0), randn(3, 4)),
    "one_hot": (lambda i: F.one_hot(i, 5), ints(4, 0, 2)),
    "pad": (lambda x: F.pad(x, (1, 2, 2, -1), value=0.5), randn(3, 4)),
    "pad reflect": (lambda x: F.pad(x, (2, 1), mode="reflect"), randn(1, 2, 4)),
    "pad edge": (lambda x: F.pad(x, (2, 1), mode="replicate"), randn(1, 2, 4)),
    "pad wrap": (lambda x: F.pad(x, (2, 1), mode="circular"), randn(1, 2, 4)),
    "tile": (lambda x: x.tile(2, 3), randn(2, 3)),
    "expand": (lambda x: x.expand(2, 3, 4), randn(3, 1)),
    "spectrum": (lambda x, w: torch.view_as_real(torch.stft(x, 12, 5, window=w, center=False, return_complex=True)).transpose(1, 2), randn(2, 33),
                 randn(12)),
    "cumsum": (lambda x: x.cumsum(1), randn(3, 5)),
    "variance": (lambda x: x.var((0, 2)), randn(3, 4, 2)),
    "variance of all": (lambda x: x.var(correction=0), randn(3, 4)),
    "log_sum_exp": (lambda x: x.logsumexp((0, 1)), randn(3, 4)),
    "L1 norm": (lambda x: x.norm(1, 1), randn(3, 4)),
    "L2 norm": (lambda x: x.norm(2, 0), randn(3, 4)),
    "L2 norm of 0": (lambda x: (0 * x).norm(2), randn(3)),
    "clip": (lambda x: x.clamp(-0.5, 0.75), randn(3, 4)),
    "relu6": (F.relu6, uniform(-3, 9, 3, 4)),
    "hard_sigmoid": (lambda x: (x / 6 + 0.5).clamp(0, 1), uniform(-4, 4, 3, 4)),  # the gradient of F.hardsigmoid has a 1/6 of float32
    "selu": (F.selu, randn(3, 4)),
    "softsign": (F.softsign, randn(3, 4)),
    "log_sigmoid": (F.logsigmoid, uniform(-30, 30, 3, 4)),
    "einsum scores": (lambda x, y: torch.einsum("bhqd,bhkd->bhqk", x, y), randn(2, 3, 4, 5), randn(2, 3, 2, 5)),
    "einsum of three": (lambda *x: torch.einsum("ij,jk,kl", *x), randn(3, 4), randn(4, 5), randn(5, 2)),
    "einsum bilinear": (lambda *x: torch.einsum("bn,anm,bm->ba", *x), randn(2, 5), randn(3, 5, 4), randn(2, 4)),
    "einsum trace": (lambda x: torch.einsum("ii", x), randn(4, 4)),
    "einsum diagonal": (lambda x: torch.einsum("bii->ib", x), randn(2, 3, 3)),
    "einsum dots": (lambda x, y: torch.einsum("...ij,...jk->...ik", x, y), randn(2, 1, 3, 4), randn(3, 4, 5)),
    "einsum outer": (lambda x, y: torch.einsum("i,j->ji", x, y), randn(3), randn(4)),
    "einsum elements": (lambda x, y: torch.einsum("ij,ij->j", x, y), randn(3, 4), randn(3, 4)),
    "einsum many": (lambda x, y: torch.einsum("abcd,cdef->abef", x, y), randn(2, 3, 2, 3), randn(2, 3, 4, 2)),
    "cast": (lambda x: x.to(torch.int64), uniform(-9, 9, 3, 4)),
    "equal": (torch.eq, ints(1, 2, 3), ints(1, 3, 2)),
    "less": (torch.lt, randn(3, 4), randn(4)),
    "greater_equal": (torch.ge, randn(3, 4), randn(4)),
    "and": (torch.logical_and, bools(True, True, False, False), bools(True, False, True, False)),
    "or": (torch.logical_or, bools(True, True, False, False), bools(True, False, True, False)),
    "xor": (torch.logical_xor, bools(True, True, False, False), bools(True, False, True, False)),
    "integer div": (lambda x, y: torch.div(x, y, rounding_mode="trunc"), ints(7, -7, 7, -7), ints(2, 2, -2, -2)),
    "integer mod": (torch.remainder, ints(7, -7, 7, -7), ints(2, 2, -2, -2)),
    "integer pow": (torch.pow, ints(7, -7, 2, 0), ints(2, 3, 40, 0)),
}
for name in ("relu", "exp", "tanh", "sigmoid", "erf", "neg", "abs", "sign", "floor", "ceil", "trunc", "round", "reciprocal", "expm1", "sin", "cos",
             "tan", "atan", "sinh", "cosh", "asinh"):
    CASES[name] = (getattr(torch, name), randn(3, 4))
for name in ("silu", "gelu", "softplus", "hardswish", "mish"):
    CASES[name] = (getattr(F, name), randn(3, 4))
for name in ("log", "log1p", "sqrt"):
    CASES[name] = (getattr(torch, name), uniform(0.1, 3, 3, 4))
for name in ("asin", "acos", "atanh"):
    CASES[name] = (getattr(torch, name), uniform(-0.9, 0.9, 3, 4))
CASES["acosh"] = (torch.acosh, uniform(1.1, 4, 3, 4))
CASES["gelu_tanh"] = (lambda x: F.gelu(x, approximate="tanh"), randn(3, 4))

def array(t):
    kind = {torch.bool: "bool", torch.int64: "int64"}.get(t.dtype, "float")
    return {"kind": kind, "shape": list(t.shape), "data": t.detach().to(torch.float64).flatten().tolist()}

def case(name, type_, dtype, f, draws):
    g = torch.Generator().manual_seed(1)
    x = [draw(g) for draw in draws]
    x = [v.to(dtype).requires_grad_(True) if v.is_floating_point() else v for v in x]
    if name == "max of equals":
        x = [x[0].to(dtype).requires_grad_(True)]
    y = f(*x)
    c = {"name": name, "type": type_, "inputs": [array(v) for v in x], "output": array(y)}
    if y.requires_grad:
        upstream = torch.randn(y.shape, generator=g, dtype=torch.float64).to(dtype)
        y.backward(upstream)
        c["upstream"] = array(upstream)
        c["gradients"] = [array(v.grad) if v.is_floating_point() else None for v in x]
    return c

head = json.dumps({"script": SCRIPT, "versions": {"torch": torch.__version__}})[:-1]
lines = [json.dumps(case(name, "float64", torch.float64, f, draws)) for name, (f, *draws) in CASES.items()]
lines += [json.dumps(case(name, "float32", torch.float32, *CASES[name][:1], CASES[name][1:])) for name in FLOAT32]
(HERE / "operators.json").write_text(head + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")
