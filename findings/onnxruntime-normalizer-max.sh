#!/bin/sh
# ONNX Runtime: Normalizer with norm MAX divides by the largest element, not by the largest magnitude.
#
# Guess before the run: [-4, 2] becomes [-1, 0.5], as in scikit-learn, from which skl2onnx converts
# such a Normalizer, and in onnx's own reference evaluator.
# Seen: [-2, 1], and a row without positive elements changes its sign: [-4, -2] becomes [2, 1].
# Nothing warns.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   onnxruntime [[-2.0, 1.0], [2.0, 1.0]]
#   reference   [[-1.0, 0.5], [-1.0, -0.5]]
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
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
node = helper.make_node("Normalizer", ["x"], ["y"], domain="ai.onnx.ml", norm="MAX")
graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 2])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 2])])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 1)])
model.ir_version = 10
x = {"x": np.array([[-4, 2], [-4, -2]], np.float32)}
ort = onnxruntime.InferenceSession(model.SerializeToString()).run(None, x)[0].tolist()
reference = ReferenceEvaluator(model).run(None, x)[0].tolist()
print(f"onnxruntime {ort}\nreference   {reference}")
sys.exit(0 if ort == [[-2, 1], [2, 1]] and reference == [[-1, 0.5], [-1, -0.5]] else 1)
EOF
