"""An image file that a visitor brings: of which format, whether it is whole, how large; and its grey values.

The content of a file decides what it is, not its name. Nothing is decoded before the header is known to promise no
more than is allowed.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from aecore.image_files import heif, jpeg, png, tiff, webp
from aecore.image_files.errors import CutOffError, ImageError, check_pixels
from aecore.specs import grammar
from aecore.specs.limits import LIMITS

MAX_BYTES, MAX_PIXELS, MAX_MEMORY = LIMITS.picture_bytes, LIMITS.picture_pixels, LIMITS.scan_memory_bytes
FORMATS = "PNG, JPEG, HEIC, WebP, AVIF, GIF, BMP or TIFF"

# Called directly: Image.open has a limit of its own, with a warning below it, and takes a JPEG of several images for
# something else.
_READERS = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "TIFF": TiffImageFile,
}
HEIF = ("AVIF", "HEIC")  # which `heif` reads
MAX_DIRECTORIES = 2 * LIMITS.scan_pages + 1  # of a TIFF: each page may have a smaller copy
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes
_ORIENTATION = 274  # EXIF's tag
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


def kind(raw: bytes) -> str | None:
    """The name of its format, one of `FORMATS`, by the file's content; None for anything else."""
    if raw.startswith(png.START):
        return "PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if webp.is_webp(raw):
        return "WebP"
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if raw.startswith(b"BM") and int.from_bytes(raw[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if raw.startswith(tiff.STARTS):
        return "TIFF"
    return heif.kind(raw)


@contextlib.contextmanager
def decoding(name: str) -> Iterator[None]:
    """Whatever a decoder raises for a file of this format becomes an ImageError."""
    a_file = grammar.with_article(name)
    try:
        yield
    except ImageError:
        raise
    except MemoryError:
        raise ImageError(f"Expected {a_file} that fits into the memory; this one needs more than is left.") from None
    except jpeg.TooManyScansError:
        raise ImageError(jpeg.TOO_MANY) from None
    except Exception as error:  # decoders raise nearly everything: struct.error, SyntaxError, KeyError, EOFError …
        if isinstance(error, CutOffError) or "truncated" in str(error):
            raise ImageError(f"Expected a whole {name}; this one is cut off.") from None
        raise ImageError(f"Expected {a_file} that can be read; this one is damaged or of a rare kind.") from None


@contextlib.contextmanager
def opened(raw: bytes, name: str, max_pixels: int) -> Iterator[Image.Image]:
    """The (first) image in a file of this format, not decoded yet. The formats `HEIF` are read by `heif`.

    Raises ImageError, or whatever Pillow raises, for a file whose headers show that it is cut off or too large.
    """
    exif = None
    if name == "PNG":
        raw, exif = png.repaired(raw)
    elif name == "WebP":
        if 8 + int.from_bytes(raw[4:8], "little") > len(raw):
            raise CutOffError
        width, height = webp.size(raw)  # the decoder takes memory for all of it as soon as it is made
        check_pixels(width, height, max_pixels)
        check_memory(name, width * height * webp.BYTES_PER_PIXEL)
    elif name == "TIFF":
        tiff.check_directories(raw, MAX_DIRECTORIES)
    elif name == "JPEG":
        with JpegImageFile(io.BytesIO(raw)) as image:
            check_pixels(*image.size, max_pixels)
            check_memory(name, jpeg.memory(image))
            raw = jpeg.repaired(raw, image)
    try:
        image = _READERS[name](io.BytesIO(raw))
    except Image.DecompressionBombError:
        raise ImageError(
            f"Expected an image of up to {max_pixels / 1e6:.0f} megapixels; this one has many times that."
        ) from None
    with image:
        check_pixels(*image.size, max_pixels)
        if name == "TIFF":
            check_tiff_page(image, len(raw), max_pixels)
        if exif:
            image.info["exif"] = exif
        yield image


def check_tiff_page(image: TiffImageFile, n_bytes: int, max_pixels: int) -> None:
    """Raises ImageError or CutOffError for a page, in a file of `n_bytes`, that is incomplete or too large."""
    check_pixels(image.tag_v2[tiff.WIDTH], image.tag_v2[tiff.HEIGHT], max_pixels)
    tiff.check_page(image, n_bytes)
    check_memory("TIFF", tiff.memory(image))


def check_memory(name: str, n_bytes: int) -> None:
    """Raises ImageError for more bytes than reading an image may take."""
    if n_bytes > MAX_MEMORY:
        raise ImageError(
            f"Expected an image that takes up to {MAX_MEMORY / 1e6:.0f} MB to be read; "
            f"this {name} would take {n_bytes / 1e6:,.0f} MB."
        )


def orientation(image: Image.Image) -> int:
    """1 to 8 as in EXIF; 1 where there is none, or none that can be read: the pixels are just as good without it."""
    if image.format == "TIFF":  # Pillow turns those itself
        return 1
    try:
        value = Image.Image.getexif(image).get(_ORIENTATION)  # PngImageFile's own would decode the image
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(grey: Image.Image, orientation: int) -> Image.Image:
    """A grey image that is stored with this orientation, turned upright."""
    if orientation == 1:
        return grey
    grey.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(grey)


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


def _grey(image: Image.Image, max_side: int, stretch: bool = False) -> np.ndarray:
    turn = orientation(image)
    size = tuple(max(1, math.ceil(side * max_side / max(image.size))) for side in image.size)
    image.draft("L", size)  # lets a JPEG be read small
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
    return image.format == "TIFF" and image.tag_v2.get(tiff.PHOTOMETRIC) == tiff.WHITE_IS_ZERO


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
