#!/usr/bin/env python3
"""Writes lightgbm.json and xgboost.json: small models of every kind and what they predict. Made with lightgbm 4.7.0 and xgboost-cpu
3.2.0; run it in any folder. With a folder as argument it writes larger ones there, which scripts/trees compares.

A case holds the model's file, in base64 where it is not text, rows (null for NaN), and for each its raw scores and predictions.
"""
import base64
import hashlib
import json
import pathlib
import sys

import lightgbm as lgb
import numpy as np
import xgboost as xgb

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def table(n, features, seed, missing=0.1, zeros=0.1, categories=()):
    r = np.random.default_rng(seed)
    x = r.normal(size=(n, features)) * 2
    x[r.random(x.shape) < zeros] = 0
    for c in categories:
        x[:, c] = r.integers(0, 40, n)
    x[r.random(x.shape) < missing] = np.nan
    return x


def target(x, seed, categories=()):
    z = np.nan_to_num(x)
    noise = np.random.default_rng(seed).normal(size=len(x))
    return z[:, 0] + np.sin(z[:, 1] * 2) * 3 + (z[:, 2] % 3) + np.where(np.isnan(x[:, 0]), 2, 0) + 0.3 * noise + sum(z[:, c] * 7 % 11 for c in categories)


def hard_rows(n, features, categories):
    """Rows with values that no training saw, in categories too."""
    x = table(n, features, 99, 0.15, 0.1, categories)
    r = np.random.default_rng(5)
    odd = np.array([1e-36, -1e-36, 1e-35, -0.0, 1e30, -1e30, np.inf, -np.inf, 1.5, -1.5])
    where = r.random(x.shape) < 0.03
    x[where] = r.choice(odd, where.sum())
    for c in categories:
        pick = r.random(n) < 0.1
        x[pick, c] = r.choice([-1, -0.5, 3.7, 41, 1000, np.nan], pick.sum())
    return x


