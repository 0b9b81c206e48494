#!/bin/sh
# ONNX Cast between booleans and strings: the runtime and the reference share no rule.
#
# Guess before the run: both write "True" or "1" alike; "False" is refused or false in both, and
# "0" false in both.
# Seen: ONNX Runtime writes 1 and 0, reads numbers only, and stops at "True" and "False", which the
# reference evaluator writes. The reference reads every text but the empty one as true: "False",
# "0", and so the zeros that ONNX Runtime wrote. A preprocessing graph with a boolean column in text
# gives other classes in the two, or none.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   true, false -> string: onnxruntime ['1', '0'], reference ['True', 'False']
#   string '0' -> bool: onnxruntime False, reference True
#   string '1' -> bool: onnxruntime True, reference True
#   string 'True' -> bool: onnxruntime error, reference True
#   string 'False' -> bool: onnxruntime error, reference True
#   string '' -> bool: onnxruntime error, reference False
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
options = onnxruntime.SessionOptions()
options.log_severity_level = 4


def cast(values, source, target):
    x = helper.make_tensor_value_info("x", source, [len(values)])
    y = helper.make_tensor_value_info("y", target, [len(values)])
    node = helper.make_node("Cast", ["x"], ["y"], to=target)
    model = helper.make_model(helper.make_graph([node], "cast", [x], [y]), ir_version=10,
                              opset_imports=[helper.make_opsetid("", 21)])
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    try:
        runtime = session.run(None, {"x": values})[0].tolist()
    except Exception:  # of whatever class
        runtime = ["error"]
    return runtime, ReferenceEvaluator(model).run(None, {"x": values})[0].tolist()


written = cast(np.array([True, False]), TensorProto.BOOL, TensorProto.STRING)
print("true, false -> string: onnxruntime {}, reference {}".format(*written))
same = written == (["1", "0"], ["True", "False"])
expected = {"0": (False, True), "1": (True, True), "True": ("error", True),
            "False": ("error", True), "": ("error", False)}
for text, verdict in expected.items():
    runtime, reference = cast(np.array([text], object), TensorProto.STRING, TensorProto.BOOL)
    print(f"string {text!r} -> bool: onnxruntime {runtime[0]}, reference {reference[0]}")
    same &= (runtime[0], reference[0]) == verdict
sys.exit(0 if same else 1)
EOF
