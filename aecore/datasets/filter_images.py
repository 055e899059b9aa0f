"""Images to lay filters on: the shipped photograph, and files that visitors bring."""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image

from aecore.datasets.catalog import DATA
from aecore.image_files import reading
from aecore.image_files.errors import ImageError
from aecore.imaging.arrays import to_float

PHOTO = DATA / "coffee.png"
MAX_SIDE = 128  # pixels: more of them would be too small to be seen one by one
MIN_SIDE = 8
WORKING_SIDE = 1000  # pixels; what is larger is reduced to that by the decoder, which is fast


@functools.cache
def photo() -> np.ndarray:
    """The shipped photograph, of a cup of coffee: float32 (96, 96, 1) in [0, 1]."""
    with Image.open(PHOTO) as image:
        return to_float(np.asarray(image))[..., None]


def from_file(raw: bytes) -> np.ndarray:
    """An image file of up to 10 MB and 20 megapixels, reduced → float32 (H, W, 1) in [0, 1], up to 128 × 128.

    Raises ImageError for anything else, and for images that are less than 8 pixels wide or high when reduced.
    """
    grey = Image.fromarray(reading.grey(raw, WORKING_SIDE))
    grey.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    if min(grey.size) < MIN_SIDE:
        width, height = grey.size
        raise ImageError(
            f"Expected an image that is at least {MIN_SIDE} pixels wide and high when reduced; "
            f"this one becomes {width} × {height}."
        )
    return np.clip(np.asarray(grey, np.float32), 0, 1)[..., None]