def lightgbm_cases(trees, leaves, rows):
    base = {"verbose": -1, "num_leaves": leaves, "min_data_in_leaf": 5, "num_threads": 1, "deterministic": True, "seed": 3}
    kinds = [("regression", {}), ("regression", {"reg_sqrt": True}), ("regression_l1", {}), ("huber", {}), ("fair", {}), ("poisson", {}),
             ("quantile", {}), ("mape", {}), ("gamma", {}), ("tweedie", {}), ("binary", {}), ("binary", {"sigmoid": 0.7}),
             ("multiclass", {"num_class": 3}), ("multiclassova", {"num_class": 4, "sigmoid": 1.3}), ("cross_entropy", {}),
             ("cross_entropy_lambda", {}), ("lambdarank", {}), ("rank_xendcg", {}), ("regression", {"boosting": "dart"}),
             ("regression", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
             ("multiclass", {"num_class": 3, "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
             ("regression", {"linear_tree": True}), ("binary", {"linear_tree": True}), ("regression", {"use_missing": False}),
             ("regression", {"zero_as_missing": True}), ("regression", {"categorical": [3, 4], "min_data_per_group": 5, "cat_smooth": 1, "max_cat_to_onehot": 2}),
             ("multiclass", {"num_class": 3, "categorical": [3, 4], "max_cat_to_onehot": 50}), ("binary", {"boost_from_average": False}),
             ("regression", {"extra_trees": True, "monotone_constraints": [1, 0, 0, 0, 0, 0]})]
    for objective, more in kinds:
        more = dict(more)
        categories = more.pop("categorical", [])
        x = table(600, 6, 1, categories=categories)
        y = target(x, 2, categories)
        if objective in ("poisson", "gamma", "tweedie"):
            y = np.exp(y / 6)
        elif objective == "binary":
            y = (y > np.median(y)).astype(float)
        elif objective in ("cross_entropy", "cross_entropy_lambda"):
            y = 1 / (1 + np.exp(-y))
        elif "class" in objective:
            y = np.digitize(y, np.quantile(y, np.arange(1, more["num_class"]) / more["num_class"])).astype(float)
        elif objective in ("lambdarank", "rank_xendcg"):
            y = np.digitize(y, np.quantile(y, [0.5, 0.8, 0.95])).astype(float)
        if more.get("linear_tree"):
            x = np.where(np.isnan(x) & (np.random.default_rng(8).random(x.shape) < 0.9), 0.5, x)
        data = lgb.Dataset(x, y, categorical_feature=categories or "auto", free_raw_data=False,
                           group=[20] * 30 if objective in ("lambdarank", "rank_xendcg") else None)
        model = lgb.train({**base, "objective": objective, **more}, data, trees)
        hard = hard_rows(rows, 6, categories)
        name = objective + "".join(f" {k}={v}" for k, v in more.items()) + (" categories" if categories else "")
        yield name, model.model_to_string(), hard, model.predict(hard, raw_score=True), model.predict(hard)


def xgboost_cases(trees, depth, rows):
    base = {"max_depth": depth, "nthread": 1, "seed": 3, "eta": 0.4}
    kinds = [("reg:squarederror", {}), ("reg:squaredlogerror", {}), ("reg:logistic", {}), ("reg:pseudohubererror", {}),
             ("reg:absoluteerror", {}), ("reg:quantileerror", {"quantile_alpha": [0.2, 0.5, 0.9]}), ("reg:gamma", {}), ("reg:tweedie", {}),
             ("count:poisson", {}), ("binary:logistic", {}), ("binary:logitraw", {}), ("binary:hinge", {}),
             ("multi:softmax", {"num_class": 3}), ("multi:softprob", {"num_class": 3}), ("rank:ndcg", {}), ("rank:pairwise", {}),
             ("rank:map", {}), ("survival:cox", {}), ("survival:aft", {}), ("reg:squarederror", {"booster": "dart", "rate_drop": 0.4}),
             ("binary:logistic", {"booster": "gblinear"}), ("multi:softprob", {"booster": "gblinear", "num_class": 3}),
             ("reg:squarederror", {"booster": "gblinear"}), ("reg:squarederror", {"targets": 3}),
             ("reg:squarederror", {"targets": 3, "multi_strategy": "multi_output_tree"}), ("binary:logistic", {"targets": 2}),
             ("reg:squarederror", {"num_parallel_tree": 3, "subsample": 0.6}),
             ("multi:softprob", {"num_parallel_tree": 2, "num_class": 3, "subsample": 0.6}),
             ("reg:squarederror", {"categorical": [3, 4], "max_cat_to_onehot": 2}), ("binary:logistic", {"categorical": [3, 4], "max_cat_to_onehot": 50}),
             ("reg:squarederror", {"base_score": 0.25}), ("binary:logistic", {"base_score": 0.3}),
             ("multi:softprob", {"booster": "dart", "rate_drop": 0.4, "num_class": 3}), ("reg:squarederror", {"grow_policy": "lossguide", "max_leaves": 9})]
    for objective, more in kinds:
        more = dict(more)
        categories, targets = more.pop("categorical", []), more.pop("targets", 0)
        x = table(600, 6, 1, categories=categories)
        y = target(x, 2, categories)
        if objective in ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "reg:squaredlogerror"):
            y = np.exp(y / 6)
        elif objective in ("binary:logistic", "binary:logitraw", "binary:hinge"):
            y = (y > np.median(y)).astype(float)
        elif objective == "reg:logistic":
            y = 1 / (1 + np.exp(-y))
        elif objective.startswith("multi:"):
            y = np.digitize(y, np.quantile(y, [1 / 3, 2 / 3])).astype(float)
        elif objective.startswith("rank:"):
            y = (y > np.median(y)).astype(float)
        if targets:
            y = np.stack([y] + [(y > 0.4) * 1.0 if objective[0] == "b" else y * (k + 2) + target(x, 7 + k) for k in range(targets - 1)], axis=1)
        kinds_of = ["c" if i in categories else "float" for i in range(6)]
        data = xgb.DMatrix(x, y, feature_types=kinds_of if categories else None, enable_categorical=bool(categories))
        if objective.startswith("rank:"):
            data.set_group([20] * 30)
        if objective == "survival:aft":
            data = xgb.DMatrix(x)
            data.set_float_info("label_lower_bound", np.exp(y / 6))
            data.set_float_info("label_upper_bound", np.exp(y / 6) * 1.5)
        model = xgb.train({**base, "objective": objective, **more}, data, trees)
        hard = hard_rows(rows, 6, categories)
        hard[~np.isfinite(hard) & ~np.isnan(hard)] = 7
        if categories:  # it refuses categories that it has not seen
            for c in categories:
                bad = ~((hard[:, c] >= 0) & (hard[:, c] < 40) & (hard[:, c] % 1 == 0))
                hard[bad, c] = np.nan
        hard = hard.astype(np.float32)
        rows_of = xgb.DMatrix(hard, feature_types=kinds_of if categories else None, enable_categorical=bool(categories))
        name = objective + "".join(f" {k}={v}" for k, v in more.items()) + (f" targets={targets}" if targets else "") + (" categories" if categories else "")
        raw = [model.save_raw(form) for form in ("json", "ubj")]
        yield name, raw, hard, model.predict(rows_of, output_margin=True), model.predict(rows_of)


def numbers(a):
    return [None if np.isnan(v) else "inf" if v == np.inf else "-inf" if v == -np.inf else v for v in np.asarray(a, np.float64).ravel().tolist()]


def write(name, versions, cases):
    text = json.dumps({"script": SCRIPT, "versions": versions, "cases": cases}, separators=(",", ":"))
    (HERE / name).write_text(text.replace('{"name"', '\n{"name"') + "\n", encoding="ascii")


def small():
    cases = [{"name": name, "model": text.split("\nparameters:")[0], "rows": numbers(x), "raw": numbers(raw), "predicted": numbers(p)}
             for name, text, x, raw, p in lightgbm_cases(4, 6, 30)]
    write("lightgbm.json", {"lightgbm": lgb.__version__}, cases)
    cases = [{"name": name, "model": raw[0].decode("ascii"), "ubjson": base64.b64encode(raw[1]).decode("ascii"), "rows": numbers(x),
              "raw": numbers(margin), "predicted": numbers(p)} for name, raw, x, margin, p in xgboost_cases(3, 3, 30)]
    write("xgboost.json", {"xgboost": xgb.__version__}, cases)


def large(folder):
    folder = pathlib.Path(folder)
    for i, (name, text, x, raw, p) in enumerate(lightgbm_cases(40, 31, 10000)):
        (folder / f"lightgbm-{i:02}.txt").write_text(text)
        save(folder / f"lightgbm-{i:02}", name, x, raw, p)
    for i, (name, texts, x, raw, p) in enumerate(xgboost_cases(40, 6, 10000)):
        (folder / f"xgboost-{i:02}.json").write_bytes(texts[0])
        (folder / f"xgboost-{i:02}.ubj").write_bytes(texts[1])
        save(folder / f"xgboost-{i:02}", name, x, raw, p)


def save(path, name, x, raw, p):
    path.with_suffix(".name").write_text(name)
    for what, array in (("rows", x), ("raw", raw), ("predicted", p)):
        np.save(f"{path}.{what}.npy", np.ascontiguousarray(array))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        large(sys.argv[1])
    else:
        small()
