#!/bin/bash
# safetensors.torch writes the memory of a tensor, not its values: of a tensor that PyTorch has
# conjugated (or negated) lazily, by conj(), mH or imag of a conjugate, the file holds what it was
# before. Nothing is reported; .contiguous() helps only where it copies, .resolve_conj() always.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.15.0 safetensors==0.8.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import sys

import safetensors
import safetensors.torch as st
import torch

print("torch", torch.__version__, "safetensors", safetensors.__version__)
x = torch.tensor([[1 + 2j], [3 - 4j]], dtype=torch.complex64)
one = torch.tensor([1 + 2j], dtype=torch.complex64)
vectors = torch.linalg.eigh(torch.tensor([[2, 1j], [-1j, 2]], dtype=torch.complex64)).eigenvectors
right = True
for name, t, want in [
        ("x.conj()", x.conj(), x),
        ("vectors.mH.contiguous()", vectors.mH.contiguous(), vectors.mT),
        ("one.conj().imag", one.conj().imag, one.imag),
        ("x.conj().resolve_conj()", x.conj().resolve_conj(), x.conj())]:
    loaded = st.load(st.save({"t": t}))["t"]
    print(f"{name}: saved {t.flatten().tolist()}, loaded {loaded.flatten().tolist()}")
    right = right and torch.equal(loaded, want) and torch.equal(loaded, t) == ("resolve" in name)
print("behaviour: the sign of the imaginary part is lost" if right else "behaviour: CHANGED")
sys.exit(not right)
PY
