#!/bin/sh
# ONNX Runtime: what a Conv gives where its kernel reaches over the padding changes with optimisation.
#
# Guess before the run: padding is zeros, as the standard says, and 0·∞ is NaN: a 3×3 Conv with a
# padding of 1 and an infinite weight in its upper left corner gives NaN along the upper and the left
# edge, at every level of optimisation. A model that has diverged shows.
# Seen: without optimisation NaN. At the default level, on x86-64, the Conv's images are blocked by
# channels, whose kernels leave out the taps over the padding: 0 along the edges, where NaN was.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   none: [nan nan nan nan]
#   default: [0. 0. 0. 0.]
set -eu
[ "$(uname -m)" = x86_64 ] || exit 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
weights = np.zeros((16, 16, 3, 3), np.float32)
weights[:, :, 0, 0] = np.inf
graph = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])], "g",
                          [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16, 4, 4])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 16, 4, 4])],
                          [numpy_helper.from_array(weights, "w")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
seen = []
for name, level in (("none", onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL),
                    ("default", onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    seen.append(session.run(None, {"x": np.ones((1, 16, 4, 4), np.float32)})[0][0, 0, 0])
    print(f"{name}: {seen[-1]}")
sys.exit(0 if np.isnan(seen[0]).all() and (seen[1] == 0).all() else 1)
EOF
