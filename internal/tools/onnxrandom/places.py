"""Random nodes that move elements about. See operators.py."""

import itertools

import numpy as np

from operators import NUMBERS, axis_of, ints, need, operator, without_nan


@operator(7, "Reshape")
def reshape(g, name):
    x = g.pick(NUMBERS + [np.bool_])
    v = g.value(x)
    need(v.size)
    shape, rest = [], v.size
    for _ in range(g.random.integers(1, 4)):
        d = int(g.random.choice([d for d in range(1, rest + 1) if rest % d == 0]))
        shape.append(d)
        rest //= d
    shape.append(rest)
    if g.chance():
        shape[g.random.integers(len(shape))] = -1
    elif g.chance() and v.ndim and shape[0] == v.shape[0]:
        shape[0] = 0
    g.node(name, [x, g.constant(ints(*shape))])


@operator(7, "Transpose")
def transpose(g, name):
    x = g.pick(NUMBERS)
    perm = g.random.permutation(g.value(x).ndim).tolist()
    g.node(name, [x], **({"perm": perm} if perm and g.chance(0.8) else {}))


@operator(9, "Flatten")
def flatten(g, name):
    x = g.pick(NUMBERS)
    n = g.value(x).ndim
    need(n)
    g.node(name, [x], axis=int(g.random.integers(-n if g.opset >= 11 else 0, n + 1)))


@operator(7, "Squeeze", "Unsqueeze")
def squeeze(g, name):
    x = g.pick(NUMBERS)
    v = g.value(x)
    if name == "Squeeze":
        axes = [i for i, d in enumerate(v.shape) if d == 1 and g.chance(0.7)]
        need(axes)
    else:
        axes = sorted(g.random.choice(v.ndim + 2, g.random.integers(1, 3), replace=False).tolist())
        need(v.ndim <= 3 and axes[-1] < v.ndim + len(axes))
    if g.opset < 13:
        g.node(name, [x], axes=axes)
    else:
        g.node(name, [x, g.constant(ints(*axes))])


@operator(7, "Concat")
def concat(g, name):
    x = g.pick(NUMBERS)
    v = g.value(x)
    need(v.ndim)
    axis = axis_of(g, v)
    shape = list(v.shape)
    shape[axis] = int(g.random.integers(0 if g.chance(0.1) else 1, 4))
    g.node(name, [x, g.constant(g.draw(v.dtype, shape)), x][:g.random.integers(2, 4)],
           axis=axis if g.opset >= 11 else axis % v.ndim)


@operator(7, "Split")
def split(g, name):
    x = g.pick(NUMBERS)
    v = g.value(x)
    axis = axis_of(g, v)
    n = v.shape[axis]
    need(n > 1)
    cut = int(g.random.integers(1, n))
    axis = axis if g.opset >= 11 else axis % v.ndim
    if g.opset < 13:
        g.node(name, [x], 2, axis=axis, split=[cut, n - cut])
    elif g.opset >= 18 and g.chance():
        g.node(name, [x], 2, axis=axis, num_outputs=2)
    else:
        g.node(name, [x, g.constant(ints(cut, n - cut))], 2, axis=axis)


@operator(7, "Slice")
def slices(g, name):
    x = g.pick(NUMBERS)
    v = g.value(x)
    need(v.ndim)
    axes = sorted(g.random.choice(v.ndim, g.random.integers(1, v.ndim + 1), replace=False).tolist())
    starts = [int(g.random.integers(-v.shape[a] - 1, v.shape[a] + 1)) for a in axes]
    ends = [int(g.random.choice([v.shape[a], 2 ** 31, -1, g.random.integers(-6, 7)])) for a in axes]
    if g.opset < 10:
        g.node(name, [x], axes=axes, starts=starts, ends=ends)
        return
    inputs = [starts, ends, axes]
    if g.chance():
        inputs.append([int(g.random.choice([-2, -1, 1, 2, 3])) for _ in axes])
    g.node(name, [x, *(g.constant(ints(*i)) for i in inputs)])


