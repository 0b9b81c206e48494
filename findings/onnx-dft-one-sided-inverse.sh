#!/bin/sh
# ONNX DFT with inverse and onesided: the runtime gives real signals, the reference evaluator the
# first half of a complex transform.
#
# torch.onnx writes torch.fft.irfft so. Guess before the run: it is refused, since the standard has
# no one-sided output for complex inputs, or both compute numpy.fft.irfft.
# Seen: ONNX Runtime is irfft, 2·(bins − 1) numbers if no length is given; the evaluator transforms
# the half as if it were the whole, and gives complex numbers, of which it keeps half.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   length 4: (1, 4, 1) [1.0, 2.0, 3.0, 4.0], onnx (1, 3, 2)
#   no length: (1, 4, 1) [1.0, 2.0, 3.0, 4.0], onnx (1, 2, 2)
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
bins = np.fft.rfft([1.0, 2.0, 3.0, 4.0])
x = np.stack([bins.real, bins.imag], -1)[None].astype(np.float32)
seen = []
for name, lengths in (("length 4", [numpy_helper.from_array(np.int64(4), "n")]), ("no length", [])):
    node = helper.make_node("DFT", ["x"] + ["n"] * len(lengths), ["y"], inverse=1, onesided=1)
    graph = helper.make_graph([node], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 3)],
                              lengths)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    got, want = (run(None, {"x": x})[0] for run in (session.run, ReferenceEvaluator(model).run))
    values = [round(float(v), 3) for v in got.ravel()]
    print(f"{name}: {got.shape} {values}, onnx {want.shape}")
    seen.append((values, want.shape))
sys.exit(0 if seen == [([1.0, 2.0, 3.0, 4.0], (1, 3, 2)), ([1.0, 2.0, 3.0, 4.0], (1, 2, 2))]
         else 1)
EOF
