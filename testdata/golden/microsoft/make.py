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
    constants are initializers, as some kernels need their weights. Outputs have the type that is declared.
    Where ONNX Runtime can't run the node as it is, it runs one with other inputs or attributes."""
    other, run_with = attributes.pop("other", inputs), attributes.pop("run_with", {})
    model, feeds = build(operator, inputs, outputs, constants, dict(attributes))
    ran, other_feeds = build(operator, other, outputs, constants, attributes | run_with)
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
    declared, version = attributes.pop("declared", None), attributes.pop("version", 17)
    attributes = {"opset" if k == "opset_of_softmax" else k: v for k, v in attributes.items()}
    node = h.make_node(operator, names, results, domain=domain)
    node.attribute.extend(h.make_attribute(k, v) for k, v in attributes.items())
    free = [i for i, x in enumerate(inputs) if x is not None and i not in constants]
    graph = h.make_graph(
        [node], "g",
        [h.make_tensor_value_info(names[i], h.np_dtype_to_tensor_dtype(inputs[i].dtype), inputs[i].shape)
         for i in free],
        [h.make_tensor_value_info(y, h.np_dtype_to_tensor_dtype(np.dtype(declared)), None) if declared is not None
         else h.make_empty_tensor_value_info(y) for y in results if y],
        [numpy_helper.from_array(inputs[i], names[i]) for i in constants if inputs[i] is not None])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", version), h.make_opsetid("com.microsoft", 1)])
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
begin()

# Codes of 8 bits. Steps have few digits, so that many results lie halfway between two codes.
steps = [0.02, 0.04, 0.05, 0.1, 0.01, 0.03, 0.2, 1 / 128]


def step():
    return np.array(random.choice(steps), np.float32)


def drawn(dtype, *shape):
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max + 1, shape).astype(dtype)


def parameters(dtype):
    return [step(), np.array(drawn(dtype), dtype)]


for dtype in (np.uint8, np.int8):
    kind = np.dtype(dtype).name
    for operator in ("QLinearAdd", "QLinearMul"):
        for shapes in (((400,), (400,)), ((6, 1), (6, 40)), ((6, 40), (40,)), ((1,), (40,)), ((2, 1, 40), (3, 1))):
            for i in range(3):
                p = [parameters(dtype) for _ in range(3)]
                add(f"{operator} of {kind}, {shapes}, {i}", operator,
                    [drawn(dtype, *shapes[0]), *p[0], drawn(dtype, *shapes[1]), *p[1], *p[2]])
    every = np.arange(256).astype(dtype)
    for i in range(4):
        add(f"leaky relu of {kind}, {i}", "QLinearLeakyRelu", [every, *parameters(dtype), *parameters(dtype)],
            alpha=0.1)
        add(f"sigmoid of {kind}, {i}", "QLinearSigmoid", [every, *parameters(dtype), np.array(1 / 256, np.float32),
                                                         np.array(drawn(dtype), dtype)])
        p = [parameters(dtype) for _ in range(3)]
        add(f"concat of {kind}, {i}", "QLinearConcat", [*p[0], drawn(dtype, 2, 9), *p[0], drawn(dtype, 2, 5), *p[1],
                                                        drawn(dtype, 2, 7), *p[2]], axis=1)
        add(f"where of {kind}, {i}", "QLinearWhere", [codes(0, 2, 4, 9, dtype=bool), drawn(dtype, 4, 9), *p[0],
                                                      drawn(dtype, 9), *p[1], *p[2]])
        for part in (0, 1):
            add(f"average pool of {kind}, {i}, padding counted {part}", "QLinearAveragePool",
                [drawn(dtype, 2, 3, 7, 6), *p[0], *p[1]], kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1],
                count_include_pad=part)
            add(f"global average pool of {kind}, {i}, channels last {part}", "QLinearGlobalAveragePool",
                [drawn(dtype, 2, 5, 7, 3), *p[0], *p[1]], channels_last=part)
    for axis, version, smallest in ((-1, 13, 1 / 256), (1, 13, 1 / 255), (1, 12, 0.003), (0, 13, 0.01)):
        add(f"softmax of {kind}, axis {axis} of version {version}", "QLinearSoftmax",
            [drawn(dtype, 3, 4, 5), *parameters(dtype), np.array(smallest, np.float32),
             np.array(np.iinfo(dtype).min, dtype)], axis=axis, opset_of_softmax=version)
    rows, columns, depth = 4, 6, 9
    for transposed in (0, 1):
        a, b = drawn(dtype, rows, depth), drawn(dtype, depth, columns)
        for outputs in ([*parameters(dtype)], []):
            for many in (False, True):
                scales = np.array([step() for _ in range(columns)]) if many else step()
                zeros = drawn(dtype, columns) if many else np.array(drawn(dtype), dtype)
                add(f"gemm of {kind}, transposed {transposed}, {len(outputs)}, {many}", "QGemm",
                    [a.T.copy() if transposed else a, *parameters(dtype), b.T.copy() if transposed else b, scales,
                     zeros, codes(-900, 900, columns, dtype=np.int32), *outputs], constants=(4, 5), alpha=0.7,
                    transA=transposed, transB=transposed, declared=dtype if outputs else np.float32)
    add(f"linear conv of {kind}", "QLinearConv", [drawn(dtype, 1, 2, 5, 5), *parameters(dtype),
        codes(-9, 9, 3, 2, 3, 3), step(), np.array(0, np.int8), np.array(0.7, np.float32), np.array(3, dtype),
        codes(-90, 90, 3, dtype=np.int32)], constants=(3, 4, 5), pads=[1, 1, 1, 1], kernel_shape=[3, 3])
