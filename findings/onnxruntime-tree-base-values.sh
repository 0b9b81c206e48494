#!/bin/sh
# ONNX Runtime's tree ensembles forget the base value of a target that no leaf of a row has.
#
# Guess before the run: base_values [1, 2] are where the sums of both targets begin, so that a row
# whose leaf has a weight for the first target only gets 2 for the second.
# Seen: it gets 0, and so it does with MIN, MAX and AVERAGE. A classifier with negative weights never
# gives the class that no leaf has as its label, though its score 0 is the largest.
#
# Output seen:
#   onnxruntime 1.32.0
#   leaves for one target and for both: [[11.0, 0.0], [21.0, 32.0]]
#   label 1 of scores [0.0, -1.0]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

print("onnxruntime", onnxruntime.__version__)
tree = dict(nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_values=[1.0, 0.0, 0.0],
            nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0])


def run(operator, types, **attributes):
    names = [f"y{i}" for i in range(len(types))]
    node = helper.make_node(operator, ["x"], names, domain="ai.onnx.ml", **tree, **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 1])
    outputs = [helper.make_tensor_value_info(n, t, None) for n, t in zip(names, types)]
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(helper.make_graph([node], "g", [x], outputs), ir_version=10, opset_imports=opsets)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return [y.tolist() for y in session.run(None, {"x": np.array([[0], [2]], np.float32)})]


(sums,) = run("TreeEnsembleRegressor", [TensorProto.FLOAT], n_targets=2, base_values=[1.0, 2.0],
              target_treeids=[0, 0, 0], target_nodeids=[1, 2, 2], target_ids=[0, 0, 1],
              target_weights=[10.0, 20.0, 30.0])
print("leaves for one target and for both:", sums)
labels, scores = run("TreeEnsembleClassifier", [TensorProto.INT64, TensorProto.FLOAT], classlabels_int64s=[0, 1, 2],
                     class_treeids=[0, 0, 0], class_nodeids=[1, 2, 2], class_ids=[1, 0, 1],
                     class_weights=[-1.0, -2.0, -3.0])
print(f"label {labels[0]} of scores {scores[0][:2]}")
unchanged = sums == [[11, 0], [21, 32]] and labels[0] == 1 and scores[0] == [0, -1, 0]
sys.exit(0 if unchanged else 1)
EOF
