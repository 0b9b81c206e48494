#!/bin/sh
# ONNX Runtime's optimiser takes an Expand to no rows for one that does nothing.
#
# Guess before the run: a row that is expanded to (0, 3) is gone at every level of optimisation, as
# np.broadcast_to and the standard have it.
# Seen: without optimisation it is gone; from the basic level on the Expand is dropped, and the row
# stays. So repeat_interleave with a 0 among its repeats, exported by torch.onnx with dynamo=False,
# repeats it once.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   no optimisation: (0, 3)
#   basic: (1, 3)
#   all: (1, 3)
#   onnx's evaluator: (0, 3)
set -eu
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
from onnx.reference import ReferenceEvaluator

print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Expand", ["a", "s"], ["e"]),
         helper.make_node("Relu", ["e"], ["y"])]
graph = helper.make_graph(nodes, "g",
                          [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
                          [numpy_helper.from_array(np.int64([0, 3]), "s")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
x = np.ones((1, 3), np.float32)
levels = onnxruntime.GraphOptimizationLevel
seen = []
for name, level in (("no optimisation", levels.ORT_DISABLE_ALL),
                    ("basic", levels.ORT_ENABLE_BASIC), ("all", levels.ORT_ENABLE_ALL)):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    seen.append(session.run(None, {"x": x})[0].shape)
    print(f"{name}: {seen[-1]}")
seen.append(ReferenceEvaluator(model).run(None, {"x": x})[0].shape)
print(f"onnx's evaluator: {seen[-1]}")
sys.exit(0 if seen == [(0, 3), (1, 3), (1, 3), (0, 3)] else 1)
EOF
