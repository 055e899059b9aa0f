"""A file of one picture that a visitor brings: what it is, whether it is whole, how large; and its grey values.

What a file is, its content says and not its name. Nothing is decoded before its header is known to promise no more
than may be.
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
from aecore.image_files.errors import CutOffError, PictureError, check_pixels
from aecore.specs.limits import LIMITS

MAX_BYTES, MAX_PIXELS, MAX_MEMORY = LIMITS.picture_bytes, LIMITS.picture_pixels, LIMITS.scan_memory_bytes
WORDS = "PNG, JPEG, HEIC, WebP, AVIF, GIF, BMP or TIFF"

# Called directly: Image.open has a limit of its own, with a warning below it, and takes a JPEG of several pictures for
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
    """A picture file of up to 10 MB and 20 megapixels → its grey values float32 (H, W) in [0, 1], white 1, upright.

    No side is longer than `max_side`: larger pictures are reduced. Of a film it is the first picture. What is
    transparent is paper that differs from the ink; numbers of more than 8 bits are stretched to [0, 1] by their own
    range. Raises PictureError for anything else.
    """
    if not raw:
        raise PictureError("Expected a picture; this file is empty.")
    if len(raw) > MAX_BYTES:
        raise PictureError(
            f"Expected a picture of up to {MAX_BYTES / 1e6:.0f} MB; this one has {len(raw) / 1e6:.1f} MB."
        )
    name = kind(raw)
    if name is None:
        raise PictureError(f"Expected a picture ({WORDS}); this file is none.")
    with in_a_sentence(name):
        if name in HEIF:
            return _grey(heif.read(raw, max_side), max_side)
        with opened(raw, name, LIMITS.webp_pixels if name == "WebP" else MAX_PIXELS) as picture:
            # Of colours with 16 bits Pillow keeps the upper 8.
            return _grey(picture, max_side, stretch=name == "PNG" and raw[_PNG_BITS] == 16)


def kind(raw: bytes) -> str | None:
    """The name of its format, one of `WORDS`, by the file's content; None for anything else."""
    if raw.startswith(png.START):
        return "PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if webp.is_one(raw):
        return "WebP"
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if raw.startswith(b"BM") and int.from_bytes(raw[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if raw.startswith(tiff.STARTS):
        return "TIFF"
    return heif.kind(raw)


@contextlib.contextmanager
def in_a_sentence(name: str) -> Iterator[None]:
    """Whatever a decoder raises for a file of this format becomes a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(f"Expected a {name} that fits into the memory; this one needs more than is left.") from None
    except jpeg.TooManyScansError:
        raise PictureError(jpeg.TOO_MANY) from None
    except Exception as error:  # decoders raise nearly everything: struct.error, SyntaxError, KeyError, EOFError …
        if isinstance(error, CutOffError) or "truncated" in str(error):
            raise PictureError(f"Expected a whole {name}; this one is cut off.") from None
        raise PictureError(f"Expected a {name} that can be read; this one is damaged or of a rare kind.") from None


@contextlib.contextmanager
def opened(raw: bytes, name: str, max_pixels: int) -> Iterator[Image.Image]:
    """The (first) picture in a file of this kind, not decoded yet. Those of the kinds `HEIF` are read by `heif`.

    Raises PictureError, or whatever Pillow raises, for one that its headers show to be cut off or too large.
    """
    exif = None
    if name == "PNG":
        raw, exif = png.mended(raw)
    elif name == "WebP":
        if 8 + int.from_bytes(raw[4:8], "little") > len(raw):
            raise CutOffError
        width, height = webp.size(raw)  # the decoder takes memory for all of it as soon as it is made
        check_pixels(width, height, max_pixels)
        check_memory(name, width * height * webp.BYTES_A_PIXEL)
    elif name == "TIFF":
        tiff.check_directories(raw, MAX_DIRECTORIES)
    elif name == "JPEG":
        with JpegImageFile(io.BytesIO(raw)) as picture:
            check_pixels(*picture.size, max_pixels)
            check_memory(name, jpeg.memory(picture))
            raw = jpeg.mended(raw, picture)
    try:
        picture = _READERS[name](io.BytesIO(raw))
    except Image.DecompressionBombError:
        raise PictureError(
            f"Expected a picture of up to {max_pixels / 1e6:.0f} megapixels; this one has many times as many."
        ) from None
    with picture:
        check_pixels(*picture.size, max_pixels)
        if name == "TIFF":
            check_tiff_page(picture, len(raw), max_pixels)
        if exif:
            picture.info["exif"] = exif
        yield picture


def check_tiff_page(picture: TiffImageFile, n_bytes: int, max_pixels: int) -> None:
    """Raises PictureError or CutOffError for a page of a file of `n_bytes` that is not all there or too large."""
    check_pixels(picture.tag_v2[tiff.WIDTH], picture.tag_v2[tiff.HEIGHT], max_pixels)
    tiff.check_page(picture, n_bytes)
    check_memory("TIFF", tiff.memory(picture))


def check_memory(name: str, n_bytes: int) -> None:
    """Raises PictureError for more bytes than reading a picture may take."""
    if n_bytes > MAX_MEMORY:
        raise PictureError(
            f"Expected a picture that takes up to {MAX_MEMORY / 1e6:.0f} MB to be read; "
            f"this {name} would take {n_bytes / 1e6:,.0f} MB."
        )


def orientation(picture: Image.Image) -> int:
    """1 to 8 as in EXIF; 1 where there is none or none that can be read, for the pixels are as good without."""
    if picture.format == "TIFF":  # Pillow turns those itself
        return 1
    try:
        value = Image.Image.getexif(picture).get(_ORIENTATION)  # PngImageFile's own would decode the picture
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(grey: Image.Image, orientation: int) -> Image.Image:
    """A grey picture that is stored with this orientation, as it is to be seen."""
    if orientation == 1:
        return grey
    grey.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(grey)


def flat(picture: Image.Image) -> Image.Image:
    """Of 8 bits or fewer for each channel → mode L, or RGBA where some of it may be transparent."""
    if picture.mode == "LAB":  # Pillow converts it by a colour profile only; its first channel is the lightness
        return picture.getchannel("L")
    if picture.mode == "La":  # premultiplied
        picture = picture.convert("LA")
    return picture.convert("RGBA" if picture.has_transparency_data or "a" in picture.mode else "L")


def is_deep(picture: Image.Image) -> bool:
    """Whether Pillow keeps more than 8 bits of each number."""
    return picture.mode[0] in "IF"


def _grey(picture: Image.Image, max_side: int, stretch: bool = False) -> np.ndarray:
    turn = orientation(picture)
    size = tuple(max(1, math.ceil(side * max_side / max(picture.size))) for side in picture.size)
    picture.draft("L", size)  # lets a JPEG be read small
    white_is_zero = is_deep(picture) and _is_inverted(picture)
    small = _filled(picture) if is_deep(picture) else flat(picture)
    small.thumbnail((max_side, max_side))
    shades = np.asarray(upright(_on_paper(small), turn), np.float32)
    if stretch or is_deep(picture):
        low, high = shades.min(), shades.max()
        shades = (shades - low) / (high - low) if high > low else np.ones_like(shades)
        return 1 - shades if white_is_zero else shades
    return shades / 255


def _is_inverted(picture: Image.Image) -> bool:
    """Whether 0 is white, in a TIFF of more than 8 bits; Pillow inverts the others."""
    return picture.format == "TIFF" and picture.tag_v2.get(tiff.PHOTOMETRIC) == tiff.WHITE_IS_ZERO


def _filled(picture: Image.Image) -> Image.Image:
    """Mode F, with the lightest shade where there is nothing: no number, or the one that stands for nothing."""
    values, key = np.array(picture, np.float32), picture.info.get("transparency")
    missing = ~np.isfinite(values) if key is None else values == key
    if missing.any():
        values[missing] = values[~missing].max() if not missing.all() else 0
    return Image.fromarray(values)


def _on_paper(picture: Image.Image) -> Image.Image:
    """RGBA on paper that differs from the ink, whatever colour that is → L; other modes as they are."""
    if picture.mode != "RGBA":
        return picture
    seen = np.asarray(picture, np.float32)
    opacity = seen[..., 3] / 255
    is_dark = np.average(seen[..., :3].mean(axis=-1), weights=np.maximum(opacity, 1e-6)) < 128
    paper = Image.new("RGBA", picture.size, "white" if is_dark else "black")
    return Image.alpha_composite(paper, picture).convert("L")