for dtype in (np.uint8, np.int16):
    p = [np.array([0.1, 0.2, 0.05], np.float32), np.array([3, 4, 5], dtype)]
    add(f"quantize to {np.dtype(dtype).name}", "QuantizeLinear", [draw(4, 3), *p], axis=1)
    add(f"dequantize {np.dtype(dtype).name}", "DequantizeLinear", [drawn(dtype, 4, 3), *p], axis=1)

# Attention of integers.
heads = 2
for name, m, past, outputs in (("plain", None, None, (0,)), ("keys", mask(2, 3), None, (0,)),
                               ("past", np.array([4, 5], np.int32), draw(2, 2, heads, 2, 4), (0, 1))):
    for many in (False, True):
        add(f"attention of integers, {name}, {many}", "QAttention",
            [drawn(np.uint8, 2, 3, 8), drawn(np.int8, 8, 24), draw(24), step(),
             np.array([step() for _ in range(24)]) / 4 if many else step(), m, np.array(90, np.uint8),
             drawn(np.int8, 24) if many else np.array(4, np.int8), past], outputs, constants=(1, 4, 7),
            num_heads=heads, unidirectional=1, declared=np.float32)

# Weights in blocks.
rows, columns, depth, size = 3, 5, 40, 16
for bits in (2, 4, 8):
    count = -(-depth // size)
    w, scales = drawn(np.uint8, columns, count, size * bits // 8), abs(draw(columns, count)) / 9
    zeros = {"": None, "packed ": drawn(np.uint8, columns, -(-count * bits // 8)),
             "floats ": abs(draw(columns, count)) * 3}
    for name, z in zeros.items():
        for dtype in (np.float32, np.float16):
            if dtype == np.float16 and (name != "" or bits == 2) or name == "floats " and bits == 8:
                continue
            add(f"matmul of {bits} bits, {name}{np.dtype(dtype).name}", "MatMulNBits",
                [draw(2, rows, depth).astype(dtype), w, scales.astype(dtype), z, None, draw(columns).astype(dtype)],
                constants=(1, 2, 3), K=depth, N=columns, bits=bits, block_size=size)
    add(f"matmul of {bits} bits that vary", "MatMulNBits", [draw(rows, depth), w, scales, zeros["packed "]], K=depth,
        N=columns, bits=bits, block_size=size)
    # Blocks that don't divide the depth have no kernels that round rows: ours are those of the level 0.
    add(f"matmul of {bits} bits, level 4", "MatMulNBits", [draw(rows, depth), w, scales, zeros["packed "]],
        constants=(1, 2, 3), K=depth, N=columns, bits=bits, block_size=size, accuracy_level=4,
        run_with={"accuracy_level": 0})

add("transposed matmul", "TransposeMatMul", [draw(4, 3), draw(5, 4)], transA=1, transB=1, alpha=0.5)
for metric in ("sqeuclidean", "euclidean"):
    add(f"distances, {metric}", "CDist", [draw(4, 3), draw(5, 3)], metric=metric)
add("expanded dimensions", "ExpandDims", [draw(2, 3), np.array(-1, np.int32)], constants=(1,))
add("triangle", "Trilu", [draw(2, 4, 4), np.array(1)], upper=0)
# Standard operators, where onnx's reference evaluator is silent or mistaken.
for way in ("zeros", "border", "reflection"):
    for corners in (0, 1):
        add(f"bicubic samples, {way}, {corners}", "GridSample", [draw(1, 2, 3, 4) / 4, draw(1, 5, 4, 2)], domain="",
            mode="bicubic", padding_mode=way, align_corners=corners)
future = np.triu(np.full((3, 3), -np.inf, np.float32), 1)
qkv = [draw(1, 2, 3, 4), draw(1, 1, 3, 4), draw(1, 1, 3, 4)]
for m, causal in ((future, 0), (None, 1)):
    add(f"capped attention, {causal}", "Attention", [*qkv, m], domain="", version=23, softcap=0.5, is_causal=causal)
add("capped scores", "Attention", [*(draw(1, 1, 3, 4) for _ in range(3)), draw(3, 3)], (0, 3), domain="", version=23,
    softcap=0.5, qk_matmul_output_mode=3)
for i in range(4):
    a, b, out = parameters(np.uint8), [step(), np.array(3, np.int8)], parameters(np.uint8)
    add(f"halves of a product, {i}", "QLinearMatMul", [drawn(np.uint8, 20, 3), *a, drawn(np.int8, 3, 20), *b, *out],
        domain="", constants=(3, 4, 5))
    add(f"halves of a convolution, {i}", "QLinearConv", [drawn(np.uint8, 1, 2, 9, 9), *a,
        drawn(np.int8, 4, 2, 1, 1), *b, *out], domain="", constants=(3, 4, 5), kernel_shape=[1, 1])
add("slice backwards", "Slice", [draw(3, 2), *(np.array([v]) for v in (-9, -20, 0, -1))], domain="",
    constants=(1, 2, 3, 4))
add("hardmax of nothing", "Hardmax", [draw(2, 0)], domain="")
add("sum of columns of nothing", "ReduceSum", [draw(2, 3, 0), np.array([1])], domain="", constants=(1,))
add("gathered", "GatherND", [draw(3, 4, 2), np.array([[2, 1], [0, 3]])])
for size in (16, 32):
    for points in (False, True):
        add(f"rows of bytes by blocks of {size}, {points}", "MatMulNBits",
            [draw(2, 3, 96), drawn(np.uint8, 70, 96 // size, size // 2), abs(draw(70, 96 // size)) / 90,
             drawn(np.uint8, 70, -(-96 // size // 2)) if points else None, None, draw(70)],
            constants=(1, 2, 3), K=96, N=70, bits=4, block_size=size, accuracy_level=4)
add("bicubic to one pixel", "Resize", [draw(1, 1, 6, 6), None, None, np.array([1, 1, 7, 1])], domain="", constants=(3,),
    mode="cubic", coordinate_transformation_mode="pytorch_half_pixel")
for dtype in (np.uint8, np.int8):
    a = [drawn(dtype, 5, 20), *parameters(dtype)]
    for transposed in (0, 1):
        for bias in (codes(-900, 900, 18, dtype=np.int32), None):
            for outputs in ([np.array(0.9, np.float32), drawn(dtype)], []):
                many = bias is not None
                b = [drawn(np.int8, *((18, 20) if transposed else (20, 18))),
                     np.array([step() for _ in range(18)]) / 9 if many else step(),
                     drawn(np.int8, 18) if many else np.array(7, np.int8)]
                add(f"gemm of {np.dtype(dtype).name} by constants, transposed {transposed}, {len(outputs)}, {many}",
                    "QGemm", [*a, *b, bias, *outputs], constants=(3, 4, 5, 6, 7, 8)[:6 if outputs else 4], alpha=0.7,
                    transA=0, transB=transposed, declared=dtype if outputs else np.float32)
    add(f"softmax of {np.dtype(dtype).name} with constants", "QLinearSoftmax",
        [drawn(dtype, 3, 4, 5), *parameters(dtype), np.array(1 / 256, np.float32),
         np.array(np.iinfo(dtype).min, dtype)], constants=(1, 2, 3, 4), axis=-1, opset_of_softmax=13)


def pack(codes, bits):
    """Rows of codes in bytes, the lowest bits first."""
    per = 8 // bits
    codes = np.pad(codes, [(0, 0)] * (codes.ndim - 1) + [(0, -codes.shape[-1] % per)])
    return sum(codes[..., i::per].astype(np.uint8) << (bits * i) for i in range(per)).astype(np.uint8)


def grouped_columns(name, bits, depth, size, zeros=None, groups=None, sort=True, constants=(1, 2, 3, 4),
                    **attributes):
    """Adds a product by 20 rows of codes whose columns have groups, as many as blocks unless others are given.
    With these ONNX Runtime passes over zero points that are codes, takes codes of 2 bits for those of 4, and has
    no codes of 8: there it runs the columns in order, or with zero points that are floats."""
    count = -(-depth // size)
    if groups is None:
        groups = random.permutation(np.arange(depth) // size).astype(np.int32)
    w, order = random.integers(0, 2**bits, (20, count * size)), np.argsort(groups, kind="stable")
    x, scales, bias = draw(3, depth), abs(draw(20, count)) / 2 ** (bits + 2), draw(20)
    z = {"codes": random.integers(0, 2**bits, (20, count)), "floats": abs(draw(20, count)) * 3}.get(zeros)
    packed = pack(z, bits) if zeros == "codes" else z
    in_order = w.copy()
    in_order[:, :depth] = w[:, order[:depth]]
    blob = lambda w: pack(w.reshape(20, count, size), bits)
    other = [x[:, order], blob(in_order), scales, packed, None, bias] if sort else \
        [x, blob(w), scales, None if z is None else z.astype(np.float32), groups, bias]
    add(f"{name} of {bits} bits, {depth}, {zeros}", "MatMulNBits", [x, blob(w), scales, packed, groups, bias],
        constants=constants, other=other, K=depth, N=20, bits=bits, block_size=size, **attributes)


for bits in (2, 4, 8):
    for depth in (40, 96):
        for zeros in (None, "codes"):
            grouped_columns("sorted groups", bits, depth, 16, zeros)
for zeros in (None, "codes", "floats"):
    for depth in (40, 96):
        grouped_columns("groups", 4, depth, 16, zeros, sort=False)
        grouped_columns("uneven groups", 4, depth, 16, zeros, random.integers(0, depth // 16, depth).astype(np.int32),
                        sort=False)
    grouped_columns("blocks as groups", 4, 96, 32, zeros, (np.arange(96) // 32).astype(np.int32), sort=False)
    grouped_columns("padded groups", 4, 40, 16, zeros, np.append(random.permutation(np.arange(40) // 16),
                    [0] * 8).astype(np.int32), sort=False)
    grouped_columns("groups that vary", 4, 40, 16, zeros, constants=(1, 2, 3), sort=False)
    grouped_columns("codes that vary", 4, 40, 16, zeros, constants=(4,), sort=False)
for zeros in (None, "codes"):
    grouped_columns("rows of bytes by groups", 4, 96, 32, zeros, accuracy_level=4)

write("quantised")
begin()

# Texts.


def tokens(name, texts, mark=0, mincharnum=1, **attributes):
    add(f"tokens, {name}", "Tokenizer", [np.array(texts, dtype=object)], mark=mark, mincharnum=mincharnum,
        pad_value="#", **attributes)


lines = ["a bc  d,e", "", "x", "naïve, süß  ", " ,,"]
for mark in (0, 1):
    tokens(f"separator, {mark}", lines, mark, separators=[" "])
    tokens(f"separators of rank 2, {mark}", [lines[:3], lines[2:]], mark, separators=[", ", ",", " "], mincharnum=2)
    tokens(f"characters, {mark}", ["é\nb", "xyz", ""], mark, separators=[""])
    tokens(f"words, {mark}", lines, mark, tokenexp="[a-zA-Z0-9_]+", mincharnum=2)
    tokens(f"nothing, {mark}", ["", " "], mark, separators=[" "])
tokens("expression of a separator", ["a1b22c;d"], separators=["[0-9]+|;"])
tokens("separators in order", ["abaab"], separators=["a", "ab"])
tokens("separators before an expression", ["a b"], separators=["b"], tokenexp="b")
tokens("characters by an expression", ["é\nb", "xyz"], tokenexp=".")
tokens("the longest", ["abcab", "ab"], tokenexp="a|ab")
tokens("at the beginning", ["aab", "ba"], tokenexp="^a|b")
tokens("at words", ["ab ba", "a-b"], tokenexp=r"\b[ab]")
tokens("matches of nothing", ["ab ba", "bb"], tokenexp="b*")
# One that is too short is searched again from its second character on.
tokens("within short ones", ["abcdef", "ab abc", "éabcdé"], tokenexp="ab|^b|b?cde?f?|.ab", mincharnum=3)
tokens("after short words", ["ab abc abcd", "é ab äbc"], tokenexp=r"\b[^ ]+", mincharnum=3)
tokens("no texts", np.zeros(0), separators=[" "])
tokens("no texts in rows", np.zeros((2, 0)), mark=1, separators=[" "])
tokens("no rows of texts", np.zeros((0, 2)), tokenexp="a")
for positive in (0, 1):
    for dtype in (np.int32, np.uint32, np.int64, np.uint64, np.float32, np.float64):
        add(f"hashes of {np.dtype(dtype).name}, {positive}", "MurmurHash3", [np.array([[0, 1, 3], [1e9, 7, 2**30]], dtype)],
            positive=positive)
    for seed in (0, 7, -1, 2**40 + 5):
        add(f"hashes of texts, {positive}, {seed}", "MurmurHash3",
            [np.array(["", "a", "ab", "abc", "abcd", "naïve süß"], dtype=object)], positive=positive, seed=seed)
# Standard operators that move strings.
words = np.array([f"w{i}" for i in range(24)], dtype=object)
cube, places = words.reshape(2, 3, 4), np.array([[2, 0], [-1, 1]])


def moved(operator, *inputs, **attributes):
    add(f"moved by {operator}, {len(cases)}", operator, list(inputs), domain="", **attributes)


moved("Flatten", cube, axis=2)
moved("Reshape", cube, np.array([0, -1]))
moved("Squeeze", cube[:, :1], np.array([1]), constants=(1,))
moved("Unsqueeze", cube, np.array([0, -1]), constants=(1,))
moved("Transpose", cube, perm=[2, 0, 1])
moved("Expand", cube[:, :1], np.array([2, 3, 4]))
moved("Tile", cube[0], np.array([2, 3]))
moved("Concat", cube, cube[:, :2], cube[:, :0], axis=1)
moved("Slice", cube, np.array([-1, 0]), np.array([-9, 3]), np.array([2, 1]), np.array([-2, 1]))
moved("Split", cube, np.array([1, 3]), outputs=(0, 1), constants=(1,), axis=2)
moved("Gather", cube, places, axis=2)  # ONNX Runtime moves one string of each block only
moved("GatherND", cube, np.array([[1], [0]]))
moved("GatherElements", cube[0], np.array([[2, 0, 1, -1]]), axis=0)
moved("GatherND", cube, np.array([[1, 2], [0, 0]]))
moved("ScatterElements", cube[0], np.array([[2, 0, 1, 0]]), np.array([["a", "b", "c", "d"]], dtype=object), axis=0)
moved("ScatterND", cube, np.array([[1, 2], [0, 0]]), cube[0, :2])
moved("Where", np.array([[True], [False], [True]]), cube, words[:4])
moved("Where", np.array([[True], [False], [True]]), words[:1], cube, constants=(0, 1, 2))
add("hashes by default", "MurmurHash3", [np.array(["a", "b"], dtype=object)])
write("texts")
