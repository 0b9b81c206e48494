"""Compares the files that `go test ./onnx/export -write FOLDER` writes with what others make of them.

    python check.py FOLDER [TABLE.md]

Each folder in FOLDER holds a model, its inputs and what it computes here. onnx must find nothing wrong
with the model, its shapes included, and ONNX Runtime must compute the same, within 2e-5 of the largest
element. Codes of 8 bits that an average pool's floats are rounded to may be a step apart in one element
of twenty: its order of additions decides ties. Where ONNX Runtime lacks an operator for the element type, onnx's reference evaluator must, but
for recurrent networks, whose direction and activations it ignores. The second argument is a file to write
what was found to.
"""
import collections
import json
import pathlib
import re
import sys

import numpy
import onnx
import onnx.reference
import onnxruntime

TOLERANCE = 2e-5
TIES = 1 / 20

# What neither of the two computes as the standard has it, as the models that were read say, too.
KNOWN = {
    "BFLOAT16": "NumPy has no such numbers",
    "backend_test_gru_batchwise": "ONNX Runtime has no GRU with the batch first",
    "backend_test_onehot_without_axis": "no kernel, and an error of the reference evaluator",
    "backend_test_resize_downsample_scales_cubic_align_corners": "ONNX Runtime fails ONNX's own test",
    "backend_test_resize_downsample_scales_linear_align_corners": "ONNX Runtime fails ONNX's own test",
    "PROBIT": "ONNX Runtime takes an approximation within 1e-4",
}


def difference(want, got):
    """The largest difference, relative to the largest element; infinite where types or shapes differ."""
    if want.dtype != got.dtype or want.shape != got.shape:
        return numpy.inf
    if want.dtype.kind != "f":  # texts among them
        return 0 if (want == got).all() else numpy.inf
    finite = want[numpy.isfinite(want)]
    scale = max(1, numpy.abs(finite).max(initial=0))
    same = (want == got) | (numpy.isnan(want) & numpy.isnan(got))
    with numpy.errstate(invalid="ignore"):
        return numpy.where(same, 0, numpy.abs(want - got)).max(initial=0) / scale


def breaks_ties(model):
    """Whether an average pool's floats are rounded to codes."""
    return {"AveragePool", "Round"} <= {n.op_type for n in model.graph.node}


def ties(want, got):
    """Whether codes differ by a step at most, in few elements."""
    if want.dtype != got.dtype or want.shape != got.shape or want.dtype.itemsize != 1:
        return False
    apart = numpy.abs(want.astype(int) - got.astype(int))
    return apart.max(initial=0) <= 1 and apart.mean() <= TIES


def lacks_kernel(problem):
    return any(text in str(problem) for text in ("NOT_IMPLEMENTED", "does not support double"))


