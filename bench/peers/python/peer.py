"""What the Python peers share: the inputs, and the loop that answers requests.

A request is one line of JSON on standard input, the answer one on standard output:
  {"prepare": JOB, "slot": I, ...}   makes a job ready and answers {"values": [...]}, numbers of its result to compare
  {"iterations": N, "slot": I}       does the work of the job last prepared in that slot N times and answers {"seconds": S}
The clock is that of the system whose number is the first argument. A failure is answered by {"error": MESSAGE}.
"""
import json
import os
import sys
import time
import warnings

import numpy as np


def noise(seed, n):
    """n float32 numbers in [-0.5, 0.5), the same as the function noise of the Go program."""
    with np.errstate(over="ignore"):
        x = np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed * 0xBF58476D1CE4E5B9 % 2**64)
        x ^= x >> np.uint64(32)
        x *= np.uint64(0xD6E8FEB86659FD93)
        x ^= x >> np.uint64(32)
        return ((x >> np.uint64(40)).astype(np.float32) / np.float32(2**24)) - np.float32(0.5)


def noisy_bytes(seed, signed, *shape):
    """The sequence of noise as integers of 8 bits, the same as the function noisyBytes of the Go program."""
    x = np.floor((noise(seed, int(np.prod(shape))) + np.float32(0.5)) * 256).astype(np.uint8).reshape(shape)
    return x.view(np.int8) if signed else x


def noisy_weights(seed, *shape):
    """The same as integers of 7 bits, those of the function noisyWeights with a sign."""
    return np.floor(noise(seed, int(np.prod(shape))) * 128).astype(np.int8).reshape(shape)


def operands(op, n):
    """The inputs x and y of an operation on n elements. The logarithm needs positive ones."""
    x = 8 * noise(1, n)
    if op == "log":
        x += np.float32(4.5)
    return x, noise(2, n)


def sample(result, n):
    """A scalar result, or 64 elements of a result, spread evenly."""
    result = np.asarray(result, dtype=np.float64)
    if result.ndim == 0:
        return [float(result)]
    return [float(result[i * (n - 1) // 63]) for i in range(64)]


def blas():
    """The files of the linear algebra that this process has loaded."""
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps}
    names = ("libopenblas", "libblas", "libblis", "libmkl")
    return " ".join(sorted(os.path.realpath(f) for f in files if os.path.basename(f).startswith(names))) or "none"


def serve(prepare, about):
    """Answers requests. prepare(request) returns (values, work): numbers to compare, and a function that takes the number of iterations."""
    warnings.filterwarnings("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not mix with the answers

    def answer(**fields):
        print(json.dumps(fields), file=answers, flush=True)

    answer(about=about + ", BLAS " + blas())
    clock, work = int(sys.argv[1]), {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                work.pop(request["slot"], None)  # frees the memory of the job before
                values, work[request["slot"]] = prepare(request)
                answer(values=[float(v) for v in values])
                continue
            job = work[request["slot"]]
            start = time.clock_gettime(clock)
            own = job(request["iterations"])  # a job may know better what its time was
            answer(seconds=time.clock_gettime(clock) - start if own is None else own)
        except Exception as e:
            answer(error=type(e).__name__ + ": " + str(e))


def repeated(call):
    """The work that repeats a call."""
    def work(iterations):
        for _ in range(iterations):
            call()
    return work
