#!/usr/bin/env python3
"""Writes norms.json: a Keras model with normalisations that lack gamma or beta, as .keras and as
shards with their index (.weights.json), and its weights by their paths, as numpy.savez writes them.
Made with keras 3.12.0 on torch 2.15, h5py and numpy 2.4.6; run it in any folder. Files are
compressed by zlib and in base64.
"""
import base64
import hashlib
import io
import json
import os
import pathlib
import tempfile
import zlib

os.environ["KERAS_BACKEND"] = "torch"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def main():
    inner = keras.Sequential([layers.Input((4,)), layers.LayerNormalization(center=False),
                              layers.Dense(4)], name="inner")
    model = keras.Sequential([
        layers.Input((3,)), layers.Dense(4), layers.BatchNormalization(scale=False),
        layers.BatchNormalization(center=False), inner, layers.LayerNormalization(scale=False),
        layers.GroupNormalization(2, scale=False), layers.LayerNormalization(center=False, name="last")],
        name="model")
    rng = np.random.default_rng(1)
    for w in model.weights:
        w.assign(rng.normal(0, 0.5, w.shape) ** 2)
    out = io.BytesIO()
    np.savez(out, **{w.path: keras.ops.convert_to_numpy(w) for w in model.weights})
    files = {"w.npz": base64.b64encode(zlib.compress(out.getvalue(), 9)).decode()}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model.save(folder / "w.keras")
        model.save_weights(folder / "w.weights.json", max_shard_size=100 / 1024**3)  # bytes
        for path in sorted(folder.iterdir()):
            files[path.name] = base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode()
    print(sorted(files), zlib.decompress(base64.b64decode(files["w.weights.json"])).decode())
    versions = json.dumps({"keras": keras.__version__, "h5py": h5py.__version__, "numpy": np.__version__})
    (HERE / "norms.json").write_text(
        f'{{"Script": "{SCRIPT}", "Versions": {versions}, "Cases": [\n{json.dumps({"Files": files})}\n]}}\n')


main()
