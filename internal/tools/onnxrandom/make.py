#!/usr/bin/env python3
"""Makes random small models, and what ONNX Runtime and onnx's reference evaluator give for them.

    make.py FOLDER FIRST COUNT

Each is a folder FOLDER/exact/SEED-ort or -reference (FOLDER/halves/… if it has float16) in the layout of onnx's
backend tests. The optimiser is off. A model is a function of its seed. See scripts/onnx-random.
"""

import os
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import helper as h
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

import networks  # noqa: F401, which notes its operators
import places  # noqa: F401
from operators import Unfit, operators

# Operators that the reference evaluator of onnx 1.19.1 computes otherwise than ONNX Runtime and the standard, in some
# versions or for some attributes.
MISTAKEN = {"Attention", "BatchNormalization", "Conv", "ConvInteger", "GRU", "GlobalMaxPool", "GridSample", "Hardmax",
            "LRN", "LSTM", "LogSoftmax", "LpNormalization", "LpPool", "MaxPool", "PRelu", "QLinearConv",
            "QLinearMatMul", "RNN", "ReduceSumSquare", "ScatterElements", "Shape", "Softmax", "Unique"}

# What a value may be: beyond, differences of rounding grow too large to tell from errors.
LARGEST = 1e4


class Graph:
    """A graph that grows, with the values that it has for one set of inputs."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.opset = int(self.random.integers(7, 24))
        self.nodes, self.inputs, self.constants, self.values = [], {}, {}, {}
        self.count = 0

    def chance(self, p=0.5):
        return self.random.random() < p

    def shape(self, most, least=0):
        return tuple(int(d) for d in self.random.integers(1, 5, self.random.integers(least, most + 1)))

    def narrowed(self, shape):
        """Returns a shape that is broadcast to another."""
        shape = tuple(d if self.chance(0.7) else 1 for d in shape)
        return shape[self.random.integers(len(shape) + 1):] if self.chance(0.3) else shape

    def draw(self, dtype, shape):
        """Draws numbers with few digits, whose sums are exact."""
        dtype = np.dtype(dtype)
        if dtype == bool:
            return self.random.integers(0, 2, shape).astype(bool)
        if np.issubdtype(dtype, np.floating):
            return (self.random.integers(-24, 25, shape) / 8).astype(dtype)
        if dtype.itemsize == 1 and self.chance():
            return self.random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max + 1, shape).astype(dtype)
        low = -6 if np.issubdtype(dtype, np.signedinteger) else 0
        return self.random.integers(low, 7, shape).astype(dtype)

    def name(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def type_of(self, dtype):
        return h.np_dtype_to_tensor_dtype(np.dtype(dtype))

    def tensor(self, array, name="value"):
        return numpy_helper.from_array(np.asarray(array), name)

    def value(self, name):
        return self.values[name]

    def input(self, dtype, shape):
        return self.input_of(self.draw(dtype, shape))

    def constant(self, array):
        name = self.name("c")
        self.constants[name] = self.values[name] = np.asarray(array)
        return name

    def pick(self, types):
        """Returns a value of one of the types, a new input if there is none."""
        dtypes = {np.dtype(t) for t in types}
        found = [n for n, v in self.values.items() if v.dtype in dtypes and n not in self.constants]
        if found and self.chance(0.7):
            return found[-1 - int(self.random.integers(min(3, len(found))))]
        shape = list(self.shape(4))
        if shape and self.chance(0.03):
            shape[self.random.integers(len(shape))] = 0
        return self.input(self.random.choice(types), shape)

    def beside(self, x):
        """Returns a value of x's type that can be broadcast with it."""
        v = self.values[x]
        for n, other in list(self.values.items())[::-1]:
            if other.dtype == v.dtype and n != x and n not in self.constants and self.chance(0.4):
                try:
                    if np.broadcast_shapes(v.shape, other.shape):
                        return n
                except ValueError:
                    pass
        y = self.draw(v.dtype, self.narrowed(v.shape))
        return self.constant(y) if self.chance() else self.input_of(y)

    def input_of(self, array):
        name = self.name("x")
        self.inputs[name] = self.values[name] = np.asarray(array)
        return name

    def node(self, operator, inputs, outputs=1, **attributes):
        """Adds a node, and computes what it gives."""
        names = [self.name("y") for _ in range(outputs)]
        node = h.make_node(operator, inputs, names, name=f"n{len(self.nodes)}", **attributes)
        feeds = {n: self.values[n] for n in inputs if n}
        given = computed(model_of([node], feeds, {}, names, self.opset), feeds)
        for v in given:
            if v.dtype != bool:
                v = v.astype(np.float64)
                if v.size > 4000 or (abs(np.where(np.isfinite(v), v, 0)) > LARGEST).any():
                    raise Unfit
        self.nodes.append(node)
        self.values.update(zip(names, given))

    def grow(self):
        """Tries to add a node of any operator."""
        name, since, last, add = operators[self.random.integers(len(operators))]
        if not since <= self.opset <= last:
            return
        before = dict(self.inputs), dict(self.constants), dict(self.values)
        try:
            add(self, name)
        except Unfit:
            self.inputs, self.constants, self.values = before

    def model(self):
        """Returns the model, whose outputs are all results or those that no node needs."""
        used = {n for node in self.nodes for n in node.input}
        every = [n for node in self.nodes for n in node.output]
        outputs = every if self.chance() else [n for n in every if n not in used]
        return model_of(self.nodes, self.inputs, self.constants, outputs, self.opset, self), outputs


