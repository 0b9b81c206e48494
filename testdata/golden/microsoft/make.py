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
random = cases = None


def begin():
    """Begins another file."""
    global random, cases
    random, cases = np.random.default_rng(3), []


def write(name):
    with open(HERE / f"{name}.json", "w") as f:
        f.write(json.dumps({"script": SCRIPT, "versions": {
            "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__},
            "cases": cases}, indent=1) + "\n")


def draw(*shape):
    return random.standard_normal(shape).astype(np.float32)


def codes(low, high, *shape, dtype=np.int8):
    return random.integers(low, high, shape).astype(dtype)


def encode(name, array):
    return base64.b64encode(numpy_helper.from_array(np.asarray(array), name).SerializeToString()).decode()


def add(name, operator, inputs, outputs=(0,), constants=(), **attributes):
    """Runs one node for some of its outputs. Inputs are arrays, None where one is left out; those at the places in
    constants are initializers, as some kernels need their weights. Outputs have the type of the first input. With
    other, inputs that stand for the same where ONNX Runtime can't run the node, it runs the node with these."""
    other = attributes.pop("other", None)
    model, feeds = build(operator, inputs, outputs, constants, dict(attributes))
    ran, other_feeds = (model, feeds) if other is None else build(operator, other, outputs, constants, attributes)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(ran.SerializeToString(), options)
    given = session.run(None, other_feeds)
    cases.append({
        "name": name, "model": base64.b64encode(model.SerializeToString()).decode(), "files": {},
        "runs": [{"inputs": {k: encode(k, v) for k, v in feeds.items()},
                  "outputs": {o.name: encode(o.name, v) for o, v in zip(session.get_outputs(), given)}}],
    })


def build(operator, inputs, outputs, constants, attributes):
    """Returns the model of one node, and what it is fed with."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    results = [f"y{i}" if i in outputs else "" for i in range(max(outputs) + 1)]
    domain = attributes.pop("domain", "com.microsoft")
    declared = attributes.pop("declared", None)
    node = h.make_node(operator, names, results, domain=domain, **attributes)
    free = [i for i, x in enumerate(inputs) if x is not None and i not in constants]
    graph = h.make_graph(
        [node], "g",
        [h.make_tensor_value_info(names[i], h.np_dtype_to_tensor_dtype(inputs[i].dtype), inputs[i].shape)
         for i in free],
        [h.make_tensor_value_info(y, h.np_dtype_to_tensor_dtype(np.dtype(declared)), None) if declared is not None
         else h.make_empty_tensor_value_info(y) for y in results if y],
        [numpy_helper.from_array(inputs[i], names[i]) for i in constants if inputs[i] is not None])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17), h.make_opsetid("com.microsoft", 1)])
    model.ir_version = 10
    return model, {names[i]: inputs[i] for i in free}


begin()

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

write("models")
begin()

# Attention with weights for queries, keys and values: masks of every rank, a past, other sizes.
batch, tokens, heads, size = 2, 3, 2, 4
width = heads * size


def mask(*shape):
    m = random.integers(0, 2, shape).astype(np.int32)
    m[..., 0] = 1
    return m


def attention(name, m=None, past=None, bias=None, outputs=(0,), weights=None, **attributes):
    w = [draw(width, 3 * width) / 2, draw(3 * width)] if weights is None else weights
    add(f"attention, {name}", "Attention", [draw(batch, tokens, width), *w, m, past, bias], outputs, num_heads=heads,
        **attributes)


lengths = np.array([2, 3], np.int32)
past = draw(2, batch, heads, 2, size)
attention("plain")
attention("without a bias", weights=[draw(width, 3 * width), None])
attention("other values", weights=[draw(width, 2 * width + 6), draw(2 * width + 6)], qkv_hidden_sizes=[8, 8, 6])
attention("lengths", lengths)
attention("ends and starts", np.array([2, 3, 0, 1], np.int32))
attention("packed lengths", np.array([2, 3, 0, 2, 5, 0, 2, 5], np.int32), mask_filter_value=-50.0)
attention("keys", mask(batch, tokens))
attention("dummy", np.zeros((batch, 1), np.int32))
attention("all", mask(batch, tokens, tokens), unidirectional=1)
attention("nothing seen", np.zeros((batch, tokens), np.int32), unidirectional=1)
attention("present", outputs=(0, 1), unidirectional=1, scale=0.3)
attention("past", past=past, outputs=(0, 1), unidirectional=1)
attention("past and keys", mask(batch, tokens + 2), past, outputs=(0, 1))
attention("past and all", mask(batch, tokens, tokens + 2), past, outputs=(0, 1), unidirectional=1)
attention("bias", bias=draw(1, heads, tokens, tokens))
attention("bias and keys", mask(batch, tokens), bias=draw(batch, 1, tokens, tokens), unidirectional=1)

# Attention of queries, keys and values, packed and not.
keys = 5


def multihead(name, inputs, outputs=(0,), **attributes):
    add(f"multihead, {name}", "MultiHeadAttention", inputs, outputs, num_heads=heads, declared=np.float32, **attributes)


q, k, v, b = draw(batch, tokens, width), draw(batch, keys, width), draw(batch, keys, width), draw(3 * width)
pasts = [draw(batch, heads, 2, size), draw(batch, heads, 2, size)]
multihead("plain", [q, k, v], (0, 1, 2, 3))
multihead("bias", [q, k, v, b], (0, 1, 2))
multihead("other values", [q, k, draw(batch, keys, 6), draw(2 * width + 6)])
ends = np.array([2, 5], np.int32)
for name, m in (("lengths", ends), ("packed lengths", np.array([2, 4, 0, 2, 5, 0, 2, 5], np.int32)),
                ("keys", mask(batch, keys)), ("all", mask(batch, tokens, keys))):
    multihead(name, [q, k, v, b, m], (0, 3), mask_filter_value=-900.0)
# In order there are as many keys as queries: if there are more, ONNX Runtime lets the last query see them all.
ks, vs = k[:, :tokens], v[:, :tokens]
for name, m in (("lengths", lengths), ("keys", mask(batch, tokens)), ("all", mask(batch, tokens, tokens))):
    multihead(f"{name} in order", [q, ks, vs, b, m], (0, 3), unidirectional=1)
multihead("bias in order", [q, ks, vs, None, mask(batch, tokens), draw(1, 1, tokens, tokens)], unidirectional=1,
          scale=0.7)
multihead("past in order", [q, ks, vs, None, None, None, *pasts], (0, 1, 2, 3), unidirectional=1)
multihead("past and keys", [q, k, v, b, mask(batch, keys + 2), draw(batch, heads, tokens, keys + 2), *pasts], (0, 1, 2))
multihead("one query", [q[:, :1], k[:, :1], v[:, :1], b, None, None, *pasts], (0, 1, 2), unidirectional=1)
multihead("divided keys", [q, draw(batch, heads, keys, size), draw(batch, heads, keys, size), b], (0, 1, 2))
packed = draw(batch, tokens, heads, 3, size)
multihead("packed", [packed, None, None, b], (0, 1, 2),
          other=[*(packed[:, :, :, i].reshape(batch, tokens, width) for i in range(3)), b])
packed = draw(batch, keys, heads, 2, size)
multihead("packed keys", [q, packed, None, None, ends],
          other=[q, *(packed[:, :, :, i].reshape(batch, keys, width) for i in range(2)), None, ends])

# Rotary embeddings.
angles = [draw(7, 4), draw(7, 4)]
places = np.array([[0, 1, 2], [6, 2, 5]])
for x in (draw(batch, tokens, 16), draw(batch, 2, tokens, 8)):
    for pairs in (0, 1):
        add(f"rotary of rank {x.ndim}, pairs {pairs}", "RotaryEmbedding", [x, places, *angles], interleaved=pairs)
    add(f"rotary of rank {x.ndim} from a place", "RotaryEmbedding", [x, np.array([3]), *angles], scale=2.0)
    add(f"rotary of rank {x.ndim}, a part", "RotaryEmbedding", [x, places, *(a[:, :2].copy() for a in angles)],
        num_heads=2, rotary_embedding_dim=4)
    add(f"rotary of rank {x.ndim}, halves", "RotaryEmbedding",
        [x.astype(np.float16), places, *(a.astype(np.float16) for a in angles)])

# Attention with groups of keys and a cache.
heads, groups, size = 4, 2, 16


def grouped(name, batch=1, tokens=3, past=0, places=None, lengths=None, packed=False, turned=False, outputs=(0, 1, 2),
            dtype=np.float32, positions=None, bias=None, sink=None, **attributes):
    shapes = [(batch, tokens, (heads + 2 * groups) * size), None, None] if packed else \
        [(batch, tokens, heads * size), (batch, tokens, groups * size), (batch, tokens, groups * size)]
    shapes += [(batch, groups, places or past, size)] * 2 if places or past else [None, None]
    inputs = [None if s is None else draw(*s).astype(dtype) for s in shapes]
    inputs += [np.array(lengths or [past + tokens] * batch, np.int32) - 1, np.array(past + tokens, np.int32)]
    angles = turned * 16
    inputs += [draw(16, angles // 2).astype(dtype), draw(16, angles // 2).astype(dtype)] if turned else [None, None]
    inputs += [positions, None if bias is None else bias.astype(dtype), None if sink is None else sink.astype(dtype)]
    add(f"grouped, {name}", "GroupQueryAttention", inputs, outputs, num_heads=heads, kv_num_heads=groups,
        do_rotary=int(turned), declared=dtype, **attributes)


grouped("prompt")
grouped("packed prompt", packed=True, turned=True)
grouped("prompt in a cache", places=6, turned=True, rotary_interleaved=1)
grouped("prompt at a place", turned=True, positions=np.array([[3, 1, 7]]))
grouped("both ways", causal=0, scale=0.5)
grouped("token", tokens=1, past=4, turned=True)
grouped("tokens", past=4, packed=True, turned=True)
grouped("tokens at places", past=4, turned=True, positions=np.array([[9, 0, 3]]))
grouped("token in a cache", tokens=1, past=4, places=9, turned=True)
grouped("sequences", batch=2, tokens=1, past=4, lengths=[5, 3], turned=True)
grouped("window", past=4, local_window_size=2, outputs=(0, 1, 2, 3), qk_output=1)
grouped("window of a prompt", tokens=5, local_window_size=3, outputs=(0, 1, 2, 3), qk_output=2)
grouped("cap", past=4, softcap=0.6)
grouped("cap and bias", past=4, softcap=0.6, bias=draw(1, 1, 3, 7), outputs=(0, 1, 2, 3), qk_output=1)
grouped("bias by heads", tokens=1, past=4, places=8, bias=draw(1, heads, 1, 5), outputs=(0, 1, 2, 3), qk_output=2)
grouped("smooth", past=4, smooth_softmax=1)
grouped("sink", past=4, sink=draw(heads), local_window_size=3, outputs=(0, 1, 2, 3), qk_output=2)
grouped("halves", dtype=np.float16)
grouped("halves, turned", past=4, dtype=np.float16, turned=True, packed=True)

write("attention")
