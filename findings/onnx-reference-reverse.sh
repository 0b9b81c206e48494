#!/bin/sh
# The reference evaluator of onnx runs recurrent networks against time as if they went with it.
#
# Guess before the run: RNN, GRU and LSTM with direction="reverse" give what ONNX Runtime gives, or
# an error that says that the direction is not implemented, as for "bidirectional".
# Seen: no error, and to the bit what direction="forward" gives, in all three. Who takes the
# evaluator for the oracle of a converter's test accepts networks that read sequences backwards.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   RNN: the reference's reverse is its forward: True, ONNX Runtime's: False
#   GRU: the reference's reverse is its forward: True, ONNX Runtime's: False
#   LSTM: the reference's reverse is its forward: True, ONNX Runtime's: False
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
rng = np.random.default_rng(1)
x = rng.normal(size=(3, 1, 2)).astype(np.float32)
options = onnxruntime.SessionOptions()
options.log_severity_level = 4


def run(operator, w, r, direction):
    node = helper.make_node(operator, ["x", "w", "r"], ["", "h"], hidden_size=2, direction=direction)
    graph = helper.make_graph([node], "recurrent",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("h", TensorProto.FLOAT, [1, 1, 2])],
                              [helper.make_tensor(n, TensorProto.FLOAT, v.shape, v.ravel())
                               for n, v in (("w", w), ("r", r))])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(model).run(None, {"x": x})[0], session.run(None, {"x": x})[0]


as_seen = True
for operator, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
    w, r = (rng.normal(size=(1, 2 * gates, 2)).astype(np.float32) for _ in range(2))
    forward, reverse = (run(operator, w, r, d) for d in ("forward", "reverse"))
    same = [np.array_equal(a, b) for a, b in zip(forward, reverse)]
    assert np.allclose(*forward, atol=1e-6), operator
    print(f"{operator}: the reference's reverse is its forward: {same[0]}, ONNX Runtime's: {same[1]}")
    as_seen &= same == [True, False]
sys.exit(0 if as_seen else 1)
EOF
