#!/bin/sh
# torch.onnx: logaddexp, which is there so that exponentials don't overflow, overflows in the file.
#
# Guess before the run: logaddexp(100, 0) is 100 in the file as in PyTorch, by ReduceLogSumExp or a
# maximum that is taken out, as logsumexp of the same two numbers.
# Seen: the new exporter writes log(exp(x) + exp(y)): +∞ from 88.8 on, and −∞ from −104 on.
#
# Output seen:
#   torch 2.15.0, onnxruntime 1.32.0
#   logaddexp(100, 0): torch 100.0, file inf
#   logaddexp(-110, -110): torch -109.3, file -inf
#   logsumexp(100, 0): torch 100.0, file 100.0
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 onnxscript==0.7.2 torch==2.15.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import logging
import os
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import onnxruntime
import torch

print(f"torch {torch.__version__.split('+')[0]}, onnxruntime {onnxruntime.__version__}")


class Module(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


def exported(function, x):
    path = os.path.join(tempfile.mkdtemp(dir=os.path.dirname(sys.prefix)), "m.onnx")
    torch.onnx.export(Module(function), (x,), path, input_names=["x"], dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return float(session.run(None, {"x": x.numpy()})[0])


seen = []
for name, function, x in (("logaddexp", lambda x: torch.logaddexp(x[0], x[1]), [100, 0]),
                          ("logaddexp", lambda x: torch.logaddexp(x[0], x[1]), [-110, -110]),
                          ("logsumexp", lambda x: torch.logsumexp(x, 0), [100, 0])):
    x32 = torch.tensor(x, dtype=torch.float32)
    pair = [round(float(function(x32)), 1), round(exported(function, x32), 1)]
    print(f"{name}({x[0]}, {x[1]}): torch {pair[0]}, file {pair[1]}")
    seen.append(pair)
inf = float("inf")
sys.exit(0 if seen == [[100.0, inf], [-109.3, -inf], [100.0, 100.0]] else 1)
EOF
