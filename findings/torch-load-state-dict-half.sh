#!/bin/bash
# PyTorch's load_state_dict raises if one tensor does not fit, but has changed all the others by
# then: a program that catches the error goes on with a mixture of old and new weights. It says
# <All keys matched successfully> of numbers that don't fit: 1e39 becomes inf, 2.9 becomes 2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.15.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import sys

import torch

print("torch", torch.__version__)
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
old = {name: t.clone() for name, t in model.state_dict().items()}
new = {name: torch.full_like(t, 7) for name, t in old.items()}
new["2.weight"] = torch.full((1, 3), 7.0)  # one of four that doesn't fit
try:
    model.load_state_dict(new)
    raised = False
except RuntimeError as error:
    raised = True
    print("raised:", str(error).split("\n")[1].strip())
changed = [name for name, t in model.state_dict().items() if not torch.equal(t, old[name])]
print("changed all the same:", changed)

linear = torch.nn.Linear(1, 1)
said = linear.load_state_dict({"weight": torch.full((1, 1), 1e39, dtype=torch.float64),
                               "bias": torch.zeros(1)})
print("1e39 into float32:", said, linear.weight.item())
counter = torch.nn.BatchNorm1d(1)
state = counter.state_dict()
state["num_batches_tracked"] = torch.tensor(2.9)
said_too = counter.load_state_dict(state)
print("2.9 into int64:", said_too, counter.num_batches_tracked.item())

right = (raised and changed == ["0.weight", "0.bias", "2.bias"] and "All keys" in str(said)
         and linear.weight.item() == float("inf") and "All keys" in str(said_too)
         and counter.num_batches_tracked.item() == 2)
print("behaviour:", "half loaded, and cast without a word" if right else "CHANGED")
sys.exit(not right)
PY
