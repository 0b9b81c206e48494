#!/usr/bin/env python3
"""Writes the reference values of package nn: layers, losses and optimizers as PyTorch computes them, in float64 and in float32, and metrics as
scikit-learn does.

Made with PyTorch 2.15.0, scikit-learn 1.9.1 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/nn/make.py

Numbers are written with all digits that tell one float64 from the next; those of float32 are widened. Matrices are lists of rows. Inputs
of the two types are the same numbers, rounded.
"""

import hashlib
import json
import pathlib

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn import metrics

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
VERSIONS = {"numpy": np.__version__, "sklearn": sklearn.__version__, "torch": torch.__version__}
TYPES = {"float64": torch.float64, "float32": torch.float32}

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": torch.relu,
    "leaky_relu:0.1": lambda z: F.leaky_relu(z, 0.1),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
    "softmax": lambda z: torch.softmax(z, dim=1),
    "softplus": F.softplus,
    "hardswish": F.hardswish,
    "mish": F.mish,
    "elu:1": F.elu,
    "elu:0.5": lambda z: F.elu(z, 0.5),
}

def lists(**tensors):
    return {k: v.detach().tolist() if torch.is_tensor(v) else v for k, v in tensors.items()}

def write(name, cases):
    head = json.dumps({"script": SCRIPT, "versions": VERSIONS})[:-1]
    (HERE / name).write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")

def numbers(generator, dtype):
    """A function that draws normally distributed numbers, the same for both types but for the rounding."""
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

def layers(seed):
    """One dense layer for each activation, and one with a single output: forward, and backward from a random upstream gradient."""
    cases = []
    for type_, dtype in TYPES.items():
        randn = numbers(torch.Generator().manual_seed(seed), dtype)
        for name, act in ACTIVATIONS.items():
            for out in (4, 1):
                x, w, b = (v.requires_grad_(True) for v in (randn(5, 3), randn(out, 3), randn(out)))
                upstream = randn(5, out)
                a = act(F.linear(x, w, b))
                a.backward(upstream)
                cases.append(lists(type=type_, activation=name, x=x, w=w, b=b, a=a, upstream=upstream, dx=x.grad, dw=w.grad, db=b.grad))
    return cases

def extremes():
    """Every activation at arguments up to ±1e4, on the diagonal of a layer without weights of its own, and its gradient."""
    z = [-1e4, -800.0, -100.0, -40.0, -10.0, -1.0, -1e-8, 0.0, 1e-8, 1.0, 10.0, 40.0, 100.0, 800.0, 1e4]
    cases = []
    for type_, dtype in TYPES.items():
        for name, act in ACTIVATIONS.items():
            x = torch.tensor([z], dtype=dtype, requires_grad=True)
            upstream = torch.linspace(0.5, 1.5, len(z), dtype=torch.float64).reshape(1, -1).to(dtype)
            a = act(x)
            a.backward(upstream)
            cases.append(lists(type=type_, activation=name, x=x, a=a, upstream=upstream, dx=x.grad))
    return cases

def losses(seed):
    """Every loss, plain and weighted, with its gradient. Sample weights are PyTorch's reduction='none' followed by a weighted mean."""
    cases = []
    for type_, dtype in TYPES.items():
        losses_of(type_, dtype, torch.Generator().manual_seed(seed), cases)
    return cases

