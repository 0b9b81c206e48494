#!/bin/sh
# ONNX Runtime does not check that inputs which share a named dimension agree in it.
#
# Guess before the run: x and target, both declared ["batch", 4], with 3 and 1 rows are refused as a
# wrong fixed dimension is.
# Seen: no error, no warning: the operators broadcast the single row, and the loss is that of
# another data set. Only where an operator can't broadcast (3 and 2 rows) does the run fail, inside
# that operator.
#
# Output seen:
#   onnxruntime 1.32.0
#   rows 3 and 3: sum of squares 27.0
#   rows 3 and 1: sum of squares 35.0
#   rows 3 and 2: Fail
#   columns 5 and 5: InvalidArgument
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

print("onnxruntime", onnxruntime.__version__)
inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4])
          for name in ("x", "target")]
loss = helper.make_tensor_value_info("loss", TensorProto.FLOAT, [])
nodes = [helper.make_node("Sub", ["x", "target"], ["difference"]),
         helper.make_node("ReduceSumSquare", ["difference"], ["loss"], keepdims=0)]
model = helper.make_model(helper.make_graph(nodes, "g", inputs, [loss]), ir_version=10,
                          opset_imports=[helper.make_opsetid("", 21)])
onnx.checker.check_model(model, full_check=True)
options = onnxruntime.SessionOptions()
options.log_severity_level = 2  # warnings
session = onnxruntime.InferenceSession(model.SerializeToString(), options)
quiet = onnxruntime.RunOptions()
quiet.log_severity_level = 4  # the failing runs log their error, too


def run(x, target, options=None):
    try:
        return float(session.run(None, {"x": x, "target": target}, options)[0])
    except Exception as error:
        return type(error).__name__


def rows(count, columns=4):
    return np.arange(count, dtype=np.float32)[:, None] * np.ones(columns, np.float32)


def squares(x, target):
    result = run(x, target, quiet)
    return result if isinstance(result, str) else f"sum of squares {result}"


x = rows(3) + np.float32(0.5)
seen = [squares(x, rows(3) - 1), squares(x, rows(1)), squares(x, rows(2)),
        squares(rows(3, 5), rows(3, 5))]
for what, result in zip(("rows 3 and 3", "rows 3 and 1", "rows 3 and 2", "columns 5 and 5"), seen):
    print(f"{what}: {result}")
want = ["sum of squares 27.0", "sum of squares 35.0", "Fail", "InvalidArgument"]
sys.exit(0 if seen == want else 1)
EOF
