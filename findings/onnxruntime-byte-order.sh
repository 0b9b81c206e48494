#!/bin/sh
# ONNX Runtime reads NumPy arrays of the other byte order as if they were of its own.
#
# Such arrays come from .npy, FITS, netCDF and IDX files: dtype ">f4" is float32 for NumPy, whose
# arithmetic and comparisons hide the order.
# Guess before the run: they are converted, or refused as float64 is.
# Seen: taken without an error, byte by byte: 1, 2, 3 become 4.6e-41, 9e-44, 2.3e-41.
#
# Output seen:
#   onnxruntime 1.32.0
#   x == [1, 2, 3]: True, y = x: [4.6006e-41 8.9683e-44 2.3049e-41]
#   float64 instead: InvalidArgument
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
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
session = onnxruntime.InferenceSession(model.SerializeToString())
values = np.array([1, 2, 3], ">f4")
result = session.run(None, {"x": values})[0]
equal = bool((values == [1, 2, 3]).all())
with np.printoptions(precision=4):
    print(f"x == [1, 2, 3]: {equal}, y = x: {result}")
try:
    session.run(None, {"x": values.astype(np.float64)})
    other = "taken"
except Exception as error:
    other = type(error).__name__
print("float64 instead:", other)
same = equal and (result == values.view("<f4")).all() and result.max() < 1e-40
sys.exit(0 if same and other == "InvalidArgument" else 1)
EOF
