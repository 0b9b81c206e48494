#!/usr/bin/env python3
"""Writes weights.json: the weights of Keras models as numpy.savez writes them by their paths, the
files that Keras writes itself, and what the models predict. Made with keras 3.12.0 on torch 2.15,
h5py and numpy 2.4.6; run it in any folder.

A case holds the archive in base64, Keras' own files by their ending, compressed by zlib and in
base64, the names of the layers with weights in order, and an input and output, flat, with the
input's shape.
"""
import base64
import hashlib
import io
import json
import os
import pathlib
import tempfile
import warnings
import zlib

os.environ["KERAS_BACKEND"] = "torch"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def own(model):
    """The files that Keras writes of a model: the last form is that before Keras 3."""
    files = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ending in (".weights.h5", ".keras", ".h5"):
            path = pathlib.Path(folder) / f"model{ending}"
            (model.save_weights if ending == ".weights.h5" else model.save)(path)
            files[ending] = base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode()
    return files


def case(name, model, shape, integers=False):
    rng = np.random.default_rng(1)
    if name == "dense":  # an optimizer's variables are in the files too
        model.compile("adam", "mse")
        model.fit(rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), verbose=0)
    for w in model.weights:
        values = rng.normal(0, 0.5, w.shape)
        w.assign(np.abs(values) + 0.5 if "variance" in w.path else values)
    x = rng.integers(0, 5, shape) if integers else rng.normal(size=shape).astype(np.float32)
    y = keras.ops.convert_to_numpy(model(x, training=False)).astype(np.float32)
    out = io.BytesIO()
    np.savez(out, **{w.path: keras.ops.convert_to_numpy(w) for w in model.weights})
    return {"Name": name, "File": base64.b64encode(out.getvalue()).decode(), "Own": own(model),
            "Layers": [layer.path if hasattr(layer, "path") else layer.name
                       for layer in model.layers if layer.weights],
            "Shape": list(shape), "Input": np.asarray(x, np.float32).reshape(-1).tolist(),
            "Output": y.reshape(-1).tolist()}


def cases():
    yield case("dense", keras.Sequential([
        layers.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)]), (5, 3))
    yield case("lstm", keras.Sequential([
        layers.Input((6, 3)), layers.LSTM(4), layers.Dense(2)]), (2, 6, 3))
    yield case("gru", keras.Sequential([
        layers.Input((6, 3)), layers.GRU(4), layers.Dense(2)]), (2, 6, 3))
    yield case("rnn", keras.Sequential([
        layers.Input((6, 3)), layers.SimpleRNN(4), layers.Dense(2)]), (2, 6, 3))
    yield case("gru before", keras.Sequential([
        layers.Input((6, 3)), layers.GRU(4, reset_after=False), layers.Dense(2)]), (2, 6, 3))
    yield case("embedding", keras.Sequential([
        layers.Input((4,), dtype="int32"), layers.Embedding(5, 3), layers.LSTM(2)]), (2, 4), True)
    for cell in (layers.LSTM, layers.GRU, layers.SimpleRNN):
        yield case(f"both directions, {cell.__name__}", keras.Sequential([
            layers.Input((6, 3)), layers.Bidirectional(cell(4, return_sequences=True))]), (2, 6, 3))
    x = layers.Input((6, 8))
    yield case("attention", keras.Model(x, layers.MultiHeadAttention(2, 4)(x, x)), (2, 6, 8))
    yield case("groups of queries", keras.Model(x, layers.GroupQueryAttention(2, 4, 2)(x, x)), (2, 6, 8))
    # Channels last: the input of ours is transposed by the test.
    yield case("convolution", keras.Sequential([
        layers.Input((5, 6, 2)), layers.Conv2D(3, (3, 2), activation="relu"),
        layers.BatchNormalization(epsilon=1e-5), layers.GlobalAveragePooling2D(),
        layers.Dense(2)]), (2, 5, 6, 2))
    yield case("depthwise", keras.Sequential([
        layers.Input((5, 6, 2)), layers.DepthwiseConv2D(3, depth_multiplier=2),
        layers.SeparableConv2D(3, 2, depth_multiplier=2), layers.GlobalAveragePooling2D()]), (2, 5, 6, 2))
    yield case("transposed", keras.Sequential([
        layers.Input((5, 6, 2)), layers.Conv2DTranspose(3, (3, 2), strides=2),
        layers.GlobalAveragePooling2D()]), (2, 5, 6, 2))


def main():
    text = ",\n".join(json.dumps(c) for c in cases())
    versions = json.dumps({"keras": keras.__version__, "h5py": h5py.__version__, "numpy": np.__version__})
    (HERE / "weights.json").write_text(
        f'{{"Script": "{SCRIPT}", "Versions": {versions}, "Cases": [\n{text}\n]}}\n')


main()
