#!/usr/bin/env python3
"""Exports networks with random weights by both of PyTorch's exporters, for models.py.

    zoo.py [WORD…]    those whose names have a word, or all

A model comes from both: NAME.script.onnx has any batch and constants folded, NAME.dynamo.onnx the
batch that it was exported with. Beside each stands NAME.json with the inputs it is run on. It needs
torch 2.15.0, torchvision 0.29.2, transformers 5.24.0, onnx 1.19.1 and onnxscript 0.7.2.
"""

import json, os, sys, warnings

import torch

from models import folder

SEED = 20
EXPORTERS = {"script": {"dynamo": False, "opset_version": 17}, "dynamo": {"dynamo": True}}


def settle(model, shape):
    """Gives batch norms the moments of data, as training leaves them, and returns the model."""
    for m in model.modules():
        if isinstance(m, torch.nn.modules.batchnorm._BatchNorm):
            m.train()
            m.momentum = None
    model(torch.randn(max(shape[0], 2), *shape[1:]))
    return model.eval()


def networks():
    """Each network's name, what makes it and its inputs, and the inputs of all cases as files have them."""
    import zoo_cnns
    for name, (make, shapes) in zoo_cnns.MODELS.items():
        def made(make=make, shape=shapes[0]):
            return settle(make().eval(), shape), {"x": torch.randn(*shape)}
        yield name, made, [{"x": s} for s in shapes]
    import zoo_sequences
    for name, make in zoo_sequences.MODELS.items():
        yield name, make, None


def described(inputs):
    """Inputs as files have them: masks of ones and whole numbers below the vocabulary's size, others normal."""
    from zoo_sequences import VOCABULARY
    described = {}
    for name, x in inputs.items():
        described[name] = list(x.shape)
        if not x.is_floating_point():
            same = bool((x == x.flatten()[0]).all())
            low, below = (int(x.min()), int(x.max()) + 1) if same or name == "lengths" else (0, VOCABULARY)
            described[name] = {"shape": list(x.shape), "from": low, "below": below}
    return described


def export(name, make, cases, to):
    """Writes a network by each exporter, with any batch where cases have several; without cases with its own inputs."""
    for exporter, options in EXPORTERS.items():
        torch.manual_seed(SEED)
        with torch.no_grad():
            model, inputs = make()
        model.eval()
        cases = cases or [described(inputs)]
        batches = {case["x"][0] for case in cases if isinstance(case.get("x"), (list, tuple))}
        path = os.path.join(to, f"{name}.{exporter}.onnx")
        any_batch = exporter == "script" and len(batches) > 1
        axes = {"dynamic_axes": {n: {0: "batch"} for n in inputs}} if any_batch else {}
        try:
            torch.onnx.export(model, tuple(inputs.values()), path, input_names=list(inputs), verbose=False,
                              external_data=False, **axes, **options)
        except Exception as e:
            print(f"{name} {exporter}: {str(e).strip().splitlines()[0]}", file=sys.stderr)
            continue
        with open(path.replace(".onnx", ".json"), "w") as f:
            json.dump(cases if any_batch else cases[:1], f)
        print(path, flush=True)


def main():
    warnings.filterwarnings("ignore")
    to = folder("onnx", "zoo")
    for name, make, cases in networks():
        if len(sys.argv) < 2 or any(w in name for w in sys.argv[1:]):
            export(name, make, cases, to)


if __name__ == "__main__":
    main()
