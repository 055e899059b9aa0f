"""Denoising digits: a network and the classical filters on the same noisy images, and how good each is.

`pretrained/denoising.json`, made by `python -m aecore.pretrain denoising`, gives for each kind and amount of noise the
best setting of each filter and how good every method is there.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecore import checkpoints, corruption, datasets, malloc
from aecore.compute.questions import takes
from aecore.imaging import classical_denoising, metrics
from aecore.imaging.arrays import from_bytes, to_float, to_uint8
from aecore.networks import memory_estimate
from aecore.networks.batches import in_batches
from aecore.specs import NOISES, ModelSpec, NoiseSpec
from aecore.specs.errors import UnsoundError

MODEL, PLAIN = "denoise-digits", "conv-128"
TABLE = checkpoints.FOLDER / "denoising.json"
STEPS = 8  # amounts a kind is measured at
N_TUNED, N_MEASURED = 100, 200  # images; the former are the last training images, which no denoiser has seen


@dataclass(frozen=True)
class Cleaned:
    """An image denoised by a method: uint8 (28, 28, 1), its PSNR in dB, its SSIM, and the method's setting as text."""

    x_hat: np.ndarray
    psnr: float
    ssim: float
    setting: str = ""


def amounts(kind: str) -> tuple[float, ...]:
    """The amounts of a kind of noise at which methods are measured, up to the largest."""
    largest = NOISES[kind].max_amount
    return tuple(round(largest * (i + 1) / STEPS, 4) for i in range(STEPS))


def noisy(x: np.ndarray, noise: NoiseSpec, seed: int) -> np.ndarray:
    """An image uint8 (28, 28, 1) with noise, uint8; `seed` selects one of all noises of this kind and amount."""
    return to_uint8(corruption.corrupt(x[None], noise, np.random.default_rng(seed)))[0]


def judged(x: np.ndarray, x_hat: np.ndarray, setting: str = "") -> Cleaned:
    """How close x_hat is to x, uint8 (28, 28, 1) both."""
    pair = (to_float(x[None], np.float64), to_float(x_hat[None], np.float64))
    return Cleaned(x_hat, float(metrics.psnr(*pair)[0]), float(metrics.ssim(*pair)[0]), setting)


def noise_kept(x: np.ndarray, x_noisy: np.ndarray, x_hat: np.ndarray) -> float:
    """The fraction of the noise that is still in x_hat, 0 to 1; uint8 images of one shape.

    The slope of x_hat - x over x_noisy - x, pixel by pixel; 0 if there is no noise.
    """
    noise = x_noisy.astype(np.float64) - x
    power = np.square(noise).sum()
    return float(((x_hat.astype(np.float64) - x) * noise).sum() / power) if power else 0.0


# On the worker.


def by_network(name: str, image: bytes) -> np.ndarray:
    """An image denoised by a checkpoint: 784 bytes → uint8 (28, 28, 1)."""
    x = from_bytes(image)[None]
    return to_uint8(np.asarray(checkpoints.load(name).reconstruct(to_float(x))))[0]


def by_filters(image: bytes, kind: str, amount: float, seed: int) -> dict[str, tuple[Cleaned, Cleaned]]:
    """An image, 784 bytes, with noise, denoised by each classical filter: raw, and after the best affine grey map.

    Each filter has the setting that is best for the nearest amount measured.
    """
    x = from_bytes(image)
    y = to_float(noisy(x, NoiseSpec(kind, amount), seed)[..., 0], np.float64)
    row = nearest_row(kind, amount)
    out = {}
    for name, filter_ in classical_denoising.FILTERS.items():
        found = row["filters"][name]
        raw = filter_.apply(y, found["raw"])
        a, b = found["map"]
        mapped = a * filter_.apply(y, found["affine"]) + b
        texts = (filter_.setting_format.format(found["raw"]), filter_.setting_format.format(found["affine"]))
        out[name] = tuple(
            judged(x, to_uint8(np.clip(x_hat, 0, 1))[..., None], setting)
            for x_hat, setting in zip((raw, mapped), texts, strict=True)
        )
    return out


def _curve_bytes(dataset: str, kind: str, name: str, model_spec: ModelSpec | None = None, *_: object) -> int:
    return memory_estimate.answer_bytes(model_spec or checkpoints.about(name).model_spec, N_MEASURED)


