#!/usr/bin/env python3
"""Writes what PyTorch computes, in float64: with optimizers, the parameters after each of some steps with given gradients; of losses, recurrent
layers and attention, values, and gradients of the inputs for a random upstream gradient.

Made with PyTorch 2.15.0 as pip installs it:

    python3 testdata/golden/sequences/make.py
"""

import hashlib
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()

def write(name, cases):
    head = json.dumps({"script": SCRIPT, "versions": {"torch": torch.__version__}})[:-1]
    (HERE / name).write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")

class Lion(torch.optim.Optimizer):
    """PyTorch has none: algorithm 2 of Chen et al., Symbolic Discovery of Optimization Algorithms (2023)."""
    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                b1, b2 = group["betas"]
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_((b1 * m + (1 - b1) * p.grad).sign(), alpha=-group["lr"])
                m.mul_(b2).add_(p.grad, alpha=1 - b2)

OPTIMIZERS = {
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "rmsprop with momentum": lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9, momentum=0.8),
    "rmsprop centered": lambda p: torch.optim.RMSprop(p, lr=0.05, eps=1e-3, centered=True, momentum=0.5),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "adagrad with decay": lambda p: torch.optim.Adagrad(p, lr=0.05, lr_decay=0.1, initial_accumulator_value=0.5),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.5),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.05),
    "radam": lambda p: torch.optim.RAdam(p, lr=0.05),
    "lion": lambda p: Lion(p, lr=0.05),
    "lion with decay": lambda p: Lion(p, lr=0.05, betas=(0.95, 0.98), weight_decay=0.1),
}
CLIPS = {
    "": lambda p: None,
    "norm": lambda p: torch.nn.utils.clip_grad_norm_(p, 1.5),
    "value": lambda p: torch.nn.utils.clip_grad_value_(p, 0.5),
}

