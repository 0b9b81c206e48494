#!/usr/bin/env python3
"""Writes what PyTorch computes, in float64, for the training of package nn: learning rates of schedules, steps of L-BFGS and of parameter groups
with averages, losses with their options, ranges that follow batches; and what scikit-learn's metrics of classes are.

Made with PyTorch 2.15.0, scikit-learn 1.9.1 and NumPy 2.4.6 as pip installs them:

    python3 testdata/golden/training/make.py
"""

import hashlib
import json
import pathlib
import warnings

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn import metrics
from torch.ao.quantization import FakeQuantize, MovingAverageMinMaxObserver
from torch.optim import lr_scheduler as lr

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
VERSIONS = {"numpy": np.__version__, "sklearn": sklearn.__version__, "torch": torch.__version__}

SCHEDULES = {
    "step": lambda o: lr.StepLR(o, 4, 0.3),
    "milestones": lambda o: lr.MultiStepLR(o, [3, 4, 11], 0.2),
    "exponential": lambda o: lr.ExponentialLR(o, 0.9),
    "cosine": lambda o: lr.CosineAnnealingLR(o, 8, 0.02),
    "restarts": lambda o: lr.CosineAnnealingWarmRestarts(o, 3, 2, 0.02),
    "linear": lambda o: lr.LinearLR(o, 0.1, 1, 5),
    "polynomial": lambda o: lr.PolynomialLR(o, 16, 0.7),
    "one cycle": lambda o: lr.OneCycleLR(o, 0.2, 24, cycle_momentum=False),
    "chained": lambda o: lr.ChainedScheduler([lr.LinearLR(o, 0.25, 1, 4), lr.ExponentialLR(o, 0.8)]),
    "sequence": lambda o: lr.SequentialLR(o, [lr.LinearLR(o, 0.1, 1, 5), lr.CosineAnnealingLR(o, 19, 0.02)], [5]),
}

def schedule(make, steps=24):
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    s = make(o)
    rates = []
    for _ in range(steps):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        if len(rates) < steps:
            s.step()
    return rates

LOSSES_SEEN = [1, 0.9, 0.89999, 0.95, 0.91, 0.9, 0.3, 0.3, 0.31, 0.32, 0.33, 0.34, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]

def plateau():
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    s = lr.ReduceLROnPlateau(o, factor=0.3, patience=2, threshold=1e-3, cooldown=2, min_lr=0.004)
    rates = []
    for loss in LOSSES_SEEN:
        rates.append(o.param_groups[0]["lr"])
        s.step(loss)
    return rates

def network(seed):
    g = torch.Generator().manual_seed(seed)
    randn = lambda *s: torch.randn(*s, generator=g)
    x, y = randn(8, 3), torch.randint(3, (8,), generator=g)
    return x, y, [randn(*s).requires_grad_(True) for s in [(5, 3), (5,), (3, 5), (3,)]]

def steps(name, make, count, average=None, scheduler=None):
    """Steps over one batch of 3 → 5 tanh → 3 with cross entropy."""
    x, y, w = network(11)
    case = {"name": name, "x": x.tolist(), "target": y.reshape(-1, 1).double().tolist(), "start": [p.flatten().tolist() for p in w]}
    o = make(w)
    averages = average and torch.optim.swa_utils.AveragedModel(torch.nn.ParameterList(w),
                                                               multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(average))
    def closure():
        o.zero_grad()
        loss = F.cross_entropy(F.linear(torch.tanh(F.linear(x, w[0], w[1])), w[2], w[3]), y)
        loss.backward()
        return loss
    case["losses"] = []
    s = scheduler and scheduler(o)
    for i in range(count):
        case["losses"].append(o.step(closure).item())
        if s and i + 1 < count:
            s.step()
        if averages:
            averages.update_parameters(torch.nn.ParameterList(w))
    case["end"] = [p.detach().flatten().tolist() for p in w]
    if averages:
        case["averages"] = [p.detach().flatten().tolist() for p in averages.module]
    return case