def run(path, model, inputs):
    """The outputs by their names, and who computed them: ONNX Runtime, the reference evaluator, nobody."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if (path.parent / "name").read_text().startswith("TestQuantised"):
        # From extended on, it rounds what dequantised weights are multiplied by, too.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    names = [output.name for output in model.graph.output]
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return zip(names, session.run(names, inputs)), "ONNX Runtime"
    except Exception as problem:
        if not lacks_kernel(problem):
            raise
    if any(n.op_type in ("RNN", "GRU", "LSTM") for n in model.graph.node):
        return [], "nobody"
    return zip(names, onnx.reference.ReferenceEvaluator(model).run(names, inputs)), "reference"


class Row:
    """What was found of all files of one kind."""

    def __init__(self):
        self.by, self.nodes = collections.Counter(), 0
        self.opsets, self.worst, self.units = set(), 0, 0

    def add(self, model, worst, by):
        nodes = len(model.graph.node)
        self.by[by] += 1
        self.nodes = max(self.nodes, nodes)
        self.opsets.add(next(o.version for o in model.opset_import if o.domain == ""))
        self.worst = max(self.worst, worst)
        double = any(v.type.tensor_type.elem_type == onnx.TensorProto.DOUBLE for v in model.graph.output)
        if not double:  # attributes of files are float32
            self.units = max(self.units, worst * 2.0**23 / max(nodes, 1))

    def columns(self):
        return [self.by.total(), f"{min(self.opsets)}–{max(self.opsets)}", self.nodes,
                f"{self.worst:.1e}" if self.worst else "0", f"{self.units:.2g}",
                self.by["reference"] or "", self.by["nobody"] or ""]


def arrays(folder, part):
    """The arrays of a run, those of texts among them."""
    texts = folder / f"{part}.json"
    listed = json.loads(texts.read_text()) if texts.exists() else {}
    made = {name: numpy.array(v["texts"], object).reshape(v["shape"]) for name, v in listed.items()}
    return dict(numpy.load(folder / f"{part}.npz").items()) | made


def check(folder, row):
    """What is wrong with a model; the empty string if nothing is."""
    path = folder / "model.onnx"
    model = onnx.load(path)
    try:
        onnx.checker.check_model(str(path), full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as problem:  # of either of two libraries, each with its own errors
        return f"onnx: {problem}"
    inputs, want = arrays(folder, "in"), arrays(folder, "out")
    try:
        outputs, by = run(path, model, inputs)
    except Exception as problem:
        return f"to run it: {problem}"
    worst = 0
    for name, got in outputs:
        if not (breaks_ties(model) and ties(want[name], got)):
            worst = max(worst, difference(want[name], numpy.asarray(got)))
        if not worst <= TOLERANCE:
            return f"{name}: off by {worst}, {want[name].dtype} {want[name].shape}"
    row.add(model, worst, by)
    return ""


def kind(name):
    """The test and what it writes: of operators and layers the type's name."""
    test, _, rest = re.sub(r"\.\d+$", "", name).partition("_")
    if test == "TestOperators":
        rest = rest.partition("{")[0]
    elif test == "TestLayers":
        rest = re.sub(r"[^A-Za-z].*", "", re.sub(r"[\[\]]", "", rest))
    elif test == "TestTables":
        rest = rest.rpartition("_")[2] + " form"
    elif test == "TestModelsAgain":
        rest = rest.partition("_")[0]
    return test.removeprefix("Test"), rest or {"TestImportedModel": "digits.onnx"}.get(test, "all")


HEADER = """# Graphs as ONNX files

Written by `scripts/onnx-export`: graphs of all operators, layers and named networks as files, in
all versions that have them, and tables' models in both forms. onnx's checker and its strict
inference of shapes accept them. What ONNX Runtime 1.32.0 computes is compared with what the graph
gives here: the largest difference is relative to an output's largest element, and, of float32, in
units of the last place of that for each node of the file. Where ONNX Runtime lacks an operator for
the element type, onnx's reference evaluator takes its place, but for recurrent networks. Codes of
8 bits that averages are rounded to may be a step apart in one element of twenty, as in three files of
QLinearAveragePool: written as AveragePool and Round, ties among them are decided by the order of its
additions.

Gradients, losses, steps of training, and what passes over graphs make of operators have no form;
`TestEveryOperator` lists them.

ModelsAgain are models of the golden files and ONNX's own backend tests that were read, made graphs
and written; read again, they give the bits that they gave at first. Nodes that graphs have no
operators for (quantisation by a range that is found on the way, products of integers, cells with
peepholes, trees, most operators of com.microsoft) are written as the nodes that they were. What
does not come back: strings, sequences and optional values; what hangs on data, such as the length
of a Range or a Loop; floats of 4 and 8 bits and integers of 4 bits as values.

Of 62 published models ([models.md](models.md)) 60 come back from such files with all bits of their
outputs, by `onnxmodels written`: read, made a graph, written, read again. The other two have a Scan
over the length of a sound and a Range as long as data say.
"""
COLUMNS = ["of", "files", "opsets", "nodes at most", "largest difference", "units a node",
           "by the reference", "not run"]


def write(path, rows):
    lines = [HEADER]
    for test in sorted({t for t, _ in rows}):
        lines += [f"## {test}", "", "| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        lines += ["| " + " | ".join(map(str, [what] + row.columns())) + " |"
                  for (t, what), row in sorted(rows.items()) if t == test] + [""]
    pathlib.Path(path).write_text("\n".join(lines).rstrip() + "\n")


def main():
    rows, wrong, by = collections.defaultdict(Row), 0, collections.Counter()
    for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        name = (folder / "name").read_text()
        if any(text in name for text in KNOWN):
            continue
        problem = check(folder, rows[kind(name)])
        if problem:
            wrong += 1
            print(f"{name}: {problem}")
    for row in rows.values():
        by += row.by
    print(f"{by['ONNX Runtime']} agree, {by['reference']} with the reference evaluator alone, {by['nobody']} are "
          f"run by neither, {wrong} are wrong")
    if len(sys.argv) > 2:
        write(sys.argv[2], rows)
    sys.exit(wrong > 0 or not by["ONNX Runtime"])


main()
