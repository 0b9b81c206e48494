"""Random nodes of networks: products, convolutions, pools, norms, recurrent layers, integers. See operators.py."""

import numpy as np

from operators import FLOATS, axis_of, ints, need, operator


def window(g, space, kernel):
    """Draws strides, padding and dilations, under which the kernel fits."""
    given = {}
    if g.chance():
        given["strides"] = g.random.integers(1, 3, len(space)).tolist()
    if g.chance(0.3):
        given["dilations"] = g.random.integers(1, 3, len(space)).tolist()
    if g.chance():
        given["pads"] = [int(g.random.integers(0, k)) for k in kernel * 2]
    elif g.chance(0.3) and "dilations" not in given:
        given["auto_pad"] = str(g.random.choice(["SAME_UPPER", "SAME_LOWER", "VALID"]))
    pads = given.get("pads", [0] * 2 * len(space))
    n = len(space)
    for i, size in enumerate(space):
        need(size + pads[i] + pads[n + i] >= given.get("dilations", [1] * n)[i] * (kernel[i] - 1) + 1)
    return given


def images(g, dtype=np.float32, channels=None):
    """Draws an input of images of one to three dimensions."""
    n = int(g.random.choice([1, 2, 2, 2, 3]))
    channels = channels or int(g.random.integers(1, 5))
    shape = (int(g.random.integers(1, 3)), channels, *g.random.integers(2, 8, n).tolist())
    return g.input(dtype, shape), shape


@operator(7, "MatMul")
def matmul(g, name):
    dtype = g.random.choice(FLOATS if g.opset < 9 else FLOATS + [np.int32, np.int64, np.uint32])
    m, k, n = g.shape(3, 3)
    batch = g.shape(2)
    x, y = (*batch, m, k), (*g.narrowed(batch), k, n)
    if g.chance(0.2):
        x = (k,)
    elif g.chance(0.2):
        y = (k,)
    x = g.input(dtype, x)
    g.node(name, [x, g.constant(g.draw(dtype, y)) if g.chance() else g.input(dtype, y)])


@operator(7, "Gemm")
def gemm(g, name):
    m, k, n = g.shape(3, 3)
    a, b = int(g.random.integers(2)), int(g.random.integers(2))
    dtype = g.random.choice([np.float32, np.float64])
    inputs = [g.input(dtype, (k, m) if a else (m, k)), g.constant(g.draw(dtype, (n, k) if b else (k, n)))]
    if g.opset < 11 or g.chance(0.7):
        inputs.append(g.constant(g.draw(dtype, g.narrowed((m, n)))))
    g.node(name, inputs, alpha=0.5, transA=a, transB=b, **({"beta": 2.0} if g.chance() else {}))


@operator(12, "Einsum")
def einsum(g, name):
    equation, shapes = [("ij,jk->ik", ((2, 3), (3, 4))), ("bij,bjk", ((2, 2, 3), (2, 3, 4))), ("ii->i", ((3, 3),)),
                        ("...ij->...ji", ((2, 3, 4),)), ("ij,kj->", ((2, 3), (4, 3))), ("bhwc,hkc->bhwk",
                         ((1, 2, 3, 2), (2, 4, 2)))][g.random.integers(6)]
    g.node(name, [g.input(np.float32, s) for s in shapes], equation=equation)


