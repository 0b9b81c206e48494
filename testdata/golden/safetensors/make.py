#!/usr/bin/env python3
"""Writes headers.json: which files the safetensors library reads, and what it finds in them; and
written.json: a file that it writes, whole and in hexadecimal.
Made with safetensors 0.8.0 (pip install safetensors==0.8.0); run it in any folder.

A case holds a header as text, the number of bytes of data after it (0, 1, 2, …), and the tensors
in the order of their names, with their bytes in hexadecimal; or null if the library refuses it.
"""
import ctypes
import hashlib
import json
import pathlib
import struct

import safetensors

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def entry(name, dtype, shape, begin, end):
    return f'"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}'


def headers():
    """Yields headers and numbers of bytes of data."""
    x = entry("x", "F32", [2], 0, 8)
    for before in " \n\t\r\0\v\ufeff[":
        yield before + "{" + x + "}", 8
    for after in " \n\t\r\0\v}":
        yield "{" + x + "}" + after, 8
    for metadata in ("null", " null ", "{}", '{"a":"1"}', '{"a":null}', '{"a":1}', "[]", '"a"',
                     '{"dtype":"F32"}', '{"a":"\\ud800"}', '{"\\ud800":"a"}'):
        yield '{"__metadata__":' + metadata + "," + x + "}", 8
        yield "{" + x + ',"__metadata__":' + metadata + "}", 8
    wide = {"F64": 8, "I64": 8, "U64": 8, "C64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2,
            "BF16": 2, "I16": 2, "U16": 2, "U8": 1, "I8": 1, "BOOL": 1, "F8_E4M3": 1,
            "F8_E5M2": 1, "F8_E4M3FNUZ": 1, "F8_E5M2FNUZ": 1, "F8_E8M0": 1}
    for dtype, size in wide.items():
        for shape, n in (([2], 2), ([], 1), ([3, 0], 0)):
            yield "{" + entry("x", dtype, shape, 0, n * size) + "}", n * size
    for dtype, shape, n in [
            ("F4", [2], 1), ("F4", [3, 2], 3), ("F4", [3], 1), ("F4", [3], 2), ("F4", [1], 0),
            ("F4", [], 1), ("F4", [0], 0), ("F4", [2], 2), ("F6_E2M3", [4], 3),
            ("F6_E3M2", [2, 4], 6), ("F6_E2M3", [2], 2), ("F6_E3M2", [1], 1), ("F6_E3M2", [4], 4),
            ("C128", [1], 16), ("I4", [2], 1), ("U4", [2], 1), ("F4_E2M1", [2], 1), ("f32", [1], 4),
            ("", [1], 1)]:
        yield "{" + entry("x", dtype, shape, 0, n) + "}", n
    yield ("{" + entry("w", "F4", [2], 0, 1) + "," + entry("x", "F32", [1], 1, 5) + ","
           + entry("y", "F6_E2M3", [4], 5, 8) + "," + entry("z", "C64", [1], 8, 16) + "}"), 16
    for name in ("\\ud800", "\\udc00", "\\uD83D\\uDe00", "\\ud800x", "\\ude00\\ud83d",
                 "\\ud83d\\u0041", "\\ud83d\\ud83d\\ude00", "\\\\ud800", "\\\\\\ud800",
                 "\\ud83d\\n", "\\ud83d\\\\ude00", "\\u0000", "\\ufffd", "\\\"\\u00fc", ""):
        yield "{" + entry(name, "F32", [2], 0, 8) + "}", 8
    for member in ('"\\ud800":1', '"a":"\\ud800"', '"a":[{"\\ud800":[]}]',
                   '"a":[{"b":"\\ud83d\\ude00"}]'):
        yield '{"x":{' + member + ',"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8
    for shape in ([0, 2**62, 4], [2**62, 0, 4], [2**62, 4, 0], [2**62, 0], [2**60, 0], [2**62, 4],
                  [2**61], [2**63 - 1, 0], [2**32, 2**32], [0, -1]):
        for dtype in ("F64", "F4"):
            yield "{" + entry("w", dtype, shape, 0, 0) + "," + x + "}", 8
    for shape in ("[-0]", "[0.0]", "[0e0]", "[00]", '["0"]', "0", "null", "[[]]"):
        yield "{" + entry("w", "F32", shape, 0, 0) + "," + x + "}", 8
    for offsets in ("[8,0]", "[0,8,8]", "[0]", "[1,9]", "[0,7]", "[-8,0]", "null"):
        yield '{"x":{"dtype":"F32","shape":[2],"data_offsets":' + offsets + "}}", 8
    for text, n in [("{}", 0), ("{}", 8), ("", 0), ("{" + x + "}", 7), ("{" + x + "}", 9),
                    ("[]", 0), ("null", 0)]:
        yield text, n
    for begin in (0, 4, 8):
        yield "{" + entry("w", "F32", [0], begin, begin) + "," + x + "}", 8
    # Here the library is of another mind than the format, or than itself.
    for text in ("{" + x + "," + x + "}", '{"__metadata__":{"a":"1","a":"2"},' + x + "}",
                 '{"x":["F32",[2],[0,8]]}',
                 '{"x":{"dtype":{"F32":null},"shape":[2],"data_offsets":[0,8]}}',
                 "{" + entry("w", "F32", [0, 2**63], 0, 0) + "," + x + "}"):
        yield text, 8


def case(header, n):
    encoded = header.encode()
    content = struct.pack("<Q", len(encoded)) + encoded + bytes(range(n))
    try:
        found = sorted(safetensors.deserialize(content), key=lambda t: t[0])
        tensors = [{"name": name, "dtype": d["dtype"], "shape": d["shape"],
                    "bytes": bytes(d["data"]).hex()} for name, d in found]
    except safetensors.SafetensorError:
        tensors = None
    return {"header": header, "data": n, "tensors": tensors}


def written():
    """Returns a file with two tensors of each type, whose bytes are 0, 1, 2, …, b before a."""
    types = {"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
             "int64": 8, "uint64": 8, "float16": 2, "float32": 4, "float64": 8, "bfloat16": 2,
             "float8_e4m3fn": 1, "float8_e4m3fnuz": 1, "float8_e5m2": 1, "float8_e5m2fnuz": 1,
             "float8_e8m0fnu": 1, "complex64": 8}
    kept, tensors = [], {}
    for dtype, size in types.items():
        for name in "ba":
            kept.append(ctypes.create_string_buffer(bytes(range(3 * size)), 3 * size))
            tensors[f"{name}.{dtype}"] = safetensors.TensorSpec(
                dtype=dtype, shape=[3, 1], data_ptr=ctypes.addressof(kept[-1]), data_len=3 * size)
    return safetensors.serialize(tensors, {"format": "pt"})


def write(name, cases):
    versions = {"safetensors": safetensors.__version__}
    text = json.dumps({"script": SCRIPT, "versions": versions, "cases": cases}, separators=(",", ":"))
    (HERE / name).write_text(text.replace('{"header"', '\n{"header"') + "\n", encoding="ascii")


if __name__ == "__main__":
    write("written.json", [{"file": written().hex()}])
    cases = [case(header, n) for header, n in headers()]
    write("headers.json", cases)
