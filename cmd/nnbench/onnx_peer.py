"""Runs a model with ONNX Runtime: what nnbench onnx bench --peer asks of it, a line on standard output for each.

Arguments: the model, an archive of its inputs, a folder for its outputs, the number of threads. The first line tells
what it is and how long it took to open; then each line of standard input is answered by the nanoseconds of a run.
"""
import json
import sys
import time

import numpy as np
import onnxruntime

model, inputs, folder, threads = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
options.log_severity_level = 3
start = time.perf_counter_ns()
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
opened = time.perf_counter_ns() - start
with np.load(inputs) as archive:
    feeds = {name: archive[name] for name in archive.files}
start = time.perf_counter_ns()
outputs = session.run(None, feeds)
first = time.perf_counter_ns() - start
for i, y in enumerate(outputs):
    if isinstance(y, np.ndarray) and y.dtype.kind in "fiub":
        np.save(f"{folder}/{i}.npy", y)
print(json.dumps({"version": "ONNX Runtime " + onnxruntime.__version__, "load_ns": opened, "first_ns": first,
                  "outputs": [o.name for o in session.get_outputs()]}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter_ns()
    session.run(None, feeds)
    print(time.perf_counter_ns() - start, flush=True)
