"""Random textures, and what else the layers of a degradation are made of."""

from __future__ import annotations

import numpy as np


def texture(rng: np.random.Generator, shape: tuple[int, int], roughness: float) -> np.ndarray:
    """Random (H, W), mean 0, standard deviation 1, whose amplitudes fall with frequency to the power `roughness`.

    0 is white noise, 1 paper, 2 clouds, 3 hills.
    """
    import scipy.fft

    height, width = (scipy.fft.next_fast_len(n + 16) for n in shape)
    spectrum = scipy.fft.rfft2(rng.standard_normal((height, width), np.float32))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)).astype(np.float32)
    frequency[0, 0] = np.inf
    out = scipy.fft.irfft2(spectrum * frequency**-roughness, (height, width))[: shape[0], : shape[1]]
    return (out - out.mean()) / (out.std() + 1e-6)


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """(H, W) blurred by a Gaussian with a standard deviation of `sigma` pixels."""
    from scipy import ndimage

    return ndimage.gaussian_filter(image, sigma, truncate=3)


def grid(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The row and the column of every pixel, float32 (H, W) each."""
    return tuple(np.mgrid[: shape[0], : shape[1]].astype(np.float32))


def steps(values: np.ndarray, width: float) -> np.ndarray:
    """Rises from 0 to 1 where `values` cross 0, within about `width`."""
    return 1 / (1 + np.exp(-np.clip(values / max(width, 1e-3), -30, 30)))
