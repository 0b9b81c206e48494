#!/bin/sh
# XGBoost takes a row for one of another category if names have letters beyond ASCII.
#
# Guess before the run: a model that was trained on a data frame knows its categories by their names,
# so that a row alone, in a frame of its own, is predicted as among the others.
# Seen: of names XGBoost keeps as many bytes as they have letters, one name after another, so that
# later ones begin amid earlier ones. A row alone of the second category has what is kept of the
# first one's name, and is predicted as one of that, without a word; with ASCII names it is not.
#
# Output seen:
#   xgboost 3.2.0, pandas 3.1.1
#   ['house 1', 'house 2'] among others: [1.0, 9.0], alone: [1.0, 9.0]
#   ['дом 1', 'дом 2'] among others: [1.0, 9.0], alone: [1.0, 1.0]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    xgboost-cpu==3.2.0 pandas==3.1.1 numpy==2.4.6 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys

import numpy as np
import pandas as pd
import xgboost

print(f"xgboost {xgboost.__version__}, pandas {pd.__version__}")


def predictions(names):
    frame = pd.DataFrame({"place": pd.Categorical(names * 50)})
    model = xgboost.train({"eta": 1, "lambda": 0, "max_depth": 2, "base_score": 0},
                          xgboost.DMatrix(frame, np.tile([1.0, 9.0], 50), enable_categorical=True), 1)

    def predict(rows):
        return model.predict(xgboost.DMatrix(rows, enable_categorical=True)).round(3).tolist()

    alone = [predict(pd.DataFrame({"place": pd.Categorical([name])}))[0] for name in names]
    among = predict(frame)[:2]
    print(f"{names} among others: {among}, alone: {alone}")
    return among, alone


as_seen = predictions(["house 1", "house 2"]) == ([1, 9], [1, 9])
as_seen &= predictions(["дом 1", "дом 2"]) == ([1, 9], [1, 1])
sys.exit(0 if as_seen else 1)
EOF
