"""Compares the files that `go test ./onnx/export -write FOLDER` writes with what others make of them.

    python check.py FOLDER

Each folder in FOLDER holds a model, its inputs and what it computes here. onnx must find nothing wrong
with the model, its shapes included, and ONNX Runtime must compute the same, within 2e-5 of the largest
element, or refuse an operator that it lacks for the element type.
"""
import pathlib
import sys

import numpy
import onnx
import onnxruntime

TOLERANCE = 2e-5


def difference(want, got):
    """The largest difference, relative to the largest element; infinite where types or shapes differ."""
    if want.dtype != got.dtype or want.shape != got.shape:
        return numpy.inf
    if want.dtype.kind != "f":
        return 0 if (want == got).all() else numpy.inf
    finite = want[numpy.isfinite(want)]
    scale = max(1, numpy.abs(finite).max(initial=0))
    same = (want == got) | (numpy.isnan(want) & numpy.isnan(got))
    with numpy.errstate(invalid="ignore"):
        return numpy.where(same, 0, numpy.abs(want - got)).max(initial=0) / scale


def check(folder):
    """What is wrong with a model; the empty string if nothing is; None if ONNX Runtime lacks a kernel."""
    path = folder / "model.onnx"
    try:
        onnx.checker.check_model(str(path), full_check=True)
        onnx.shape_inference.infer_shapes(onnx.load(path), check_type=True, strict_mode=True, data_prop=True)
    except Exception as problem:  # of either of two libraries, each with its own errors
        return f"onnx: {problem}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    inputs, want = numpy.load(folder / "in.npz"), numpy.load(folder / "out.npz")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        outputs = session.run(names, dict(inputs.items()))
    except Exception as problem:
        lacking_kernel = any(text in str(problem) for text in ("NOT_IMPLEMENTED", "does not support double"))
        return None if lacking_kernel else f"ONNX Runtime: {problem}"
    for name, got in zip(names, outputs):
        if not difference(want[name], got) <= TOLERANCE:
            return f"{name}: off by {difference(want[name], got)}, {want[name].dtype} {want[name].shape}"
    return ""


def main():
    passed, lacking, wrong = 0, 0, 0
    for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        problem = check(folder)
        passed += problem == ""
        lacking += problem is None
        if problem:
            wrong += 1
            print(f"{(folder / 'name').read_text()}: {problem}")
    print(f"{passed} agree, {lacking} have an operator that ONNX Runtime lacks for their type, {wrong} are wrong")
    sys.exit(wrong > 0 or passed == 0)


main()
