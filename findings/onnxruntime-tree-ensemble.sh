#!/bin/sh
# TreeEnsemble of ai.onnx.ml 5: two of the transforms change places in ONNX Runtime, and the reference
# evaluator has none.
#
# Guess before the run: post_transform 1 is SOFTMAX and 2 LOGISTIC, as the standard numbers them.
# Seen: in ONNX Runtime 1 is LOGISTIC and 2 SOFTMAX; the reference evaluator gives the sums. The
# classifiers of versions 1 and 3, where transforms have names, are as the standard says.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   post_transform 1: onnxruntime [0.7311, 0.8808], reference [1.0, 2.0]
#   post_transform 2: onnxruntime [0.2689, 0.7311], reference [1.0, 2.0]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 || exit 2
"$dir/venv/bin/python" - <<'PY'
import sys
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")


def run(x, **attributes):
    node = helper.make_node("TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", aggregate_function=1, **attributes)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, None])])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 5)])
    feeds = {"x": np.array(x, np.float32)[:, None]}
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [[round(float(v), 4) for v in r.ravel()]
            for r in (session.run(None, feeds)[0], ReferenceEvaluator(model).run(None, feeds)[0])]


def floats(*values):
    return numpy_helper.from_array(np.array(values, np.float32))


def modes(*values):
    return numpy_helper.from_array(np.array(values, np.uint8))


seen = []
for transform in (1, 2):  # two trees of one leaf each: the scores 1 and 2
    ours, theirs = run([0], n_targets=2, post_transform=transform, nodes_featureids=[0, 0], nodes_modes=modes(0, 0),
                       nodes_splits=floats(0, 0), nodes_truenodeids=[0, 1], nodes_falsenodeids=[0, 1], nodes_trueleafs=[1, 1],
                       nodes_falseleafs=[1, 1], leaf_targetids=[0, 1], leaf_weights=floats(1, 2), tree_roots=[0, 1])
    print(f"post_transform {transform}: onnxruntime {ours}, reference {theirs}")
    seen.append((ours, theirs))
EXPECTED = [([0.7311, 0.8808], [1.0, 2.0]), ([0.2689, 0.7311], [1.0, 2.0])]
sys.exit(0 if seen == EXPECTED else 1)
PY
