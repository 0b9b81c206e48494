#!/usr/bin/env python3
"""Writes images and sounds with what Pillow, OpenCV and librosa make of them.

Made with Pillow 13.0.0, opencv-python-headless 5.0.0, librosa 0.11.0, soundfile 0.14.0 and NumPy as pip installs them:

    python3 testdata/golden/prep/make.py

Files, and float32, are in base64. Of pixels, which have to be equal, there is the SHA-256.
"""

import base64
import hashlib
import io
import json
import pathlib

import cv2
import librosa
import numpy as np
import PIL
import soundfile
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
random = np.random.default_rng(1)


def encode(data):
    return base64.b64encode(data).decode()


def floats(array):
    return encode(np.ascontiguousarray(array, "<f4").tobytes())


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def picture(width, height, channels):
    """Smooth colours with noise and an edge."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 90 * np.sin(x / (5 + c) + c) * np.cos(y / (7 - c)) for c in range(channels)]
    a = np.stack(planes, -1) + random.normal(0, 20, (height, width, channels))
    a[height // 3:height // 2, width // 4:] += 100
    return np.clip(a, 0, 255).astype(np.uint8)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


files = []


def add_file(name, data):
    image = Image.open(io.BytesIO(data))
    rgb = np.asarray(image.convert("RGB"))
    turned = ImageOps.exif_transpose(image)
    files.append({"name": name, "file": encode(data), "width": image.width, "height": image.height, "rgb": digest(rgb),
                  "gray": digest(np.asarray(image.convert("L"))), "rgba": digest(np.asarray(image.convert("RGBA"))),
                  "orientation": image.getexif().get(274, 1), "turned": digest(np.asarray(turned.convert("RGB"))),
                  "opencvGray": digest(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))})
    if name.startswith(("jpeg", "png rgb")):
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert (bgr[..., ::-1] == np.asarray(turned.convert("RGB"))).all(), name


for width, height in [(32, 24), (33, 25), (17, 9), (8, 8), (1, 1), (2, 3), (3, 2), (4, 5), (5, 4)]:
    rgb = Image.fromarray(picture(width, height, 3))
    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            add_file(f"jpeg {width}x{height} 4:{'44 22 20'.split()[subsampling]}{' progressive' * progressive}",
                     saved(rgb, "JPEG", subsampling=subsampling, progressive=progressive, quality=85))
rgb = Image.fromarray(picture(41, 30, 3))
add_file("jpeg restarts", saved(rgb, "JPEG", subsampling=2, restart_marker_blocks=2))
add_file("jpeg optimized", saved(rgb, "JPEG", subsampling=1, optimize=True, quality=30))
add_file("jpeg best", saved(rgb, "JPEG", subsampling=0, quality=100))
add_file("jpeg rgb", saved(rgb, "JPEG", keep_rgb=True))
add_file("jpeg gray", saved(Image.fromarray(picture(41, 30, 1)[..., 0]), "JPEG"))
add_file("jpeg gray progressive", saved(Image.fromarray(picture(41, 30, 1)[..., 0]), "JPEG", progressive=True))
add_file("png rgb", saved(rgb, "PNG"))
add_file("png gray", saved(Image.fromarray(picture(20, 11, 1)[..., 0]), "PNG"))
add_file("png rgba", saved(Image.fromarray(picture(20, 11, 4)), "PNG"))
add_file("png palette", saved(rgb.quantize(16), "PNG"))
add_file("bmp", saved(rgb, "BMP"))
add_file("tiff", saved(rgb, "TIFF"))
add_file("webp without loss", saved(rgb, "WEBP", lossless=True))
add_file("pnm", saved(rgb, "PPM"))
add_file("gif", saved(rgb.quantize(32), "GIF"))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[274] = orientation
    add_file(f"jpeg turned {orientation}", saved(rgb, "JPEG", exif=exif))
    add_file(f"png rgb turned {orientation}", saved(rgb.resize((7, 5)), "PNG", exif=exif))
for width, height in [(32, 24), (33, 25), (17, 40), (1, 1), (2, 3), (3, 2)]:
    for quality in (10, 80):
        add_file(f"webp {width}x{height} {quality}", saved(Image.fromarray(picture(width, height, 3)), "WEBP", quality=quality))
add_file("webp with transparency", saved(Image.fromarray(picture(41, 30, 4)), "WEBP", quality=80))
exif = Image.Exif()
exif.endian = ">"
exif[271], exif[274] = "a camera", 6
add_file("jpeg turned big-endian", saved(rgb, "JPEG", exif=exif))
ink = Image.fromarray(picture(41, 30, 4), "CMYK")
for subsampling in (0, 2):
    data = saved(ink, "JPEG", subsampling=subsampling)
    add_file(f"ink {subsampling}", data)
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    add_file(f"ink as brightness {subsampling}", data[:at] + b"\2" + data[at + 1:])
add_file("ink progressive", saved(ink, "JPEG", progressive=True))
add_file("png palette with a hidden colour", saved(rgb.quantize(16), "PNG", transparency=3))
add_file("png palette with transparencies", saved(rgb.quantize(16), "PNG", transparency=bytes(range(0, 160, 10))))
add_file("png gray with a hidden one", saved(Image.fromarray(picture(20, 11, 1)[..., 0]), "PNG", transparency=128))
add_file("png rgb with a hidden colour", saved(rgb, "PNG", transparency=rgb.getpixel((3, 4))))
add_file("png gray and transparency", saved(Image.fromarray(picture(20, 11, 4)[..., :2].copy(), "LA"), "PNG"))
add_file("png two levels", saved(Image.fromarray(picture(20, 11, 1)[..., 0]).convert("1"), "PNG"))
add_file("gif with a hidden colour", saved(rgb.quantize(32), "GIF", transparency=5))
add_file("webp without loss, with transparency", saved(Image.fromarray(picture(20, 11, 4)), "WEBP", lossless=True, exact=True))

sizes = [(20, 15), (41, 60), (80, 61), (30, 7), (13, 13), (82, 60), (5, 3), (41, 10), (123, 31)]
resizes = []
FILTERS = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC,
           "lanczos": Image.LANCZOS, "hamming": Image.HAMMING}
sources = {"rgb": picture(41, 30, 3), "gray": picture(41, 30, 1), "rgba": picture(41, 30, 4),
           "even": picture(48, 36, 3), "long": picture(97, 8, 3)}
for name, pixels in sources.items():
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    results = []
    for size in sizes + [(24, 18), (16, 12), (12, 9), (3, 2)]:
        for f, number in FILTERS.items():
            results.append({"how": f, "width": size[0], "height": size[1],
                            "pixels": digest(np.asarray(image.resize(size, number)))})
        if name != "rgba":
            results.append({"how": "opencv linear", "width": size[0], "height": size[1],
                            "pixels": digest(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))})
        results.append({"how": "opencv area", "width": size[0], "height": size[1],
                        "pixels": digest(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))})
        for gap in (1, 2, 3):
            results.append({"how": f"gap {gap}", "width": size[0], "height": size[1],
                            "pixels": digest(np.asarray(image.resize(size, Image.BICUBIC, reducing_gap=gap)))})
        thumbnail = image.copy()
        thumbnail.thumbnail(size, Image.LANCZOS)
        results.append({"how": f"thumbnail {size[0]} {size[1]}", "width": thumbnail.width, "height": thumbnail.height,
                        "pixels": digest(np.asarray(thumbnail))})
    for k in (2, 3, 5):
        reduced = image.reduce(k)
        results.append({"how": f"reduce {k}", "width": reduced.width, "height": reduced.height,
                        "pixels": digest(np.asarray(reduced))})
    resizes.append({"name": name, "pixels": encode(pixels.tobytes()), "width": pixels.shape[1],
                    "height": pixels.shape[0], "channels": pixels.shape[2], "results": results})

t = np.arange(4000) / 16000
sound = (0.5 * np.sin(2 * np.pi * (200 + 3000 * t) * t) + random.normal(0, 0.01, t.size)).astype(np.float32)
wavs = []
for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
    for channels in (1, 2):
        file = io.BytesIO()
        soundfile.write(file, np.stack([sound[:50], -sound[50:100]][:channels], -1), 16000, kind, format="WAV")
        read, rate = soundfile.read(io.BytesIO(file.getvalue()), dtype="float32", always_2d=True)
        mono = librosa.to_mono(read.T)
        wavs.append({"name": f"{kind} {channels}", "file": encode(file.getvalue()), "rate": rate, "channels": channels,
                     "samples": digest(read), "mono": digest(mono)})

spectra = []
for size, hop, window, mode in [(256, 64, 256, "constant"), (400, 160, 400, "reflect"), (512, 100, 300, "constant"),
                                (99, 33, 99, "reflect")]:
    s = librosa.stft(sound[:1000], n_fft=size, hop_length=hop, win_length=window, pad_mode=mode)
    spectra.append({"size": size, "hop": hop, "window": window, "reflect": mode == "reflect", "frames": s.shape[1],
                    "real": floats(s.real), "imag": floats(s.imag)})
mels = []
for size, bands, htk in [(256, 20, False), (400, 24, True)]:
    m = librosa.feature.melspectrogram(y=sound[:2000], sr=16000, n_fft=size, hop_length=size // 2, n_mels=bands, htk=htk,
                                       norm=None if htk else "slaney")
    filters = librosa.filters.mel(sr=16000, n_fft=size, n_mels=bands, htk=htk, norm=None if htk else "slaney")
    mels.append({"size": size, "bands": bands, "htk": htk, "filters": floats(filters),
                 "power": floats(m), "decibels": floats(librosa.power_to_db(m))})

(HERE / "prep.json").write_text(json.dumps({
    "script": SCRIPT,
    "versions": {"Pillow": PIL.__version__, "opencv": cv2.__version__, "librosa": librosa.__version__,
                 "soundfile": soundfile.__version__, "numpy": np.__version__},
    "cases": [{"files": files, "resizes": resizes, "wavs": wavs, "sound": floats(sound), "spectra": spectra,
               "mels": mels}]}) + "\n")
