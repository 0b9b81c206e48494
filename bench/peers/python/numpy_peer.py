"""NumPy's operations on elements."""
import numpy as np

import peer


def prepare(request):
    op, n = request["prepare"], request["n"]
    x, y = peer.operands(op, n)
    o = np.empty_like(x)
    call = {
        "relu": lambda: np.maximum(x, 0, out=o),
        "add": lambda: np.add(x, y, out=o),
        "sum": lambda: x.sum(),
        "dot": lambda: x.dot(y),
        "exp": lambda: np.exp(x, out=o),
        "tanh": lambda: np.tanh(x, out=o),
        "log": lambda: np.log(x, out=o),
    }[op]
    return peer.sample(call(), n), peer.repeated(call)


peer.serve(prepare, "numpy " + np.__version__)
