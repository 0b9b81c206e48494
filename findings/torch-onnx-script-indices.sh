#!/bin/sh
# torch.onnx, the exporter by TorchScript (dynamo=False): indices that are right in PyTorch read and
# write other elements in the file.
#
# Guess before the run: x[rows, columns] counts negative columns from the end, as it does with a
# single list of indices; index_add adds each of its values, repeated indices or not, as scatter_add
# does.
# Seen: column -1 of row 2 is the last one of row 1 (indices are joined into one without a look at
# their signs), and of values for the same index only the last is added.
#
# Output seen:
#   torch 2.15.0, onnxruntime 1.32.0
#   x[[2, 0], [-1, 1]]: torch [8.0, 1.0], file [5.0, 1.0]
#   x[[-1, 0]]: torch [[6.0, 7.0, 8.0], [0.0, 1.0, 2.0]], file [[6.0, 7.0, 8.0], [0.0, 1.0, 2.0]]
#   index_add of 10 and 20 to row 0: torch [30.0, 1.0, 2.0], file [20.0, 1.0, 2.0]
#   scatter_add of 10 and 20 to row 0: torch [30.0, 1.0, 2.0], file [30.0, 1.0, 2.0]
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

    def forward(self, x):
        return self.function(x)


def exported(function, x):
    file = io.BytesIO()
    torch.onnx.export(Module(function), (x,), file, input_names=["x"], dynamo=False)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x.numpy()})[0].tolist()


table = torch.arange(9.0).reshape(3, 3)
row = torch.arange(3.0)
values = torch.tensor([10.0, 20.0])
twice = torch.tensor([0, 0])
right = []
for name, function, x in (
        ("x[[2, 0], [-1, 1]]", lambda x: x[torch.tensor([2, 0]), torch.tensor([-1, 1])], table),
        ("x[[-1, 0]]", lambda x: x[torch.tensor([-1, 0])], table),
        ("index_add of 10 and 20 to row 0", lambda x: x.index_add(0, twice, values), row),
        ("scatter_add of 10 and 20 to row 0", lambda x: x.scatter_add(0, twice, values), row)):
    want, got = function(x).tolist(), exported(function, x)
    print(f"{name}: torch {want}, file {got}")
    right.append(want == got)
sys.exit(0 if right == [False, True, False, True] else 1)
EOF