def model_of(nodes, feeds, constants, outputs, opset, graph=None):
    """Returns a model; with a graph, some of the inputs' dimensions have names."""
    def declared(name, v):
        shape = [f"{name}_{i}" if graph and graph.chance(0.4) else d for i, d in enumerate(v.shape)]
        return h.make_tensor_value_info(name, h.np_dtype_to_tensor_dtype(v.dtype), shape)
    g = h.make_graph(nodes, "g", [declared(n, v) for n, v in feeds.items()],
                     [h.make_empty_tensor_value_info(n) for n in outputs],
                     [numpy_helper.from_array(v, n) for n, v in constants.items()])
    m = h.make_model(g, opset_imports=[h.make_opsetid("", opset)])
    m.ir_version = 10
    return m


def with_runtime(model, feeds):
    """Returns what ONNX Runtime gives, None if it doesn't know an operator for the types."""
    o = onnxruntime.SessionOptions()
    o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    o.intra_op_num_threads = 1
    o.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(model.SerializeToString(), o).run(None, feeds)
    except Exception:
        return None


def with_reference(model, feeds):
    """Returns what onnx's reference evaluator gives, None if it fails."""
    try:
        given = [np.asarray(v) for v in ReferenceEvaluator(model).run(None, feeds)]
    except Exception:
        return None
    return given


def computed(model, feeds):
    given = with_runtime(model, feeds)
    if given is None:
        given = with_reference(model, feeds)
    if given is None:
        raise Unfit
    return given


def write(folder, model, feeds, names, given):
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    for i, (n, v) in enumerate(feeds.items()):
        (data / f"input_{i}.pb").write_bytes(numpy_helper.from_array(v, n).SerializeToString())
    for i, (n, v) in enumerate(zip(names, given)):
        (data / f"output_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(v), n).SerializeToString())
    (folder / "model.onnx").write_bytes(model.SerializeToString())


def make(folder, seed):
    g = Graph(seed)
    size = int(g.random.integers(1, 8))
    for _ in range(10 * size):
        if len(g.nodes) < size:
            g.grow()
    if not g.nodes:
        return
    model, names = g.model()
    halves = any(v.dtype == np.float16 for v in g.values.values())
    for kind, run in (("ort", with_runtime), ("reference", with_reference)):
        if kind == "reference" and any(n.op_type in MISTAKEN for n in g.nodes):
            continue
        given = run(model, g.inputs)
        if given is not None:
            write(folder / ("halves" if halves else "exact") / f"{seed}-{kind}", model, g.inputs, names, given)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    onnxruntime.set_default_logger_severity(4)
    np.seterr(all="ignore")
    first, count = int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        child = os.fork()  # whose end does not end the others
        if child == 0:
            make(pathlib.Path(sys.argv[1]), seed)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            print(f"seed {seed} gives no model", file=sys.stderr)
