"""Compares ONNX files of trees in ONNX Runtime 1.32 with LightGBM and XGBoost themselves: every model in a folder that make.py
wrote, on its rows rounded to float32. It prints, too, how many of ten thousand rows of float64 go elsewhere for that rounding.

    check.py FOLDER
"""
import pathlib
import sys

import lightgbm as lgb
import numpy as np
import onnx
import onnxruntime as ort


def predictions(stem):
    """The rows of float32, what the program predicts for them, and for rows before they were rounded."""
    x, predicted = np.load(f"{stem}.rows.npy"), np.load(f"{stem}.predicted.npy").astype(np.float64)
    rounded = x.astype(np.float32)
    if not stem.with_suffix(".txt").exists():
        return rounded, predicted, predicted
    model = lgb.Booster(model_file=str(stem.with_suffix(".txt")))
    return rounded, model.predict(rounded.astype(np.float64), num_threads=1), predicted


def run(stem, x):
    onnx.checker.check_model(onnx.load(f"{stem}.onnx"), full_check=True)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    session = ort.InferenceSession(f"{stem}.onnx", options)
    outputs = [o.name for o in session.get_outputs()]
    together = dict(zip(outputs, session.run(None, {"features": x})))
    for name, value in zip(outputs, session.run(None, {"features": x[:1]})):
        assert np.allclose(value, together[name][:1], rtol=1e-6, atol=1e-7, equal_nan=True), name
    return together


def compare(stem):
    name = stem.with_suffix(".name").read_text()
    x, want, unrounded = predictions(stem)
    moved = int((np.reshape(want != unrounded, (len(x), -1)) & ~np.reshape(np.isnan(want) & np.isnan(unrounded), (len(x), -1))).any(axis=1).sum())
    got = run(stem, x)
    if "linear_tree" in name:  # whose coefficients are added up before an infinity is multiplied by them
        finite = ~np.isinf(x).any(axis=1)
        want, got = want[finite], {output: v[finite] for output, v in got.items()}
    if "label" in got:
        p = got["probabilities"]
        assert (got["label"] == p.argmax(axis=1)).all()
        if want.ndim == 1 and "softmax" in name:
            wrong = int((got["label"] != want).sum())
            print(f"{stem.name} {name}: {wrong} labels differ")
            return wrong == 0
        value = p[:, 1] if want.ndim == 1 else p
        label = want > 0.5 if want.ndim == 1 else want.argmax(axis=1)
        wrong = int((got["label"] != label).sum())
    else:
        value, wrong = got["value"].reshape(want.shape), 0
    value = value.astype(np.float64)
    same = (value == want) | (np.isnan(value) & np.isnan(want))
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.where(same, 0, np.abs(value - want) / np.maximum(1, np.abs(want)))
    worst = np.max(np.where(np.isnan(off), np.inf, off))
    print(f"{stem.name} {name}: at most {worst:.1e} off, {wrong} labels differ; {moved} rows of float64 change by rounding")
    return worst <= 2e-6 and wrong == 0


stems = sorted(p.with_suffix("") for p in pathlib.Path(sys.argv[1]).glob("*.onnx"))
assert stems, "no ONNX files"
results = [compare(stem) for stem in stems]
print(f"{sum(results)} of {len(results)} models agree")
sys.exit(not all(results))
