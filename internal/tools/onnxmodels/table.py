"""Writes the table of models."""


def write(path, results):
    """Writes docs/models.md from the results that are kept."""
    lines = ["# Models as published", "",
             "Written by `internal/tools/onnxmodels/models.py table`, which takes the models out of packages of PyPI and",
             "npm. Differences are from ONNX Runtime 1.32.0, relative to an output's largest number, the largest of all",
             "cases: several shapes and batches, and 100 steps with state. Models marked int8 compute with codes of 8 bits:",
             "a float that differs in its last place may flip a code, and layers after it, above all recurrent ones over many",
             "steps, make more of it. Times are those of the first case on one pinned core of an AMD EPYC (Zen 4, AVX-512), the",
             "best of runs in turns on a host with other work; opening includes compiling. Memory is what opening and running",
             "adds to a process.", "",
             "Fed with what ONNX Runtime computed, node by node (`nodes.py` beside it), nodes of integers are equal in all of",
             "text2tashkeel's models, the embedder and Kokoro, and others within 2e-6 of an output's largest number but for LSTMs",
             "over many steps (0.002 in Kokoro, 0.3 in the embedder), where a code that flips goes on: each of the embedder's",
             "steps, from ONNX Runtime's state, is within 8e-6. Where",
             "shapes differ, one of 15,360 codes flipped in the fifth of Kokoro's twelve layers, and durations of sounds that",
             "follow from it were rounded another way; given the same durations, phases that add up what was predicted differ.", "",
             "Front ends with frames of 320 or 400 samples (whisper, gigaam) differ since ONNX Runtime transforms lengths that are",
             "no powers of two with errors of 3e-5 of the largest bin: from the same formula in float64, whisper80 differs by 2e-6",
             "here and by 2e-3 there.", "",
             "| model | largest difference | run, ms | ONNX Runtime | ratio | open, ms | ONNX Runtime | memory, MB | "
             "ONNX Runtime |", "|---|---|---|---|---|---|---|---|---|"]
    exported = {n.removeprefix("zoo/"): e for n, e in results.items() if n.startswith("zoo/")}
    for name, e in results.items():
        if name.startswith("zoo/"):
            continue
        quantised = " (int8)" if e.get("quantised") else ""
        difference = "; ".join(e.get("errors", [])) and "shapes differ" or f"{e.get('difference', 0):.1g}"
        columns = [name.replace("npm:", "") + quantised, difference]
        if "ours" in e:
            o, p = e["ours"], e["peer"]
            columns += [f"{o['run_ms']:.3g}", f"{p['run_ms']:.3g}", f"{p['run_ms'] / o['run_ms']:.2f}",
                        f"{o['open_ms'] + o['compile_ms']:.3g}", f"{p['open_ms']:.3g}",
                        f"{o['rss_bytes'] / 1e6:.0f}", f"{p['rss_bytes'] / 1e6:.0f}"]
        else:
            columns += [""] * 7
        lines.append("| " + " | ".join(columns) + " |")
    if exported:
        lines += networks(exported)
    lines += other_processors(path)
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def other_processors(path):
    """The lines of a file about other processors than this table's, which stay."""
    with open(path) as f:
        lines = f.read().splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith("# On ")), len(lines))
    return [""] * (begin < len(lines)) + lines[begin:]


def write_passes(path, results):
    """Writes docs/passes.md: what each pass over graphs is worth, of the models that were run without them."""
    models = {n.removesuffix(".onnx").removesuffix("/model"): e["passes"] for n, e in results.items() if "passes" in e}
    if not models:
        return
    lines = ["# What each pass over graphs is worth", "",
             "Written by `internal/tools/onnxmodels/models.py passes` and `table`: how much longer the fastest run of a model",
             "takes without a pass (`nnbench onnx bench MODEL --without PASS` does the same), run by run in turns with all",
             "passes, on one thread: passes that have nothing to do in a model show how much of the others is noise. `≠` says",
             "that outputs then have other bits, and by how much of the largest number they differ; all others have the same",
             "bits with and without the pass. A pass may help others only: what a chain or a packed product takes in, an",
             "earlier pass has made. [The passes](../graph/rewrite/rewrite.go) say what each does.", "",
             "| pass | " + " | ".join(models) + " |", "|---" * (1 + len(models)) + "|"]
    for name in next(iter(models.values())):
        cells = []
        for passes in models.values():
            line = passes[name]
            cells.append(f"{line['ratio']:.2f}" + ("" if line["same"] else f" ≠ {line['difference']:.0e}"))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def networks(results):
    """The table of the networks that zoo.py exports, with two threads where they were timed."""
    runs = [of for of in ("", "2") if any("ours" + of in e for e in results.values())]
    lines = ["", "# Networks as PyTorch exports them", "",
             "Made by `internal/tools/onnxmodels/zoo.py` from torchvision, transformers and networks that it spells out, random",
             "weights, by both of PyTorch 2.15's exporters: `script` is the older one, for any batch, `dynamo` the newer one.",
             "Times are as above; the ratio is how much faster than ONNX Runtime this is. Where convolutions take most of it,",
             "as in ResNet, DenseNet, GoogLeNet and Inception, both multiply at 85 to 95 % of the processor's peak.", "",
             "| network | largest difference | " + " | ".join(
                 f"{'two threads' if of else 'run'}, ms | ONNX Runtime | ratio" for of in runs) + " | arena, MB |",
             "|---" * (3 + 3 * len(runs)) + "|"]
    for name, e in sorted(results.items()):
        columns = [name.removesuffix(".onnx"), "; ".join(e.get("errors", [])) or f"{e.get('difference', 0):.1g}"]
        for of in runs:
            o, p = e.get("ours" + of), e.get("peer" + of)
            columns += [f"{o['run_ms']:.3g}", f"{p['run_ms']:.3g}", f"{p['run_ms'] / o['run_ms']:.2f}"] if o else [""] * 3
        columns.append(f"{e['ours']['arena_bytes'] / 1e6:.1f}" if "ours" in e else "")
        lines.append("| " + " | ".join(columns) + " |")
    return lines
