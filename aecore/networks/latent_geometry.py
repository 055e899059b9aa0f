"""Points of a latent space, for a decoder to draw: grids, interpolations, samples. NumPy only."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np


def quantile_grid(n: int) -> np.ndarray:
    """(n, n, 2): points of the plane at equal steps of the prior's probability, the highest y in the first row.

    Every cell of the grid stands for the same share of the prior.
    """
    steps = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
    x, y = np.meshgrid(steps, steps[::-1])
    return np.stack([x, y], axis=-1).astype(np.float32)


def embed(plane: np.ndarray, z: np.ndarray, axes: tuple[int, int]) -> np.ndarray:
    """Points (…, 2) in the plane of two latent dimensions → codes (…, code_dim), the other dimensions as in `z`."""
    codes = np.broadcast_to(z, (*plane.shape[:-1], len(z))).astype(np.float32)
    codes[..., list(axes)] = plane
    return codes


def lerp(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """(n, code_dim): along the straight line from `a` to `b`, both ends included."""
    t = np.linspace(0, 1, n, dtype=np.float32)[:, None]
    return (1 - t) * a + t * b


def slerp(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """(n, code_dim): from `a` to `b` around the origin, turning evenly while the length changes evenly (Shoemake 1985).

    In many dimensions the prior's mass lies on a shell, within which this path stays. It is the straight line where one
    of the two is the origin, or where they point in the same or in opposite directions.
    """
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(length_a, length_b) < 1e-6:
        return lerp(a, b, n)
    angle = np.arccos(np.clip(a @ b / (length_a * length_b), -1, 1))
    if np.sin(angle) < 1e-4:
        return lerp(a, b, n)
    t = np.linspace(0, 1, n)[:, None]
    turned = (np.sin((1 - t) * angle) * a / length_a + np.sin(t * angle) * b / length_b) / np.sin(angle)
    return (turned * ((1 - t) * length_a + t * length_b)).astype(np.float32)


def prior_samples(n: int, code_dim: int, temperature: float, seed: int) -> np.ndarray:
    """(n, code_dim): samples of N(0, temperature²)."""
    return (temperature * np.random.default_rng(seed).standard_normal((n, code_dim))).astype(np.float32)


def posterior_samples(z_mean: np.ndarray, z_log_var: np.ndarray, n: int, seed: int) -> np.ndarray:
    """(n, code_dim): samples z = z_mean + exp(z_log_var / 2) · ε with ε from N(0, 1): the reparameterisation."""
    epsilon = np.random.default_rng(seed).standard_normal((n, len(z_mean)))
    return (z_mean + np.exp(z_log_var / 2) * epsilon).astype(np.float32)


def kl_per_dimension(z_mean: np.ndarray, z_log_var: np.ndarray) -> np.ndarray:
    """Mean KL divergence from N(0, 1) of each latent dimension, in nats: (N, code_dim) twice → (code_dim,)."""
    return 0.5 * (np.square(z_mean) + np.exp(z_log_var) - z_log_var - 1).mean(axis=0)


def nearest(codes: np.ndarray, z: np.ndarray) -> tuple[int, float]:
    """The index of the code (N, code_dim) nearest to `z`, and its Euclidean distance."""
    distances = np.square(codes - z).sum(axis=1)
    index = int(distances.argmin())
    return index, float(np.sqrt(distances[index]))


def mosaic(x: np.ndarray, columns: int) -> np.ndarray:
    """Images uint8 (N, 28, 28, 1) → one image (rows · 28, columns · 28), row by row; the cells left over stay black."""
    rows = -(-len(x) // columns)
    tiles = np.zeros((rows * columns, 28, 28), np.uint8)
    tiles[: len(x)] = x[..., 0]
    return tiles.reshape(rows, columns, 28, 28).swapaxes(1, 2).reshape(rows * 28, columns * 28)
