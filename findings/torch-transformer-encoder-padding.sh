#!/bin/sh
# PyTorch: TransformerEncoder writes zeros at padded positions, in evaluation under no_grad only.
#
# Guess before the run: outputs at padded positions are whatever the layers make of them, the same
# in every mode (no dropout here).
# Seen: with gradients recorded they are numbers of ordinary size, in evaluation too; under no_grad
# they are exactly 0, since padded rows are left out of the work. A mean over all positions
# therefore differs between a validation with and one without no_grad, by the same weights.
#
# Output seen:
#   torch 2.15.0
#   training: padded positions up to 1.99, first feature's mean over all positions 0.4344
#   evaluation: padded positions up to 1.99, first feature's mean over all positions 0.4344
#   evaluation, no_grad: padded positions up to 0.00, first feature's mean over all positions 0.4363
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 torch==2.15.0 || exit 2
"$dir/venv/bin/python" -W ignore - <<'EOF'
import sys
import torch

print("torch", torch.__version__.split("+")[0])
torch.manual_seed(0)
layer = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0, batch_first=True)
encoder = torch.nn.TransformerEncoder(layer, 2)
x = torch.randn(2, 5, 8)
padded = torch.tensor([[False] * 3 + [True] * 2, [False] * 5])
largest, pooled = [], []
for name, mode, gradients in (("training", True, True), ("evaluation", False, True),
                              ("evaluation, no_grad", False, False)):
    encoder.train(mode)
    with torch.set_grad_enabled(gradients):
        y = encoder(x, src_key_padding_mask=padded)
    largest.append(y[padded].abs().max().item())
    pooled.append(y[0].mean(dim=0)[0].item())
    print(f"{name}: padded positions up to {largest[-1]:.2f}, "
          f"first feature's mean over all positions {pooled[-1]:.4f}")
same = largest[0] > 0.5 and abs(largest[0] - largest[1]) < 1e-5 and largest[2] == 0
sys.exit(0 if same and abs(pooled[1] - pooled[2]) > 1e-3 else 1)
EOF
