#!/bin/sh
# scikit-learn: learning_rate="invscaling" of its networks counts rows, not epochs or steps.
#
# The manual: the rate falls "at each time step 't'", as learning_rate_init / t^power_t (power_t is
# 0.5 unless told).
# Guess before the run: t counts epochs, or perhaps steps; after the first epoch of 10,000 rows in
# batches of 200 the rate is still 0.01, or 0.01/√50 = 0.0014.
# Seen: the whole first epoch runs at 0.01, then t = 10,000 rows: the rate drops a hundredfold at
# once, to 0.0001. The more rows, the deeper the drop, whatever the batch: training all but stops
# after one epoch.
#
# Output seen:
#   scikit-learn 1.9.1
#   epochs 1: t_ 10000, next rate 0.000100
#   epochs 2: t_ 20000, next rate 0.000071
#   loss after each of 5 epochs, invscaling: 8.25 1.61 1.56 1.53 1.50
#   loss after each of 5 epochs, constant:   8.25 0.57 0.26 0.23 0.21
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 scikit-learn==1.9.1 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import warnings
import numpy as np
import sklearn
from sklearn.neural_network import MLPRegressor

warnings.filterwarnings("ignore")  # that five epochs are too few
print("scikit-learn", sklearn.__version__)
x = np.random.RandomState(0).randn(10000, 4)
y = x @ [1, 2, 3, 4]


def fit(rate, epochs):
    model = MLPRegressor(hidden_layer_sizes=(8,), solver="sgd", learning_rate=rate, batch_size=200,
                         learning_rate_init=0.01, momentum=0, max_iter=epochs, random_state=0)
    return model.fit(x, y)


same = True
for epochs in (1, 2):
    model = fit("invscaling", epochs)
    rate = model._optimizer.learning_rate
    print(f"epochs {epochs}: t_ {model.t_}, next rate {rate:.6f}")
    same &= model.t_ == 10000 * epochs and abs(rate * (10000 * epochs) ** 0.5 / 0.01 - 1) < 0.01
falling, constant = fit("invscaling", 5).loss_curve_, fit("constant", 5).loss_curve_
print("loss after each of 5 epochs, invscaling:", *(f"{loss:.2f}" for loss in falling))
print("loss after each of 5 epochs, constant:  ", *(f"{loss:.2f}" for loss in constant))
sys.exit(0 if same and falling[-1] > 3 * constant[-1] else 1)
EOF
