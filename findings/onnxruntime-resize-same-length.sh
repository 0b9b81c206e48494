#!/bin/sh
# ONNX Runtime: Resize by a scale that leaves the length as it is leaves the values as they are too.
#
# Guess before the run: 3 rows times 1.3 are ⌊3.9⌋ = 3, and with half_pixel row 1 of the output lies
# at 1.5 / 1.3 − 0.5 = 0.654 of the input, as it does among rows whose number changes.
# Seen: where no length changes the input is copied. With antialias such an axis is left out also
# when another changes; without, all are resampled then. ONNX's own evaluator resamples always.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   columns as they are: [0.0, 1.0, 2.0], onnx [0.0, 0.654, 1.423]
#   columns halved: [0.0, 0.654, 1.423], onnx [0.0, 0.654, 1.423]
#   columns halved, antialias: [0.0, 1.0, 2.0], onnx [0.0, 0.654, 1.423]
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
x = np.repeat(np.arange(3, dtype=np.float32), 4).reshape(1, 1, 3, 4)
seen = []
for name, columns, antialias in (("columns as they are", 1, 0), ("columns halved", 0.5, 0),
                                 ("columns halved, antialias", 0.5, 1)):
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], mode="linear", antialias=antialias)
    graph = helper.make_graph([node], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 4)],
                              [numpy_helper.from_array(np.float32([1, 1, 1.3, columns]), "s")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    rows = [[round(float(v), 3) for v in run(None, {"x": x})[0][0, 0, :, 0]]
            for run in (session.run, ReferenceEvaluator(model).run)]
    print(f"{name}: {rows[0]}, onnx {rows[1]}")
    seen.append(rows[0] == rows[1])
sys.exit(0 if seen == [False, True, False] else 1)
EOF