@takes(_curve_bytes)
def curve(
    dataset: str, kind: str, name: str, model_spec: ModelSpec | None = None, weights: Sequence[np.ndarray] = ()
) -> tuple[tuple[float, float], ...]:
    """(amount, mean PSNR in dB) of a network on the first 200 test images, from no noise to the largest amount.

    The network: the checkpoint `name`, or, if given, one of `model_spec` with `weights`. Raises UnsoundError for one
    whose reconstructions are not finite.
    """
    from aecore import models

    model = checkpoints.load(name) if model_spec is None else models.trained(model_spec, weights)
    size = memory_estimate.images_at_once(model_spec or checkpoints.about(name).model_spec)
    x = datasets.load_test(dataset)[0][:N_MEASURED]
    found = []
    for amount in (0.0, *amounts(kind)):
        y = corruption.corrupt(x, NoiseSpec(kind, amount), np.random.default_rng(0))
        x_hat = in_batches(model.reconstruct, y, size)
        if not np.isfinite(x_hat).all():
            raise UnsoundError
        found.append((amount, float(metrics.psnr(to_float(x, np.float64), x_hat).mean())))
    malloc.give_back()
    return tuple(found)


# The table.


@functools.cache
def table() -> dict[str, list[dict]]:
    """Kind of noise → the measurements at each amount, as they are on disk."""
    return json.loads(TABLE.read_text(encoding="utf-8"))["kinds"]


def nearest_row(kind: str, amount: float) -> dict:
    """The measurements at the amount of noise nearest to this one."""
    return min(table()[kind], key=lambda row: abs(row["amount"] - amount))


def make_table() -> None:
    """Find the filters' best settings on training images, measure every method on test images, and write the table."""
    tuned = datasets.load("mnist").x_train[-N_TUNED:]
    measured = datasets.load_test("mnist")[0][:N_MEASURED]
    kinds: dict[str, list[dict]] = {}
    for kind in NOISES:
        for amount in amounts(kind):
            noise = NoiseSpec(kind, amount)
            kinds.setdefault(kind, []).append({"amount": amount} | measure(noise, measured, tune(noise, tuned)))
        print(f"{kind} measured", flush=True)
    entry = {"n_tuned": N_TUNED, "n_measured": N_MEASURED, "kinds": kinds}
    TABLE.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf-8")
    table.cache_clear()


def tune(noise: NoiseSpec, images: np.ndarray) -> dict[str, dict]:
    """Filter → its best settings on images uint8 (N, 28, 28, 1) with noise: 'raw', 'affine' and its 'map' (a, b)."""
    x = to_float(images[..., 0], np.float64)
    y = corruption.corrupt(images, noise, np.random.default_rng(1))[..., 0]
    best = {}
    for name, filter_ in classical_denoising.FILTERS.items():
        raw, affine = [], []
        for setting in filter_.settings:
            z = np.stack([filter_.apply(image, setting) for image in y])
            a, b = classical_denoising.best_affine(x, z)
            raw.append((_mean_psnr(x, z), setting))
            affine.append((_mean_psnr(x, a * z + b), setting, (round(a, 4), round(b, 4))))
        _, setting, grey_map = max(affine)
        best[name] = {"raw": max(raw)[1], "affine": setting, "map": grey_map}
    return best


def measure(noise: NoiseSpec, images: np.ndarray, best: dict[str, dict]) -> dict:
    """(PSNR, SSIM) of every method on images uint8 (N, 28, 28, 1) with noise; the filters with settings of `tune`."""
    x = to_float(images, np.float64)
    y = corruption.corrupt(images, noise, np.random.default_rng(0))
    network = np.asarray(checkpoints.load(MODEL).reconstruct(y))
    found = {"noisy": _figures(x, y), "network": _figures(x, network), "filters": {}}
    for name, settings in best.items():
        filter_, (a, b) = classical_denoising.FILTERS[name], settings["map"]
        raw, affine = (
            np.stack([filter_.apply(image[..., 0], settings[which]) for image in y])[..., None]
            for which in ("raw", "affine")
        )
        figures = {"raw_figures": _figures(x, raw), "affine_figures": _figures(x, a * affine + b)}
        wanted = {key: settings[key] for key in ("raw", "affine", "map")}
        found["filters"][name] = wanted | figures
    return found


def _mean_psnr(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(metrics.psnr(x, np.clip(x_hat, 0, 1)).mean())


def _figures(x: np.ndarray, x_hat: np.ndarray) -> tuple[float, float]:
    """Means of PSNR, at most 60 dB per image, and of SSIM."""
    x_hat = np.clip(x_hat, 0, 1)
    psnr = np.minimum(metrics.psnr(x, x_hat), 60).mean()
    return round(float(psnr), 3), round(float(metrics.ssim(x, x_hat).mean()), 4)