@operator(7, "Conv")
def conv(g, name):
    group = int(g.random.choice([1, 1, 2, 3]))
    x, shape = images(g, channels=group * int(g.random.integers(1, 3)))
    kernel = g.random.integers(1, 4, len(shape) - 2).tolist()
    filters = group * int(g.random.integers(1, 3))
    given = window(g, shape[2:], kernel)
    inputs = [x, g.constant(g.draw(np.float32, (filters, shape[1] // group, *kernel)))]
    if g.chance():
        inputs.append(g.constant(g.draw(np.float32, (filters,))))
    g.node(name, inputs, group=group, **given, **({"kernel_shape": kernel} if g.chance() else {}))


@operator(7, "ConvTranspose")
def conv_transpose(g, name):
    group = int(g.random.choice([1, 1, 2]))
    x, shape = images(g, channels=group * int(g.random.integers(1, 3)))
    kernel = g.random.integers(1, 4, len(shape) - 2).tolist()
    given = window(g, shape[2:], kernel)
    strides = given.get("strides", [1] * len(kernel))
    if "strides" in given and g.chance():
        given["output_padding"] = [int(g.random.integers(0, s)) for s in strides]
    g.node(name, [x, g.constant(g.draw(np.float32, (shape[1], int(g.random.integers(1, 3)), *kernel)))], group=group,
           **given)


@operator(7, "MaxPool", "AveragePool", "LpPool")
def pool(g, name):
    x, shape = images(g)
    kernel = g.random.integers(1, 4, len(shape) - 2).tolist()
    given = window(g, shape[2:], kernel)
    dilated = {"MaxPool": 10, "AveragePool": 19, "LpPool": 18}[name]
    if g.opset < dilated:
        given.pop("dilations", None)
    if g.opset >= max(dilated, 10) - (9 if name == "AveragePool" else 0) and g.chance(0.4) and "auto_pad" not in given:
        given["ceil_mode"] = 1
    if name == "AveragePool" and g.chance():
        given["count_include_pad"] = 1
    if name == "LpPool":
        given["p"] = int(g.random.integers(1, 4))
    outputs = 2 if name == "MaxPool" and g.opset >= 8 and g.chance() else 1
    g.node(name, [x], outputs, kernel_shape=kernel, **given)


@operator(7, "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(g, name):
    g.node(name, [images(g)[0]])


@operator(7, "BatchNormalization", "InstanceNormalization", "LRN")
@operator(18, "GroupNormalization")
@operator(9, "MeanVarianceNormalization")
def norms(g, name):
    x, shape = images(g, channels=2 * int(g.random.integers(1, 3)))
    each = lambda n: g.constant(abs(g.draw(np.float32, (n,))) + np.float32(0.5))
    if name == "LRN":
        g.node(name, [x], size=int(g.random.choice([1, 3])), alpha=0.1, beta=0.5)
    elif name == "MeanVarianceNormalization":
        g.node(name, [x], axes=[0] + list(range(2, len(shape))))
    elif name == "GroupNormalization":
        n = 2 if g.opset < 21 else shape[1]
        g.node(name, [x, each(n), each(n)], num_groups=2)
    else:
        n = 4 if name == "BatchNormalization" else 2
        g.node(name, [x, *(each(shape[1]) for _ in range(n))], **({"epsilon": 0.01} if g.chance() else {}))


@operator(17, "LayerNormalization")
@operator(23, "RMSNormalization")
def row_norms(g, name):
    x = g.pick([np.float32])
    v = g.value(x)
    need(v.ndim and v.size)
    axis = axis_of(g, v)
    each = lambda: g.constant(g.draw(np.float32, v.shape[axis:]))
    g.node(name, [x, each()] + ([each()] if name == "LayerNormalization" and g.chance() else []), axis=axis)


@operator(7, "Dropout")
def dropout(g, name):
    g.node(name, [g.pick([np.float32])])


@operator(11, "Resize")
def resize(g, name):
    need(g.opset != 12)
    x, shape = images(g)
    need(len(shape) == 4)
    mode = str(g.random.choice(["nearest", "linear", "cubic"]))
    where = str(g.random.choice(["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]))
    given = {"mode": mode, "coordinate_transformation_mode": where}
    if mode == "nearest" and g.chance():
        given["nearest_mode"] = str(g.random.choice(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]))
    if mode == "cubic" and g.chance():
        given["cubic_coeff_a"] = -0.5
    to = [*shape[:2], *g.random.integers(1, 12, 2).tolist()]
    empty = "" if g.opset >= 13 else g.constant(np.zeros(0, np.float32))
    if g.chance():
        g.node(name, [x, empty, empty, g.constant(ints(*to))], **given)
    else:
        # Where a scale leaves a part of a pixel, ONNX Runtime's corners are those of whole pixels, the standard's not.
        whole = where in ("align_corners", "pytorch_half_pixel")
        scale = [1, 1, *g.random.choice([2, 3] if whole else [0.5, 0.75, 1.5, 2, 3], 2)]
        g.node(name, [x, empty, g.constant(np.array(scale, np.float32))], **given)


@operator(16, "GridSample")
def grid_sample(g, name):
    n, c, h, w = g.shape(4, 4)
    modes = ["bilinear", "nearest", "bicubic"] if g.opset < 20 else ["linear", "nearest", "cubic"]
    grid = g.random.uniform(-1.3, 1.3, (n, 3, 2, 2)).astype(np.float32)
    g.node(name, [g.input(np.float32, (n, c, h + 1, w + 1)), g.constant(grid)], mode=str(g.random.choice(modes)),
           padding_mode=str(g.random.choice(["zeros", "border", "reflection"])),
           align_corners=int(g.random.integers(2)))


@operator(7, "LSTM", "GRU", "RNN")
def recurrent(g, name):
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[name]
    steps, batch, inputs, hidden = g.shape(4, 4)
    way = str(g.random.choice(["forward", "reverse", "bidirectional"]))
    n = 2 if way == "bidirectional" else 1
    draw = lambda *s: g.constant(g.draw(np.float32, s) / np.float32(4))
    names = [g.input(np.float32, (steps, batch, inputs)), draw(n, gates * hidden, inputs),
             draw(n, gates * hidden, hidden)]
    names.append(draw(n, 2 * gates * hidden) if g.chance() else "")
    names.append(g.constant(g.random.integers(1, steps + 1, batch).astype(np.int32)) if g.chance(0.4) else "")
    names.append(draw(n, batch, hidden) if g.chance() else "")
    if name == "LSTM":
        names.append(draw(n, batch, hidden) if g.chance() else "")
        names.append(draw(n, 3 * hidden) if g.chance(0.3) else "")
    given = {"linear_before_reset": int(g.random.integers(2))} if name == "GRU" else {}
    if g.chance(0.2):
        given["clip"] = 0.5
    g.node(name, names, 3 if name == "LSTM" else 2, hidden_size=hidden, direction=way, **given)


@operator(10, "QuantizeLinear", "DequantizeLinear")
def quantisation(g, name):
    code = g.random.choice([np.uint8, np.int8])
    x = g.pick([np.float32]) if name == "QuantizeLinear" else g.input(code, g.shape(g.random.integers(1, 4)))
    v = g.value(x)
    need(np.isfinite(v).all())
    shape, given = (), {}
    if g.opset >= 13 and g.chance() and v.ndim:
        axis = axis_of(g, v)
        shape, given = (v.shape[axis],), {"axis": axis}
    scale = g.constant(g.random.choice([0.02, 0.1, 0.25], shape).astype(np.float32))
    g.node(name, [x, scale] + ([g.constant(g.random.integers(0, 90, shape).astype(code))] if g.chance(0.8) or
                               name == "DequantizeLinear" else []), **given)


@operator(11, "DynamicQuantizeLinear")
def dynamic(g, name):
    x = g.pick([np.float32])
    need(np.isfinite(g.value(x)).all() and g.value(x).size)
    g.node(name, [x], 3)


@operator(10, "MatMulInteger", "QLinearMatMul")
def integer_matmul(g, name):
    m, k, n = g.shape(3, 3)
    a = g.input(np.uint8, (m, k))
    t = g.random.choice([np.uint8, np.int8])
    b = g.constant(g.draw(t, (k, n)))
    za, zb = g.constant(np.array(7, np.uint8)), g.constant(np.array(5, t))
    if name == "MatMulInteger":
        g.node(name, [a, b, za, zb][:g.random.integers(2, 5)])
        return
    s = lambda: g.constant(np.array(g.random.choice([0.02, 0.1]), np.float32))
    g.node(name, [a, s(), za, b, s(), zb, s(), g.constant(np.array(9, np.uint8))])


@operator(10, "ConvInteger", "QLinearConv")
def integer_conv(g, name):
    x, shape = images(g, np.uint8)
    need(len(shape) == 4)
    kernel = g.random.integers(1, 4, 2).tolist()
    given = window(g, shape[2:], kernel)
    t = np.uint8 if name == "ConvInteger" else g.random.choice([np.uint8, np.int8])
    w = g.constant(g.draw(t, (3, shape[1], *kernel)))
    zx, zw = g.constant(np.array(100, np.uint8)), g.constant(np.array(3, t))
    if name == "ConvInteger":
        g.node(name, [x, w, zx], **given)
        return
    s = lambda: g.constant(np.array(g.random.choice([0.02, 0.1]), np.float32))
    bias = [g.constant(g.random.integers(-99, 99, 3).astype(np.int32))] if g.chance() else []
    g.node(name, [x, s(), zx, w, s(), zw, s(), g.constant(np.array(9, np.uint8)), *bias], **given)


@operator(23, "Attention")
def attention(g, name):
    batch, queries, keys, size = g.shape(4, 4)
    heads, groups = [(2, 1), (2, 2), (4, 2)][g.random.integers(3)]
    shape = lambda h, n: (batch, h, n, size)
    inputs = [g.input(np.float32, shape(heads, queries)), g.input(np.float32, shape(groups, keys)),
              g.input(np.float32, shape(groups, keys))]
    given = {"is_causal": 1} if g.chance(0.4) else {}
    if g.chance():
        inputs.append(g.constant(g.draw(np.float32, (queries, keys))))
    g.node(name, inputs, **given, **({"softcap": 2.0} if g.chance(0.3) else {}))


@operator(23, "RotaryEmbedding")
def rotary(g, name):
    batch, heads, tokens, half = g.shape(4, 4)
    angles = [g.constant(g.random.uniform(-1, 1, (9, half)).astype(np.float32)) for _ in range(2)]
    places = g.constant(g.random.integers(0, 9, (batch, tokens)).astype(np.int64))
    g.node(name, [g.input(np.float32, (batch, heads, tokens, 2 * half)), *angles, places],
           interleaved=int(g.random.integers(2)))


@operator(11, "Det")
def det(g, name):
    n = int(g.random.integers(1, 4))
    g.node(name, [g.input(np.float32, (*g.shape(1), n, n))])
