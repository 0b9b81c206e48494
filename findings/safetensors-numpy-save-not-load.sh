#!/bin/bash
# safetensors.numpy saves arrays that it can't load: bfloat16 and float8_e4m3fn of ml_dtypes end in
# a KeyError by load (from bytes), and the same bytes in a file give the bfloat16 array by
# load_file, but an AttributeError for float8_e4m3fn. One such tensor hides all others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q safetensors==0.8.0 numpy==2.4.6 ml_dtypes==0.6.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys

import ml_dtypes
import numpy as np
import safetensors
import safetensors.numpy as sn

print("safetensors", safetensors.__version__, "numpy", np.__version__,
      "ml_dtypes", ml_dtypes.__version__)


def outcome(read, source):
    try:
        tensors = read(source)
        return f"{sorted(tensors)}, {tensors['t'].dtype}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


right = True
for dtype, want in [(np.float16, ("['other', 't'], float16", "['other', 't'], float16")),
                    (ml_dtypes.bfloat16, ("KeyError: 'BF16'", "['other', 't'], bfloat16")),
                    (ml_dtypes.float8_e4m3fn, ("KeyError: 'F8_E4M3'", "AttributeError"))]:
    content = sn.save({"t": np.ones(2, dtype), "other": np.zeros(1, np.float32)})
    with open("x.safetensors", "wb") as f:
        f.write(content)
    got = outcome(sn.load, content), outcome(sn.load_file, "x.safetensors")
    print(f"{np.dtype(dtype)}: {len(content)} bytes saved; load: {got[0]}; load_file: {got[1]}")
    right = right and got[0] == want[0] and got[1].startswith(want[1])
print("behaviour:", "what is saved can't be loaded" if right else "CHANGED")
sys.exit(not right)
PY