@operator(11, "Pad")
def pad(g, name):
    x = g.pick([np.float32, np.float64] + ([np.int64, np.int32] if g.opset >= 13 else []))
    v = g.value(x)
    need(v.ndim and v.size)
    mode = str(g.random.choice(["constant", "reflect", "edge", "wrap"]))
    need(mode != "wrap" or g.opset >= 19)
    most = min(min(v.shape) - 1, 2) if mode in ("reflect", "wrap") else 2
    need(most > 0)
    pads = g.random.integers(0 if mode != "constant" else -1, most + 1, 2 * v.ndim)
    need(all(d + a + b > 0 for d, a, b in zip(v.shape, pads, pads[v.ndim:])))
    inputs = [x, g.constant(ints(*pads))]
    if mode == "constant" and g.chance():
        inputs.append(g.constant(np.array(3, v.dtype)))
    g.node(name, inputs, mode=mode)


@operator(7, "Tile")
def tile(g, name):
    x = g.pick([np.float32, np.int64, np.int32, np.uint8])
    g.node(name, [x, g.constant(g.random.integers(1, 3, g.value(x).ndim).astype(np.int64))])


@operator(8, "Expand")
def expand(g, name):
    x = g.pick(NUMBERS)
    shape = [int(g.random.integers(1, 4)) if d == 1 else d for d in g.value(x).shape]
    shape = [2] * int(g.random.integers(0, 2)) + [d if g.chance(0.8) else 1 for d in shape]
    g.node(name, [x, g.constant(ints(*shape))])


@operator(7, "Gather")
def gather(g, name):
    x = g.pick(NUMBERS + [np.bool_])
    v = g.value(x)
    axis = axis_of(g, v)
    need(v.shape[axis])
    low = -v.shape[axis] if g.opset >= 11 else 0
    index = g.random.integers(low, v.shape[axis], g.shape(2)).astype(g.random.choice([np.int64, np.int32]))
    g.node(name, [x, g.constant(index)], axis=axis if g.opset >= 11 else axis % v.ndim)


@operator(11, "GatherElements", "ScatterElements")
def elements(g, name):
    x = g.pick([np.float32, np.int64, np.float64])
    v = g.value(x)
    need(v.size and v.ndim)
    axis = axis_of(g, v)
    shape = [int(g.random.integers(1, d + 1)) for d in v.shape]
    if name == "GatherElements":
        shape[axis] = int(g.random.integers(1, 5))
        index = g.random.integers(-v.shape[axis], v.shape[axis], shape)
        g.node(name, [x, g.constant(index)], axis=axis)
        return
    if g.opset >= 16 and g.chance():
        index = g.random.integers(-v.shape[axis], v.shape[axis], shape)
        how = ["add", "mul"] + (["max", "min"] if g.opset >= 18 else [])
        g.node(name, [x, g.constant(index), g.constant(g.draw(v.dtype, shape))], axis=axis,
               reduction=str(g.random.choice(how)))
        return
    order = np.argsort(g.random.random((*shape[:axis % v.ndim], v.shape[axis], *shape[axis % v.ndim + 1:])), axis=axis)
    index = np.take(order, range(shape[axis]), axis=axis)
    g.node(name, [x, g.constant(index.astype(np.int64)), g.constant(g.draw(v.dtype, shape))], axis=axis)


@operator(11, "GatherND", "ScatterND")
def nd(g, name):
    x = g.pick([np.float32, np.int64])
    v = g.value(x)
    need(v.ndim and v.size)
    n = int(g.random.integers(1, v.ndim + 1))
    places = list(itertools.product(*(range(d) for d in v.shape[:n])))
    count = int(g.random.integers(1, len(places) + 1))
    chosen = g.random.choice(len(places), count, replace=False)
    index = ints(*[places[i] for i in chosen])
    if name == "GatherND":
        g.node(name, [x, g.constant(index)])
    else:
        g.node(name, [x, g.constant(index), g.constant(g.draw(v.dtype, (count, *v.shape[n:])))])


