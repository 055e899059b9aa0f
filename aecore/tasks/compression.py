"""A digit in a few bytes: autoencoders and PCA with several code sizes, JPEG and WebP. Tasks for the worker."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.compute.questions import takes
from aecore.imaging import metrics
from aecore.imaging.arrays import from_bytes
from aecore.networks.numpy_backend import Network, as_image
from aecore.specs import DATASETS
from aecore.tasks import pca_baseline

CODE_SIZES = (2, 8, 16, 32, 64)
CHECKPOINTS = {size: f"deep-{size}" for size in CODE_SIZES}
BEST = "best-32"
DATASET = "mnist"
LEVELS = 255
N_RANGE = 5_000  # training images whose codes give the range that a byte has to cover
N_CURVE = 300  # test images that a curve is averaged over
CURVE_BYTES = 160_000_000  # measured: of all coders and their ranges
FORMATS = {"JPEG": "JPEG", "WEBP": "WebP"}  # Pillow's name → the usual one
QUALITIES = (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95)
# Bytes that every WebP file has before those of the image itself.
WEBP_HEADER = 30  # 'RIFF', size, 'WEBP', 'VP8 ', size, and the frame's tag, start code and dimensions


@dataclass(frozen=True)
class Version:
    """One digit in `n_bytes` bytes: x_hat uint8 (28, 28, 1), and its mean squared error on [0, 1]."""

    method: str
    n_bytes: int
    x_hat: np.ndarray
    mse: float


@dataclass(frozen=True)
class Point:
    """Means over test images: bytes per image, mean squared error on [0, 1]."""

    method: str
    n_bytes: float
    mse: float
    setting: str


def by_code_size(image: bytes) -> tuple[tuple[Version, Version], ...]:
    """A digit (784 bytes) through the deep network and through PCA, for each of CODE_SIZES; codes are floats.

    Here `n_bytes` is how many numbers the code has.
    """
    x = _digit(image)
    pairs = []
    for size in CODE_SIZES:
        deep = encodings.reconstruct(CHECKPOINTS[size], x)
        linear = _coder(size, "pca")
        by_pca = as_image(linear.decode(linear.encode(x)))
        pairs.append((_version("autoencoder", size, x, deep), _version("PCA", size, x, by_pca)))
    return tuple(pairs)


def at_bytes(image: bytes) -> tuple[tuple[Version | None, ...], ...]:
    """A digit (784 bytes) in as many bytes as each of CODE_SIZES: by autoencoder, PCA, JPEG and WebP.

    Every number of a code is rounded to one byte. For JPEG and WebP only the bytes of the image itself count, not the
    header that all such files share; None where not even the lowest quality fits.
    """
    x = _digit(image)
    files = {name: [_coded(x, name, quality) for quality in QUALITIES] for name in FORMATS}
    return tuple(
        (
            _version("autoencoder", size, x, _quantised(size, "deep", x)),
            _version("PCA", size, x, _quantised(size, "pca", x)),
            *(_best_within(size, files[name]) for name in FORMATS),
        )
        for size in CODE_SIZES
    )


@takes(lambda: CURVE_BYTES)
def curves() -> tuple[Point, ...]:
    """Bytes against error, averaged over the first test images: each method at each of its settings."""
    x = datasets.load_test(DATASET)[0][:N_CURVE]
    points = []
    for size in CODE_SIZES:
        for method, kind in (("autoencoder", "deep"), ("PCA", "pca")):
            error = metrics.mse_per_image(x, _quantised(size, kind, x)).mean()
            points.append(Point(method, size, float(error), f"{size} numbers"))
    points.append(Point("best-32", 32, float(metrics.mse_per_image(x, _quantised(32, "best", x)).mean()), "32 numbers"))
    for name in FORMATS:
        for quality in QUALITIES:
            versions = [_coded(image[np.newaxis], name, quality) for image in x]
            error = float(np.mean([version.mse for version in versions]))
            n_bytes = float(np.mean([version.n_bytes for version in versions]))
            points.append(Point(f"{FORMATS[name]}, header left out", n_bytes, error, f"quality {quality}"))
            raw = _file(x[0], name, quality)  # for its header, which has the same length in all files
            whole = n_bytes + len(raw) - n_image_bytes(raw, name)
            points.append(Point(f"{FORMATS[name]}, whole file", whole, error, f"quality {quality}"))
    return tuple(points)


def _digit(image: bytes) -> np.ndarray:
    return from_bytes(image)[None]


def _version(method: str, n_bytes: int, x: np.ndarray, x_hat: np.ndarray) -> Version:
    return Version(method, n_bytes, x_hat[0], float(metrics.mse_per_image(x, x_hat)[0]))


def _coder(size: int, kind: str) -> Network | pca_baseline.LinearAutoencoder:
    if kind == "pca":
        return pca_baseline.linear_autoencoder(DATASET, DATASETS[DATASET], size)
    return encodings.dense_network(BEST if kind == "best" else CHECKPOINTS[size])


@functools.cache
def _range(size: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The range of each number of the code over training images."""
    z = _coder(size, kind).encode(datasets.load(DATASET).x_train[:N_RANGE])
    return z.min(axis=0), z.max(axis=0)


def _quantised(size: int, kind: str, x: np.ndarray) -> np.ndarray:
    coder = _coder(size, kind)
    low, high = _range(size, kind)
    step = np.maximum(high - low, 1e-6) / LEVELS
    coded = np.clip(np.rint((coder.encode(x) - low) / step), 0, LEVELS).astype(np.uint8)  # one byte per number
    return as_image(coder.decode(low + coded * step))


def _file(image: np.ndarray, name: str, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image[..., 0]).save(file, name, quality=quality, **({"method": 6} if name == "WEBP" else {}))
    return file.getvalue()


def _coded(x: np.ndarray, name: str, quality: int) -> Version:
    raw = _file(x[0], name, quality)
    x_hat = np.asarray(Image.open(io.BytesIO(raw)).convert("L")).reshape(x.shape)
    return _version(FORMATS[name], n_image_bytes(raw, name), x, x_hat)


def n_image_bytes(raw: bytes, name: str) -> int:
    """The number of bytes in a file, called `name` by Pillow, without the header that all such files share."""
    if name == "WEBP":
        return len(raw) - WEBP_HEADER
    scan = raw.index(b"\xff\xda")  # start of scan; the length of its header follows
    header = int.from_bytes(raw[scan + 2 : scan + 4], "big")
    return len(raw) - (scan + 2 + header) - 2  # the end marker has two bytes


def _best_within(n_bytes: int, versions: list[Version]) -> Version | None:
    fitting = (version for version in versions if version.n_bytes <= n_bytes)
    return min(fitting, key=lambda version: version.mse, default=None)
