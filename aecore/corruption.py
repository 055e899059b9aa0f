"""Noise: images and a NoiseSpec → corrupted images."""

from __future__ import annotations

import math

import numpy as np

from aecore.imaging.arrays import to_float, to_uint8
from aecore.specs import NOISES, NoiseSpec


def corrupt(x: np.ndarray, noise: NoiseSpec, rng: np.random.Generator) -> np.ndarray:
    """Images (N, H, W, 1), uint8 or float in [0, 1] → the same with noise, float32, clipped to [0, 1].

    Every draw comes from `rng`: a generator of the same state gives the same images.
    """
    return _corrupt(to_float(x), noise.kind, np.full(len(x), noise.amount, np.float32), rng)


def fixed(x: np.ndarray, noise: NoiseSpec | None) -> np.ndarray:
    """Images uint8 (N, H, W, 1) with noise, uint8, always the same for the same images; unchanged without `noise`."""
    return x if noise is None else to_uint8(corrupt(x, noise, np.random.default_rng(0)))


def corrupt_variously(x: np.ndarray, kinds: np.ndarray, amounts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As `corrupt`, each image (N, H, W, 1) with a kind and an amount of its own, (N,) both."""
    out = to_float(x)
    for kind in NOISES:
        chosen = np.flatnonzero(kinds == kind)
        if len(chosen):
            out[chosen] = _corrupt(out[chosen], kind, amounts[chosen].astype(np.float32), rng)
    return out


def _corrupt(x: np.ndarray, kind: str, amounts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    amount = amounts.reshape(-1, 1, 1, 1)
    if kind == "gaussian":
        x = x + amount * rng.standard_normal(x.shape, np.float32)
    elif kind == "speckle":
        x = x + amount * x * rng.standard_normal(x.shape, np.float32)
    elif kind == "salt_and_pepper":
        draws = rng.random(x.shape, np.float32)
        x = np.where(draws < amount / 2, np.float32(1), np.where(draws < amount, np.float32(0), x))
    elif kind == "masking":
        x = np.where(rng.random(x.shape, np.float32) < amount, np.float32(0), x)
    elif kind == "square":
        x = x * ~_squares(x.shape, amounts, rng)
    else:
        x = _blurred(x, amounts)
    return np.clip(x, 0.0, 1.0)


def _squares(shape: tuple[int, ...], amounts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The pixels of a square that covers the fraction `amounts` (N,) of each image, as nearly as whole pixels allow."""
    _, height, width, _ = shape
    side = np.minimum(np.rint(np.sqrt(amounts * height * width)).astype(int), min(height, width))
    top = rng.integers(0, height - side + 1)
    left = rng.integers(0, width - side + 1)
    rows, columns = np.arange(height), np.arange(width)
    within_rows = (rows >= top[:, None]) & (rows < (top + side)[:, None])  # (N, H)
    within_columns = (columns >= left[:, None]) & (columns < (left + side)[:, None])  # (N, W)
    return within_rows[:, :, None, None] & within_columns[:, None, :, None]


def _blurred(x: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    along_rows, along_columns = _gaussian_matrices(amounts, x.shape[1]), _gaussian_matrices(amounts, x.shape[2])
    return (along_rows @ x[..., 0] @ along_columns.transpose(0, 2, 1))[..., None]


def _gaussian_matrices(sigmas: np.ndarray, size: int) -> np.ndarray:
    """(N,) → (N, size, size): matrices that blur a line of pixels, with the weights at the border adding up to 1."""
    distance = np.arange(size)[:, None] - np.arange(size)
    exponent = -0.5 * np.square(distance / np.maximum(sigmas, 1e-3).reshape(-1, 1, 1))
    weights = np.exp(np.maximum(exponent, -80.0))
    weights[:, np.abs(distance) > math.ceil(4 * max(float(sigmas.max(initial=0)), 1.0))] = 0
    return (weights / weights.sum(axis=2, keepdims=True)).astype(np.float32)