@operator(7, "Shape", "Size")
def shape_of(g, name):
    x = g.pick(NUMBERS)
    attributes = {}
    if name == "Shape" and g.opset >= 15 and g.chance():
        attributes = {k: int(g.random.integers(-4, 5)) for k in ("start", "end") if g.chance()}
    g.node(name, [x], **attributes)


@operator(9, "ConstantOfShape")
def constant_of_shape(g, name):
    fill = np.array([2], g.random.choice([np.float32, np.int64, np.uint8]))
    g.node(name, [g.constant(ints(*g.shape(3)))], **({"value": g.tensor(fill)} if g.chance(0.7) else {}))


@operator(11, "Range")
def ranges(g, name):
    t = g.random.choice([np.float32, np.int64, np.int32])
    g.node(name, [g.constant(np.array(v, t)) for v in (g.random.integers(-3, 4), g.random.integers(-3, 9),
                                                      g.random.choice([1, 2, 3, -1]))])


@operator(11, "OneHot")
def one_hot(g, name):
    depth = int(g.random.integers(2, 5))
    index = g.random.integers(-depth, depth, g.shape(2)).astype(np.int64)
    g.node(name, [g.constant(index), g.constant(np.array(depth, np.int64)), g.constant(np.array([1, 5], np.float32))],
           axis=int(g.random.integers(-1, index.ndim + 1)))


@operator(14, "Trilu")
def trilu(g, name):
    x = g.pick([np.float32, np.float64, np.int64])
    need(g.value(x).ndim >= 2)
    g.node(name, [x] + ([g.constant(np.array(g.random.integers(-3, 4)))] if g.chance() else []),
           upper=int(g.random.integers(2)))


@operator(9, "EyeLike")
def eye(g, name):
    x = g.pick([np.float32, np.int32, np.int64])
    need(g.value(x).ndim == 2)
    g.node(name, [x], k=int(g.random.integers(-2, 3)))


@operator(7, "DepthToSpace", "SpaceToDepth")
def depth_space(g, name):
    block = int(g.random.integers(1, 3))
    n, c, h, w = g.shape(4, 4)
    shape = (n, c * block * block, h, w) if name == "DepthToSpace" else (n, c, h * block, w * block)
    attributes = {"mode": "CRD"} if name == "DepthToSpace" and g.opset >= 11 and g.chance() else {}
    g.node(name, [g.input(np.float32, shape)], blocksize=block, **attributes)


@operator(10, "ReverseSequence")
def reverse(g, name):
    x = g.pick([np.float32, np.int64])
    v = g.value(x)
    need(v.ndim >= 2 and v.size)
    time = int(g.random.integers(2))
    lengths = g.random.integers(1, v.shape[time] + 1, v.shape[1 - time]).astype(np.int64)
    g.node(name, [x, g.constant(lengths)], time_axis=time, batch_axis=1 - time)


@operator(9, "NonZero")
@operator(11, "Unique")
def found(g, name):
    x = g.pick([np.float32, np.int64])
    need(g.value(x).ndim)
    without_nan(g.value(x))
    if name == "NonZero":
        g.node(name, [x])
    else:
        attributes = {"axis": axis_of(g, g.value(x))} if g.chance() else {}
        g.node(name, [x], 4, sorted=int(g.random.integers(2)), **attributes)


@operator(9, "Compress")
def compress(g, name):
    x = g.pick([np.float32, np.int64])
    v = g.value(x)
    attributes, n = {}, v.size
    if g.chance() and v.ndim:
        axis = axis_of(g, v)
        attributes, n = {"axis": axis if g.opset >= 11 else axis % v.ndim}, v.shape[axis]
    g.node(name, [x, g.constant(g.random.integers(0, 2, n).astype(bool))], **attributes)
