"""Pictures to lay filters on: the shipped photograph, and files of the visitor's own."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from aecore.digits import mnist_preprocessing
from aecore.imaging.arrays import to_float

PHOTO = Path(__file__).parent / "data" / "coffee.png"
MAX_SIDE = 128  # pixels: more of them would be too small to be seen one by one
MIN_SIDE = 8


@functools.cache
def photo() -> np.ndarray:
    """The shipped photograph, of a cup of coffee: float32 (96, 96, 1) in [0, 1]."""
    with Image.open(PHOTO) as picture:
        return to_float(np.asarray(picture))[..., None]


def from_file(raw: bytes) -> np.ndarray:
    """A picture file of up to 10 MB and 20 megapixels, made small → float32 (H, W, 1) in [0, 1], up to 128 a side.

    Raises digits.DigitError for anything else, and for pictures less than 8 pixels wide or high when they are so small.
    """
    grey = Image.fromarray(mnist_preprocessing.grey(raw).astype(np.float32))
    grey.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    if min(grey.size) < MIN_SIDE:
        width, height = grey.size
        raise mnist_preprocessing.DigitError(
            f"Expected a picture that is at least {MIN_SIDE} pixels wide and high, made small, "
            f"but this one is {width} × {height} then."
        )
    return np.clip(np.asarray(grey, np.float32), 0, 1)[..., None]