STEPS = [
    steps("lbfgs", lambda w: torch.optim.LBFGS(w, 1, 5, 9, history_size=3, line_search_fn="strong_wolfe"), 4),
    steps("lbfgs with defaults", lambda w: torch.optim.LBFGS(w, line_search_fn="strong_wolfe"), 2),
    steps("lbfgs without line search", lambda w: torch.optim.LBFGS(w, 0.3, 4, 100, history_size=5), 3),
    steps("groups of adamw", lambda w: torch.optim.AdamW([{"params": [w[1], w[3]], "weight_decay": 0, "lr": 0.02, "betas": (0.8, 0.95)},
                                                          {"params": [w[0], w[2]]}], lr=0.05, weight_decay=0.1), 12, 0.9),
    steps("groups of momentum", lambda w: torch.optim.SGD([{"params": w[:2], "lr": 0.01, "momentum": 0.5}, {"params": w[2:]}], lr=0.1,
                                                          momentum=0.9), 12, 0.5),
    steps("one cycle of nesterov", lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9, nesterov=True), 12,
          scheduler=lambda o: lr.OneCycleLR(o, 0.1, 12)),
    steps("one cycle of adamw", lambda w: torch.optim.AdamW([{"params": [w[1], w[3]], "lr": 0.02}, {"params": [w[0], w[2]]}], lr=0.05), 12,
          scheduler=lambda o: lr.OneCycleLR(o, [0.02, 0.05], 12, pct_start=0.4, base_momentum=0.7, max_momentum=0.93)),
]

def focal(x, y, alpha=0.25, gamma=2):
    p = torch.sigmoid(x)
    q = p * y + (1 - p) * (1 - y)
    loss = F.binary_cross_entropy_with_logits(x, y, reduction="none") * (1 - q) ** gamma
    return ((alpha * y + (1 - alpha) * (1 - y)) * loss).mean()

def one(x):
    return torch.ones(x.shape[0])

def ctc(x, y):
    lengths = (y >= 0).sum(1)
    return F.ctc_loss(x.log_softmax(-1).transpose(0, 1), y.clamp(min=0), torch.full((x.shape[0],), x.shape[1]), lengths)

def sparse(name, make, count=6):
    """Steps of an embedding of 7 rows whose batches use some of them, summed up to 3 outputs of a linear layer with the squared error."""
    g = torch.Generator().manual_seed(4)
    weight, dense = (torch.randn(*s, generator=g).requires_grad_(True) for s in ((7, 3), (2, 3)))
    x = [torch.randint(6, (4, 2), generator=g) for _ in range(count)]
    y = torch.randn(4, 2, 2, generator=g)
    case = {"name": name, "x": [b.double().tolist() for b in x], "target": y.tolist(), "start": [p.flatten().tolist() for p in (weight, dense)],
            "losses": []}
    optimizers = make(weight, dense)
    for indices in x:
        weight.grad = dense.grad = None
        loss = F.mse_loss(F.linear(F.embedding(indices, weight, sparse=True), dense), y)
        loss.backward()
        for o in optimizers:
            o.step()
        case["losses"].append(loss.item())
    return case | {"end": [p.detach().flatten().tolist() for p in (weight, dense)]}

SPARSE = [
    sparse("sgd", lambda w, v: [torch.optim.SGD([w, v], lr=0.1)]),
    sparse("sparse_adam", lambda w, v: [torch.optim.SparseAdam([w], lr=0.1), torch.optim.SGD([v], lr=0.05)]),
]

RANDN, UNIFORM = "randn", "uniform"
CLASSES = [4, 0, 2, 4, 1, 0]
LOSSES = [
    ("l1", F.l1_loss, (6, 4), RANDN, {}),
    ("huber:0.7", lambda x, y: F.huber_loss(x, y, delta=0.7), (6, 4), RANDN, {}),
    ("smooth_l1:0.5", lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), (6, 4), RANDN, {}),
    ("kl", lambda x, y: F.kl_div(x, y, reduction="batchmean"), (6, 4), UNIFORM, {}),
    ("hinge", lambda x, y: F.relu(1 - x * y).mean(), (6, 4), "signs", {}),
    ("focal:0.25,2", focal, (6, 4), UNIFORM, {}),
    ("cosine", lambda x, y: F.cosine_embedding_loss(x, y, one(x)), (6, 4), RANDN, {}),
    ("triplet:1", lambda x, y: F.triplet_margin_loss(*x.unbind(1)), (6, 3, 4), [[0]] * 6, {}),
    ("ctc", ctc, (3, 7, 5), [[1, 2, 2], [3, 4, -1], [2, -1, -1]], {}),
    ("ce_logits:0.1", lambda x, y: F.cross_entropy(x, y[:, 0], label_smoothing=0.1), (6, 5), [[c] for c in CLASSES], {}),
    ("ce_logits:0,4", lambda x, y: F.cross_entropy(x, y[:, 0], ignore_index=4), (6, 5), [[c] for c in CLASSES], {}),
    ("ce_logits:0.2,-100", lambda x, y: F.cross_entropy(x, y[:, 0], torch.tensor([1, 2, 0.5, 3, 0.1]), ignore_index=-100, label_smoothing=0.2),
     (6, 5), [[4], [-100], [2], [4], [1], [0]], {"classWeights": [1, 2, 0.5, 3, 0.1]}),
]

