#!/usr/bin/env python3
"""Compares each node of models with ONNX Runtime's, all of them fed with what ONNX Runtime computed.

    nodes.py WORD…    the largest differences by operator, of the first cases of the models whose names have a word

A difference that grows from layer to layer, as it does where floats become codes of 8 bits, doesn't show here, but within
a recurrent node it does; a node that is wrong shows. Differences are relative to an output's largest number. Of each model two are made: one whose outputs are all values, for ONNX Runtime, and one whose nodes stand side by
side, each with inputs of its own. It needs onnx 1.19.1 beside what models.py needs.
"""

import json
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

import models
from cases import MODELS


def values_of(path, inputs):
    """Runs a model and returns every value that a node computes, but for constants."""
    model = onnx.load(path)
    names = [o for n in model.graph.node if n.op_type != "Constant" for o in n.output if o]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names)
    o = onnxruntime.SessionOptions()
    o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    o.intra_op_num_threads, o.log_severity_level = 1, 3
    s = onnxruntime.InferenceSession(model.SerializeToString(), o, providers=["CPUExecutionProvider"])
    return dict(zip(names, s.run(names, inputs)))


def side_by_side(path, values):
    """Returns a model whose nodes take given values in place of each other's, and the names of those."""
    model = onnx.load(path)
    taken = set()
    for n in model.graph.node:
        for i, name in enumerate(n.input):
            if name in values:
                taken.add(name)
                n.input[i] = "in:" + name
        if n.op_type != "Constant":
            n.output[:] = ["out:" + name if name else "" for name in n.output]
    g = model.graph
    del g.input[:], g.output[:], g.value_info[:]
    for name in sorted(taken):
        element = onnx.helper.np_dtype_to_tensor_dtype(values[name].dtype)
        g.input.append(onnx.helper.make_tensor_value_info("in:" + name, element, values[name].shape))
    g.output.extend(onnx.ValueInfoProto(name=o) for n in g.node for o in n.output if o.startswith("out:"))
    return model, sorted(taken)


def compare(name, inputs):
    """Writes a manifest with a case for each operator, and prints the largest difference of each."""
    path, to = models.model_path(name), models.folder("nodes", name)
    values = inputs | values_of(path, inputs)
    model, taken = side_by_side(path, values)
    manifest = {"model": os.path.join(to, "model.onnx"), "feed": {}, "cases": []}
    onnx.save(model, manifest["model"])
    given = models.save(to, "in", {"in:" + n: values[n] for n in taken})
    outputs = {}
    for n in model.graph.node:
        if n.op_type != "Constant":
            outputs.setdefault(n.op_type, []).extend(o for o in n.output if o and values[o[4:]].size)
    for operator, names in outputs.items():
        wanted = models.save(to, operator, {o: values[o[4:]] for o in names})
        manifest["cases"].append({"name": operator, "steps": [{"inputs": given, "outputs": wanted}]})
    with open(os.path.join(to, "manifest.json"), "w") as f:
        json.dump(manifest, f)
    out = subprocess.run([models.program(), "check", f.name], capture_output=True, text=True)
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    for line in sorted(lines, key=lambda line: -line["difference"]):
        count = len(outputs.get(line["case"], []))
        print(f"{name}  {line['case']} ×{count}  {line.get('error') or '%.2g' % line['difference']}  {line['output'][4:]}")


if __name__ == "__main__":
    for name, _, _, cases in MODELS:
        if any(word in name for word in sys.argv[1:]):
            compare(name, next(iter(cases[0][1](np.random.default_rng(1)))))