def trajectory(name, make, clip, steps=24):
    """Steps with gradients that don't depend on the parameters, some of them 0; the rate halves in the middle."""
    g = torch.Generator().manual_seed(5)
    randn = lambda *s: torch.randn(*s, generator=g, dtype=torch.float64)
    w = [randn(3, 2).requires_grad_(True), randn(5).requires_grad_(True)]
    start = [p.tolist() for p in (v.detach().flatten() for v in w)]
    optimizer = make(w)
    average = torch.optim.swa_utils.AveragedModel(torch.nn.ParameterList(w), multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
    case = {"optimizer": name, "clip": clip, "rates": [], "gradients": [], "values": [], "averages": []}
    for step in range(steps):
        if step == steps // 2:
            optimizer.param_groups[0]["lr"] /= 2
        for p in w:
            p.grad = randn(*p.shape) * 2.0 ** (step % 5 - 2)
            p.grad.flatten()[step % 4] = 0
        case["gradients"].append([p.grad.flatten().tolist() for p in w])
        CLIPS[clip](w)
        optimizer.step()
        average.update_parameters(torch.nn.ParameterList(w))
        case["rates"].append(optimizer.param_groups[0]["lr"])
        case["values"].append([p.detach().flatten().tolist() for p in w])
        case["averages"].append([p.detach().flatten().tolist() for p in average.module])
    return case | {"shapes": [list(p.shape) for p in w], "start": start}

def randn(*shape):
    return lambda g: torch.randn(*shape, generator=g, dtype=torch.float64)

def uniform(low, high, *shape):
    return lambda g: low + (high - low) * torch.rand(*shape, generator=g, dtype=torch.float64)

def ints(*values):
    return lambda g: torch.tensor(values)

def floats(*values):
    return lambda g: torch.tensor(values, dtype=torch.float64)

def bools(*values):
    return lambda g: torch.tensor(values, dtype=torch.bool)

def focal(x, y, alpha, gamma):
    """As torchvision.ops.sigmoid_focal_loss computes it."""
    p = torch.sigmoid(x)
    p = p * y + (1 - p) * (1 - y)
    loss = F.binary_cross_entropy_with_logits(x, y, reduction="none") * (1 - p) ** gamma
    return ((alpha * y + (1 - alpha) * (1 - y)) * loss if alpha >= 0 else loss).mean()

def ctc(reduction, **options):
    return lambda x, y, n, m: F.ctc_loss(x.log_softmax(-1), y, n, m, reduction=reduction, **options)

CLASSES = ints(4, 0, 2, 4, 1, 0)
SIGNS = floats(1, -1, -1, 1, 1, -1)
LOSSES = {
    "l1": (F.l1_loss, randn(3, 4), randn(3, 4)),
    "l1 sum": (lambda x, y: F.l1_loss(x, y, reduction="sum"), randn(3, 4), randn(3, 4)),
    "smooth l1": (lambda x, y: F.smooth_l1_loss(x, y, beta=0.7), randn(3, 4), randn(3, 4)),
    "huber each": (lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.7), randn(3, 4), randn(3, 4)),
    "kl": (F.kl_div, randn(3, 4), uniform(0.1, 1, 3, 4)),
    "kl with zeros": (lambda x: F.kl_div(x, torch.tensor([0.0, 0.25, 0.75], dtype=torch.float64), reduction="sum"), randn(2, 3)),
    "hinge embedding": (lambda x, y: F.hinge_embedding_loss(x, y.detach(), margin=0.8), randn(6), SIGNS),
    "margin ranking": (lambda x, z, y: F.margin_ranking_loss(x, z, y.detach(), margin=0.3), randn(6), randn(6), SIGNS),
    "focal": (lambda x, y: focal(x, y, 0.25, 2), randn(3, 4), uniform(0, 1, 3, 4)),
    "focal by a root": (lambda x, y: focal(x, y, -1, 1.5), randn(3, 4), uniform(0, 1, 3, 4)),
    "cosine": (lambda x, z, y: F.cosine_embedding_loss(x, z, y.detach(), margin=-0.2), randn(6, 3), randn(6, 3), SIGNS),
    "triplet": (F.triplet_margin_loss, randn(6, 3), randn(6, 3), randn(6, 3)),
    "triplet with swap": (lambda *x: F.triplet_margin_loss(*x, margin=0.5, swap=True, reduction="sum"), randn(6, 3), randn(6, 3), randn(6, 3)),
    "cross entropy smoothed": (lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1), randn(6, 5), CLASSES),
    "cross entropy weighted": (lambda x, y, w: F.cross_entropy(x, y, w.detach()), randn(6, 5), CLASSES, uniform(0.1, 2, 5)),
    "cross entropy of all": (lambda x, y, w: F.cross_entropy(x, y, w.detach(), label_smoothing=0.2, ignore_index=4), randn(6, 5), CLASSES,
                             uniform(0.1, 2, 5)),
    "cross entropy ignoring": (lambda x, y: F.cross_entropy(x, y, ignore_index=-100), randn(6, 5), ints(4, 0, -100, 4, -100, 0)),
    "cross entropy sum": (lambda x, y: F.cross_entropy(x, y, ignore_index=4, reduction="sum", label_smoothing=0.3), randn(6, 5), CLASSES),
    "cross entropy each": (lambda x, y: F.cross_entropy(x, y, ignore_index=0, reduction="none"), randn(6, 5), CLASSES),
    "ctc": (ctc("mean"), randn(7, 3, 4), ints([1, 2, 2], [3, 3, 3], [2, 0, 0]), ints(7, 6, 3), ints(3, 2, 1)),
    "ctc sum": (ctc("sum", blank=3), randn(5, 2, 4), ints([1, 2, 0], [0, 0, 0]), ints(5, 4), ints(3, 0)),
    "ctc each": (ctc("none", zero_infinity=True), randn(4, 3, 3), ints([1, 2, 1], [2, 2, 2], [1, 1, 0]), ints(4, 4, 2), ints(3, 3, 2)),
}

def recurrent(kind, layers=1, bidirectional=False, batch_first=False, bias=True, initial=False, padded=False, **options):
    """A network of PyTorch as a function of x, initial states, lengths and weights, whose output is y and the last states in one row."""
    make = lambda: kind(3, 4, layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional, dtype=torch.float64, **options)
    def f(x, *rest):
        m, rest = make(), list(rest)
        n = x.shape[0 if batch_first else 1]
        h = None
        if initial:
            h = (rest.pop(0), rest.pop(0)) if kind is torch.nn.LSTM else rest.pop(0)
        if padded:
            lengths = rest.pop(0)
            x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first, enforce_sorted=False)
        weights = dict(zip((k for k, _ in m.named_parameters()), rest))
        y, last = torch.func.functional_call(m, weights, (x, h))
        if padded:
            y = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first)[0]
        return torch.cat([v.flatten() for v in (y, *(last if isinstance(last, tuple) else [last]))])
    states = [randn(layers * (2 if bidirectional else 1), 2, 4)] * (2 if kind is torch.nn.LSTM else 1)
    return (f, randn(2, 5, 3) if batch_first else randn(5, 2, 3), *(states if initial else []), *([ints(3, 5)] if padded else []),
            *(uniform(-0.5, 0.5, *p.shape) for p in make().parameters()))

