#!/bin/sh
# ONNX Pad with negative pads: the runtime cuts before it mirrors, the reference refuses them all.
#
# Guess before the run: both cut off as many elements as the standard says; where the other end is
# padded, wrap takes elements from the beginning of the tensor as it was, since 0, 1, 2, 3 repeated
# goes on with 0.
# Seen: ONNX Runtime cuts first: what is cut off is neither mirrored nor repeated at the other end, so
# wrap goes on with 1, and with two elements left it repeats these two. The reference evaluator stops
# at any negative pad, in the mode constant too: it can't check a model that crops by Pad.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   constant -1, 1: onnxruntime [1, 2, 3, 0], reference error
#   edge -1, 1: onnxruntime [1, 2, 3, 3], reference error
#   reflect -1, 1: onnxruntime [1, 2, 3, 2], reference error
#   wrap -1, 1: onnxruntime [1, 2, 3, 1], reference error
#   wrap -2, 3: onnxruntime [2, 3, 2, 3, 2], reference error
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


def run(mode, before, after):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])
    pads = numpy_helper.from_array(np.array([before, after]), "pads")
    node = helper.make_node("Pad", ["x", "pads"], ["y"], mode=mode)
    model = helper.make_model(helper.make_graph([node], "pad", [x], [y], [pads]), ir_version=10,
                              opset_imports=[helper.make_opsetid("", 19)])
    onnx.checker.check_model(model, full_check=True)
    feeds = {"x": np.arange(4, dtype=np.float32)}
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    runtime = session.run(None, feeds)[0].astype(int).tolist()
    try:
        reference = ReferenceEvaluator(model).run(None, feeds)[0].astype(int).tolist()
    except Exception:  # of whatever class
        reference = "error"
    print(f"{mode} {before}, {after}: onnxruntime {runtime}, reference {reference}")
    return runtime, reference


seen = [run("constant", -1, 1), run("edge", -1, 1), run("reflect", -1, 1), run("wrap", -1, 1),
        run("wrap", -2, 3)]
same = seen == [([1, 2, 3, 0], "error"), ([1, 2, 3, 3], "error"), ([1, 2, 3, 2], "error"),
                ([1, 2, 3, 1], "error"), ([2, 3, 2, 3, 2], "error")]
sys.exit(0 if same else 1)
EOF
