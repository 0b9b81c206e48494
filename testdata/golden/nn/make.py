#!/usr/bin/python3
"""Writes the reference values of package nn: layers, losses and optimizers as PyTorch computes them, in float64.

Made with Python 3.11.2 and PyTorch 1.13 (Debian 12, python3-torch 1.13.1+dfsg-4):

    /usr/bin/python3 testdata/golden/nn/make.py

Numbers are written with all digits that tell one float64 from the next. Matrices are lists of rows.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": torch.relu,
    "leaky_relu:0.1": lambda z: F.leaky_relu(z, 0.1),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "softmax": lambda z: torch.softmax(z, dim=1),
}

# These came later, and have a generator of their own so that the numbers of the others stayed as they were.
GELUS = {
    "gelu": F.gelu,
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
}


def lists(**tensors):
    return {k: v.detach().tolist() if torch.is_tensor(v) else v for k, v in tensors.items()}


def write(name, cases):
    (HERE / name).write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def layers(activations, generator):
    """One dense layer for each activation, and one with a single output: forward, and backward from a random upstream gradient."""
    cases = []
    for name, act in activations.items():
        for out in (4, 1):
            x = torch.randn(5, 3, generator=generator, requires_grad=True)
            w = torch.randn(out, 3, generator=generator, requires_grad=True)
            b = torch.randn(out, generator=generator, requires_grad=True)
            upstream = torch.randn(5, out, generator=generator)
            a = act(F.linear(x, w, b))
            a.backward(upstream)
            cases.append(lists(activation=name, x=x, w=w, b=b, a=a, upstream=upstream, dx=x.grad, dw=w.grad, db=b.grad))
    return cases


def losses(generator):
    """Every loss, plain and weighted, with its gradient. Sample weights are PyTorch's reduction='none' followed by a weighted mean."""
    cases = []

    def add(loss, of, outputs, target, **extra):
        outputs = outputs.clone().requires_grad_(True)
        value = of(outputs)
        value.backward()
        cases.append(lists(**{"loss": loss, "outputs": outputs, "target": target, "value": value, "gradient": outputs.grad, **extra}))

    n, classes = 6, 4
    z = 3 * torch.randn(n, classes, generator=generator)
    index = torch.randint(classes, (n,), generator=generator)
    column = index.reshape(n, 1).to(z.dtype)
    onehot = F.one_hot(index, classes).to(z.dtype)
    soft = torch.softmax(torch.randn(n, classes, generator=generator), dim=1)
    weight = torch.rand(classes, generator=generator) + 0.5
    sample = torch.rand(n, generator=generator) + 0.1
    p = torch.softmax(z, dim=1)

    add("mse", lambda o: F.mse_loss(o, soft), z, soft)
    add("mse", lambda o: (sample * F.mse_loss(o, soft, reduction="none").mean(1)).sum() / sample.sum(), z, soft, sampleWeights=sample)

    add("ce_logits", lambda o: F.cross_entropy(o, index), z, column)
    add("ce_logits", lambda o: F.cross_entropy(o, index), z, onehot)
    add("ce_logits", lambda o: F.cross_entropy(o, soft), z, soft)
    add("ce_logits", lambda o: F.cross_entropy(o, index, weight=weight), z, column, classWeights=weight)
    add("ce_logits", lambda o: F.cross_entropy(o, index, weight=weight), z, onehot, classWeights=weight)
    add("ce_logits", lambda o: (sample * F.cross_entropy(o, index, reduction="none")).sum() / sample.sum(), z, column, sampleWeights=sample)
    large = 1e4 * torch.randn(n, classes, generator=generator)
    add("ce_logits", lambda o: F.cross_entropy(o, index), large, column)
    add("ce", lambda o: F.nll_loss(torch.log(o), index), p, column)
    add("ce", lambda o: F.nll_loss(torch.log(o), index), p, onehot)
    add("ce", lambda o: -(soft * torch.log(o)).sum(1).mean(), p, soft)
    add("ce", lambda o: F.nll_loss(torch.log(o), index, weight=weight), p, column, classWeights=weight)

    y = torch.randint(2, (n, classes), generator=generator).to(z.dtype)
    pair = torch.tensor([0.75, 2.5])
    weights = pair[0] * (1 - y) + pair[1] * y
    q = torch.sigmoid(z)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y), z, y)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, soft), z, soft)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y), large, y)
    add("bce_logits", lambda o: F.binary_cross_entropy_with_logits(o, y, weight=weights, reduction="sum") / weights.sum(), z, y,
        classWeights=pair)
    add("bce", lambda o: F.binary_cross_entropy(o, y), q, y)
    add("bce", lambda o: F.binary_cross_entropy(o, soft), q, soft)
    # At probabilities of 0 and 1 PyTorch's gradient depends on a cut-off that it keeps in float32: the value alone is compared.
    add("bce", lambda o: F.binary_cross_entropy(o, y), torch.tensor([[0.0, 1.0, 0.0, 1.0]] * n), y, gradient=None)
    add("bce", lambda o: (sample * F.binary_cross_entropy(o, y, reduction="none").mean(1)).sum() / sample.sum(), q, y, sampleWeights=sample)
    return cases


OPTIMIZERS = {
    ("sgd", 0.0): lambda p: torch.optim.SGD(p, lr=0.05),
    ("sgd", 0.1): lambda p: torch.optim.SGD(p, lr=0.05, weight_decay=0.1),
    ("momentum", 0.0): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    ("momentum", 0.1): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    ("nesterov", 0.0): lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    ("adam", 0.0): lambda p: torch.optim.Adam(p, lr=0.05),
    ("adam", 0.1): lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1),
    ("adamw", 0.1): lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
}


def trajectories(generator):
    """30 steps of every optimizer on a network of two layers, 3 → 5 tanh → 3 softmax with cross entropy, from given weights."""
    x = torch.randn(8, 3, generator=generator)
    index = torch.randint(3, (8,), generator=generator)
    shapes = [(5, 3), (5,), (3, 5), (3,)]
    start = [torch.randn(*s, generator=generator) for s in shapes]
    cases = []
    for (name, decay), make in OPTIMIZERS.items():
        w1, b1, w2, b2 = parameters = [p.clone().requires_grad_(True) for p in start]
        optimizer = make(parameters)
        values = []
        for _ in range(30):
            optimizer.zero_grad()
            loss = F.cross_entropy(F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2), index)
            loss.backward()
            optimizer.step()
            values.append(loss.item())
        cases.append(lists(optimizer=name, rate=0.05, decay=decay, losses=values, x=x, target=index.reshape(8, 1).to(x.dtype),
                           start=[p.reshape(-1).tolist() for p in start], end=[p.detach().reshape(-1).tolist() for p in parameters]))
    return cases


if __name__ == "__main__":
    g = torch.Generator().manual_seed(20240)
    write("layers.json", layers(ACTIVATIONS, g) + layers(GELUS, torch.Generator().manual_seed(20241)))
    write("losses.json", losses(g))
    write("optimizers.json", trajectories(g))
