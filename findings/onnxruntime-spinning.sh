#!/bin/sh
# ONNX Runtime: what its threads do once a run has returned.
#
# Guess before the run: a session on two threads whose run has returned takes no processor, so that
# a program beside it, or what the same program does next, has both: timing two engines in turns is
# fair.
# Seen: the other thread goes on spinning for some 30 ms, as session.intra_op.allow_spinning has it
# by default. Whatever runs next for shorter than that shares a processor with it. Without spinning
# next to nothing.
#
# Output seen:
#   onnxruntime 1.32.0
#   default: more than 5 ms of processor after a run
#   no spinning: less than 2 ms
set -eu
[ "$(uname -m)" = x86_64 ] && [ "$(nproc)" -ge 2 ] || exit 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import time
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

print(f"onnxruntime {onnxruntime.__version__}")
shape = [512, 512]
graph = helper.make_graph([helper.make_node("MatMul", ["x", "x"], ["y"])], "g",
                          [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def after(**settings):
    """Milliseconds of processor that the process takes in a fifth of a second after a run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    for name, value in settings.items():
        options.add_session_config_entry("session.intra_op." + name, value)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    times = []
    for _ in range(7):
        session.run(None, {"x": np.ones(shape, np.float32)})
        start = time.process_time()
        time.sleep(0.2)
        times.append(1e3 * (time.process_time() - start))
    return sorted(times)[3]


spinning, asleep = after(), after(allow_spinning="0")
print("default:", "more than 5 ms of processor after a run" if spinning > 5 else f"{spinning:.1f} ms")
print("no spinning:", "less than 2 ms" if asleep < 2 else f"{asleep:.1f} ms")
sys.exit(0 if spinning > 5 and asleep < 2 else 1)
EOF
