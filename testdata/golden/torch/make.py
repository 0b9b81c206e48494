#!/usr/bin/env python3
"""Writes checkpoints.json: files of torch.save, and the tensors that PyTorch finds in them.
Made with torch 2.15 (pip install torch==2.15.0); run it in any folder.

A case holds a file in base64 and its tensors by the names that the keys before them make, with their
elements, little-endian and row-major, in hexadecimal; no tensors mean that it must be refused, and
Why is a part of the message then.
"""
import base64
import collections
import hashlib
import io
import json
import pathlib
import warnings

import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def leaves(value, name=""):
    """Yields the tensors in a value with their names."""
    if isinstance(value, torch.Tensor):
        yield name or "tensor", value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from leaves(item, f"{name}.{i}" if name else str(i))


def described(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    if str(tensor.dtype).startswith("torch.float8"):
        flat = flat.float()
        flat[flat.isnan()] = torch.nan
    return {"DType": str(tensor.dtype).removeprefix("torch."), "Shape": list(tensor.shape),
            "Elements": flat.view(torch.uint8).numpy().tobytes().hex() if flat.numel() else ""}


def case(name, value, refused="", **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    tensors = [] if refused else [dict(described(t), Name=n) for n, t in leaves(value)]
    return {"Name": name, "File": base64.b64encode(buffer.getvalue()).decode(), "Why": refused,
            "Tensors": tensors}


class Tagged(torch.Tensor):
    pass


def cases():
    torch.manual_seed(1)
    t = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    layer = nn.Linear(3, 2)
    yield case("a state_dict", layer.state_dict())
    norm = nn.Sequential(nn.Conv1d(2, 3, 2), nn.BatchNorm1d(3))
    yield case("buffers and counts", norm.state_dict())
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    checkpoint = {"model": layer.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
                  "best": 0.5, "history": [1.0, -2, 1 << 70, True, None], "name": "né",
                  "device": torch.device("cpu"), "size": t.shape, "dtype": torch.float16,
                  "raw": b"\0\1", "set": {1, 2}, "nested": ((1, 2, 3, 4), collections.OrderedDict())}
    for protocol in (2, 3, 4, 5):
        yield case(f"a checkpoint, protocol {protocol}", checkpoint, pickle_protocol=protocol)
    yield case("views", {"transposed": t.transpose(0, 2), "part": t[1:, ::2, 1:3], "whole": t,
                         "column": t[:, :, 1], "one": t[1, 2, 3], "empty": t[:0], "flat": t.view(-1),
                         "ones": t[:1, :1].transpose(0, 2)})
    yield case("a tensor alone", torch.tensor([1.5, -2.0]))
    yield case("a list", [t, {"x": t[0]}, (t[1],)])
    yield case("parameters", {"p": nn.Parameter(torch.ones(2)), "frozen":
                              nn.Parameter(torch.zeros(1), requires_grad=False)})
    yield case("tied", {"a": t, "b": t})
    yield case("types", {str(d): torch.tensor([0, 1, 1]).to(d) for d in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.int16,
        torch.int32, torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool)})
    bits = torch.arange(256, dtype=torch.uint8)
    yield case("floats of 8 bits", {str(d): bits.view(d) for d in (
        torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
        torch.float8_e8m0fnu)})
    yield case("views of them", {"x": bits.view(torch.float8_e5m2).reshape(16, 16)[3:, 2:9].T})
    tagged = torch.ones(2)
    tagged.note = "a text"
    typed = torch.ones(2, dtype=torch.uint16)
    typed.note = 1
    yield case("attributes", {"tagged": tagged, "typed": typed, "bare": nn.Buffer(torch.ones(3)),
                              "parameter": nn.Parameter(torch.zeros(1))})
    yield case("repeating views", {"expanded": t[:1].expand(5, 3, 4), "unfolded":
                                   t.view(-1).unfold(0, 6, 2), "one": torch.ones(1).expand(9, 9),
                                   "rows": torch.arange(3.0)[:, None].expand(3, 7)})
    yield case("special values", {"x": torch.tensor([float("nan"), float("inf"), -0.0, 1e-45])})
    torch.serialization.set_crc32_options(False)
    yield case("no checksums", {"x": t})
    torch.serialization.set_crc32_options(True)
    before = {"_use_new_zipfile_serialization": False}
    yield case("before 1.6", checkpoint, **before)
    yield case("views before 1.6", {"transposed": t.transpose(0, 2), "part": t[1:, ::2, 1:3], "whole": t,
                                    "empty": t[:0]}, **before)
    yield case("types before 1.6", {str(d): torch.tensor([0, 1, 1]).to(d) for d in (
        torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.int64, torch.bool,
        torch.uint16)}, **before)
    yield case("a module before 1.6", layer, '"torch.nn.modules.linear.Linear" is no tensor', **before)
    yield case("a module", layer, '"torch.nn.modules.linear.Linear" is no tensor')
    yield case("repeated", {"x": torch.ones(1).expand(2000, 1000)}, "repeats elements")
    yield case("sparse", {"x": torch.eye(3).to_sparse()},
               '"torch._utils._rebuild_sparse_tensor" is no tensor')
    yield case("quantised", {"x": torch.quantize_per_tensor(t, 0.1, 0, torch.qint8)},
               'is no tensor, container or plain value')
    yield case("meta", {"x": torch.ones(2, device="meta")},
               '"torch._utils._rebuild_meta_tensor_no_storage" is no tensor')
    yield case("conjugated", {"x": torch.ones(2, dtype=torch.complex64).conj()}, "conjugate")
    yield case("a subclass", {"x": torch.ones(2).as_subclass(Tagged)}, 'Tagged" is no tensor')
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(layer), buffer)
    yield {"Name": "TorchScript", "File": base64.b64encode(buffer.getvalue()).decode(),
           "Why": "a TorchScript file", "Tensors": []}


def main():
    warnings.simplefilter("ignore")
    out = {"Script": SCRIPT, "Versions": {"torch": torch.__version__}, "Cases": list(cases())}
    text = ",\n".join(json.dumps(c) for c in out["Cases"])
    (HERE / "checkpoints.json").write_text(
        f'{{"Script": "{SCRIPT}", "Versions": {json.dumps(out["Versions"])}, "Cases": [\n{text}\n]}}\n')


main()
