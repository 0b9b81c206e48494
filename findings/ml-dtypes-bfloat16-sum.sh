#!/bin/sh
# ml_dtypes: a bfloat16 array adds up in bfloat16, so that 1,000 ones give 256.
#
# Guess before the run: 1000, and a mean of 1, as for float16, which NumPy adds pairwise in float32.
# Seen: sum and mean stop at 2⁸, where 256 + 1 rounds back to 256; the variance of 0 … 999 is 147456
# (true: 83333). The dot product of the same arrays is right. Nothing warns.
# It matters wherever bfloat16 weights or activations are summarised in NumPy: sum(dtype=float32).
#
# Output seen:
#   numpy 2.4.6, ml_dtypes 0.6.0
#   bfloat16: sum 256, mean 0.255859375, dot 1000, sum in float32 1000, var 147456
#   float16:  sum 1000, mean 1.0
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 ml_dtypes==0.6.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import ml_dtypes
import numpy as np

print(f"numpy {np.__version__}, ml_dtypes {ml_dtypes.__version__}")
ones = np.ones(1000, ml_dtypes.bfloat16)
ramp = np.arange(1000).astype(ml_dtypes.bfloat16)
half = np.ones(1000, np.float16)
total, mean, dot = float(ones.sum()), float(ones.mean()), float(ones @ ones)
wide, var = float(ones.sum(dtype=np.float32)), float(ramp.var())
print(f"bfloat16: sum {total:g}, mean {mean}, dot {dot:g}, sum in float32 {wide:g}, var {var:g}")
print(f"float16:  sum {float(half.sum()):g}, mean {float(half.mean())}")
same = (total, mean, dot, wide, var) == (256, 0.255859375, 1000, 1000, 147456)
sys.exit(0 if same and half.sum() == 1000 else 1)
EOF
