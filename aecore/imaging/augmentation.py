"""Small random distortions of images, which make more handwriting from what there is. For pretraining only."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np

CHUNK = 5_000
KNOTS = 5  # per side of the grid of random displacements that a smooth field passes through
# Beside displacements of 1 pixel at the knots (standard deviations; degrees and fractions).
ROTATION, SCALE, SHEAR = 7.0, 0.07, 0.1


def distorted_copies(x: np.ndarray, n_copies: int, strength: float, seed: int) -> np.ndarray:
    """uint8 (N, 28, 28) → uint8 (n_copies · N, 28, 28): each image bent, rotated, scaled and sheared a little.

    `strength`: standard deviation of the displacements, in pixels. The same seed gives the same copies.
    """
    parts = [
        (x[start : start + CHUNK], strength, (seed, copy, start))
        for copy in range(n_copies)
        for start in range(0, len(x), CHUNK)
    ]
    # Not forked: the calling process has TensorFlow's threads in it.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(_distort, *zip(*parts, strict=True))))


def _distort(x: np.ndarray, strength: float, seed: tuple[int, ...]) -> np.ndarray:
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    size = x.shape[1]
    middle = (size - 1) / 2
    grid = np.mgrid[0:size, 0:size] - middle  # (2, 28, 28)
    # Column k is the smooth curve through a one at knot k and zeros at the others.
    smooth = np.stack(
        [ndimage.zoom(row, size / KNOTS, order=3, mode="nearest", grid_mode=True) for row in np.eye(KNOTS)], axis=1
    )  # (28, 5)
    out = np.empty_like(x)
    for i, image in enumerate(x):
        angle = np.deg2rad(rng.normal(0, ROTATION * strength))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        stretch = np.diag(np.exp(rng.normal(0, SCALE * strength, 2)))
        shear = np.array([[1, 0], [rng.normal(0, SHEAR * strength), 1]])
        bend = np.einsum("ik,ckl,jl->cij", smooth, rng.normal(0, strength, (2, KNOTS, KNOTS)), smooth)
        source = np.einsum("ab,bij->aij", turn @ stretch @ shear, grid) + bend + middle
        # Cubic splines keep the strokes' edges; linear interpolation would teach the network to blur.
        values = ndimage.map_coordinates(image.astype(np.float32), source, order=3, mode="constant")
        out[i] = np.clip(np.rint(values), 0, 255)
    return out
