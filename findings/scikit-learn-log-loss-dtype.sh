#!/bin/sh
# scikit-learn: log_loss of the same probabilities depends on their element type.
#
# Guess before the run: probabilities of exactly 0 and 1 are clipped at one fixed small number, so
# that arrays which compare equal have equal losses.
# Seen: the bound is the type's own epsilon: one confident mistake costs 15.9 in float32, 36.0 in
# float64 and 6.9 in float16. A network looks better the coarser the type of its outputs, and the
# loss printed in training (from logits, not clipped) is another one again.
#
# Output seen:
#   scikit-learn 1.9.1
#   float16: 6.930
#   float32: 15.942
#   float64: 36.044
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 scikit-learn==1.9.1 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import numpy as np
import sklearn
from sklearn.metrics import log_loss

print("scikit-learn", sklearn.__version__)
seen = []
for dtype in (np.float16, np.float32, np.float64):
    loss = log_loss([1], np.array([[1, 0]], dtype), labels=[0, 1])
    print(f"{dtype.__name__}: {loss:.3f}")
    seen.append(round(float(loss), 3))
sys.exit(0 if seen == [6.930, 15.942, 36.044] else 1)
EOF
