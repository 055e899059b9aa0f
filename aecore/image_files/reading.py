"""An image file that a visitor brings → its grey values, small."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from aecore.image_files import heif, tiff
from aecore.image_files.errors import ImageError
from aecore.image_files.greyscale import flat, is_deep
from aecore.image_files.opening import FORMATS, HEIF, decoding, kind, opened, orientation, upright
from aecore.specs.limits import LIMITS

MAX_BYTES, MAX_PIXELS = LIMITS.picture_bytes, LIMITS.picture_pixels
_PNG_BITS = 24  # where its header says how many


def grey(raw: bytes, max_side: int) -> np.ndarray:
    """An image file of up to 10 MB and 20 megapixels → its grey values float32 (H, W) in [0, 1], white 1, upright.

    No side is longer than `max_side`: larger images are reduced. Of an animation the first image counts. What is
    transparent is paper that differs from the ink; numbers of more than 8 bits are stretched to [0, 1] by their own
    range. Raises ImageError for anything else.
    """
    if not raw:
        raise ImageError("Expected an image; this file is empty.")
    if len(raw) > MAX_BYTES:
        raise ImageError(f"Expected an image of up to {MAX_BYTES / 1e6:.0f} MB; this one has {len(raw) / 1e6:.1f} MB.")
    name = kind(raw)
    if name is None:
        raise ImageError(f"Expected an image ({FORMATS}); this file is of another kind.")
    with decoding(name):
        if name in HEIF:
            return _grey(heif.read(raw, max_side), max_side)
        with opened(raw, name, LIMITS.webp_pixels if name == "WebP" else MAX_PIXELS) as image:
            # Of 16-bit colours Pillow keeps the upper 8 bits.
            return _grey(image, max_side, stretch=name == "PNG" and raw[_PNG_BITS] == 16)


def _grey(image: Image.Image, max_side: int, stretch: bool = False) -> np.ndarray:
    turn = orientation(image)
    width, height = (max(1, math.ceil(side * max_side / max(image.size))) for side in image.size)
    image.draft("L", (width, height))  # lets a JPEG be read small
    white_is_zero = is_deep(image) and _is_inverted(image)
    small = _filled(image) if is_deep(image) else flat(image)
    small.thumbnail((max_side, max_side))
    shades = np.asarray(upright(_on_paper(small), turn), np.float32)
    if stretch or is_deep(image):
        low, high = shades.min(), shades.max()
        shades = (shades - low) / (high - low) if high > low else np.ones_like(shades)
        return 1 - shades if white_is_zero else shades
    return shades / 255


def _is_inverted(image: Image.Image) -> bool:
    """Whether 0 is white, in a TIFF of more than 8 bits; Pillow inverts the others."""
    return isinstance(image, TiffImageFile) and image.tag_v2.get(tiff.PHOTOMETRIC) == tiff.WHITE_IS_ZERO


def _filled(image: Image.Image) -> Image.Image:
    """Mode F, with the lightest shade where there is nothing: no number, or the one that stands for nothing."""
    values, key = np.array(image, np.float32), image.info.get("transparency")
    missing = ~np.isfinite(values) if key is None else values == key
    if missing.any():
        values[missing] = values[~missing].max() if not missing.all() else 0
    return Image.fromarray(values)


def _on_paper(image: Image.Image) -> Image.Image:
    """RGBA on paper that differs from the ink, whatever colour that is → L; other modes as they are."""
    if image.mode != "RGBA":
        return image
    seen = np.asarray(image, np.float32)
    opacity = seen[..., 3] / 255
    is_dark = np.average(seen[..., :3].mean(axis=-1), weights=np.maximum(opacity, 1e-6)) < 128
    paper = Image.new("RGBA", image.size, "white" if is_dark else "black")
    return Image.alpha_composite(paper, image).convert("L")
