"""The classical ways to remove noise, by scikit-image and SciPy: what a network has to beat.

Digits are float (H, W) in [0, 1], pages float (H, W) in [0, 1] with white paper 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.imaging.arrays import to_uint8

MEDIAN_SIDE = 21  # pixels
AFFINE = (1.25, -0.187)
SAUVOLA_SIDE = 25


@dataclass(frozen=True)
class Filter:
    """A filter for images: its title, how its parameter is written, and the settings to try, weakest first."""

    title: str
    setting_format: str
    settings: tuple[float, ...]
    apply: Callable[[np.ndarray, float], np.ndarray]


def _median(x: np.ndarray, radius: float) -> np.ndarray:
    from scipy import ndimage
    from skimage import morphology

    return ndimage.median_filter(x, footprint=morphology.disk(int(radius)), mode="nearest")


def _gaussian(x: np.ndarray, sigma: float) -> np.ndarray:
    from skimage import filters

    return filters.gaussian(x, sigma)


def _non_local_means(x: np.ndarray, h: float) -> np.ndarray:
    from skimage import restoration

    return restoration.denoise_nl_means(x, patch_size=5, patch_distance=6, h=h, fast_mode=True)


def _total_variation(x: np.ndarray, weight: float) -> np.ndarray:
    from skimage import restoration

    return restoration.denoise_tv_chambolle(x, weight)


def _wavelet(x: np.ndarray, sigma: float) -> np.ndarray:
    from skimage import restoration

    if np.ptp(x) == 0:
        return x  # scikit-image would divide by the range of the values
    return restoration.denoise_wavelet(x, sigma=sigma, method="VisuShrink", mode="soft", rescale_sigma=True)


FILTERS = {
    "median": Filter("Median", "radius {:g} px", (1, 2, 3), _median),
    "gaussian": Filter("Gaussian blur", "σ {:g} px", (0.4, 0.6, 0.8, 1.1, 1.5, 2.0), _gaussian),
    "nl_means": Filter("Non-local means", "h {:g}", (0.1, 0.2, 0.4, 0.6, 0.9), _non_local_means),
    "tv": Filter("Total variation", "weight {:g}", (0.05, 0.1, 0.2, 0.4, 0.7, 1.1), _total_variation),
    "wavelet": Filter("Wavelet", "σ {:g}", (0.05, 0.1, 0.2, 0.3, 0.45), _wavelet),
}


def best_affine(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """(a, b) for which a·y + b is nearest to x in squared error over all pixels; a is 0 where y is constant."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    spread = y.var()
    a = np.mean((x - x.mean()) * (y - y.mean())) / spread if spread else 0.0
    return float(a), float(x.mean() - a * y.mean())


# Pages.


def median_background(page: np.ndarray) -> np.ndarray:
    """A page without its background: divided by its own 21×21 median filter, then 1.25·x − 0.187, clipped."""
    from skimage.filters import rank

    # With 256 greys a sliding histogram finds the median; SciPy's filter of floats takes 50 times as long.
    greys = to_uint8(page)
    background = rank.median(greys, np.ones((MEDIAN_SIDE, MEDIAN_SIDE), np.uint8)) / np.float32(255)
    a, b = AFFINE
    return np.clip(a * page / np.maximum(background, 1e-3) + b, 0, 1)


def sauvola(page: np.ndarray) -> np.ndarray:
    """White where Sauvola's local threshold finds paper; the ink keeps its grey."""
    from skimage import filters

    return np.where(page > filters.threshold_sauvola(page, SAUVOLA_SIDE), 1.0, page)
