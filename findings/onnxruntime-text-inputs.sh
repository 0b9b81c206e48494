#!/bin/sh
# ONNX Runtime turns whatever an object array holds into text, bytes and missing values included.
#
# Guess before the run: bytes are decoded as UTF-8 (or refused), None and NaN are refused or empty.
# Seen: str() of each element: b"red" becomes the five letters b'red', None becomes "None", NaN
# "nan", 1.0 "1.0", without an error. A column of categories read from a database or HDF5 as bytes
# then matches no category of the model; one with gaps gets a category called None. NumPy's own
# fixed-width bytes are decoded.
#
# Output seen:
#   onnxruntime 1.32.0
#   object [b'red', b'blue'] -> ["b'red'", "b'blue'"]
#   object ['red', None] -> ['red', 'None']
#   object ['red', nan] -> ['red', 'nan']
#   object [1.0, 2] -> ['1.0', '2']
#   |S4 [b'red', b'blue'] -> ['red', 'blue']
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

print("onnxruntime", onnxruntime.__version__)
x = helper.make_tensor_value_info("x", TensorProto.STRING, ["rows"])
y = helper.make_tensor_value_info("y", TensorProto.STRING, ["rows"])
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
session = onnxruntime.InferenceSession(model.SerializeToString())
columns = [np.array([b"red", b"blue"], object), np.array(["red", None], object),
           np.array(["red", float("nan")], object), np.array([1.0, 2], object),
           np.array([b"red", b"blue"])]
want = [["b'red'", "b'blue'"], ["red", "None"], ["red", "nan"], ["1.0", "2"], ["red", "blue"]]
seen = []
for column in columns:
    seen.append(session.run(None, {"x": column})[0].tolist())
    print(f"{column.dtype} {column.tolist()} -> {seen[-1]}")
sys.exit(0 if seen == want else 1)
EOF
