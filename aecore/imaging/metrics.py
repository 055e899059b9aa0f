"""How far a reconstruction is from its image. NumPy only; images are floats in [0, 1] unless stated otherwise."""

from __future__ import annotations

import numpy as np

EPSILON = 1e-7  # Keras' own: probabilities are kept this far from 0 and 1


def mse(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Mean squared error per pixel, of images in [0, 1]."""
    return float(np.mean(np.square(x - x_hat, dtype=np.float64)))


def mse_per_image(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Mean squared error of each image on [0, 1], of images on [0, 255], such as uint8: (N, …) twice → float64 (N,)."""
    return np.square((x.astype(np.float32) - x_hat) / 255).reshape(len(x), -1).mean(axis=1, dtype=np.float64)


def bce(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Binary cross-entropy per pixel in nats; x_hat is clipped to [1e-7, 1 - 1e-7], as Keras does."""
    p = np.clip(x_hat, EPSILON, 1 - EPSILON)
    return float(-np.mean(x * np.log(p) + (1 - x) * np.log1p(-p), dtype=np.float64))


def psnr(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio of each image in dB: (N, H, W, …) twice → (N,); infinite for equal images."""
    error = np.square(x - x_hat, dtype=np.float64).reshape(len(x), -1).mean(axis=1)
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)


def ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Structural similarity of each image (Wang et al. 2004, 7×7 windows): (N, H, W, 1) twice → (N,), at most 1."""
    from skimage.metrics import structural_similarity

    return np.array(
        [structural_similarity(a[..., 0], b[..., 0], data_range=1.0) for a, b in zip(x, x_hat, strict=True)]
    )
