#!/bin/sh
# scikit-learn: top_k_accuracy_score gives tied scores to the class that comes last.
#
# Guess before the run: with k = 1 it is the accuracy of argmax, as the manual says it is
# equivalent to accuracy_score; argmax takes the first of equals.
# Seen: it takes the last. A network that answers the same for every class (or saturates in float16
# or after rounding to a few digits) scores 0 by argmax and 1 here, or the reverse, depending on how
# the classes are numbered.
#
# Output seen:
#   scikit-learn 1.9.1
#   all scores equal, truth class 0: top-1 0.0, accuracy of argmax 1.0
#   all scores equal, truth class 1: top-1 0.0, accuracy of argmax 0.0
#   all scores equal, truth class 2: top-1 1.0, accuracy of argmax 0.0
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
from sklearn.metrics import accuracy_score, top_k_accuracy_score

print("scikit-learn", sklearn.__version__)
scores = np.full((4, 3), 1 / 3)
seen = []
for truth in range(3):
    labels = np.full(4, truth)
    top = top_k_accuracy_score(labels, scores, k=1, labels=[0, 1, 2])
    first = accuracy_score(labels, scores.argmax(axis=1))
    print(f"all scores equal, truth class {truth}: top-1 {top}, accuracy of argmax {first}")
    seen.append((top, first))
sys.exit(0 if seen == [(0, 1), (0, 0), (1, 0)] else 1)
EOF
