#!/usr/bin/env python3
"""Quantises networks that zoo.py has exported by ONNX Runtime's own tools, for models.py.

    zoo_quantised.py [WORD…]    those whose names have a word, or all

From NAME.script.onnx it makes NAME.METHOD.onnx, beside which stand the same inputs. Samples of static
ranges are drawn as models.py draws inputs. It needs onnx 1.19.1, onnxruntime 1.32.0, onnx_ir 1.1.0 and,
for fused operators, transformers 5.24.0.
"""

import json, logging, os, shutil, sys, tempfile

import numpy as np
import onnx
from onnxruntime import quantization as q

from cases import drawn
from models import folder

SAMPLES = 4


class Samples(q.CalibrationDataReader):
    def __init__(self, inputs):
        r = np.random.default_rng(5)
        self.all = iter([next(drawn(inputs)[1](r)) for _ in range(SAMPLES)])

    def get_next(self):
        return next(self.all, None)


def dynamic(path, to, inputs, weights=q.QuantType.QUInt8, **more):
    q.quantize_dynamic(path, to, weight_type=weights, **more)


def signed(path, to, inputs):
    dynamic(path, to, inputs, q.QuantType.QInt8, per_channel=True)


def static(path, to, inputs, form=q.QuantFormat.QDQ, of=q.QuantType.QUInt8, by=q.QuantType.QInt8,
           per_channel=True, **more):
    with tempfile.TemporaryDirectory() as d:
        prepared = os.path.join(d, "prepared.onnx")
        q.shape_inference.quant_pre_process(path, prepared, skip_symbolic_shape=True)
        q.quantize_static(prepared, to, Samples(inputs), quant_format=form, per_channel=per_channel,
                          activation_type=of, weight_type=by, **more)


def qoperator(path, to, inputs):
    static(path, to, inputs, q.QuantFormat.QOperator)


def s8s8(path, to, inputs):
    static(path, to, inputs, of=q.QuantType.QInt8)


def u8u8(path, to, inputs):
    static(path, to, inputs, by=q.QuantType.QUInt8, per_channel=False)


def reduced(path, to, inputs):
    static(path, to, inputs, reduce_range=True)


def nbits(bits, level=0, symmetric=True):
    def make(path, to, inputs):
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
        m = MatMulNBitsQuantizer(onnx.load(path), bits=bits, block_size=32, is_symmetric=symmetric,
                                 accuracy_level=level)
        m.process()
        onnx.save(m.model.model, to)
    return make


def halves(keep):
    def make(path, to, inputs):
        from onnxruntime.transformers.float16 import convert_float_to_float16
        onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=keep), to)
    return make


def fused(kind, heads, width, then=dynamic):
    """Operators that ONNX Runtime's optimiser makes of transformers, quantised, as Optimum does it."""
    def make(path, to, inputs):
        from onnxruntime.transformers.optimizer import optimize_model
        m = optimize_model(path, kind, num_heads=heads, hidden_size=width, opt_level=0)
        with tempfile.TemporaryDirectory() as d:
            m.save_model_to_file(os.path.join(d, "fused.onnx"))
            # Inference stops at the fused operators.
            more = {"extra_options": {"DefaultTensorType": onnx.TensorProto.FLOAT}} if then is dynamic else {}
            then(os.path.join(d, "fused.onnx"), to, inputs, **more)
    return make


def copied(path, to, inputs):
    shutil.copy(path, to)


PRODUCTS = {"dynamic": dynamic, "signed": signed, "qdq": static, "qoperator": qoperator}
BITS = {"int4": nbits(4), "int4zeros": nbits(4, symmetric=False), "int4level4": nbits(4, 4), "int8bits": nbits(8)}
CONVOLUTIONS = {"qdq": static, "qoperator": qoperator, "s8s8": s8s8, "u8u8": u8u8, "reduced": reduced}
HALVES = {"half": halves(False), "halfinside": halves(True)}

# How each network is quantised, by its name.
METHODS = {
    "minilm-128": {"dynamic": dynamic, "signed": signed, "qdq": static} | BITS | HALVES,
    "minilm-eager-128": {"fuseddynamic": fused("bert", 12, 384), "fused": fused("bert", 12, 384, copied),
                         "fusedhalf": fused("bert", 12, 384, halves(False))},
    "resnet18": PRODUCTS | CONVOLUTIONS | HALVES,
    "resnet50": CONVOLUTIONS,
    "mobilenet_v2": {"dynamic": dynamic, "half": halves(False)} | CONVOLUTIONS,
    "mobilenet_v3_large": CONVOLUTIONS,
    "efficientnet_b0": CONVOLUTIONS,
    "shufflenet_v2_x1_0": CONVOLUTIONS,
    "detector": CONVOLUTIONS,
    "unet": CONVOLUTIONS,
    "lstm-1": {"dynamic": dynamic, "signed": signed, "qdq": static} | HALVES,
    "lstm-2-both": {"signed": signed},
    "gru-3": {"dynamic": dynamic, "qdq": static, "half": halves(False)},
    "gpt2-64": {"dynamic": dynamic, "signed": signed, "qdq": static, "half": halves(False)},
    "gpt2-past-1": {"dynamic": dynamic},
    "llama-64": {"dynamic": dynamic} | BITS | HALVES,
    "llama-past-1": {"dynamic": dynamic, "half": halves(False)} | BITS,
    "whisper-encoder": PRODUCTS | {"int4": nbits(4), "half": halves(False)},
}


def typed(path, inputs):
    """The inputs with the types of a model whose floats are halves."""
    halves = {i.name for i in onnx.load(path, load_external_data=False).graph.input
              if i.type.tensor_type.elem_type == onnx.TensorProto.FLOAT16}
    return {n: {"shape": v, "type": "float16"} if n in halves else v for n, v in inputs.items()}


def main():
    logging.disable(logging.WARNING)
    to = folder("onnx", "zoo")
    for name, methods in METHODS.items():
        path = os.path.join(to, f"{name}.script.onnx")
        for method, make in methods.items():
            if len(sys.argv) > 1 and not any(w in f"{name}.{method}" for w in sys.argv[1:]):
                continue
            with open(path.replace(".onnx", ".json")) as f:
                inputs = json.load(f)[:1]
            made = os.path.join(to, f"{name}.{method}.onnx")
            try:
                make(path, made, inputs[0])
            except Exception as e:
                print(f"{name} {method}: {type(e).__name__} {str(e).strip().splitlines()[:1]}", file=sys.stderr)
                continue
            with open(made.replace(".onnx", ".json"), "w") as f:
                json.dump([typed(made, inputs[0])], f)
            print(made, flush=True)


if __name__ == "__main__":
    main()
