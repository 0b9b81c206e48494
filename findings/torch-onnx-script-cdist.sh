#!/bin/sh
# torch.onnx, the exporter by TorchScript (dynamo=False): cdist with p=1 adds up differences with
# their signs.
#
# Guess before the run: the file gives Manhattan distances, which are easily written, or the export
# is refused.
# Seen: Σ(x − y) to the power 0.999999: 0 between points that are 2 apart, NaN where the sum is
# negative. p=2 is right.
#
# Output seen:
#   torch 2.15.0, onnxruntime 1.32.0
#   p=1: torch [[2.0, 3.0]], file [[0.0, nan]]
#   p=2: torch [[1.414, 2.236]], file [[1.414, 2.236]]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 torch==2.15.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import io
import math
import sys
import warnings

warnings.filterwarnings("ignore")
import onnxruntime
import torch

print(f"torch {torch.__version__.split('+')[0]}, onnxruntime {onnxruntime.__version__}")


class Distances(torch.nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x, y):
        return torch.cdist(x, y, p=self.p)


x, y = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, -1.0], [1.0, 2.0]])
seen = []
for p in (1, 2):
    file = io.BytesIO()
    torch.onnx.export(Distances(float(p)), (x, y), file, input_names=["x", "y"], dynamo=False)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    got = session.run(None, {"x": x.numpy(), "y": y.numpy()})[0]
    want = torch.cdist(x, y, p=float(p))
    rows = [[[round(float(v), 3) for v in row] for row in m] for m in (want, got)]
    print(f"p={p}: torch {rows[0]}, file {rows[1]}")
    seen.append(rows)
sys.exit(0 if seen[0][0] == [[2.0, 3.0]] and seen[0][1][0][0] == 0.0
         and math.isnan(seen[0][1][0][1]) and seen[1][0] == seen[1][1] else 1)
EOF
