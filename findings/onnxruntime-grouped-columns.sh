#!/bin/sh
# ONNX Runtime: MatMulNBits with g_idx passes over packed zero points and reads codes of 2 bits as of 4.
#
# Guess before the run: a g_idx that gives each column the block that it is in changes nothing, with
# zero points and without, for codes of 2, 4 and 8 bits.
# Seen: with it zero points that are codes count as 8, codes of 2 bits give other products, and codes
# of 8 bits are refused. Right are codes of 4 bits without zero points or with those that are floats.
#
# Output seen:
#   onnx 1.19.1, onnxruntime 1.32.0
#   2 bits, no zero points: without g_idx right, with it wrong
#   2 bits, packed zero points: without g_idx right, with it wrong
#   4 bits, no zero points: without g_idx right, with it right
#   4 bits, packed zero points: without g_idx right, with it wrong, zero points taken for 8
#   8 bits, no zero points: without g_idx right, with it refused
#   8 bits, packed zero points: without g_idx right, with it refused
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.19.1 onnxruntime==1.32.0 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
random = np.random.default_rng(0)
N, K, SIZE = 5, 64, 16
x = random.standard_normal((3, K)).astype(np.float32)
group = np.arange(K, dtype=np.int32) // SIZE


def pack(codes, bits):
    per = 8 // bits
    return sum(codes[..., i::per] << (bits * i) for i in range(per)).astype(np.uint8)


def run(bits, w, scale, zeros, grouped):
    arrays = {"w": pack(w.reshape(N, K // SIZE, SIZE), bits), "s": scale}
    if zeros is not None:
        arrays["z"] = pack(zeros, bits)
    if grouped:
        arrays["g"] = group
    inputs = ["x", "w", "s", "z" if "z" in arrays else "", "g" if grouped else ""]
    node = helper.make_node("MatMulNBits", inputs, ["y"], domain="com.microsoft", K=K, N=N, bits=bits,
                            block_size=SIZE)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, K])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
                              [numpy_helper.from_array(a, name) for name, a in arrays.items()])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})[0]


seen = []
for bits in (2, 4, 8):
    for packed in (False, True):
        w = random.integers(0, 2**bits, (N, K))
        scale = abs(random.standard_normal((N, K // SIZE))).astype(np.float32)
        zeros = random.integers(0, 2**bits, (N, K // SIZE)) if packed else None

        def product(zeros):
            return x.astype(np.float64) @ ((w - zeros[:, group]) * scale.astype(np.float64)[:, group]).T

        def near(y, want):
            return np.abs(y - want).max() < 1e-5 * np.abs(want).max()

        middle = np.full((N, K // SIZE), 2 ** (bits - 1))
        want = product(middle if zeros is None else zeros)
        line = f"{bits} bits, {'packed' if packed else 'no'} zero points: without g_idx "
        line += "right" if near(run(bits, w, scale, zeros, False), want) else "wrong"
        try:
            y = run(bits, w, scale, zeros, True)
            line += ", with it " + ("right" if near(y, want) else "wrong")
            if packed and near(y, product(middle)):
                line += f", zero points taken for {middle[0, 0]}"
        except Exception:
            line += ", with it refused"
        print(line)
        seen.append(line)
sys.exit(0 if "with it wrong" in seen[0] and "taken for 8" in seen[3] and "refused" in seen[4] else 1)
EOF
