#!/bin/sh
# PyTorch: what MultiheadAttention gives for a row whose keys are all masked depends on whether the
# weights were asked for, on the mode, and on whether gradients are recorded.
#
# Guess before the run: NaN throughout (softmax of nothing), or 0 throughout.
# Seen: NaN with need_weights=True; without, the output projection's bias (0 here) in training and
# in evaluation with gradients; NaN again in evaluation under no_grad, where another path runs. A
# batch with one empty sequence trains without a NaN and gives NaN when served.
#
# Output seen:
#   torch 2.15.0
#   need_weights=True, training: nan
#   need_weights=True, evaluation: nan
#   need_weights=True, evaluation, no_grad: nan
#   need_weights=False, training: 0.0
#   need_weights=False, evaluation: 0.0
#   need_weights=False, evaluation, no_grad: nan
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 torch==2.15.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import torch

print("torch", torch.__version__.split("+")[0])
torch.manual_seed(0)
attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
x = torch.randn(2, 5, 8)
empty = torch.tensor([[True] * 5, [False] * 5])  # True: leave this key out
seen = []
for weights in (True, False):
    for name, mode, gradients in (("training", True, True), ("evaluation", False, True),
                                  ("evaluation, no_grad", False, False)):
        attention.train(mode)
        with torch.set_grad_enabled(gradients):
            y, _ = attention(x, x, x, key_padding_mask=empty, need_weights=weights)
        print(f"need_weights={weights}, {name}: {y[0, 0, 0].item()}")
        seen.append("nan" if y[0].isnan().all() else y[0].abs().max().item())
sys.exit(0 if seen == ["nan", "nan", "nan", 0, 0, "nan"] else 1)
EOF
