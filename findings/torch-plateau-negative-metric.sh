#!/bin/sh
# PyTorch: ReduceLROnPlateau takes a negative metric that gets worse for an improvement.
#
# Guess before the run: mode "min" asks for a value below the best by a relative 1e-4 and lowers the
# rate when there is none, whatever the sign.
# Seen: the bound is best · (1 − 1e-4), which lies above a negative best. A negative log-likelihood
# that rises from −100 by 0.005 % an epoch counts as better each time, becomes the new "best", and
# the rate stays; the same drift from +100 lowers it as it should. threshold_mode="abs" is right.
#
# Output seen:
#   torch 2.15.0
#   from -100, rel: metric -99.75, best -99.76, rate 1e+00
#   from 100, rel: metric 100.25, best 100.00, rate 1e-08
#   from -100, abs: metric -99.75, best -100.00, rate 1e-08
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
rates = []
for start, mode in ((-100.0, "rel"), (100.0, "rel"), (-100.0, "abs")):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2,
                                                          threshold_mode=mode)
    metric = start
    for epoch in range(50):
        schedule.step(metric)
        metric += 0.005
    rates.append(optimizer.param_groups[0]["lr"])
    print(f"from {start:.0f}, {mode}: metric {metric:.2f}, best {schedule.best:.2f}, "
          f"rate {rates[-1]:.0e}")
sys.exit(0 if rates[0] == 1 and rates[1] < 1e-3 and rates[2] < 1e-3 else 1)
EOF
