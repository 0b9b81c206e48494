"""ONNX Runtime's convolutions, and its operators of integers and of few bits: the time of its kernel, without what moves
images to the layout that it likes and back.

The time is the one that its profile tells of the node, in whole microseconds of which a part is cut off.
"""
import base64
import json
import os
import tempfile

import numpy as np
import onnxruntime

import peer


KERNELS = "Conv", "FusedConv", "MatMulInteger", "MatMulNBits", "QLinearConv"


def options(profile=None):
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    o.log_severity_level = 3
    if profile:
        o.enable_profiling, o.profile_file_prefix = True, profile
    return o


def session(model, o):
    return onnxruntime.InferenceSession(model, o, providers=["CPUExecutionProvider"])


def seconds(profile):
    """The time of all runs of the operator but the first."""
    with open(profile) as f:
        runs = [e["dur"] for e in json.load(f)
                if e.get("cat") == "Node" and e["name"].endswith("_kernel_time") and e["args"]["op_name"] in KERNELS]
    return sum(runs[1:]) / 1e6


def integers(request):
    x = peer.noisy_bytes(1, request["signed"], *request["shape"])
    return profiled(base64.b64decode(request["model"]), np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x)


def conv(request):
    size, channels = request["size"], request["channels"]
    x = np.ascontiguousarray(peer.noise(1, size[0] * size[1] * channels).reshape(1, *size, channels).transpose(0, 3, 1, 2))
    return profiled(base64.b64decode(request["model"]), x)


def weights(request):
    rows, columns = request["shape"]
    return profiled(base64.b64decode(request["model"]), peer.noise(1, rows * columns).reshape(rows, columns))


def profiled(model, x):
    y = session(model, options()).run(None, {"x": x})[0]
    y = (y.transpose(0, 2, 3, 1) if y.ndim == 4 else y).ravel()

    def work(iterations):
        with tempfile.TemporaryDirectory() as folder:
            s = session(model, options(os.path.join(folder, "profile")))
            for _ in range(iterations + 1):
                s.run(None, {"x": x})
            return seconds(s.end_profiling())
    return peer.sample(y, len(y)), work


def prepare(request):
    return {"integers": integers, "weights": weights}.get(request["prepare"], conv)(request)


peer.serve(prepare, "onnxruntime " + onnxruntime.__version__)
