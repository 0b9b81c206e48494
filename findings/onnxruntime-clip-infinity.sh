#!/bin/sh
# ONNX Runtime: Clip without an upper bound has one, the largest finite number.
#
# Guess before the run: an input that is left out bounds nothing, so that Clip of +∞ with a lower
# bound only is +∞, as of torch.clamp(min=0), np.clip and onnx's own evaluator.
# Seen: 3.4e+38 (of float64 1.8e+308), and −∞ without a lower bound likewise. A mask of −∞ or an
# overflow that a later isinf looks for is gone; Relu keeps +∞.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   Clip(inf, min=0), float32: 3.4028234663852886e+38, onnx inf
#   Clip(inf, min=0), float64: 1.7976931348623157e+308, onnx inf
#   Clip(-inf, max=0), float32: -3.4028234663852886e+38, onnx -inf
#   Relu(inf), float32: inf, onnx inf
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
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
seen = []
for operator, x, bounds, dtype in (("Clip", np.inf, ("min", ""), np.float32),
                                   ("Clip", np.inf, ("min", ""), np.float64),
                                   ("Clip", -np.inf, ("", "max"), np.float32),
                                   ("Relu", np.inf, (), np.float32)):
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    names = [n for n in bounds if n]
    inputs = ["x", *bounds] if bounds[-1:] != ("",) else ["x", *bounds[:-1]]
    graph = helper.make_graph([helper.make_node(operator, inputs, ["y"])], "g",
                              [helper.make_tensor_value_info("x", element, [1])],
                              [helper.make_tensor_value_info("y", element, [1])],
                              [numpy_helper.from_array(np.zeros((), dtype), n) for n in names])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    got, want = (float(run(None, {"x": np.array([x], dtype)})[0][0])
                 for run in (session.run, ReferenceEvaluator(model).run))
    arguments = ", ".join([str(x)] + [f"{n}=0" for n in names])
    print(f"{operator}({arguments}), {np.dtype(dtype)}: {got}, onnx {want}")
    seen.append((np.isinf(got), np.isinf(want)))
sys.exit(0 if seen == [(False, True)] * 3 + [(True, True)] else 1)
EOF
