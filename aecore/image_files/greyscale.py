"""A decoded image of any mode → grey values, band by band, which bounds the memory for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from aecore.image_files import tiff

BAND = 2_000_000  # pixels that are turned to grey at a time


def grey(image: Image.Image) -> np.ndarray:
    """A decoded image of any mode → uint8 (H, W), 255 white; what is transparent is white, too."""
    width, height = image.size
    levels = _levels(image)
    out = np.empty((height, width), np.uint8)
    for rows, band in _bands(image):
        out[rows] = _flat_grey(band) if levels is None else _deep_grey(band, *levels)
    return out


def flat(image: Image.Image) -> Image.Image:
    """8 bits or fewer per channel → mode L, or RGBA where some of it may be transparent."""
    if image.mode == "LAB":  # Pillow converts it by a colour profile only; its first channel is the lightness
        return image.getchannel("L")
    if image.mode == "La":  # premultiplied
        image = image.convert("LA")
    return image.convert("RGBA" if image.has_transparency_data or "a" in image.mode else "L")


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow keeps more than 8 bits of each number."""
    return image.mode[0] in "IF"


def _bands(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    width, height = image.size
    step = max(1, BAND // width)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield slice(top, bottom), image.crop((0, top, width, bottom))


def _flat_grey(band: Image.Image) -> np.ndarray:
    """8 bits or fewer per channel → uint8, on white paper."""
    band = flat(band)
    if band.mode == "L":
        return np.asarray(band)
    paper = Image.new("L", band.size, 255)
    return np.asarray(Image.composite(band.convert("L"), paper, band.getchannel("A")))


def _levels(image: Image.Image) -> tuple[float, float] | None:
    """The numbers that are (black, white) in an image of more than 8 bits; None for other images."""
    tags: Any = getattr(image, "tag_v2", {})
    if image.mode.startswith("I;16"):
        low, high = 0.0, float(2 ** tags.get(tiff.BITS, (16,))[0] - 1)  # some TIFFs have 12 bits
    elif image.mode in ("I", "F"):
        low, high = _range(image)
        for full in (1.0, 255.0, 65_535.0):
            if low >= 0 and high <= full:
                low, high = 0.0, full
                break
    else:
        return None
    # Pillow inverts those TIFFs where 0 is white only up to 8 bits.
    return (high, low) if tags.get(tiff.PHOTOMETRIC) == tiff.WHITE_IS_ZERO else (low, high)


def _range(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest finite number in an image of mode I or F; (0, 0) if there is none."""
    low, high = math.inf, -math.inf
    for _, band in _bands(image):
        values = np.asarray(band)
        values = values[np.isfinite(values)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def _deep_grey(band: Image.Image, black: float, white: float) -> np.ndarray:
    """More than 8 bits → uint8: `black` becomes 0, `white` and whatever is no number 255."""
    values = np.asarray(band).astype(np.float64)
    key = band.info.get("transparency")
    if isinstance(key, int):
        values[values == key] = white
    if black == white:
        return np.full(values.shape, 255, np.uint8)
    shades = (values - black) * (255 / (white - black))
    return np.rint(np.clip(np.nan_to_num(shades, nan=255), 0, 255)).astype(np.uint8)
