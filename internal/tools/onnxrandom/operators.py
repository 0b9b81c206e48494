"""Random nodes, one function for each kind of operator. A function draws a node whose inputs fit, from the values that
a graph has so far, or gives up with Unfit."""

import numpy as np

FLOATS = [np.float32, np.float32, np.float32, np.float64, np.float16]
INTS = [np.int64, np.int32, np.int8, np.uint8, np.int16, np.uint32]
NUMBERS = FLOATS + INTS

operators = []


class Unfit(Exception):
    """What is drawn doesn't fit together."""


def operator(since, *names, last=99):
    """Notes a function that draws a node of any of the names, in versions of the default operators."""
    def note(f):
        operators.extend((name, since, last, f) for name in names)
        return f
    return note


def need(condition):
    if not condition:
        raise Unfit


def without_nan(x):
    """NaN is passed on by ours, as by NumPy, where ONNX Runtime's maxima and sorts lose it at times."""
    need(not np.issubdtype(x.dtype, np.floating) or not np.isnan(x).any())


def few_digits(x):
    """Says whether no rounding before can decide where a function jumps."""
    return (x * 8 == np.round(x * 8)).all()


def axis_of(g, x):
    """Returns one of the axes, counted from either end."""
    need(x.ndim)
    return int(g.random.integers(-x.ndim, x.ndim))


def ints(*values):
    return np.array(values, np.int64)


# Elements.

@operator(7, "Abs", "Neg", "Sign", "Relu", "Identity")
def unary_number(g, name):
    since = {"Sign": 9, "Relu": 14}.get(name, 7)
    types = FLOATS if g.opset < since else FLOATS + [np.int32, np.int8, np.int64]
    need(name != "Sign" or g.opset >= 9)
    g.node(name, [g.pick(types)])


@operator(7, "Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Sigmoid", "Tanh", "Sin", "Cos", "Tan", "Asin",
          "Acos", "Atan", "Softplus", "Softsign")
