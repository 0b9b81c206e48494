#!/usr/bin/env python3
"""Writes what chains of PyTorch's modules compute in float64, for layers of package nn: parameters by the names of state_dict, the output and
the gradients for a random upstream gradient in training, running moments after it, and the output in evaluation. Of modules of several inputs,
Transformers and attention, the output and the gradients of its mean squared error.

Made with PyTorch 2.15.0 as pip installs it:

    python3 testdata/golden/networks/make.py
"""

import hashlib
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def window(kernel, **more):
    return {"kernel": kernel, **more}


def conv(i, o, w, **more):
    return {"type": "convolution", "in": i, "out": o, "window": w, "activation": {"function": "linear"}, **more}


def norm(kind, shape, **more):
    return {"type": "normalization", "kind": kind, "shape": shape, "epsilon": 1e-5, **more}


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Parallel(nn.ModuleList):
    def forward(self, x):
        return torch.cat([m(x) for m in self], 1)


class LSTM(nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


class GRU(nn.GRU):
    def forward(self, x):
        return super().forward(x)[0]


class RNN(nn.RNN):
    def forward(self, x):
        return super().forward(x)[0]


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) == float("-inf")
        return super().forward(x, x, x, attn_mask=mask, need_weights=False)[0]


class GroupedAttention(nn.Module):
    """Causal attention of 4 heads that share 2 of keys and values, turned by their places: PyTorch has no module for it."""
    def __init__(self):
        super().__init__()
        self.in_proj_weight, self.in_proj_bias = nn.Parameter(torch.zeros(16, 8)), nn.Parameter(torch.zeros(16))
        self.out_proj = nn.Linear(8, 8)

    def forward(self, x):
        q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).split([8, 4, 4], -1)
        q, k, v = (y.unflatten(-1, (-1, 2)).transpose(1, 2) for y in (q, k, v))
        angles = torch.arange(x.shape[1]).double()[:, None] * torch.ones(1)
        turn = lambda y: torch.view_as_real(torch.view_as_complex(y.contiguous()[..., None, :]) * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
        y = F.scaled_dot_product_attention(turn(q), turn(k), v, is_causal=True, enable_gqa=True)
        return self.out_proj(y.transpose(1, 2).flatten(2))


class TruncatedLSTM(nn.LSTM):
    """An LSTM whose states are detached after every two steps."""
    def forward(self, x):
        state, outputs = None, []
        for part in x.split(2, 1):
            y, state = super().forward(part, state)
            state = tuple(s.detach() for s in state)
            outputs.append(y)
        return torch.cat(outputs, 1)


class LastStep(nn.Module):
    def forward(self, x):
        return x[:, -1]


RELU, DENSE = {"type": "activation", "function": "relu"}, {"type": "dense"}

# the name, our layers, PyTorch's, the shape of the input
CASES = [
    ("convolutions", [conv(2, 4, window([3, 3], stride=[2, 2], padding=[1, 1])), RELU,
                      conv(4, 6, window([2, 3], dilation=[2, 1]), groups=2, no_bias=True),
                      {"type": "pooling", "by": "max", "window": window([2, 2], stride=[1, 1])}, {"type": "flatten"},
                      {"type": "dense", "in": 24, "out": 3, "activation": "linear"}],
     lambda: nn.Sequential(nn.Conv2d(2, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 6, (2, 3), dilation=(2, 1), groups=2, bias=False),
                           nn.MaxPool2d(2, 1), nn.Flatten(), nn.Linear(24, 3)), (3, 2, 10, 10)),
    ("same padding", [conv(3, 3, window([4], same=True)), conv(3, 2, window([3], same=True, dilation=[3]))],
     lambda: nn.Sequential(nn.Conv1d(3, 3, 4, padding="same"), nn.Conv1d(3, 2, 3, padding="same", dilation=3)), (2, 3, 9)),
    ("residual", [conv(3, 4, window([3, 3], padding=[1, 1]), no_bias=True), norm("batch", [4], momentum=0.1), RELU,
                  {"type": "residual", "layers": [conv(4, 4, window([3, 3], padding=[1, 1]), no_bias=True),
                                                  norm("batch", [4], momentum=0.1), RELU]},
                  {"type": "pooling", "by": "mean", "output": [1, 1]}, {"type": "flatten"},
                  {"type": "dense", "in": 4, "out": 2, "activation": "linear"}],
     lambda: nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                           Residual(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()),
                           nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)), (4, 3, 6, 5)),
    ("norms", [norm("layer", [3, 4]), norm("group", [6], groups=2), norm("group", [6], groups=6), norm("rms", [4])],
     lambda: nn.Sequential(nn.LayerNorm([3, 4]), nn.GroupNorm(2, 6), nn.InstanceNorm2d(6, affine=True), nn.RMSNorm(4, eps=1e-5)),
     (2, 6, 3, 4)),
    ("transposed", [conv(4, 3, window([3, 3], stride=[2, 2], padding=[1, 1]), transposed=True),
                    {"type": "pooling", "by": "mean", "window": window([3, 3], stride=[2, 2], padding=[1, 1])},
                    {"type": "prelu", "channels": 3}, {"type": "pooling", "by": "max", "output": [2, 3]}],
     lambda: nn.Sequential(nn.ConvTranspose2d(4, 3, 3, 2, 1), nn.AvgPool2d(3, 2, 1), nn.PReLU(3), nn.AdaptiveMaxPool2d((2, 3))),
     (2, 4, 4, 5)),
    ("branches", [norm("batch", [5], momentum=0.1),
                  {"type": "parallel", "layers": [{"type": "dense", "in": 5, "out": 2, "activation": "linear"},
                                                  {"type": "dense", "in": 5, "out": 3, "activation": "linear", "no_bias": True}]},
                  {"type": "prelu", "channels": 1}, {"type": "reshape", "shape": [5, 1]}, {"type": "permute", "axes": [2, 1]}],
     lambda: nn.Sequential(nn.BatchNorm1d(5), Parallel([nn.Linear(5, 2), nn.Linear(5, 3, bias=False)]), nn.PReLU(),
                           nn.Unflatten(1, (5, 1)), nn.Flatten(1), nn.Unflatten(1, (1, 5))), (6, 5)),
    ("recurrent", [{"type": "recurrent", "cell": "lstm", "in": 3, "hidden": 4, "depth": 2, "bidirectional": True},
                   {"type": "recurrent", "cell": "gru", "in": 8, "hidden": 5, "no_bias": True},
                   {"type": "recurrent", "cell": "rnn_tanh", "in": 5, "hidden": 6}, {"type": "last_step"}],
     lambda: nn.Sequential(LSTM(3, 4, 2, bidirectional=True, batch_first=True), GRU(8, 5, bias=False, batch_first=True),
                           RNN(5, 6, batch_first=True), LastStep()), (2, 4, 3)),
    ("attention", [norm("layer", [8]), {"type": "self_attention", "width": 8, "heads": 2, "causal": True}],
     lambda: nn.Sequential(nn.LayerNorm(8), SelfAttention(8, 2, batch_first=True)), (2, 5, 8)),
    ("truncated", [{"type": "recurrent", "cell": "lstm", "in": 3, "hidden": 4, "truncate": 2}],
     lambda: nn.Sequential(TruncatedLSTM(3, 4, batch_first=True)), (2, 5, 3)),
    ("upsampling", [conv(2, 3, window([3, 3])), {"type": "upsample", "factors": [2, 3]}, norm("group", [3], groups=3, plain=True),
                    {"type": "upsample", "factors": [2, 2], "linear": True},
                    {"type": "upsample", "factors": [1.5, 2], "linear": True, "align_corners": True}],
     lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.Upsample(scale_factor=(2, 3)), nn.InstanceNorm2d(3), nn.Upsample(scale_factor=2, mode="bilinear"),
                           nn.Upsample(scale_factor=(1.5, 2), mode="bilinear", align_corners=True)), (2, 2, 5, 4)),
    ("plain norms", [{"type": "dense", "in": 5, "out": 6, "activation": "linear"}, norm("layer", [6], plain=True),
                     norm("rms", [6], plain=True)],
     lambda: nn.Sequential(nn.Linear(5, 6), nn.LayerNorm(6, elementwise_affine=False), nn.RMSNorm(6, 1e-5, elementwise_affine=False)), (4, 5)),
    ("grouped attention", [{"type": "self_attention", "width": 8, "heads": 4, "groups": 2, "causal": True, "rotary": 100}],
     lambda: nn.Sequential(GroupedAttention()), (2, 5, 8)),
    ("encoder layer", [{"type": "transformer_layer", "width": 8, "heads": 2, "hidden": 12}],
     lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 12, 0, batch_first=True)), (2, 5, 8)),
    ("encoder", [{"type": "transformer_stack", "depth": 2, "norm": True,
                  "layer": {"width": 8, "heads": 4, "hidden": 6, "norm_first": True, "activation": {"function": "gelu"}}}],
     lambda: nn.Sequential(nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 4, 6, 0, "gelu", batch_first=True, norm_first=True), 2,
                                                 nn.LayerNorm(8), enable_nested_tensor=False)), (2, 5, 8)),
]


