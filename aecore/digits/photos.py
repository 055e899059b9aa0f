"""The one figure that is drawn on a grey image: a photograph, scan, screenshot or drawing.

Of all figures on it, the one that stands out is taken. Where most of the image is dark, light ink is looked for, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from aecore.digits.boxes import find_in_box
from aecore.digits.figure import Figure, figures
from aecore.digits.ink import InkMap, on_plain_ground, on_uneven_ground
from aecore.digits.pieces import LIKE_SIZE, TOUCHING
from aecore.image_files.errors import ImageError

LIKE_CONTRAST = 0.5  # of the figure's: what has less was drawn by another pen
DARK = 0.4  # an image with a median below that may be a blackboard or a screen

NOTHING = "Expected an image with something drawn on it; found nothing drawn on this one."
SAME = "Expected an image with something drawn on it; this one has the same colour all over."
SEVERAL = "Expected a single digit; found several figures of about the same size."


def find(
    grey: np.ndarray, box: tuple[float, float, float, float] | None = None, light_ink: bool | None = None
) -> Figure:
    """The figure drawn on grey float32 (H, W) in [0, 1]. `light_ink`: None finds out whether it is lighter or darker.

    `box`: left, top, right, bottom as fractions of width and height; what is drawn inside of it is taken, even if it is
    several figures. Raises ImageError if there is none, or, without a box, more than one.
    """
    if box is not None:
        return find_in_box(grey, box, light_ink)
    if np.ptp(grey) < 1 / 250:
        raise ImageError(SAME)
    lights = (False, True) if light_ink is None else (light_ink,)
    seen = [figure for light in lights for figure in _figures_on(on_plain_ground, grey, light)]
    found = [figure for figure in seen if figure.clean]
    if not found:
        if light_ink is None and np.median(grey) >= DARK:
            lights = (False,)  # on paper, what is lighter than its surroundings is light between shadows
        seen = [figure for light in lights for figure in _figures_on(on_uneven_ground, grey, light)]
        found = [figure for figure in seen if not figure.faint]
    if not found:
        raise ImageError(NOTHING)
    best = max(found, key=lambda figure: figure.score)
    # What was apart at a lower threshold has only seemed to be one.
    earlier = [figure for figure in seen if figure.level <= best.level]
    if any(_alike(best, figure) for figure in seen) or any(
        _alike(one, other) and _alike(best, one, gap=False) for one, other in combinations(earlier, 2)
    ):
        raise ImageError(SEVERAL)
    return best


def _figures_on(grounds: Callable[[np.ndarray], Iterator[InkMap]], grey: np.ndarray, light: bool) -> list[Figure]:
    return [replace(figure, light_ink=light) for ink in grounds(1 - grey if light else grey) for figure in figures(ink)]


def _alike(one: Figure, other: Figure, gap: bool = True) -> bool:
    """Whether the two are similar in height and contrast and, if a gap is asked for, apart."""
    a, b = (np.array(figure.box) for figure in (one, other))
    size, other_size = a[2:] - a[:2], b[2:] - b[:2]
    apart = max(*(a[:2] - b[2:]), *(b[:2] - a[2:])) > TOUCHING * max(size.max(), other_size.max())
    return bool(
        (apart or not gap)
        and LIKE_SIZE <= other_size[1] / size[1] <= 1 / LIKE_SIZE
        and LIKE_CONTRAST <= other.contrast / one.contrast <= 1 / LIKE_CONTRAST
    )
