"""Where there is ink. A sheet is never evenly lit: the ground is estimated at each place; ink takes light from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from aecore.digits.ruling import ruling, without

WINDOWS = (0.06, 0.2)  # of the longer side: what is wider than that is ground, what is narrower may be ink
PLAIN_SHARE = 0.35  # of all pixels, with one value: the ground is that value everywhere
PLAIN_WIDTH = 0.04  # in grey values on either side of it
MAX_LIGHTER = 0.1  # of all pixels, on such a ground
SMOOTH_SIDE = 200  # pixels; smaller images are taken as they are
MIN_CONTRAST = 0.05  # of the ground's light that the faintest ink keeps back
NOISE_FACTOR = 5.0  # that ink must stand out of the noise
RIM = 7  # pixels; ink ends within them


@dataclass(frozen=True)
class InkMap:
    """Where there is ink on an image.

    `density`: (H, W) in [0, 1], the share of the ground's light that is missing. `local_contrast`: (H, W), by how much
    the light within a few pixels differs, as a share of the brightest. `noise`: of the density, a number or (H, W).
    `plain`: whether all of the ground has one value.
    """

    density: np.ndarray
    local_contrast: np.ndarray
    noise: np.ndarray | np.float32
    plain: bool

    @property
    def floor(self) -> np.ndarray:
        """The density of the faintest ink that stands out of the noise."""
        return np.maximum(MIN_CONTRAST, NOISE_FACTOR * self.noise)


def on_plain_ground(grey: np.ndarray) -> Iterator[InkMap]:
    """The ink on grey float32 (H, W) in [0, 1] if most of the ground has one value; nothing if it has not."""
    counts = np.histogram(grey, 128, (0, 1))[0]
    ground = (int(np.argmax(np.convolve(counts, np.ones(5), "same"))) + 0.5) / 128
    near = np.abs(grey - ground) <= PLAIN_WIDTH
    lighter = (grey > ground + PLAIN_WIDTH).mean()  # than the ground there is nothing but what is no ink
    if near.mean() < PLAIN_SHARE or lighter > MAX_LIGHTER or ground < 0.1:
        return
    ground = float(np.median(grey[near]))
    smooth = _smooth(grey)
    noise = 1.4826 * float(np.median(np.abs(smooth[near] - ground)))
    density = np.clip(1 - smooth / ground, 0, 1)
    yield InkMap(density, _local_contrast(smooth), np.float32(noise / ground), True)


def on_uneven_ground(grey: np.ndarray) -> Iterator[InkMap]:
    """The ink on grey float32 (H, W) in [0, 1], its ground estimated in windows of several sizes, without ruling."""
    from scipy import ndimage

    smooth = _smooth(grey)
    lines, contrast = None, _local_contrast(smooth)
    for share in WINDOWS:
        window = max(int(share * max(grey.shape)) | 1, 5)
        ground = ndimage.maximum_filter(smooth, window)
        ground = np.maximum(ndimage.minimum_filter(ground, window), 0.02)
        away = ground - smooth
        middle = float(np.median(away[::2, ::2]))
        noise = 1.4826 * float(np.median(np.abs(away[::2, ::2] - middle))) / ground
        density = np.clip(1 - (smooth + middle) / ground, 0, 1)
        if lines is None:
            lines = ruling(density)
        seen = InkMap(density, contrast, noise, False)
        yield replace(seen, density=without(density, lines, seen.floor))


def _smooth(grey: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(grey, 0.8, truncate=3) if max(grey.shape) >= SMOOTH_SIDE else grey


def _local_contrast(smooth: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    dark, light = ndimage.minimum_filter(smooth, RIM), ndimage.maximum_filter(smooth, RIM)
    return 1 - dark / np.maximum(light, 0.02)
