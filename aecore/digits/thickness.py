"""The thickness of a figure's strokes: as thick as MNIST's, or as the visitor wants them."""

from __future__ import annotations

import numpy as np

from aecore.digits.figure import Figure

THIN, STROKE = 0.075, 0.105  # of a figure's size: few of MNIST's strokes are thinner; what thinner ones become
STEP = 0.02  # of a figure's size on either side of a stroke: somewhat less than half a pixel of MNIST's 20


def stroked(figure: Figure, thickness: int = 0) -> np.ndarray:
    """The figure's ink float32 (h, w) in [0, 1], its strokes made as wide as MNIST's where they are thinner.

    `thickness`: steps by which they are made thicker or, below 0, thinner; they never vanish.
    """
    from scipy import ndimage

    left, top, right, bottom = figure.box
    size = max(right - left, bottom - top)
    inside = ndimage.distance_transform_edt(np.pad(figure.mask, 1))[1:-1, 1:-1]
    width = 4 * float(inside[figure.mask].mean())  # pixels lie a quarter of it from its edge, on average
    grow = (STROKE * size - width) / 2 if width < THIN * size else 0
    if grow < 1 and not thickness:
        return figure.ink
    step = STEP * size
    if thickness < 0:  # of what the stroke is, two steps leave two fifths
        step = min(step, 0.15 * (width + 2 * grow))
    grow += step * thickness
    margin = int(np.ceil(max(grow, 0))) + 2
    mask = np.pad(figure.mask, margin)
    away = ndimage.distance_transform_edt(~mask) - ndimage.distance_transform_edt(mask)
    soft = max(size / 40, 0.5)  # MNIST's strokes fade over a pixel of 20
    return np.clip((grow - away) / soft + 0.5, 0, 1).astype(np.float32)
