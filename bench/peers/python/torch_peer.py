"""PyTorch's operations on elements, training steps and predictions.

What would make it slower than it is, is left out: gradients are not recorded where none are wanted, results go to memory that is already
there, gradients are dropped rather than filled with zeros, and predictions are timed both as they are and compiled by TorchScript.
"""
import math
import os

import numpy as np
import torch
import torch.utils.mkldnn

import peer

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def elementwise(op, n):
    x, y = map(torch.from_numpy, peer.operands(op, n))
    o = torch.empty_like(x)
    if op == "axpy":
        o = y
    call = {
        "relu": lambda: torch.clamp_min(x, 0, out=o),
        "add": lambda: torch.add(x, y, out=o),
        "axpy": lambda: o.add_(x, alpha=1e-3),
        "sum": lambda: torch.sum(x),
        "dot": lambda: torch.dot(x, y),
        "exp": lambda: torch.exp(x, out=o),
        "sigmoid": lambda: torch.sigmoid(x, out=o),
        "tanh": lambda: torch.tanh(x, out=o),
        "silu": lambda: torch._C._nn.silu(x, out=o),
        "gelu": lambda: torch._C._nn.gelu(x, out=o),
        "gelu_tanh": lambda: torch._C._nn.gelu(x, approximate="tanh", out=o),
        "log": lambda: torch.log(x, out=o),
        "erf": lambda: torch.erf(x, out=o),
        "softplus": lambda: torch._C._nn.softplus(x, out=o),
        "hardswish": lambda: torch._C._nn.hardswish(x, out=o),
        "mish": lambda: torch._C._nn.mish(x, out=o),
        "elu": lambda: torch._C._nn.elu(x, alpha=1e-3, out=o),
    }[op]
    with torch.inference_mode():
        values = peer.sample(call().numpy(), n)

    def work(iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                call()
    return values, work


def network(sizes):
    """ReLU between the layers; the same parameters as in the Go program."""
    layers = []
    for i in range(len(sizes) - 1):
        inputs, outputs = sizes[i], sizes[i + 1]
        layer = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(peer.noise(100 + i, inputs * outputs).reshape(outputs, inputs)) * (2 / inputs**0.5))
            layer.bias.copy_(torch.from_numpy(peer.noise(200 + i, outputs)))
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def step(request):
    sizes, batch = request["sizes"], request["batch"]
    x = torch.from_numpy(peer.noise(1, batch * sizes[0]).reshape(batch, sizes[0]))
    if request["loss"] == "mse":
        y, loss = torch.from_numpy(peer.noise(2, batch * sizes[-1]).reshape(batch, sizes[-1])), torch.nn.MSELoss()
    else:
        y, loss = torch.arange(batch) % sizes[-1], torch.nn.CrossEntropyLoss()

    def stepper(rate):
        model = network(sizes)
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        optimizer = kinds[request["opt"]](model.parameters(), lr=rate)

        def one():
            optimizer.zero_grad(set_to_none=True)
            value = loss(model(x), y)
            value.backward()
            optimizer.step()
            return value
        return one

    check = stepper(request["check_rate"])
    values = [check().item() for _ in range(5)]
    return values, peer.repeated(stepper(request["rate"]))