def losses_of(type_, dtype, generator, cases):
    randn = numbers(generator, dtype)
    rand = lambda *shape: torch.rand(*shape, generator=generator, dtype=torch.float64).to(dtype)

    def add(loss, of, outputs, target, **extra):
        outputs = outputs.clone().requires_grad_(True)
        value = of(outputs)
        value.backward()
        cases.append(lists(**{"type": type_, "loss": loss, "outputs": outputs, "target": target, "value": value.item(),
                              "gradient": outputs.grad, **extra}))

    n, classes = 6, 4
    z = 3 * randn(n, classes)
    index = torch.randint(classes, (n,), generator=generator)
    column = index.reshape(n, 1).to(dtype)
    onehot = F.one_hot(index, classes).to(dtype)
    soft = torch.softmax(randn(n, classes), dim=1)
    weight = rand(classes) + 0.5
    sample = rand(n) + 0.1
    p = torch.softmax(z, dim=1)

    add("mse", lambda o: F.mse_loss(o, soft), z, soft)
    add("mse", lambda o: (sample * F.mse_loss(o, soft, reduction="none").mean(1)).sum() / sample.sum(), z, soft, sampleWeights=sample)

    add("ce_logits", lambda o: F.cross_entropy(o, index), z, column)
    add("ce_logits", lambda o: F.cross_entropy(o, index), z, onehot)
    add("ce_logits", lambda o: F.cross_entropy(o, soft), z, soft)
    add("ce_logits", lambda o: F.cross_entropy(o, index, weight=weight), z, column, classWeights=weight)
    add("ce_logits", lambda o: F.cross_entropy(o, index, weight=weight), z, onehot, classWeights=weight)
    add("ce_logits", lambda o: (sample * F.cross_entropy(o, index, reduction="none")).sum() / sample.sum(), z, column, sampleWeights=sample)
    large = 1e4 * randn(n, classes)
    add("ce_logits", lambda o: F.cross_entropy(o, index), large, column)
    edge = torch.tensor([[1e4, -1e4, 0, 1e4], [-1e4] * 4, [1e4] * 4, [-1e4, 1e4, 1e4, -1e4], [0, 0, 0, 1e4], [0, 0, 0, -1e4]], dtype=dtype)
    add("ce_logits", lambda o: F.cross_entropy(o, index), edge, column)
    add("ce_logits", lambda o: F.cross_entropy(o, index, weight=weight), edge, column, classWeights=weight)
    add("ce", lambda o: F.nll_loss(torch.log(o), index), p, column)
    add("ce", lambda o: F.nll_loss(torch.log(o), index), p, onehot)
    add("ce", lambda o: -(soft * torch.log(o)).sum(1).mean(), p, soft)
    add("ce", lambda o: F.nll_loss(torch.log(o), index, weight=weight), p, column, classWeights=weight)

    y = torch.randint(2, (n, classes), generator=generator).to(dtype)
    pair = torch.tensor([0.75, 2.5], dtype=dtype)
    weights = pair[0] * (1 - y) + pair[1] * y
    q = torch.sigmoid(z)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y), z, y)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, soft), z, soft)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y), large, y)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y), edge, y)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y, weight=weights, reduction="sum") / weights.sum(), z, y,
        classWeights=pair)
    add("bce", lambda o: F.binary_cross_entropy(o, y), q, y)
    add("bce", lambda o: F.binary_cross_entropy(o, soft), q, soft)
    # At probabilities of 0 and 1 PyTorch's gradient depends on a cut-off that it keeps in float32: the value alone is compared.
    add("bce", lambda o: F.binary_cross_entropy(o, y), torch.tensor([[0.0, 1.0, 0.0, 1.0]] * n, dtype=dtype), y, gradient=None)
    add("bce", lambda o: (sample * F.binary_cross_entropy(o, y, reduction="none").mean(1)).sum() / sample.sum(), q, y, sampleWeights=sample)

OPTIMIZERS = {
    ("sgd", 0.0): lambda p: torch.optim.SGD(p, lr=0.05),
    ("sgd", 0.1): lambda p: torch.optim.SGD(p, lr=0.05, weight_decay=0.1),
    ("momentum", 0.0): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    ("momentum", 0.1): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    ("nesterov", 0.0): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    ("nesterov", 0.1): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1),
    ("adam", 0.0): lambda p: torch.optim.Adam(p, lr=0.05),
    ("adam", 0.1): lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1),
    ("adamw", 0.1): lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
}

def trajectories(seed):
    """50 steps of every optimizer on a network of two layers, 3 → 5 tanh → 3 softmax with cross entropy, from given weights."""
    cases = []
    for type_, dtype in TYPES.items():
        generator = torch.Generator().manual_seed(seed)
        randn = numbers(generator, dtype)
        x = randn(8, 3)
        index = torch.randint(3, (8,), generator=generator)
        start = [randn(*s) for s in [(5, 3), (5,), (3, 5), (3,)]]
        for (name, decay), make in OPTIMIZERS.items():
            w1, b1, w2, b2 = parameters = [p.clone().requires_grad_(True) for p in start]
            optimizer = make(parameters)
            values = []
            for _ in range(50):
                optimizer.zero_grad()
                loss = F.cross_entropy(F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2), index)
                loss.backward()
                optimizer.step()
                values.append(loss.item())
            cases.append(lists(type=type_, optimizer=name, rate=0.05, decay=decay, losses=values, x=x, target=index.reshape(8, 1).to(dtype),
                               start=[p.reshape(-1).tolist() for p in start], end=[p.detach().reshape(-1).tolist() for p in parameters]))
    return cases

def scores(seed):
    """The metrics of scikit-learn, on one and on several outputs, with an output whose targets are constant, and far from zero."""
    rng = np.random.RandomState(seed)
    cases = []
    for outputs in (1, 3):
        for offset in (0.0, 1e6):
            y = rng.normal(size=(23, outputs)) + offset
            if outputs > 1:
                y[:, 1] = 2.5
            p = y + rng.normal(size=y.shape) / 2
            for name, of in (("r2", metrics.r2_score), ("mse", metrics.mean_squared_error), ("mae", metrics.mean_absolute_error)):
                cases.append({"metric": name, "prediction": p.tolist(), "target": y.tolist(), "value": of(y, p)})
    p = rng.random_sample((37, 4))
    y = rng.randint(4, size=37)
    for target in (y.reshape(-1, 1), np.eye(4)[y]):
        cases.append({"metric": "accuracy", "prediction": p.tolist(), "target": target.tolist(), "value": metrics.accuracy_score(y, p.argmax(1))})
    p = rng.random_sample((37, 1))
    y = rng.randint(2, size=(37, 1))
    cases.append({"metric": "binary_accuracy", "prediction": p.tolist(), "target": y.tolist(), "value": metrics.accuracy_score(y, p > 0.5)})
    return cases

if __name__ == "__main__":
    write("layers.json", layers(20240))
    write("extremes.json", extremes())
    write("losses.json", losses(20241))
    write("optimizers.json", trajectories(20242))
    write("metrics.json", scores(20243))
