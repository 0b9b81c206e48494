#!/bin/sh
# torch.onnx, the exporter by TorchScript (dynamo=False): // rounds towards zero in the file.
#
# Guess before the run: -7 // 2 is -4 in the file as in Python and PyTorch, since the exporter knows
# floor and writes torch.div(…, rounding_mode="floor") with it.
# Seen: // is written as a division with a cast: -3, of floats too; the other spelling is right.
#
# Output seen:
#   torch 2.15.0, onnxruntime 1.32.0
#   x // 2 of [-7, -1, 7]: torch [-4, -1, 3], file [-3, 0, 3]
#   x // 2 of [-7.0, -1.0, 7.0]: torch [-4.0, -1.0, 3.0], file [-3.0, 0.0, 3.0]
#   div(x, 2, rounding_mode="floor") of [-7, -1, 7]: torch [-4, -1, 3], file [-4, -1, 3]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 torch==2.15.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import io
import sys
import warnings

warnings.filterwarnings("ignore")
import onnxruntime
import torch

print(f"torch {torch.__version__.split('+')[0]}, onnxruntime {onnxruntime.__version__}")


class Module(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *x):
        return self.function(*x)


def exported(function, *x):
    file = io.BytesIO()
    names = [f"x{i}" for i in range(len(x))]
    torch.onnx.export(Module(function), x, file, input_names=names, dynamo=False)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    return session.run(None, {n: v.numpy() for n, v in zip(names, x)})[0].tolist()


right = []
for name, function, x in (
        ("x // 2", lambda x: x // 2, [-7, -1, 7]),
        ("x // 2", lambda x: x // 2, [-7.0, -1.0, 7.0]),
        ('div(x, 2, rounding_mode="floor")',
         lambda x: torch.div(x, 2, rounding_mode="floor"), [-7, -1, 7])):
    want, got = function(torch.tensor(x)).tolist(), exported(function, torch.tensor(x))
    print(f"{name} of {x}: torch {want}, file {got}")
    right.append(want == got)
sys.exit(0 if right == [False, False, True] else 1)
EOF
