#!/bin/sh
# NumPy: einsum of float16 matrices adds up in float16 or float32, as the letters' order has it.
#
# Guess before the run: einsum of 4,096 float16 ones is 4096, as it is for matmul and dot, which
# keep such sums in float32.
# Seen: a·b with b's columns contiguous ("ij,jk->ik") stops at 2048, where 2048 + 1 rounds back to
# 2048; the same product with b given transposed ("ij,kj->ik"), by matmul, or with optimize=True is
# 4096. In attention the scores ("bhqd,bhkd->bhqk") are right and the weighted values
# ("bhqk,bhkd->bhqd") wrong. Nothing warns.
#
# Output seen:
#   numpy 2.4.6
#   ij,jk->ik 2048, with optimize=True 4096, matmul 4096
#   ij,kj->ik 4096
#   bhqd,bhkd->bhqk 4096
#   bhqk,bhkd->bhqd 2048
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.4.6 || exit 2
"$dir/venv/bin/python" - <<'EOF'
import sys
import numpy as np

print("numpy", np.__version__)


def ones(*shape):
    return np.ones(shape, np.float16)


def first(form, *operands, **options):
    return float(np.einsum(form, *operands, **options).ravel()[0])


a, b = ones(2, 4096), ones(4096, 2)
seen = [
    first("ij,jk->ik", a, b),
    first("ij,jk->ik", a, b, optimize=True),
    float((a @ b)[0, 0]),
    first("ij,kj->ik", a, ones(2, 4096)),
    first("bhqd,bhkd->bhqk", ones(1, 1, 2, 4096), ones(1, 1, 2, 4096)),
    first("bhqk,bhkd->bhqd", ones(1, 1, 2, 4096), ones(1, 1, 4096, 2)),
]
print("ij,jk->ik {:g}, with optimize=True {:g}, matmul {:g}".format(*seen))
for form, value in zip(("ij,kj->ik", "bhqd,bhkd->bhqk", "bhqk,bhkd->bhqd"), seen[3:]):
    print(form, f"{value:g}")
sys.exit(0 if seen == [2048, 4096, 4096, 4096, 4096, 2048] else 1)
EOF
