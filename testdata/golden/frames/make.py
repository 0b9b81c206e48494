"""Models of LightGBM 4.7 and XGBoost 3.2 that were trained on data frames of pandas 3.1 with
categories, rows as texts, and what the programs predict of them: models.json.

    pip install lightgbm==4.7.0 xgboost-cpu==3.2.0 pandas==3.1.1 scikit-learn==1.9.1
    python testdata/golden/frames/make.py
"""
import base64
import hashlib
import json
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb

HERE = Path(__file__).parent
SCRIPT = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def frame(names, n=300):
    rng = np.random.default_rng(5)
    x = pd.DataFrame({
        "size": rng.normal(size=n).round(2),
        "name": pd.Categorical(rng.choice(names, n)),
        "code": pd.Categorical(rng.choice([10, -3, 7], n)),
        "kind": pd.Categorical(rng.choice(["u", "v"], n), categories=["z", "v", "u"]),
    })
    y = x["size"] + (x["name"] == names[0]) * 3 + (x["code"].astype(int) == 7) * 2 + (x["kind"] == "u")
    return x, y + rng.normal(size=n) / 9


def texts(x):
    return [["" if pd.isna(v) else str(v) for v in row] for row in x.itertuples(index=False)]


def xgboost(names):
    x, y = frame(names)
    model = xgb.XGBRegressor(n_estimators=4, max_depth=3, enable_categorical=True).fit(x, y)
    x = x[:40].copy()
    x.loc[3, "name"] = np.nan
    x.loc[4, "code"] = np.nan
    booster = model.get_booster()
    return {"name": "XGBoost", "model": bytes(booster.save_raw("json")).decode("utf-8", "replace"),
            "ubjson": base64.b64encode(booster.save_raw("ubj")).decode(), "rows": texts(x),
            "predicted": model.predict(x).astype(float).tolist()}


def lightgbm(ordered):
    x, y = frame(["rose", "größe", "x<y", "lily"])
    x["flag"] = pd.Categorical(np.arange(300) % 3 == 0)
    x["part"] = pd.Categorical([(0.5, 2.25)[i % 2] for i in range(300)], ordered=ordered)
    model = lgb.LGBMRegressor(n_estimators=4, verbose=-1, min_data_per_group=5, num_leaves=8).fit(x, y)
    x = x[:40].copy()
    x["name"] = x["name"].cat.add_categories(["new"])
    x.loc[3, "name"] = "new"
    x.loc[4, "code"] = np.nan
    return {"name": "LightGBM" + " ordered" * ordered, "model": model.booster_.model_to_string(),
            "rows": texts(x), "predicted": model.predict(x).tolist()}


cases = [xgboost(["rose", "grass", "x<y", "lily"]), xgboost(["rose", "größe", "x<y", "lily"]),
         lightgbm(False), lightgbm(True)]
cases[1]["name"] += " cut"
versions = {"lightgbm": lgb.__version__, "xgboost": xgb.__version__, "pandas": pd.__version__}
text = json.dumps({"script": SCRIPT, "versions": versions, "cases": cases}, separators=(",", ":"))
(HERE / "models.json").write_text(text.replace('{"name"', '\n{"name"') + "\n", encoding="ascii")
