"""Figures: groups of pieces of ink that strokes make, with sharp edges all around, and no card, grid or shadow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from aecore.digits.ink import RIM, SMOOTH_SIDE, InkMap
from aecore.digits.pieces import Pieces, group_around

MIN_SIZE, MIN_SIZE_UNEVEN = 0.03, 0.055  # of the longer side, for a figure on a plain ground; for any other
MAX_SOLIDITY = 0.48  # the widest place of a stroke over the figure's size; what is wider is no stroke
LEVELS = 5  # thresholds of the density
MAX_TRIED = 3  # pieces at each threshold, the heaviest first
MIN_RIM = 0.95  # of a figure's rim must be where the light changes: a shadow's corner has an open side
CLOSED = 0.05  # of a figure's size: gaps that narrow are no gaps
MIN_LENGTH, MAX_LENGTH = 4.5, 7.0  # of a figure's strokes, over their width; over its size: a grid has more
MAX_STROKE = 0.33  # the mean width of strokes over the figure's size
MAX_FILL = 0.62  # of its box by a figure that is not narrow
MIN_SHARPNESS = 0.5  # of a figure's ink, by which it stands out of what is next to it: shadows fade, ink ends
MIN_SCORE = 0.03  # a stroke's length over the figure's size, times the square of its contrast, times its sharpness
MIN_BESIDE = 0.012  # the same of a further figure, beside one that reaches MIN_SCORE
EDGE = 0.01  # of the longer side; nobody writes so near to the edge of a photograph
MAX_PIECES, MAX_LIKE = 8, 4  # of one figure; of further ones like it. Where there are more, it is a texture or a grid
MAX_INK_SHARE = 0.4  # of all pixels, on a plain ground; where there is more, it is a sheet on a table
BLACK_POINT, WHITE_POINT = 0.08, 0.85  # of full contrast; beyond them paper is plain and ink is full
SOFT_EDGE = 0.06  # of a figure's size, on a plain ground: an enlarged image has wide edges


@dataclass(frozen=True)
class Figure:
    """A figure that may be a digit.

    `ink`: float32 (h, w) in [0, 1], cut to the figure; `mask`: bool (h, w), the figure itself. `box`: left, top, right
    and bottom in pixels of the image. `light_ink`: whether the ink is lighter than its ground. `score`: how much the
    figure stands out. `level`: the number of the threshold at which it was found, the lowest 0. `clean`: it is most of
    what is on a plain ground. `faint`: it counts only beside another figure.
    """

    ink: np.ndarray
    mask: np.ndarray
    box: tuple[int, int, int, int]
    light_ink: bool
    score: float
    contrast: float = 1.0
    level: int = 0
    clean: bool = False
    faint: bool = False


def figures(ink: InkMap) -> Iterator[Figure]:
    """The best figures at each of several thresholds: low ones show all of a figure, at high ones it stands alone."""
    over = ink.density > ink.floor
    if not over.any():
        return
    low = float(np.min(ink.floor))
    high = max(0.7 * float(np.percentile(ink.density[over], 98)), 1.01 * low)
    levels = [max(0.45 * high / 0.7, low)] if ink.plain else np.geomspace(low, high, LEVELS)
    for number, level in enumerate(levels):
        pieces = Pieces.of(ink.density, over & (ink.density > level))
        if len(pieces.masses):
            yield from (replace(figure, level=number) for figure in _best(ink, pieces))


def _best(ink: InkMap, pieces: Pieces) -> Iterator[Figure]:
    """The figures around the largest pieces."""
    smallest = MIN_SIZE if ink.plain else MIN_SIZE_UNEVEN
    fits = pieces.sizes >= max(smallest * max(ink.density.shape), 5)
    if not ink.plain:
        fits &= pieces.contacts == 0
    weights = pieces.masses * pieces.nearness * fits
    taken: set[int] = set()
    for index in np.argsort(-weights)[:MAX_TRIED].tolist():
        if weights[index] <= 0 or index in taken:
            continue
        group, n_like = group_around(index, pieces)
        taken.update(group)
        if len(group) > MAX_PIECES or n_like > MAX_LIKE:
            continue
        figure = _figure(ink, pieces, group)
        if figure is not None:
            yield figure


def _figure(ink: InkMap, pieces: Pieces, group: list[int]) -> Figure | None:
    """These pieces as a figure, the first of them its main one, if strokes with sharp edges make it."""
    from scipy import ndimage

    side, shorter = max(ink.density.shape), min(ink.density.shape)
    left, top = (int(v) for v in pieces.boxes[group, :2].min(0))
    right, bottom = (int(v) for v in pieces.boxes[group, 2:].max(0))
    contact = pieces.contacts[group].sum()
    to_edge = min(left, top, ink.density.shape[1] - right, ink.density.shape[0] - bottom)
    if contact > 0.5 * shorter or (to_edge < EDGE * side and not ink.plain):
        return None
    kept = np.isin(pieces.labels[top:bottom, left:right], np.array(group) + 1)
    width, length = _stroke(kept)
    if not width or (not ink.plain and length < MIN_LENGTH * width):
        return None
    contrast, sharpness = float(ink.density[top:bottom, left:right][kept].mean()), 1.0
    if not ink.plain or (contact and side >= SMOOTH_SIDE):
        around = _around(ink.density, kept, left, top)
        sharpness -= around / contrast / (1 - MIN_SHARPNESS)
        contrast -= around
        if sharpness <= 0:
            return None
    if not ink.plain:
        rim = kept & ~ndimage.binary_erosion(kept, np.ones((3, 3), bool))
        if (ink.local_contrast[top:bottom, left:right][rim] > 0.5 * contrast).mean() < MIN_RIM:
            return None
    mass = float(pieces.masses[group].sum())
    # A stroke's length counts, and how it stands out; its width does not.
    score = contrast * mass / width * float(pieces.nearness[group[0]]) * sharpness * (0.3 if contact else 1)
    size = max(kept.shape)
    if score < MIN_BESIDE * size:
        return None
    box = left, top, right, bottom
    faint = score < MIN_SCORE * size
    clean = ink.plain and not faint and mass > 0.5 * pieces.masses.sum() and (pieces.labels > 0).mean() < MAX_INK_SHARE
    return Figure(
        *cut_out(ink.density, kept, box, ink.plain), box, False, score, contrast, clean=bool(clean), faint=faint
    )


def _stroke(kept: np.ndarray) -> tuple[float, float]:
    """The width and length in pixels of the stroke that makes a figure bool (h, w); zeros if none makes it."""
    from scipy import ndimage

    size = max(kept.shape)
    solid = _closed(kept, min(int(CLOSED * size), RIM) | 1)
    inside = ndimage.distance_transform_cdt(np.pad(solid, 1))[1:-1, 1:-1]
    width = 4 * float(inside[solid].mean())  # pixels lie a quarter of it from its edge, on average
    length = float(solid.sum()) / width
    too_wide = width > MAX_STROKE * size + 1 or 2 * inside.max() > MAX_SOLIDITY * size + 1
    is_card = kept.mean() > MAX_FILL and min(kept.shape) > size / 2  # or a screen
    return (0.0, 0.0) if too_wide or is_card or length > MAX_LENGTH * size else (width, length)


def _closed(mask: np.ndarray, window: int) -> np.ndarray:
    """The mask (h, w) without gaps narrower than the window: ruling that was taken away has left some in shadows."""
    from scipy import ndimage

    if window < 3:
        return mask
    padded = np.pad(mask, window).astype(np.uint8)
    closed = ndimage.minimum_filter(ndimage.maximum_filter(padded, window), window)
    return closed[window:-window, window:-window] > 0


def _around(density: np.ndarray, kept: np.ndarray, left: int, top: int) -> float:
    """The mean density a few pixels away from what is kept, whose corner is at (left, top)."""
    from scipy import ndimage

    reach = 5
    away = ndimage.distance_transform_cdt(~np.pad(kept, reach))
    rows, columns = (np.arange(n) for n in away.shape)
    rows, columns = rows + top - reach, columns + left - reach
    y, x = ((rows >= 0) & (rows < density.shape[0])), ((columns >= 0) & (columns < density.shape[1]))
    values = density[np.ix_(rows[y], columns[x])]
    ring = (away[np.ix_(y, x)] >= 3) & (away[np.ix_(y, x)] <= reach)
    return float(values[ring].mean()) if ring.any() else 0.0


def cut_out(
    density: np.ndarray, kept: np.ndarray, box: tuple[int, int, int, int], plain: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(ink, mask) of what is kept, bool (h, w) at `box`: ink in [0, 1] with its soft edges, and the mask, as large."""
    from scipy import ndimage

    height, width = density.shape
    soft = max(1, round(SOFT_EDGE * max(kept.shape))) if plain else 2
    left, top, right, bottom = box[0] - soft, box[1] - soft, box[2] + soft, box[3] + soft
    grown = np.pad(kept, soft)
    cut = (slice(max(-top, 0), grown.shape[0] - max(bottom - height, 0)),
           slice(max(-left, 0), grown.shape[1] - max(right - width, 0)))  # fmt: skip
    near = ndimage.binary_dilation(grown, np.ones((3, 3), bool), soft)[cut]
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    values = density[top:bottom, left:right]
    full = max(float(np.percentile(values[grown[cut]], 90)), 1e-6)
    ink = np.clip((values / full - BLACK_POINT) / (WHITE_POINT - BLACK_POINT), 0, 1) * near
    return ink.astype(np.float32), grown[cut]