def padding(lengths, time):
    return torch.arange(time) >= lengths[:, None]


def transformer(m, source, target, *lengths):
    masks = [padding(n, x.shape[1]) for n, x in zip(lengths, (source, target))]
    causal = nn.Transformer.generate_square_subsequent_mask(target.shape[1]) == float("-inf")
    source_mask, target_mask = masks or (None, None)
    return m(source, target, tgt_mask=causal, src_key_padding_mask=source_mask, tgt_key_padding_mask=target_mask,
             memory_key_padding_mask=source_mask)


def recurrent(m, x, h, c, lengths):
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths.long(), True, enforce_sorted=False)
    first = [s.transpose(0, 1).contiguous() for s in (h, c)]
    y, last = m(packed, tuple(first) if isinstance(m, nn.LSTM) else first[0])
    y = nn.utils.rnn.pad_packed_sequence(y, True, total_length=x.shape[1])[0]
    return torch.cat([y.flatten(1), *(s.transpose(0, 1).flatten(1) for s in (last if isinstance(last, tuple) else [last]))], 1)


# of several inputs: the name, PyTorch's module, how it is called, the shapes of the inputs or themselves
SEVERAL = [
    ("transformer", lambda: nn.Transformer(8, 2, 1, 2, 12, 0, batch_first=True), transformer, [(2, 4, 8), (2, 5, 8)]),
    ("transformer padded", lambda: nn.Transformer(8, 2, 2, 1, 12, 0, batch_first=True, norm_first=True), transformer,
     [(3, 4, 8), (3, 5, 8), [4.0, 1.0, 2.0], [2.0, 5.0, 3.0]]),
    ("padded lstm", lambda: nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), recurrent,
     [(3, 5, 3), (3, 4, 4), (3, 4, 4), [2.0, 5.0, 1.0]]),
    ("padded gru", lambda: nn.GRU(3, 4, 1, batch_first=True), recurrent, [(3, 5, 3), (3, 1, 4), (3, 1, 4), [2.0, 5.0, 1.0]]),
    ("cross attention", lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=5, batch_first=True),
     lambda m, q, k, v: m(q, k, v, need_weights=False)[0], [(2, 3, 8), (2, 4, 6), (2, 4, 5)]),
    ("additive mask", lambda: nn.MultiheadAttention(8, 2, bias=False, batch_first=True),
     lambda m, q, k, mask: m(q, k, k, attn_mask=mask.repeat_interleave(2, 0), need_weights=False)[0], [(2, 3, 8), (2, 4, 8), (2, 3, 4)]),
]