def loss(name, f, shape, target, options):
    g = torch.Generator().manual_seed(3)
    x = torch.randn(*shape, generator=g).requires_grad_(True)
    if target == RANDN:
        y = torch.randn(*shape, generator=g)
    elif target == UNIFORM:
        y = torch.rand(*shape, generator=g)
    elif target == "signs":
        y = torch.sign(torch.randn(*shape, generator=g))
    else:
        y = torch.tensor(target)
    value = f(x, y)
    value.backward()
    as_values = lambda t: {"shape": list(t.shape), "data": t.detach().double().flatten().tolist()}
    return {"loss": name, "outputs": as_values(x), "target": as_values(y), "value": value.item(), "gradient": as_values(x.grad), **options}

def scores():
    rng = np.random.RandomState(5)
    cases = []
    def add(name, p, y, value):
        cases.append({"metric": name, "prediction": np.asarray(p, float).tolist(), "target": np.asarray(y, float).tolist(), "value": value})
    p, y = np.round(rng.random_sample((41, 1)), 1), rng.randint(2, size=(41, 1))
    hard = (p[:, 0] > 0.5).astype(int)
    for name, of in (("precision", metrics.precision_score), ("recall", metrics.recall_score), ("f1", metrics.f1_score)):
        add(name + " binary", p, y, of(y[:, 0], hard))
    add("roc_auc", p, y, metrics.roc_auc_score(y[:, 0], p[:, 0]))
    add("average_precision", p, y, metrics.average_precision_score(y[:, 0], p[:, 0]))
    p = rng.random_sample((53, 4))
    p[:, 3] *= 0.3  # a class that is never predicted
    p /= p.sum(1, keepdims=True)
    p[p[:, 3] == p.max(1), 3] = 0
    p /= p.sum(1, keepdims=True)
    y = rng.randint(4, size=53)
    for target in (y.reshape(-1, 1), np.eye(4)[y]):
        for average in ("macro", "micro", "weighted"):
            for name, of in (("precision", metrics.precision_score), ("recall", metrics.recall_score), ("f1", metrics.f1_score)):
                add(name + " " + average, p, target, of(y, p.argmax(1), average=average))
        add("roc_auc", p, target, metrics.roc_auc_score(y, p, multi_class="ovr"))
        add("average_precision", p, target, metrics.average_precision_score(np.eye(4)[y], p))
        for k in (1, 2, 3):
            add("top%d" % k, p, target, metrics.top_k_accuracy_score(y, p, k=k))
    q = np.round(p, 1)  # ties
    add("top2", q, y.reshape(-1, 1), metrics.top_k_accuracy_score(y, q, k=2))
    return cases, {"prediction": p.tolist(), "target": y.reshape(-1, 1).tolist(), "counts": metrics.confusion_matrix(y, p.argmax(1)).tolist()}

def ranges():
    """What FakeQuantize gives of the same numbers after each of some batches, whose range it follows."""
    rounding = FakeQuantize(MovingAverageMinMaxObserver, quant_min=0, quant_max=15, averaging_constant=0.1)
    g = torch.Generator().manual_seed(9)
    seen, cases = torch.randn(4, 5, generator=g), []
    for shift in (0, 2, -1, 5):
        batch = torch.randn(6, 5, generator=g) * 0.5 + shift
        rounding.enable_observer()
        rounding(batch)
        rounding.disable_observer()
        cases.append({"batch": batch.tolist(), "x": seen.tolist(), "y": rounding(seen).tolist()})
    return cases

def write(name, cases):
    head = json.dumps({"script": SCRIPT, "versions": VERSIONS})[:-1]
    (HERE / name).write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")

if __name__ == "__main__":
    cases = [{"name": name, "rates": schedule(make)} for name, make in SCHEDULES.items()]
    write("schedules.json", cases + [{"name": "plateau", "rates": plateau(), "losses": LOSSES_SEEN}])
    write("steps.json", STEPS)
    write("sparse.json", SPARSE)
    write("ranges.json", ranges())
    write("losses.json", [loss(*case) for case in LOSSES])
    cases, confusion = scores()
    write("metrics.json", cases)
    write("confusion.json", [confusion])
