#!/usr/bin/env python3
"""Writes what NumPy saves as .npy and .npz, and which headers it reads.

Made with numpy==2.4.6 and ml_dtypes==0.6.0 from PyPI:

    python3 testdata/golden/npy/make.py

arrays.json: a case is a file of NumPy's, in base64, with the type, the shape and the elements in row-major order, little-endian, in hexadecimal.
headers.json: a case is a header of version 1, 2 or 3 before elements 0, 1, 2, …, and what NumPy finds: the type, the shape and the elements, or null
if it refuses the file. archives.json: a case is a .npz file in base64 with its arrays.
"""

import base64
import hashlib
import io
import json
import pathlib
import struct

import ml_dtypes
import numpy as np

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
VERSIONS = {"numpy": np.__version__, "ml_dtypes": ml_dtypes.__version__}
TYPES = ["float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"]
SHAPES = [(), (1,), (5,), (0,), (2, 3), (3, 0, 2), (2, 3, 4), (1, 2, 1, 3), (2,) * 9]


def write(name, cases):
    head = json.dumps({"script": SCRIPT, "versions": VERSIONS})[:-1]
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (HERE / name).write_text(head + ', "cases": [\n' + lines + "\n]}\n")


def elements(dtype, shape):
    n = int(np.prod(shape))
    if dtype == "bool":
        return (np.arange(n) % 3 == 1).reshape(shape)
    x = np.arange(n) * 37 % 251 - (0 if dtype.startswith("u") else 100)
    return x.astype(dtype).reshape(shape)


def described(x):
    name = {"V": "bfloat16"}.get(x.dtype.kind, x.dtype.name)
    little = np.ascontiguousarray(x).astype(x.dtype.newbyteorder("<")) if x.dtype.kind != "V" else x
    return {"dtype": name, "shape": list(x.shape), "elements": little.tobytes("C").hex()}


def saved(x, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, x, version=version)
    return base64.b64encode(out.getvalue()).decode()


def arrays():
    for dtype in TYPES:
        for shape in SHAPES if dtype in ("float32", "int8") else [(2, 3)]:
            x = elements(dtype, shape)
            for order in "CF":
                ordered = np.asarray(x, order=order)
                yield {"npy": saved(ordered), "plain": bool(ordered.flags.c_contiguous), **described(x)}
            if x.dtype.itemsize > 1:
                yield {"npy": saved(x.astype(x.dtype.newbyteorder(">"))), "plain": False, **described(x)}
                yield {"npy": saved(np.asarray(x.astype(x.dtype.newbyteorder(">")), order="F")), "plain": False, **described(x)}
    x = elements("float32", (4, 2))
    yield {"npy": saved(x, (2, 0)), "plain": False, **described(x)}
    yield {"npy": saved(x, (3, 0)), "plain": False, **described(x)}
    half = np.array([[1, -2, 3.5], [0.1, np.inf, np.nan]], ml_dtypes.bfloat16)
    yield {"npy": saved(half), "plain": True, "dtype": "bfloat16", "shape": [2, 3], "elements": half.tobytes().hex()}


DESCRS = ["'<f4'", "'>f4'", "'=f4'", "'|f4'", "'f4'", '"<f4"', "u'<f4'", "'<f4' ", "'<i8'", "'|i1'", "'<i1'", "'>u1'", "'|b1'", "'?'", "'<b1'", "'<V2'", "'|V2'",
          "'<f3'", "'<f16'", "'<c8'", "'<U2'", "'|S2'", "'|O'", "'<M8[s]'", "[('a', '<f4')]", "None", "4", "''", "'<'", "'<f'", "'<f 4'", "'float32'"]
VALUES = ["{'descr': '<f4', 'fortran_order': False, 'shape': SHAPE, }".replace("SHAPE", s) for s in
          ["(2,)", "(2)", "2", "[2]", "()", "(2, 3)", "(2, 3,)", "(2L, 3L)", "( 2 ,3 )", "(-1,)", "(2, -3)", "(0, 99999999999999999999)", "(True,)", "(2.0,)", "('2',)", "(,)", "(2,,3)",
           "(0x2,)", "(1_0,)", "(02,)", "(+2,)", "(2, 3", "(0,)", "(0, 18446744073709551615)"]] + [
    "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", "{'descr': '<f4', 'fortran_order': 1, 'shape': (2, 3)}", "{'descr': '<f4', 'fortran_order': None, 'shape': (2, 3)}",
    "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'shape': (2,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'extra': 1}", "{'descr': '<f4', 'descr': '<i4', 'fortran_order': False, 'shape': (2,)}",
    "  {'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "{'descr':'<f4','fortran_order':False,'shape':(2,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
    "['descr']", "", "{}", "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
    "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2,)}", "{'descr': '<f4',\n'fortran_order': False,\n'shape': (2,)}", "{'d\\x65scr': '<f4', 'fortran_order': False, 'shape': (2,)}"]


def headers():
    texts = ["{'descr': %s, 'fortran_order': False, 'shape': (2,), }" % d for d in DESCRS] + VALUES
    for version in (1, 2, 3):
        for text in texts if version == 1 else texts[:1] + VALUES[:1]:
            for end in ("\n", "", "   \n") if text == texts[0] else ("\n",):
                body = (text + end).encode("latin1" if version < 3 else "utf8")
                length = struct.pack("<H" if version == 1 else "<I", len(body))
                file = b"\x93NUMPY" + bytes([version, 0]) + length + body + bytes(range(64))
                try:
                    x = np.lib.format.read_array(io.BytesIO(file), allow_pickle=False)
                    found = described(x) if x.dtype.name in TYPES or x.dtype == "V2" else {"dtype": x.dtype.str, "shape": list(x.shape), "elements": ""}
                except Exception:
                    found = None
                yield {"version": version, "header": text + end, "found": found}


def archives():
    x = {"a": elements("float32", (2, 3)), "layer/b": np.asfortranarray(elements("int64", (3, 2))), "ü": elements("uint8", (4,)), "empty": elements("float64", (0, 2))}
    for save in (np.savez, np.savez_compressed):
        out = io.BytesIO()
        save(out, **x)
        yield {"npz": base64.b64encode(out.getvalue()).decode(), "arrays": {k: described(v) for k, v in x.items()}}


write("arrays.json", arrays())
write("headers.json", headers())
write("archives.json", archives())