def values(t):
    return {"shape": list(t.shape), "data": t.detach().flatten().tolist()}


def main():
    cases = []
    for name, layers, make, shape in CASES:
        torch.manual_seed(7)
        module, x = make(), torch.randn(*shape)
        with torch.no_grad():
            for p in module.parameters():
                p.add_(torch.randn(p.shape) / 4)
        parameters = {k: values(v) for k, v in module.state_dict().items() if "num_batches" not in k}
        module.eval()
        evaluated = values(module(x))
        module.train()
        y = module(x)
        upstream = torch.randn(y.shape)
        (y * upstream).sum().backward()
        cases.append({"name": name, "layers": layers, "parameters": parameters, "x": values(x), "upstream": values(upstream),
                      "evaluated": evaluated, "trained": values(y),
                      "gradients": {k: values(p.grad) for k, p in module.named_parameters()},
                      "buffers": {k: values(b) for k, b in module.named_buffers() if "num_batches" not in k}})
    write("chains.json", cases)
    write("several.json", [several(*case) for case in SEVERAL])


def several(name, make, call, shapes):
    torch.manual_seed(7)
    module = make()
    with torch.no_grad():
        for p in module.parameters():
            p.add_(torch.randn(p.shape) / 4)
    inputs = [torch.tensor(s) if isinstance(s, list) else torch.randn(*s) for s in shapes]
    y = call(module, *inputs)
    target = torch.randn(y.shape)
    F.mse_loss(y, target).backward()
    return {"name": name, "parameters": {k: values(v) for k, v in module.state_dict().items()}, "inputs": [values(x) for x in inputs],
            "output": values(y), "target": values(target), "gradients": {k: values(p.grad) for k, p in module.named_parameters()}}


def write(name, cases):
    head = json.dumps({"script": SCRIPT, "versions": {"torch": torch.__version__}})[:-1]
    (HERE / name).write_text(head + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")


main()
