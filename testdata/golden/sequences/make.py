#!/usr/bin/env python3
"""Writes what PyTorch computes with optimizers: the parameters after each of some steps with given gradients, in float64.

Made with PyTorch 2.15.0 as pip installs it:

    python3 testdata/golden/sequences/make.py
"""

import hashlib
import json
import pathlib

import torch

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

if __name__ == "__main__":
    cases = [trajectory(name, make, "") for name, make in OPTIMIZERS.items()]
    cases += [trajectory("rmsprop", OPTIMIZERS["rmsprop"], clip) for clip in ("norm", "value")]
    write("optimizers.json", cases)
