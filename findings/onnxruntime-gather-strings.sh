#!/bin/sh
# ONNX Runtime's Gather of strings copies only the first string of each block.
#
# Guess before the run: rows 2 and 0 of a 3x4 table of strings are those rows, as of numbers.
# Seen: of each row the first string; the others are empty, without an error. Gather along the last
# axis is right, since its blocks are of one string.
#
# Output seen:
#   onnxruntime 1.32.0
#   numbers, axis 0: [[8, 9, 10, 11], [0, 1, 2, 3]]
#   strings, axis 0: [['8', '', '', ''], ['0', '', '', '']]
#   strings, axis 1: [['2', '0'], ['6', '4'], ['10', '8']]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import numpy as np
import onnxruntime
from onnx import TensorProto, helper


def gather(kind, data, axis):
    x = helper.make_tensor_value_info("x", kind, [3, 4])
    rows = helper.make_tensor_value_info("rows", TensorProto.INT64, [2])
    y = helper.make_tensor_value_info("y", kind, None)
    graph = helper.make_graph([helper.make_node("Gather", ["x", "rows"], ["y"], axis=axis)], "g", [x, rows], [y])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": data, "rows": np.array([2, 0])})[0].tolist()


print("onnxruntime", onnxruntime.__version__)
numbers = np.arange(12).reshape(3, 4)
strings = numbers.astype(str).astype(object)
print("numbers, axis 0:", gather(TensorProto.INT64, numbers, 0))
rows, columns = (gather(TensorProto.STRING, strings, axis) for axis in (0, 1))
print("strings, axis 0:", rows)
print("strings, axis 1:", columns)
unchanged = rows == [["8", "", "", ""], ["0", "", "", ""]] and columns == strings[:, [2, 0]].tolist()
sys.exit(0 if unchanged else 1)
EOF
