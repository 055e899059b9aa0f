"""Printed ruling on a sheet: long straight lines across and down are found, and taken off what is drawn on them."""

from __future__ import annotations

import numpy as np

MAX_SLOPE = 0.2  # against the image's sides
N_BLOCKS = 64  # side by side; within one of them a line is taken to run level
STRONGEST = 0.3  # of a pixel's density counts: ruling is fainter than ink
FAINTEST = 0.012  # of a line's mean density
BEND = 4  # pixels off a straight line: paper bends, and lenses do
HALF_WIDTH = 5  # pixels
OFFSETS = np.arange(-HALF_WIDTH, HALF_WIDTH + 1)


def ruling(density: np.ndarray) -> np.ndarray:
    """How dense long straight lines, across and down, are at each place of density float (H, W) in [0, 1]: (H, W)."""
    found = (_lines(density), _lines(density.T))
    across, down = (np.float32(0) if lines is None else lines for lines in found)
    return np.maximum(across, down.T) * np.ones_like(density)


def without(density: np.ndarray, lines: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Density (H, W) as it is without such lines; what is left of no more than `floor` beside them is nothing."""
    rest = 1 - (1 - density) / np.maximum(1 - lines, 0.05)
    nothing = (lines > 0.01) & (rest < np.maximum(floor, 0.6 * lines))
    return np.where(nothing, 0, np.clip(rest, 0, 1))


def _lines(density: np.ndarray) -> np.ndarray | None:
    """How dense the ruling across is at each place (H, W); None if there is none."""
    from scipy import ndimage

    height, width = density.shape
    step = width // N_BLOCKS
    if step < 2 or height < 100:
        return None
    clipped = np.minimum(density[:, : step * N_BLOCKS], STRONGEST)
    blocks = clipped.reshape(height, N_BLOCKS, step).mean(2)
    blocks = np.maximum(blocks - ndimage.uniform_filter1d(blocks, 21, axis=0), 0)
    at = (np.arange(N_BLOCKS) - (N_BLOCKS - 1) / 2) * step
    slope = _slope(blocks, at)
    peaks, strength = _peaks(blocks, slope * at)
    if not len(peaks):
        return None
    out = np.zeros_like(density)
    columns = np.arange(width)
    for row in peaks:
        curve = _curve(blocks, row, at, slope, float(strength[row]))
        y = np.rint(curve(columns - (N_BLOCKS * step - 1) / 2)).astype(int)[:, None] + OFFSETS
        valid = (y >= 0) & (y < height)
        level = np.broadcast_to(_profile(density, y, valid), y.shape)
        np.maximum.at(out, (y[valid], np.broadcast_to(columns[:, None], y.shape)[valid]), level[valid])
    return out


def _sheared(blocks: np.ndarray, rises: np.ndarray) -> np.ndarray:
    """The blocks (H, N_BLOCKS), each moved up by its rise in pixels; nan where there was none."""
    height = len(blocks)
    index = np.arange(height)[:, None] + np.rint(rises).astype(int)
    out = blocks[np.clip(index, 0, height - 1), np.arange(N_BLOCKS)]
    return np.where((index >= 0) & (index < height), out, np.nan)


def _means(sheared: np.ndarray) -> np.ndarray:
    """The mean of each row, 0 where all of it was outside."""
    there = np.isfinite(sheared)
    return np.where(there, sheared, 0).sum(1) / np.maximum(there.sum(1), 1)


def _slope(blocks: np.ndarray, at: np.ndarray) -> float:
    """The slope at which the rows' means differ most."""

    def sharpness(slope: float) -> float:
        return float((_means(_sheared(blocks, slope * at)[20:-20]) ** 2).sum())

    slope = max(np.arange(-MAX_SLOPE, MAX_SLOPE + 1e-9, 0.008), key=sharpness)
    return float(max(slope + np.arange(-0.008, 0.0081, 0.002), key=sharpness))


def _peaks(blocks: np.ndarray, rises: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows (in the middle of the width) of lines that go nearly all the way; and how strong each row (H,) is."""
    from scipy import ndimage

    seen = _sheared(ndimage.maximum_filter1d(blocks, 5, axis=0), rises)
    outside = ~np.isfinite(seen).any(1)
    seen[outside] = 0
    strength = np.nanmedian(seen, axis=1)
    cover = np.nanmean(seen > np.maximum(FAINTEST, 0.4 * strength[:, None]), axis=1)
    profile = _means(_sheared(blocks, rises))
    highest = profile == ndimage.maximum_filter1d(profile, 7)
    peaks = np.flatnonzero(highest & (cover > 0.7) & (strength > FAINTEST))
    if len(peaks) < 3 and len(peaks) and cover[peaks].max() < 0.9:
        peaks = peaks[:0]
    return peaks, strength


def _curve(blocks: np.ndarray, row: int, at: np.ndarray, slope: float, strength: float) -> np.polynomial.Polynomial:
    """The line near a row: its place in pixels, by the distance from the middle of the width."""
    straight = np.rint(slope * at)
    index = np.clip(row + straight.astype(int)[:, None] + np.arange(-BEND, BEND + 1), 0, len(blocks) - 1)
    near = blocks[index, np.arange(N_BLOCKS)[:, None]]
    weight = np.minimum(near.max(1), 2 * max(strength, 1e-6)) + 1e-6
    there = row + straight + near.argmax(1) - BEND
    curve = np.polynomial.Polynomial.fit(at, there, 2, w=weight)
    return np.polynomial.Polynomial.fit(at, there, 2, w=weight * (np.abs(there - curve(at)) <= 1.5))


def _profile(density: np.ndarray, y: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """How dense a line with the rows y (W, 2 HALF_WIDTH + 1) is across its width (2 HALF_WIDTH + 1,)."""
    from scipy import ndimage

    values = np.where(valid, density[np.clip(y, 0, len(density) - 1), np.arange(len(y))[:, None]], np.nan)
    seen = valid.any(0)
    level = np.zeros(len(OFFSETS), density.dtype)
    level[seen] = np.maximum(np.nanmedian(values[:, seen], axis=0), 0)
    level[level < 0.15 * level.max()] = 0
    return ndimage.maximum_filter1d(level, 3)
