#!/bin/sh
# onnx: saving a model again into the same external data file appends to that file.
#
# Guess before the run: the second save replaces model.data, as it replaces model.onnx.
# Seen: each save adds all weights once more behind what is there, and model.onnx points to the last
# copy. A loop that edits and saves a model of 2 GB leaves 2 GB more on the disk each time, without
# a word; the old weights stay readable in the file that is handed on.
#
# Output seen:
#   onnx 1.19.1
#   after save 1: 4000 bytes of weights, offset 0
#   after save 2: 8000 bytes of weights, offset 4000
#   after save 3: 12000 bytes of weights, offset 8000
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.19.1 || exit 2
"$dir/venv/bin/python" - "$dir" <<'EOF'
import copy
import os
import sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

print("onnx", onnx.__version__)
folder = sys.argv[1]
weights = numpy_helper.from_array(np.arange(1000, dtype=np.float32).reshape(10, 100), "w")
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 10])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 100])
graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], [weights])
model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
seen = []
for save in (1, 2, 3):
    path = os.path.join(folder, "model.onnx")
    onnx.save_model(copy.deepcopy(model), path, save_as_external_data=True,
                    location="model.data", size_threshold=0)
    size = os.path.getsize(os.path.join(folder, "model.data"))
    stored = onnx.load(path, load_external_data=False).graph.initializer[0].external_data
    offset = int({entry.key: entry.value for entry in stored}["offset"])
    print(f"after save {save}: {size} bytes of weights, offset {offset}")
    seen.append((size, offset))
sys.exit(0 if seen == [(4000, 0), (8000, 4000), (12000, 8000)] else 1)
EOF
