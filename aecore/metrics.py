"""How far a reconstruction is from its image. NumPy only; all images float in [0, 1]."""

from __future__ import annotations

import numpy as np

EPSILON = 1e-7  # Keras' own: probabilities are kept this far from 0 and 1


def mse(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Mean squared error a pixel, of images in [0, 1]."""
    return float(np.mean(np.square(x - x_hat, dtype=np.float64)))


def bce(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Binary cross-entropy a pixel in nats; x_hat is clipped to [1e-7, 1 - 1e-7], as Keras does."""
    p = np.clip(x_hat, EPSILON, 1 - EPSILON)
    return float(-np.mean(x * np.log(p) + (1 - x) * np.log1p(-p), dtype=np.float64))
