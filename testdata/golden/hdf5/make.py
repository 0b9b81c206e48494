#!/usr/bin/env python3
"""Writes files.json: files of HDF5 as h5py writes them, and what it finds in them. Made with h5py
3.16, ml_dtypes 0.6 and numpy 2.4.6; run it in any folder.

A case holds the file, compressed by zlib and in base64, and the arrays with their elements in
little-endian order, in hexadecimal: null where they are of a type that is not read. Why is part of
the error where the file is refused.
"""
import base64
import hashlib
import json
import pathlib
import tempfile
import zlib

import h5py
import ml_dtypes
import numpy as np

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def case(name, fill, why="", **how):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.h5"
        with h5py.File(path, "w", **how) as f:
            fill(f)
        content, arrays, texts = path.read_bytes(), [], {}
        with h5py.File(path) as f:
            def visit(path, thing):
                for key, value in thing.attrs.items():
                    if isinstance(value, str):
                        texts[f"{path} {key}"] = value
                if not isinstance(thing, h5py.Dataset) or thing.shape is None:
                    return
                a = thing[()] if thing.shape == () else thing[:]
                marked = thing.attrs.get("dtype")
                read = marked or thing.dtype.kind in "biuf" and thing.dtype.itemsize <= 8
                arrays.append({"Path": path, "Shape": list(thing.shape),
                               "DType": marked or thing.dtype.newbyteorder("<").name if read else "",
                               "Elements": np.asarray(a, thing.dtype.newbyteorder("<")).tobytes().hex()
                               if read else None})
            if not why:
                f.visititems(visit)
    return {"Name": name, "File": base64.b64encode(zlib.compress(content, 9)).decode(), "Why": why,
            "Arrays": arrays, "Texts": texts}


def types(f):
    for t in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 ?".split():
        for order in "<>" if t[-1] not in "1?" else "|":
            values = np.arange(6).reshape(2, 3) - (0 if t[0] in "u?" else 2)
            f[f"{order}{t}"] = (values % 2 if t == "?" else values).astype(order + t)
    f["scalar"] = np.float32(7)
    f["none"] = np.zeros((0, 3), np.float32)
    f["null"] = h5py.Empty("f4")
    f["unwritten"] = np.zeros(3, np.float32)
    f["texts"] = ["a", "bc"]
    f["complex"] = np.ones(2, np.complex64)
    f["bytes"] = np.array([b"ab", b"cd"])


def bfloat16(f):  # marked as Keras does
    f["a"] = np.arange(3).astype(ml_dtypes.bfloat16)
    f["a"].attrs["dtype"] = "bfloat16"


def compact(f):
    space = h5py.h5s.create_simple((2, 3))
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.COMPACT)
    values = np.arange(6, dtype="<f4")
    h5py.h5d.create(f.id, b"a", h5py.h5t.IEEE_F32LE, space, how).write(
        h5py.h5s.ALL, h5py.h5s.ALL, values)


def groups(f):
    for i in range(300):
        f[f"layers/dense_{i}/vars/0"] = np.full(2, i, np.float32)
        f[f"layers/dense_{i}/vars"].attrs["name"] = f"layer {i}"


def attributes(f):
    g = f.create_group("g")
    g.attrs["text"] = "Größe"
    g.attrs["empty"] = ""
    g.attrs["fixed"] = np.bytes_("abc")
    g.attrs["number"] = 3
    g.attrs["numbers"] = np.arange(4.0)
    g.attrs["texts"] = ["a", "b"]
    for i in range(40):  # more than the first block of a header has room for
        g.attrs[f"n{i}"] = "x" * (50 * i)
    f["a"] = np.arange(3.0)
    f["a"].attrs["unit"] = "m"


def cases():
    yield case("types", types)
    yield case("bfloat16", bfloat16)
    yield case("compact", compact)
    yield case("groups", groups)
    yield case("attributes", attributes)
    yield case("nothing", lambda f: None)
    a = np.arange(100, dtype="f4")
    yield case("chunks", lambda f: f.create_dataset("a", data=a, chunks=(10,)), "in chunks")
    yield case("compressed", lambda f: f.create_dataset("a", data=a, compression="gzip"), "compressed")
    yield case("latest", lambda f: f.create_dataset("a", data=a), "superblock of version 3", libver="latest")
    yield case("orders", lambda f: f.create_group("g", track_order=True), 'that libver="latest" asks for')

    def soft(f):
        f["a"] = a
        f["b"] = h5py.SoftLink("/a")
    yield case("soft", soft, '"b" is a link to another name')

    def hard(f):
        f["a"] = a
        f["b"] = f["a"]
    yield case("hard", hard, '"b" is an object that has another name too')

    def elsewhere(f):
        f["type"] = np.dtype("f4")
        f.create_dataset("a", data=a, dtype=f["type"])
    yield case("named type", elsewhere, "a type that has a name")
    yield case("external", lambda f: f.create_dataset(
        "a", (4,), "f4", external=[("x.raw", 0, 16)]), "in other files")
    yield case("user block", lambda f: f.create_dataset("a", data=a),
               "not a file of HDF5", userblock_size=512)


def main():
    text = ",\n".join(json.dumps(c) for c in cases())
    versions = json.dumps({"h5py": h5py.__version__, "numpy": np.__version__})
    (HERE / "files.json").write_text(
        f'{{"Script": "{SCRIPT}", "Versions": {versions}, "Cases": [\n{text}\n]}}\n')


main()