def infer(request):
    sizes, batch = request["sizes"], request["batch"]
    x = torch.from_numpy(peer.noise(1, batch * sizes[0]).reshape(batch, sizes[0]))
    model = network(sizes).eval()
    if request["compiled"]:
        with torch.no_grad():
            model = torch.jit.freeze(torch.jit.trace(model, x))

    def work(iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                model(x)
    work(20)  # TorchScript compiles in its first runs
    with torch.no_grad():
        return model(x).numpy().ravel()[:64], work


def conv(request):
    """oneDNN's convolution by packed weights: of images pixel by pixel, or in the blocks of channels that it prefers."""
    size, channels, filters, kernel = (request[k] for k in ("size", "channels", "filters", "kernel"))
    stride, groups, padding = request["stride"], request["groups"], [k // 2 for k in kernel]
    x = torch.from_numpy(peer.noise(1, size[0] * size[1] * channels).reshape(1, *size, channels)).permute(0, 3, 1, 2)
    shape = filters, channels // groups, *kernel
    w = torch.from_numpy(peer.noise(2, math.prod(shape)).reshape(shape)) / 4
    b = torch.from_numpy(peer.noise(3, filters))
    if request["blocked"]:
        layer = torch.nn.Conv2d(channels, filters, kernel, stride, padding, groups=groups).eval()
        with torch.no_grad():
            layer.weight.copy_(w)
            layer.bias.copy_(b)
        layer = torch.utils.mkldnn.to_mkldnn(layer)
        blocked = x.contiguous().to_mkldnn()
        call, plain = (lambda: layer(blocked)), lambda y: y.to_dense()
    else:
        w = w.to(memory_format=torch.channels_last)
        packed = torch.ops.mkldnn._reorder_convolution_weight(w, padding, stride, [1, 1], groups, list(x.shape))
        call, plain = (lambda: torch.ops.mkldnn._convolution_pointwise(
            x, packed, b, padding, stride, [1, 1], groups, "none", [], "")), lambda y: y

    def work(iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                call()
    with torch.no_grad():
        y = plain(call()).permute(0, 2, 3, 1).contiguous().numpy().ravel()
    return peer.sample(y, len(y)), work


def conv_gradient(request):
    """oneDNN's gradient of a convolution, by its input or its weights, of images pixel by pixel or channel by channel."""
    size, channels, filters, kernel, batch = (request[k] for k in ("size", "channels", "filters", "kernel", "batch"))
    stride, groups, padding = request["stride"], request["groups"], [k // 2 for k in kernel]
    out = [(n + 2 * p - k) // s + 1 for n, p, k, s in zip(size, padding, kernel, stride)]
    layout = torch.contiguous_format if request["planes"] else torch.channels_last

    def images(seed, n, c):
        return torch.from_numpy(peer.noise(seed, batch * n[0] * n[1] * c).reshape(batch, *n, c)).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    x, dy = images(1, size, channels), images(4, out, filters) / 4
    shape = filters, channels // groups, *kernel
    w = torch.from_numpy(peer.noise(2, math.prod(shape)).reshape(shape)) / 4
    w = w.contiguous(memory_format=layout)
    by_input = request["by"] == "input"

    def call():
        return torch.ops.aten.convolution_backward(
            dy, x, w, [filters], stride, padding, [1, 1], False, [0, 0], groups, [by_input, not by_input, False])

    def work(iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                call()
    dx, dw, _ = call()
    values = dx.permute(0, 2, 3, 1) if by_input else dw
    values = values.contiguous().numpy().ravel()
    return peer.sample(values, len(values)), work


def integer_product(request):
    """oneDNN's product of integers by packed ones, whose sums become floats."""
    (m, k), n = request["shape"], request["outputs"]
    x = torch.from_numpy(peer.noisy_bytes(1, request["signed"], m, k))
    w = torch.from_numpy(np.ascontiguousarray(peer.noisy_weights(2, k, n).T))
    packed, one, zero = torch.ops.onednn.qlinear_prepack(w, [m, k]), torch.ones(1), torch.zeros(1, dtype=torch.int64)
    return integer_work(lambda: torch.ops.onednn.qlinear_pointwise(
        x, 1.0, 0, packed, one, zero, None, 1.0, 0, torch.float32, "none", [], ""))


def integer_conv(request):
    """oneDNN's convolution of integers by packed ones, whose sums become codes."""
    kernel, groups, filters, (_, _, _, channels) = request["kernel"], request["groups"], request["filters"], request["shape"]
    x = torch.from_numpy(peer.noisy_bytes(1, False, *request["shape"])).permute(0, 3, 1, 2)
    w = torch.from_numpy(peer.noisy_weights(2, filters, channels // groups, *kernel))
    one, zero = torch.ones(filters), torch.zeros(filters, dtype=torch.int64)
    how = request["stride"], [k // 2 for k in kernel], [1, 1], groups
    packed = torch.ops.onednn.qconv_prepack(w, one, 1.0, 120, *how, list(x.shape))
    return integer_work(lambda: torch.ops.onednn.qconv_pointwise(
        x, 1.0, 120, packed, one, zero, None, *how, 4096.0, 128, torch.uint8, "none", [], ""))


def integer_work(call):
    def work(iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                call()
    with torch.no_grad():
        y = call()
        y = (y.permute(0, 2, 3, 1) if y.ndim == 4 else y).contiguous().numpy().ravel()
    return peer.sample(y, len(y)), work


def prepare(request):
    if request["prepare"] == "integer product":
        return integer_product(request)
    if request["prepare"] == "integer conv":
        return integer_conv(request)
    if request["prepare"] == "conv":
        return conv(request)
    if request["prepare"] == "conv_gradient":
        return conv_gradient(request)
    if request["prepare"] == "step":
        return step(request)
    if request["prepare"] == "infer":
        return infer(request)
    return elementwise(request["prepare"], request["n"])


about = "torch " + torch.__version__ + ", " + str(torch.get_num_threads()) + " threads"
about += ", " + next((l.strip(" -") for l in torch.__config__.show().split("\n") if "CPU capability" in l), "")
peer.serve(prepare, about)