KINDS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn_tanh": torch.nn.RNN}
RECURRENT = {"rnn_relu": recurrent(torch.nn.RNN, nonlinearity="relu")}
for kind, make in KINDS.items():
    RECURRENT |= {
        kind: recurrent(make),
        kind + " batch": recurrent(make, batch_first=True, bias=False),
        kind + " initial": recurrent(make, initial=True),
        kind + " deep": recurrent(make, layers=2, bidirectional=True, initial=True),
        kind + " padded": recurrent(make, layers=2, bidirectional=True, batch_first=True, padded=True, initial=True),
    }

def attention(**options):
    def f(q, k, v, *mask):
        y = F.scaled_dot_product_attention(*(x.transpose(1, 2) for x in (q, k, v)), *mask, **options)
        return y.transpose(1, 2)
    return f

def rotary(x, positions, base, interleaved):
    """As Su et al. (2021) turn pairs, by complex numbers."""
    half = x.shape[-1] // 2
    angles = positions[:, None].double() * base ** (-torch.arange(half).double() / half)
    turn = torch.polar(torch.ones_like(angles), angles)[:, None]
    if interleaved:
        return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (half, 2))) * turn).flatten(-2)
    y = torch.complex(x[..., :half], x[..., half:]) * turn
    return torch.cat([y.real, y.imag], -1)

QUERIES, KEYS, FEW = randn(2, 4, 4, 6), randn(2, 4, 4, 6), randn(2, 4, 2, 6)
ATTENTION = {
    "attention": (attention(), QUERIES, KEYS, KEYS),
    "attention scaled": (attention(scale=0.3), QUERIES, randn(2, 5, 4, 6), randn(2, 5, 4, 3)),
    "attention causal": (attention(is_causal=True), QUERIES, KEYS, KEYS),
    "attention grouped": (attention(enable_gqa=True, is_causal=True), QUERIES, FEW, FEW),
    "attention masked": (attention(), QUERIES, KEYS, KEYS, bools([[[True, True, False, True]]], [[[True, True, False, False]]])),
    "attention masked everywhere": (attention(), QUERIES, KEYS, KEYS, bools([[[False, False, False, False]]], [[[True, True, False, False]]])),
    "rotary": (lambda x, p: rotary(x, p, 10000, False), randn(2, 3, 2, 6), ints(0, 5, 700)),
    "rotary interleaved": (lambda x, p: rotary(x, p, 500, True), randn(2, 3, 2, 6), ints(3, 1, 2)),
    "attention biased": (attention(), QUERIES, KEYS, KEYS, randn(4, 4, 4)),
}

def array(t):
    kind = {torch.bool: "bool", torch.int64: "int64"}.get(t.dtype, "float")
    return {"kind": kind, "shape": list(t.shape), "data": t.detach().to(torch.float64).flatten().tolist()}

def values(name, f, draws):
    g = torch.Generator().manual_seed(1)
    x = [draw(g) for draw in draws]
    x = [v.requires_grad_(True) if v.is_floating_point() else v for v in x]
    y = f(*x)
    upstream = torch.randn(y.shape, generator=g, dtype=torch.float64)
    y.backward(upstream)
    return {"name": name, "type": "float64", "inputs": [array(v) for v in x], "output": array(y), "upstream": array(upstream),
            "gradients": [array(v.grad) if v.is_floating_point() and v.grad is not None else None for v in x]}

if __name__ == "__main__":
    cases = [trajectory(name, make, "") for name, make in OPTIMIZERS.items()]
    cases += [trajectory("rmsprop", OPTIMIZERS["rmsprop"], clip) for clip in ("norm", "value")]
    write("optimizers.json", cases)
    for name, cases in (("losses.json", LOSSES), ("recurrent.json", RECURRENT), ("attention.json", ATTENTION)):
        write(name, [values(name, f, draws) for name, (f, *draws) in cases.items()])
