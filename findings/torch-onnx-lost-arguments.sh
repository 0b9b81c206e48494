#!/bin/sh
# torch.onnx, the new exporter: cross_entropy loses its label_smoothing, and the mean of
# scatter_reduce becomes a plain scatter.
#
# Guess before the run: the file computes what the module does, or the export fails and names the
# argument that it can't write.
# Seen: neither; both files load and run, without a warning, and give other numbers. The loss is the
# one without smoothing; of the mean only the last value that was scattered is left.
#
# Output seen:
#   torch 2.15.0, onnxruntime 1.32.0
#   cross_entropy, label_smoothing=0.5: torch 2.1270, file 0.1270, without smoothing 0.1270
#   scatter_reduce of 2 and 4 to 0, mean: torch [2.0, 7.0], file [4.0, 7.0]
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
    return session.run(None, {"x": x.numpy()})[0]


def smooth(x):
    return torch.nn.functional.cross_entropy(x, torch.tensor([0]), label_smoothing=0.5)


def mean(x):
    return x.scatter_reduce(0, torch.tensor([0, 0]), torch.tensor([2.0, 4.0]), "mean")


scores = torch.tensor([[10.0, 8.0, 0.0]])
losses = [float(smooth(scores)), float(exported(smooth, scores)),
          float(torch.nn.functional.cross_entropy(scores, torch.tensor([0])))]
print("cross_entropy, label_smoothing=0.5: torch %.4f, file %.4f, without smoothing %.4f"
      % tuple(losses))
x = torch.tensor([0.0, 7.0])
means = [mean(x).tolist(), exported(mean, x).tolist()]
print(f"scatter_reduce of 2 and 4 to 0, mean: torch {means[0]}, file {means[1]}")
sys.exit(0 if abs(losses[0] - losses[1]) > 1 and abs(losses[1] - losses[2]) < 1e-4
         and means == [[2.0, 7.0], [4.0, 7.0]] else 1)
EOF
