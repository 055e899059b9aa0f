"""What is drawn inside a box: its surroundings tell what the ground is."""

from __future__ import annotations

import numpy as np

from aecore.digits.figure import Figure, cut_out
from aecore.digits.ink import InkMap, on_plain_ground, on_uneven_ground
from aecore.digits.pieces import DUST
from aecore.image_files.errors import ImageError

MAX_BOXED_SOLIDITY = 0.42  # of a figure inside a box: its widest place over its size; what is wider is hardly one


def find_in_box(grey: np.ndarray, box: tuple[float, float, float, float], light_ink: bool | None) -> Figure:
    """What is drawn inside a box of grey float32 (H, W) in [0, 1], whatever it is.

    `box`: left, top, right and bottom as fractions of width and height. `light_ink`: None finds out. Raises ImageError
    if nothing is drawn there.
    """
    height, width = grey.shape
    left, right = int(box[0] * width), max(int(np.ceil(box[2] * width)), int(box[0] * width) + 1)
    top, bottom = int(box[1] * height), max(int(np.ceil(box[3] * height)), int(box[1] * height) + 1)
    margins = (right - left) // 2, (bottom - top) // 2
    x0, y0 = max(left - margins[0], 0), max(top - margins[1], 0)
    region = grey[y0 : bottom + margins[1], x0 : right + margins[0]]
    within = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    best = None
    for light in (False, True) if light_ink is None else (light_ink,):
        for grounds in (on_plain_ground, on_uneven_ground):
            for ink in grounds(1 - region if light else region):
                boxed = _boxed(ink, within)
                if boxed is None or (best is not None and boxed[1] <= best.score):
                    continue
                (kept, score), cut = boxed, ink.density[within]
                rows, columns = (np.flatnonzero(kept.any(axis)) for axis in (1, 0))
                (x_from, x_to), (y_from, y_to) = ((int(at[0]), int(at[-1]) + 1) for at in (columns, rows))
                place = left + x_from, top + y_from, left + x_to, top + y_to
                kept = kept[y_from:y_to, x_from:x_to]
                whole = np.zeros_like(grey)
                whole[top:bottom, left:right] = cut
                best = Figure(*cut_out(whole, kept, place, ink.plain), place, light, score)
            if best is not None:
                break
    if best is None:
        raise ImageError("Expected something drawn inside the box; found nothing.")
    return best


def _boxed(ink: InkMap, within: tuple[slice, slice]) -> tuple[np.ndarray, float] | None:
    """(what of a box is ink, bool (h, w); how much ink that is); None if there is none."""
    from scipy import ndimage

    cut = ink.density[within]
    mask = (ink.density > ink.floor)[within]
    if mask.any():
        mask &= cut > 0.4 * np.percentile(cut[mask], 95)
    labels, n = ndimage.label(mask, np.ones((3, 3)))
    if not n:
        return None
    masses = np.bincount(labels.ravel(), cut.ravel(), n + 1)
    masses[0] = 0
    free = masses.copy()
    free[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = 0
    # What the box cuts through is the neighbour's, unless there is little else.
    weights = free if free.max() > 0.2 * masses.max() else masses
    kept = np.isin(labels, np.flatnonzero(weights > 5 * DUST * weights.max()))
    if kept.sum() < 3:
        return None
    size = max(np.ptp(np.flatnonzero(kept.any(axis))) + 1 for axis in (0, 1))
    solid = 2 * ndimage.distance_transform_edt(np.pad(kept, 1)).max() / size
    return kept, float(weights.sum()) * (1 if solid < MAX_BOXED_SOLIDITY else 0.05)
