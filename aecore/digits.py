"""Anything drawn or photographed → a 28×28 image made the way MNIST's were.

Those were black ink on white, scaled to fit 20×20 pixels with their proportions kept, smoothed by that, and set into
28×28 with their centre of mass in the middle (LeCun et al.); stored with ink 255 on a ground of 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from aecore import picture_files
from aecore.limits import LIMITS
from aecore.picture_errors import PictureError

SIDE, FIT = 28, 20
MIDDLE = 14.5  # pixels from the edge: MNIST's centres of mass lie in the pixel with the number 14, from 0
MAX_BYTES, MAX_POINTS = LIMITS.picture_bytes, LIMITS.drawn_points
WORKING_SIDE = 560  # pixels; larger pictures are reduced to this before anything else
DRAWING_SIDE = 240  # pixels on which strokes are drawn
INK = 0.12  # of full contrast: darker than that is ink, lighter is paper
BLACK_POINT, WHITE_POINT = 0.08, 0.85  # of full contrast; beyond them paper is plain and ink is full


class DigitError(PictureError):
    """A picture that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


MAX_THICKNESS = 2


@dataclass(frozen=True)
class Correction:
    """What a visitor says of their picture; None and 0 leave it to the program.

    `box`: (left, top, right, bottom) of the digit in shares of the picture. `light_ink`: whether it is lighter than its
    ground. `thickness`: -2 (thinner) to 2 (thicker).
    """

    box: tuple[float, float, float, float] | None = None
    light_ink: bool | None = None
    thickness: int = 0


@dataclass(frozen=True)
class Reading:
    """The digit uint8 (28, 28, 1), where it was found, and whether its ink is lighter than its ground."""

    x: np.ndarray
    box: tuple[float, float, float, float]
    light_ink: bool


def read(grey: np.ndarray, correction: Correction = Correction()) -> Reading:
    """Grey float (H, W) in [0, 1] → the digit in it. Raises DigitError."""
    height, width = grey.shape
    left, top, right, bottom = correction.box or (0, 0, 1, 1)
    cut = grey[int(top * height) : math.ceil(bottom * height), int(left * width) : math.ceil(right * width)]
    edge = np.concatenate([cut[0], cut[-1], cut[:, 0], cut[:, -1]])
    light = float(np.median(edge)) < cut.mean() if correction.light_ink is None else correction.light_ink
    ink = np.maximum((cut - np.median(edge)) * (1 if light else -1), 0)
    if ink.max() < 0.02:
        raise DigitError("Expected a picture with something drawn on it; this one has the same colour all over.")
    ink = np.clip((ink / ink.max() - BLACK_POINT) / (WHITE_POINT - BLACK_POINT), 0, 1)
    if correction.thickness:
        change = ndimage.grey_dilation if correction.thickness > 0 else ndimage.grey_erosion
        ink = change(ink, size=1 + abs(correction.thickness) * max(1, round(max(ink.shape) / 60)))
    rows, columns = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
    found = (
        left + columns[0] / width, top + rows[0] / height,
        left + (columns[-1] + 1) / width, top + (rows[-1] + 1) / height,
    )  # fmt: skip
    return Reading(normalise(ink), correction.box or found, light)


def from_file(raw: bytes) -> np.ndarray:
    """A picture file of up to 10 MB and 20 megapixels, on light or dark ground → uint8 (28, 28, 1).

    Raises DigitError for anything else.
    """
    return normalise(_ink(grey(raw)))


def grey(raw: bytes) -> np.ndarray:
    """A picture file of up to 10 MB and 20 megapixels → its grey values float32 (H, W) in [0, 1], white 1.

    No side is longer than 560 pixels: larger pictures are reduced. Raises DigitError for anything else.
    """
    try:
        return picture_files.grey(raw, WORKING_SIDE)
    except PictureError as error:
        raise DigitError(str(error)) from None


def from_strokes(strokes: Sequence[Sequence[Sequence[float]]], width: float) -> np.ndarray:
    """Strokes of a pen → uint8 (28, 28, 1). Each is a list of (x, y) on a square of side 1; so is the pen's `width`.

    Raises DigitError for strokes that are none, too long or empty.
    """
    try:
        if sum(len(stroke) for stroke in strokes[: MAX_POINTS + 1]) > MAX_POINTS or len(strokes) > MAX_POINTS:
            raise DigitError(f"Expected a drawing of up to {MAX_POINTS:,} points, but more came.")
        lines = [[(float(x), float(y)) for x, y in stroke] for stroke in strokes]
        width = float(width)
    except DigitError:
        raise
    except (TypeError, ValueError, KeyError, OverflowError):
        raise DigitError("Expected strokes as lists of points, but something else came.") from None
    numbers = [number for line in lines for point in line for number in point]
    if not all(math.isfinite(number) and -1 <= number <= 2 for number in [*numbers, width]):
        raise DigitError("Expected strokes on the pad, but some lie far outside of it.")
    if not numbers:
        raise DigitError("Expected a picture with something drawn on it, but this one is empty.")
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
    return normalise(np.asarray(canvas, np.float32) / 255)


def normalise(ink: np.ndarray) -> np.ndarray:
    """Ink float (H, W) in [0, 1] on a ground of 0 → uint8 (28, 28, 1): fitted to 20×20, centred by centre of mass.

    Raises DigitError if there is no ink.
    """
    rows, columns = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise DigitError("Expected a picture with something drawn on it, but this one is empty.")
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = FIT / max(cut.shape)
    size = tuple(max(1, round(side * scale)) for side in reversed(cut.shape))  # (width, height)
    # A reduction by an area average smooths the edges as MNIST's are smooth.
    small = Image.fromarray(cut.astype(np.float32)).resize(size, Image.Resampling.BOX if scale < 1 else Image.BICUBIC)
    small = np.clip(np.asarray(small), 0, 1)
    mass = small.sum()
    middle = [(small.sum(axis=1 - axis) * (np.arange(small.shape[axis]) + 0.5)).sum() / mass for axis in (0, 1)]
    out = np.zeros((SIDE, SIDE), np.float32)
    top, left = (
        min(max(round(MIDDLE - centre), 0), SIDE - length) for centre, length in zip(middle, small.shape, strict=True)
    )
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return np.rint(out * 255).astype(np.uint8)[..., np.newaxis]


def _ink(grey: np.ndarray) -> np.ndarray:
    """Grey (H, W) in [0, 1] on any ground, which its edge shows → ink in [0, 1]: the distance from the ground."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = float(np.median(edge))
    away = grey - ground
    # Ink lies on the side that reaches further, judged without the few most extreme pixels.
    low, high = np.percentile(away, [0.5, 99.5])
    ink = np.maximum(away if high > -low else -away, 0)
    full = float(np.percentile(ink[ink > 0], 99)) if (ink > 0).any() else 0.0
    if full < 0.02:
        raise DigitError("Expected a picture with something drawn on it, but this one has the same colour all over.")
    return np.clip((ink / full - BLACK_POINT) / (WHITE_POINT - BLACK_POINT), 0, 1)
