#!/usr/bin/env python3
"""Fits a model of every class of scikit-learn, converts it, and lets ONNX Runtime run it on random rows.

    make.py FOLDER [CLASS...]

Each model is a folder FOLDER/CLASS-DATA in the layout of onnx's backend tests, as far as there is one; FOLDER/cases.jsonl
says what became of each. The rows have values of the fitted ones among them, where trees and bins part, and missing
ones for models that take them. See scripts/onnx-sklearn.
"""

import inspect
import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import sklearn
from onnx import numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DictionaryType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators
from sklearn.utils._tags import get_tags

FITTED, ROWS, COLUMNS = 240, 10_000, 6
KINDS = {"float": FloatTensorType, "int": Int64TensorType, "text": StringTensorType}
WORDS = ["", "red", "green", "blue", "Blue", "ä", "two words"]

# Settings without which a class can't be made, fits nothing, or takes long.
SETTINGS = {
    "BaggingClassifier": {"n_estimators": 4}, "BaggingRegressor": {"n_estimators": 4},
    "ColumnTransformer": {"transformers": [("scaled", StandardScaler(), [0, 3]), ("same", "passthrough", [1])]},
    "FeatureUnion": {"transformer_list": [("a", StandardScaler()), ("b", StandardScaler(with_mean=False))]},
    "GridSearchCV": {"estimator": LogisticRegression(), "param_grid": {"C": [0.1, 1]}},
    "RandomizedSearchCV": {"estimator": LogisticRegression(), "param_distributions": {"C": [0.1, 1]}, "n_iter": 2},
    "Pipeline": {"steps": [("scaled", StandardScaler()), ("fit", LogisticRegression())]},
    "MultiOutputClassifier": {"estimator": LogisticRegression()}, "MultiOutputRegressor": {"estimator": LinearRegression()},
    "ClassifierChain": {"estimator": LogisticRegression()}, "RegressorChain": {"estimator": LinearRegression()},
    "OneVsRestClassifier": {"estimator": LogisticRegression()}, "OneVsOneClassifier": {"estimator": LogisticRegression()},
    "OutputCodeClassifier": {"estimator": LogisticRegression()},
    "StackingClassifier": {"estimators": [("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3))]},
    "StackingRegressor": {"estimators": [("a", LinearRegression()), ("b", DecisionTreeRegressor(max_depth=3))]},
    "VotingClassifier": {"estimators": [("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3))],
                         "flatten_transform": False},
    "VotingRegressor": {"estimators": [("a", LinearRegression()), ("b", DecisionTreeRegressor(max_depth=3))]},
    "RFE": {"estimator": LinearRegression()}, "RFECV": {"estimator": LinearRegression()},
    "SelectFromModel": {"estimator": LinearRegression()}, "SequentialFeatureSelector": {"estimator": LinearRegression()},
    "FixedThresholdClassifier": {"estimator": LogisticRegression()},
    "TunedThresholdClassifierCV": {"estimator": LogisticRegression()},
    "SelfTrainingClassifier": {"estimator": LogisticRegression()},
    "FrozenEstimator": {"estimator": LogisticRegression()},
    "CalibratedClassifierCV": {"cv": 3}, "MLPClassifier": {"max_iter": 50}, "MLPRegressor": {"max_iter": 50},
    "RandomForestClassifier": {"n_estimators": 9}, "RandomForestRegressor": {"n_estimators": 9},
    "ExtraTreesClassifier": {"n_estimators": 9}, "ExtraTreesRegressor": {"n_estimators": 9},
    "IsolationForest": {"n_estimators": 9}, "GaussianProcessRegressor": {"alpha": 0.1},
    "RandomTreesEmbedding": {"n_estimators": 5, "max_depth": 3, "sparse_output": False}, "RadiusNeighborsClassifier": {"radius": 9.0},
    "RadiusNeighborsRegressor": {"radius": 9.0}, "GaussianRandomProjection": {"n_components": 3},
    "SparseRandomProjection": {"n_components": 3}, "FeatureHasher": {"n_features": 16, "input_type": "string"},
    "SelectKBest": {"k": 3}, "TruncatedSVD": {"n_components": 3}, "KMeans": {"n_clusters": 4, "n_init": 1},
    "MiniBatchKMeans": {"n_clusters": 4, "n_init": 1}, "GaussianMixture": {"n_components": 3},
    "BayesianGaussianMixture": {"n_components": 3}, "KNNImputer": {"n_neighbors": 2},
    "NeighborhoodComponentsAnalysis": {"max_iter": 5}, "PolynomialFeatures": {"degree": 3},
    "KBinsDiscretizer": {"quantile_method": "averaged_inverted_cdf", "encode": "onehot-dense"},
    "SparseCoder": {"dictionary": np.eye(COLUMNS)},
}

# The data that a class needs, where that isn't numbers of either sign with labels or targets.
POSITIVE = {"MultinomialNB", "ComplementNB", "GammaRegressor", "PoissonRegressor", "NMF", "MiniBatchNMF",
            "LatentDirichletAllocation", "AdditiveChi2Sampler", "SkewedChi2Sampler", "TfidfTransformer"}
WHOLE = {"CategoricalNB"}
CATEGORIES = {"OneHotEncoder", "OrdinalEncoder", "TargetEncoder"}
DOCUMENTS = {"CountVectorizer", "TfidfVectorizer", "HashingVectorizer"}
SEVERAL = {"MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV", "MultiOutputClassifier",
           "MultiOutputRegressor", "ClassifierChain", "RegressorChain", "CCA", "PLSCanonical", "PLSSVD"}
SPECIAL = {"DictVectorizer", "FeatureHasher", "LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer"}
NUMBERED = {"OneVsOneClassifier"}  # whose file has numbers as labels only
TWO = {"TunedThresholdClassifierCV", "FixedThresholdClassifier"}


class Data:
    """What a model is fitted with, and the rows that it then gets."""

    def __init__(self, name, variant):
        self.random = np.random.default_rng(sum(map(ord, name + variant)))
        self.kind, self.options, self.extra = "float", {}, []
        r = self.random
        x = r.normal(size=(FITTED, COLUMNS)).astype(np.float32)
        rows = r.normal(size=(ROWS, COLUMNS)).astype(np.float32)
        if name in POSITIVE:
            x, rows = np.abs(x).round(1), np.abs(rows).round(1)
        if name in WHOLE:
            x, rows = r.integers(0, 4, x.shape), r.integers(0, 4, rows.shape)
            self.kind = "int"
        score = (x[:, 0] + x[:, 1] * x[:, 2] - 0.5 * x[:, 3]).astype(np.float64)
        near = r.random(rows.shape) < 0.2  # values that were fitted
        rows = np.where(near, x[r.integers(0, FITTED, rows.shape), np.arange(COLUMNS)], rows).astype(x.dtype)
        if variant == "missing":
            x, rows = x.copy(), rows.copy()
            x[r.random(x.shape) < 0.1] = np.nan
            rows[r.random(rows.shape) < 0.1] = np.nan
        if name in CATEGORIES:
            x = r.choice(WORDS, (FITTED, 3)).astype(object)
            rows = r.choice(WORDS, (ROWS, 3)).astype(object)
            self.kind = "text"
        if name in DOCUMENTS:
            words = ["the", "a", "Cat", "dog", "runs", "x1", "after", "it", "naïve"]
            line = lambda: " ".join(r.choice(words, r.integers(0, 9)))  # noqa: E731
            x, rows = (np.array([line() for _ in range(n)], dtype=object) for n in (FITTED, ROWS))
            self.kind = "text"
        self.x, self.rows, self.score = x, rows, score

    def labels(self, variant):
        if variant == "two":
            return (self.score > 0.2).astype(int)
        places = np.digitize(self.score, [-0.6, 0.7])
        return places if variant == "numbers" else np.array(["low", "middle", "top"])[places]

    def targets(self, name):
        y = self.score
        if name in POSITIVE:
            y = np.exp(y / 4)
        return np.stack([y, y[::-1] * 0.5], 1) if name in SEVERAL else y


def instance(cls):
    """Returns a model with its settings, and the same random state each time."""
    known = inspect.signature(cls).parameters
    settings = dict(SETTINGS.get(cls.__name__, {}))
    if "random_state" in known:
        settings.setdefault("random_state", 0)
    if "novelty" in known:
        settings["novelty"] = True
    if cls.__name__ in ("OneHotEncoder", "OrdinalEncoder") and "handle_unknown" in known:
        settings["handle_unknown"] = "ignore" if cls.__name__ == "OneHotEncoder" else "use_encoded_value"
        if cls.__name__ == "OrdinalEncoder":
            settings["unknown_value"] = -1
    return cls(**settings)


def variants(cls, name):
    """Returns the data that a class is tried on: labels of two or three classes, missing values where it takes them."""
    try:
        model = instance(cls)
        tags = get_tags(model)
    except Exception:
        return ["plain"]
    out = ["two", "three"] if is_classifier(model) and name not in SEVERAL else ["plain"]
    if name in TWO:
        out = ["two"]
    if getattr(tags.input_tags, "allow_nan", False) and name not in CATEGORIES | DOCUMENTS | SPECIAL:
        out.append("missing")
    return out


def fitted(cls, name, variant, d):
    """Returns the model to convert. Numbers of either sign are scaled before."""
    model = instance(cls)
    y = d.labels("numbers" if name in NUMBERED else "two" if variant == "two" else "three")
    if name in ("MultiOutputClassifier", "ClassifierChain"):
        y = np.stack([(d.score > 0.2).astype(int), (d.score < -0.5).astype(int)], 1)
    elif not (is_classifier(model) or name in ("Pipeline", "GridSearchCV", "RandomizedSearchCV", "LabelEncoder",
                                               "LabelBinarizer")):
        y = d.targets(name)
    if name in ("SelectKBest", "SelectFdr", "SelectFpr", "SelectFwe", "SelectPercentile", "GenericUnivariateSelect",
                "NeighborhoodComponentsAnalysis", "TargetEncoder"):
        y = (d.score > 0.2).astype(int)
    if name in ("LabelEncoder", "LabelBinarizer"):
        d.kind = "text"
        d.x = d.random.choice(WORDS[1:], FITTED).astype(object)
        d.rows = d.random.choice(WORDS[1:], (ROWS, 1)).astype(object)
        return model.fit(d.x)
    if name in DOCUMENTS:
        model.fit(d.x)
        d.rows = d.rows.reshape(-1, 1)
        return model
    if name == "FeatureHasher":
        d.kind, d.rows = "text", d.random.choice(WORDS[1:], (ROWS, 3)).astype(object)
        return model.fit(d.rows)
    if name == "DictVectorizer":
        d.rows = [{w: float(d.random.normal()) for w in d.random.choice(WORDS, 3)} for _ in range(50)]
        d.kind = "map"
        return model.fit(d.rows)
    if name == "MultiLabelBinarizer":
        return model.fit([["a"], ["b", "c"]])
    if name == "IsotonicRegression":
        d.x, d.rows = d.x[:, :1], d.rows[:, :1]
    if name == "FrozenEstimator":
        model.estimator.fit(d.x, y)
    if name == "KernelCenterer":
        square = d.x[:COLUMNS] @ d.x[:COLUMNS].T
        return model.fit(square)
    if d.kind == "float" and name not in POSITIVE and name not in ("Pipeline",) and (
            hasattr(model, "predict") or variant == "missing"):
        model = make_pipeline(StandardScaler(), model)
    model.fit(d.x, y)
    return model


def convert(model, d):
    final = model[-1] if hasattr(model, "steps") else model
    wanted = {"zipmap": False} if is_classifier(final) else {"locale": "C"} if type(final).__name__ in DOCUMENTS else {}
    inputs = [("X", KINDS[d.kind]([None, d.rows.shape[1]]))] if d.kind in KINDS else [
        ("X", DictionaryType(StringTensorType([1]), FloatTensorType([1])))]
    for options in (wanted, {}):  # not every converter has the option
        try:
            return to_onnx(model, initial_types=inputs, options={id(final): options} if options else None,
                           target_opset={"": 21, "ai.onnx.ml": 3})
        except NameError:
            if not options:
                raise


def write(folder, model, rows):
    """Runs the model and writes its test. An output that is no tensor is left out."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    for number, x in enumerate(rows if isinstance(rows, list) else [rows]):
        given = session.run(None, {"X": x})
        data = folder / f"test_data_set_{number}"
        data.mkdir()
        (data / "input_0.pb").write_bytes(message(x, "X").SerializeToString())
        for i, (output, y) in enumerate(zip(session.get_outputs(), given)):
            if isinstance(y, np.ndarray):
                (data / f"output_{i}.pb").write_bytes(message(y, output.name).SerializeToString())


def message(x, name):
    """Returns an array or a map as a protocol buffer."""
    if isinstance(x, np.ndarray):
        return numpy_helper.from_array(x, name)
    entries = onnx.MapProto(name=name, key_type=onnx.TensorProto.STRING, string_keys=[k.encode() for k in x])
    entries.values.elem_type = onnx.SequenceProto.TENSOR
    entries.values.tensor_values.extend(numpy_helper.from_array(np.float32(v)) for v in x.values())
    return entries


def reason(stage, error):
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return {"stage": stage, "reason": text[:160]}


def case(cls, name, variant, folder):
    """Makes one case, and says how far it came: fit, convert, run, or made."""
    d = Data(name, variant)
    try:
        model = fitted(cls, name, variant, d)
    except Exception as e:
        return reason("fit", e)
    try:
        converted = convert(model, d)
    except Exception as e:
        return reason("convert", e)
    try:
        write(folder / f"{name}-{variant}", converted, d.rows)
    except Exception as e:
        return reason("run", e)
    return {"stage": "made"}


def main(folder, only):
    warnings.filterwarnings("ignore")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "cases.jsonl", "w") as f:
        for name, cls in all_estimators():
            if only and name not in only:
                continue
            for variant in variants(cls, name):
                line = {"class": name, "variant": variant, **case(cls, name, variant, folder)}
                f.write(json.dumps(line) + "\n")
                f.flush()


if __name__ == "__main__":
    assert sklearn.__version__.startswith("1.9"), sklearn.__version__
    main(sys.argv[1], sys.argv[2:])