@operator(9, "Erf", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh")
@operator(11, "Round")
@operator(14, "HardSwish")
@operator(18, "Mish")
def unary_float(g, name):
    x = g.pick(FLOATS)
    need(name not in ("Floor", "Ceil", "Round") or few_digits(g.value(x)))
    # Where a function is steep, rounding is all that counts.
    need(name not in ("Atanh", "Acosh", "Log", "Asin", "Acos") or (abs(abs(g.value(x)) - 1) > 0.01).all())
    g.node(name, [x])


@operator(7, "Elu", "Selu", "LeakyRelu", "HardSigmoid", "Celu", "ThresholdedRelu", "Shrink", "Gelu")
def with_numbers(g, name):
    need(g.opset >= {"Celu": 12, "ThresholdedRelu": 10, "Shrink": 9, "Gelu": 20}.get(name, 7))
    number = lambda: float(np.float32(g.random.uniform(0.1, 1.5)))
    attributes = {"Selu": ["alpha", "gamma"], "HardSigmoid": ["alpha", "beta"], "Shrink": ["bias", "lambd"],
                  "Gelu": []}.get(name, ["alpha"])
    given = {a: number() for a in attributes if g.chance(0.6)}
    if name == "Gelu" and g.chance():
        given["approximate"] = "tanh"
    g.node(name, [g.pick([np.float32] if name == "Celu" else FLOATS)], **given)


@operator(9, "IsNaN")
@operator(10, "IsInf")
def tested(g, name):
    signs = {} if name == "IsNaN" else {s: int(g.random.integers(2)) for s in ("detect_negative", "detect_positive")}
    g.node(name, [g.pick([np.float32, np.float64])], **signs)


@operator(7, "Not")
def boolean_not(g, name):
    g.node(name, [g.pick([np.bool_])])


@operator(18, "BitwiseNot")
def bitwise_not(g, name):
    g.node(name, [g.pick(INTS)])


@operator(7, "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum", "Equal", "Less", "Greater", "PRelu")
@operator(12, "LessOrEqual", "GreaterOrEqual")
@operator(10, "Mod")
def binary(g, name):
    types = FLOATS if name in ("Mean", "Sum", "PRelu") or g.opset < 13 and name in ("Max", "Min", "Mod") else \
        FLOATS + [np.int64, np.int32]
    x = g.pick(types)
    y = g.beside(x)
    attributes = {}
    if name == "Mod":
        attributes["fmod"] = int(np.issubdtype(g.value(x).dtype, np.floating))
        need(few_digits(g.value(x)) and few_digits(g.value(y)))
    if name in ("Div", "Mod") and not np.issubdtype(g.value(y).dtype, np.floating):
        need(g.value(y).size and g.value(y).all())
    if name == "Pow":
        need(np.issubdtype(g.value(x).dtype, np.floating) or (g.value(y) >= 0).all())
    if name == "PRelu":
        need(g.value(y).ndim <= g.value(x).ndim and
             np.broadcast_shapes(g.value(x).shape, g.value(y).shape) == g.value(x).shape)
    names = [x, y] if name == "PRelu" or g.chance() else [y, x]
    if name in ("Div", "Mod", "Pow"):
        names = [x, y]
    g.node(name, names, **attributes)


@operator(7, "And", "Or", "Xor")
def booleans(g, name):
    x = g.pick([np.bool_])
    g.node(name, [x, g.beside(x)])


@operator(18, "BitwiseAnd", "BitwiseOr", "BitwiseXor")
def bits(g, name):
    x = g.pick(INTS)
    g.node(name, [x, g.beside(x)])


@operator(11, "BitShift")
def shift(g, name):
    x = g.pick([np.uint8, np.uint32, np.uint64])
    y = g.random.integers(0, 6, g.value(x).shape).astype(g.value(x).dtype)
    g.node(name, [x, g.constant(y)], direction="LEFT" if g.chance() else "RIGHT")


@operator(9, "Where")
def where(g, name):
    x = g.pick(FLOATS + [np.int64, np.uint8])
    y = g.beside(x)
    shape = np.broadcast_shapes(g.value(x).shape, g.value(y).shape)
    g.node(name, [g.constant(g.random.integers(0, 2, g.narrowed(shape)).astype(bool)), x, y])


@operator(7, "Clip")
def clip(g, name):
    x = g.pick(FLOATS if g.opset < 12 else FLOATS + [np.int64, np.int8])
    low, high = sorted(g.random.integers(-4, 5, 2).tolist())
    if g.opset < 11:
        g.node(name, [x], **{k: float(v) for k, v in (("min", low), ("max", high)) if g.chance(0.7)})
        return
    bounds = [g.constant(np.array(v, g.value(x).dtype)) if g.chance(0.7) else "" for v in (low, high)]
    g.node(name, [x, *bounds])


@operator(7, "Cast")
@operator(15, "CastLike")
def cast(g, name):
    x = g.pick(NUMBERS + [np.bool_])
    to = g.random.choice(NUMBERS + [np.bool_])
    v = g.value(x)
    if np.issubdtype(v.dtype, np.floating) and not np.issubdtype(to, np.floating):
        need(to == np.bool_ or np.isfinite(v).all() and (abs(v) < 100).all() and
             (not np.issubdtype(to, np.unsignedinteger) or (v >= 0).all()))
    if name == "Cast":
        g.node(name, [x], to=g.type_of(to))
    else:
        g.node(name, [x, g.constant(np.zeros(2, to))])


# Reductions.

@operator(7, "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
          "ReduceLogSumExp", "ReduceSumSquare")
def reduction(g, name):
    x = g.pick([np.float32, np.float64] + ([np.int32, np.int64] if name not in ("ReduceLogSum", "ReduceLogSumExp",
                                                                               "ReduceL2") else []))
    v = g.value(x)
    without_nan(v)
    need(v.size and (name != "ReduceLogSum" or (v > 0).all()))
    axes = None
    if v.ndim and g.chance(0.8):
        axes = sorted(set(axis_of(g, v) % v.ndim for _ in range(g.random.integers(1, 3))))
    if axes and g.chance(0.3):
        axes = [a - v.ndim for a in axes] if g.opset >= 11 else axes
    attributes = {"keepdims": int(g.random.integers(2))} if g.chance(0.7) else {}
    if g.opset < (13 if name == "ReduceSum" else 18):
        g.node(name, [x], **attributes, **({"axes": axes} if axes else {}))
        return
    if axes is None and g.chance() and name in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"):
        attributes["noop_with_empty_axes"] = int(g.random.integers(2))
    g.node(name, [x] + ([g.constant(ints(*axes))] if axes else []), **attributes)


@operator(7, "ArgMax", "ArgMin")
def argument(g, name):
    x = g.pick([np.float32, np.int32])
    v = g.value(x)
    need(v.ndim and v.size)
    without_nan(v)
    axis = axis_of(g, v)
    attributes = {"axis": axis if g.opset >= 11 else axis % v.ndim, "keepdims": int(g.random.integers(2))}
    if g.opset >= 12:
        attributes["select_last_index"] = int(g.random.integers(2))
    g.node(name, [x], **attributes)


@operator(7, "Softmax", "LogSoftmax", "Hardmax")
def softmax(g, name):
    x = g.pick([np.float32, np.float64] if name != "Hardmax" else [np.float32])
    v = g.value(x)
    need(v.ndim)
    if name == "Hardmax":
        without_nan(v)
    axis = axis_of(g, v)
    g.node(name, [x], **({"axis": axis if g.opset >= 11 else axis % v.ndim} if g.chance(0.8) else {}))


@operator(11, "CumSum")
def cumsum(g, name):
    x = g.pick([np.float32, np.float64, np.int32, np.int64])
    axis = axis_of(g, g.value(x))
    g.node(name, [x, g.constant(np.array(axis, np.int64))], exclusive=int(g.random.integers(2)),
           reverse=int(g.random.integers(2)))


@operator(7, "TopK")
def top(g, name):
    x = g.pick([np.float32])
    v = g.value(x)
    need(v.ndim)
    without_nan(v)
    axis = axis_of(g, v)
    k = int(g.random.integers(1, v.shape[axis] + 1)) if v.shape[axis] else 0
    need(k)
    if g.opset < 10:
        g.node(name, [x], 2, axis=axis % v.ndim, k=k)
    elif g.opset < 11:
        g.node(name, [x, g.constant(ints(k))], 2, axis=axis % v.ndim)
    else:
        g.node(name, [x, g.constant(ints(k))], 2, axis=axis, largest=int(g.random.integers(2)))


@operator(7, "LpNormalization")
def norm(g, name):
    x = g.pick([np.float32, np.float64])
    axis = axis_of(g, g.value(x))
    need((g.value(x) != 0).any(axis=axis).all())  # of zeros ONNX Runtime makes zeros, the standard NaN
    g.node(name, [x], axis=axis, p=int(g.random.integers(1, 3)))
