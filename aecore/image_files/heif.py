"""HEIC and AVIF, what phones make and browsers save: read in a process of their own (`sandbox`).

    python -m aecore.image_files.heif           # what is started for each question

Their headers do not bind the video frames inside, for which a decoder takes its memory.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import AvifImagePlugin, Image, ImageOps

from aecore.image_files import sandbox
from aecore.image_files.errors import ImageError, check_pixels
from aecore.specs.limits import LIMITS

_AVIF = (b"avif", b"avis")
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MAX_PIXELS = {"HEIC": LIMITS.heic_pixels, "AVIF": LIMITS.picture_pixels}


def kind(raw: bytes) -> str | None:
    """ "AVIF" or "HEIC", by the brands that a file names at its beginning; None for any other."""
    if raw[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(raw[:4], "big"), 256)
    brands = {raw[8:12], *(raw[at : at + 4] for at in range(16, end, 4))}
    return "AVIF" if brands.intersection(_AVIF) else "HEIC" if brands.intersection(_HEIC) else None


def size(raw: bytes) -> tuple[int, int]:
    """(width, height) upright. Raises ImageError for too many pixels, and for a file of another kind."""
    found, _ = _ask({}, raw)
    return found["width"], found["height"]


def read(raw: bytes, max_side: int | None = None) -> Image.Image:
    """The (first) image upright, in mode L or LA, made small if it is longer than `max_side`. Raises ImageError."""
    found, pixels = _ask({"decode": True, "max_side": max_side}, raw)
    planes = pixels.reshape(-1, found["height"], found["width"])
    bands = [Image.fromarray(plane) for plane in planes]
    return bands[0] if len(bands) == 1 else Image.merge("LA", bands)


def _ask(question: dict, raw: bytes) -> tuple[dict, np.ndarray]:
    try:
        return sandbox.ask(__name__, question, raw)
    except sandbox.UnfinishedError:
        raise ImageError(
            f"Expected an image that can be read within {sandbox.MAX_CPU_S} s and {sandbox.MAX_BYTES / 1e6:.0f} MB; "
            f"this {kind(raw)} takes more, or is damaged."
        ) from None


# In the process.


def answer(question: dict, raw: bytes) -> tuple[dict, bytes | memoryview]:
    """The size upright or, where the question is to decode it, the grey values and perhaps the opacity, uint8."""
    with _opened(raw) as image:
        check_pixels(*image.size, MAX_PIXELS[kind(raw) or "HEIC"])
        if "decode" not in question:
            turned = image.getexif().get(274, 1) >= 5
            width, height = image.size[::-1] if turned else image.size
            return {"width": width, "height": height}, b""
        image.load()
        grey = image.convert("LA" if image.has_transparency_data else "L")
        exif = image.getexif()
    del image  # its pixels need not wait
    if question["max_side"]:
        grey.thumbnail((question["max_side"],) * 2)
    grey.getexif().update(exif)
    grey = ImageOps.exif_transpose(grey)
    planes = np.stack([np.asarray(band) for band in grey.split()])
    return {"width": grey.width, "height": grey.height}, planes.data.cast("B")


def _opened(raw: bytes) -> Image.Image:
    if kind(raw) == "AVIF":
        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
        return AvifImagePlugin.AvifImageFile(io.BytesIO(raw))
    from pi_heif import HeifImageFile, options

    options.THUMBNAILS = False  # one would be read in place of the image
    options.DECODE_THREADS = 1
    return HeifImageFile(io.BytesIO(raw))


if __name__ == "__main__":
    sandbox.run(answer, "image")
