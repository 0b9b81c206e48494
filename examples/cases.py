#!/usr/bin/env python3
"""Makes a recording, a picture of text and some files, and what the packages of their models find in them.

    cases.py FOLDER

It needs silero-vad 6.2.3, rapidocr-onnxruntime 1.4.4, magika 1.0.3, onnxruntime 1.32, Pillow 13, OpenCV 5 and the
program espeak-ng. FOLDER then holds what `go test ./examples -models FOLDER` takes: the models, their files, and
expected.json.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import wave

import cv2
import magika
import numpy as np
import rapidocr_onnxruntime
import silero_vad
import torch
from PIL import Image, ImageDraw, ImageFont

FOLDER = pathlib.Path(sys.argv[1])
FOLDER.mkdir(parents=True, exist_ok=True)
expected = {}


def take(package, path, name=None):
    source = pathlib.Path(package.__file__).parent / path
    shutil.copy(source, FOLDER / (name or source.name))


# Speech between silences with a little noise.
random = np.random.default_rng(1)
sound = [random.normal(0, 0.002, 12000)]
for text in ("The quick brown fox jumps over the lazy dog.", "Speech has pauses, and so has this recording.", "Good bye."):
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", "part.wav", text], cwd=FOLDER, check=True)
    with wave.open(str(FOLDER / "part.wav")) as w:
        rate = w.getframerate()
        part = np.frombuffer(w.readframes(w.getnframes()), np.int16) / 32768
    at = np.arange(int(len(part) * 16000 / rate)) * rate / 16000
    sound += [np.interp(at, np.arange(len(part)), part), random.normal(0, 0.002, 16000)]
(FOLDER / "part.wav").unlink()
sound = np.clip(np.concatenate(sound) * 32767, -32768, 32767).astype("<i2")
with wave.open(str(FOLDER / "speech.wav"), "wb") as w:
    w.setnchannels(1)
    w.setsampwidth(2)
    w.setframerate(16000)
    w.writeframes(sound.tobytes())
model = silero_vad.load_silero_vad(onnx=True)
audio = torch.tensor(sound.astype(np.float32) / 32768)
expected["segments"] = silero_vad.get_speech_timestamps(audio, model)
take(silero_vad, "data/silero_vad.onnx")

# Lines of text, one of them upside down.
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
picture = Image.new("RGB", (640, 300), (245, 240, 230))
for y, size, text in [(20, 34, "Neural networks"), (90, 26, "run in a Go program"), (150, 30, "2026-11-29 14:05")]:
    ImageDraw.Draw(picture).text((30, y), text, (20, 20, 40), ImageFont.truetype(FONT, size))
line = Image.new("RGB", (400, 50), (245, 240, 230))
ImageDraw.Draw(line).text((10, 5), "upside down text", (20, 20, 40), ImageFont.truetype(FONT, 30))
picture.paste(line.rotate(180), (200, 220))
picture.save(FOLDER / "words.png")
found, _ = rapidocr_onnxruntime.RapidOCR()(cv2.imread(str(FOLDER / "words.png")))
expected["words"] = [{"box": box, "text": text, "score": float(score)} for box, text, score in found]
for name in ("ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer", "ch_ppocr_mobile_v2.0_cls_infer"):
    take(rapidocr_onnxruntime, f"models/{name}.onnx")

# Files of some kinds.
CONTENTS = {
    "program": b"package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n" * 3,
    "script": b"#!/usr/bin/env python3\nimport os\n\ndef f(x):\n    return [i ** 2 for i in range(x)]\n\nprint(f(3))\n" * 5,
    "picture": (FOLDER / "words.png").read_bytes(),
    "recording": (FOLDER / "speech.wav").read_bytes(),
    "table": b"".join(b"%d,%d,name%d\n" % (i, i * i, i) for i in range(200)),
    "page": b"<!doctype html>\n<html><head><title>x</title></head><body><p>Text</p></body></html>\n" * 4,
    "record": json.dumps({"a": [1, 2, 3], "b": {"c": "text"}, "d": list(range(100))}).encode(),
    "short": b"hi",
    "noise": random.bytes(3000),
}
m, expected["files"] = magika.Magika(), {}
for name, content in CONTENTS.items():
    (FOLDER / f"file-{name}").write_bytes(content)
    result = m.identify_bytes(content)
    expected["files"][name] = {"label": str(result.output.label), "score": result.score}
take(magika, "models/standard_v3_3/model.onnx", "magika.onnx")
take(magika, "models/standard_v3_3/config.min.json", "magika.json")

(FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
