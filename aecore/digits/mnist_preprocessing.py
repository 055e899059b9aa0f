"""Anything drawn or photographed → a 28×28 image made the way MNIST's were.

Those were black ink on white, scaled to fit 20×20 pixels with their proportions kept, smoothed by that, and placed in
28×28 with their centre of mass in the middle (LeCun et al.); stored with ink 255 on a ground of 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from aecore.digits import photos, thickness
from aecore.image_files import reading
from aecore.image_files.errors import ImageError
from aecore.imaging.arrays import to_float, to_uint8
from aecore.specs.limits import LIMITS

SIDE, FIT = 28, 20
MIDDLE = 14.5  # pixels from the edge: MNIST's centres of mass lie in the pixel with the number 14, from 0
MAX_BYTES, MAX_POINTS = LIMITS.picture_bytes, LIMITS.drawn_points
WORKING_SIDE = 1000  # pixels; larger images are reduced to this before anything else
DRAWING_SIDE = 240  # pixels on which strokes are drawn
INK = 0.12  # of full contrast: darker than that is ink, lighter is paper
MAX_THICKNESS = 2


@dataclass(frozen=True)
class Correction:
    """What a visitor corrects where the wrong thing was taken. Raises ImageError for values outside these ranges.

    `box`: left, top, right and bottom of the digit as fractions of the image's width and height; None finds it.
    `light_ink`: whether the ink is lighter than its ground; None finds out. `thickness`: from -2 to 2 steps, a step
    about half a pixel of 28 on either side of a stroke.
    """

    box: tuple[float, float, float, float] | None = None
    light_ink: bool | None = None
    thickness: int = 0

    def __post_init__(self) -> None:
        if self.box is not None:
            try:
                left, top, right, bottom = (float(number) for number in self.box)
            except (TypeError, ValueError):
                raise ImageError("Expected a box of four numbers: left, top, right and bottom.") from None
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise ImageError(
                    "Expected a box inside the image, its left and top smaller than its right and bottom; "
                    f"got {left:g}, {top:g}, {right:g}, {bottom:g}."
                )
            object.__setattr__(self, "box", (left, top, right, bottom))
        if not (self.light_ink is None or isinstance(self.light_ink, bool)):
            raise ImageError(f"Expected light ink to be yes, no or found automatically; got {self.light_ink!r}.")
        if type(self.thickness) is not int or abs(self.thickness) > MAX_THICKNESS:
            raise ImageError(
                f"Expected a thickness from {-MAX_THICKNESS} to {MAX_THICKNESS} steps; got {self.thickness!r}."
            )


@dataclass(frozen=True)
class Reading:
    """A digit as MNIST's are, `x`: uint8 (28, 28, 1); and which part of the image was taken for it.

    `box`: left, top, right and bottom as fractions of the image's width and height.
    """

    x: np.ndarray
    box: tuple[float, float, float, float]
    light_ink: bool


def from_file(raw: bytes) -> np.ndarray:
    """An image file of up to 10 MB and 20 megapixels, of one digit, drawn or photographed → uint8 (28, 28, 1).

    Raises ImageError for anything else.
    """
    return read(grey(raw)).x


def read(grey: np.ndarray, correction: Correction | None = None) -> Reading:
    """The one digit on an image, grey float32 (H, W) in [0, 1], white 1: drawn, scanned or photographed.

    With a corrected box, what is drawn inside of it is taken, whatever it is. Raises ImageError where nothing is drawn,
    or several digits are.
    """
    correction = correction or Correction()
    height, width = grey.shape
    figure = photos.find(np.asarray(grey, np.float32), correction.box, correction.light_ink)
    left, top, right, bottom = figure.box
    return Reading(
        x=normalise(thickness.stroked(figure, correction.thickness)),
        box=correction.box or (left / width, top / height, right / width, bottom / height),
        light_ink=figure.light_ink,
    )


def grey(raw: bytes) -> np.ndarray:
    """An image file of up to 10 MB and 20 megapixels → its grey values float32 (H, W) in [0, 1], white 1.

    No side is longer than 1,000 pixels: larger images are reduced. Raises ImageError for anything else.
    """
    return reading.grey(raw, WORKING_SIDE)


def from_strokes(strokes: Sequence[Sequence[Sequence[float]]], width: float) -> np.ndarray:
    """Strokes of a pen → uint8 (28, 28, 1). Each is a list of (x, y) on a square of side 1; so is the pen's `width`.

    Raises ImageError for strokes that are not lists of points, too long or empty.
    """
    try:
        if sum(len(stroke) for stroke in strokes[: MAX_POINTS + 1]) > MAX_POINTS or len(strokes) > MAX_POINTS:
            raise ImageError(f"Expected a drawing of up to {MAX_POINTS:,} points; got more.")
        lines = [[(float(x), float(y)) for x, y in stroke] for stroke in strokes]
        width = float(width)
    except ImageError:
        raise
    except (TypeError, ValueError, KeyError, OverflowError):
        raise ImageError("Expected strokes as lists of points; got something else.") from None
    numbers = [number for line in lines for point in line for number in point]
    if not all(math.isfinite(number) and -1 <= number <= 2 for number in [*numbers, width]):
        raise ImageError("Expected strokes on the pad; some lie far outside of it.")
    if not numbers:
        raise ImageError("Expected an image with something drawn on it; this one is empty.")
    width = min(max(width, 0.01), 0.3)
    # Drawn as large as the canvas allows, so that a small digit is as smooth as a large one.
    left, top = (min(numbers[axis::2]) - width / 2 for axis in (0, 1))
    extent = max(max(numbers[axis::2]) + width / 2 - low for axis, low in ((0, left), (1, top)))
    scale = DRAWING_SIDE / extent
    canvas = Image.new("L", (DRAWING_SIDE, DRAWING_SIDE))
    pen = ImageDraw.Draw(canvas)
    thick = width * scale
    for line in lines:
        points = [((x - left) * scale, (y - top) * scale) for x, y in line]
        if len(points) > 1:
            pen.line(points, fill=255, width=round(thick), joint="curve")
        for x, y in points:  # round ends and joints
            pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
    return normalise(to_float(np.asarray(canvas)))


def normalise(ink: np.ndarray) -> np.ndarray:
    """Ink float (H, W) in [0, 1] on a ground of 0 → uint8 (28, 28, 1): fitted to 20×20, centred by centre of mass.

    Raises ImageError if there is no ink.
    """
    rows, columns = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ImageError("Expected an image with something drawn on it; this one is empty.")
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = FIT / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    # A reduction by an area average smooths the edges as MNIST's are smooth.
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    small = Image.fromarray(cut.astype(np.float32)).resize((width, height), resampling)
    small = np.clip(np.asarray(small), 0, 1)
    mass = small.sum()
    middle = [(small.sum(axis=1 - axis) * (np.arange(small.shape[axis]) + 0.5)).sum() / mass for axis in (0, 1)]
    out = np.zeros((SIDE, SIDE), np.float32)
    top, left = (
        min(max(round(MIDDLE - centre), 0), SIDE - length) for centre, length in zip(middle, small.shape, strict=True)
    )
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return to_uint8(out)[..., np.newaxis]
