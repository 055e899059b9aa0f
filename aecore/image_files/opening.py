"""An image file that a visitor brings: of which format, whether it is whole, and how large, before it is decoded.

The content of a file decides what it is, not its name. Nothing is decoded before the header is known to promise no
more than is allowed.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

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

MAX_MEMORY = LIMITS.scan_memory_bytes
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
        stream = io.BytesIO(raw)
        with JpegImageFile(stream) as jpeg_image:
            check_pixels(*jpeg_image.size, max_pixels)
            check_memory(name, jpeg.memory(jpeg_image))
            raw = jpeg.repaired(raw, jpeg_image, stream.tell())
    try:
        image = _READERS[name](io.BytesIO(raw))
    except Image.DecompressionBombError:
        raise ImageError(
            f"Expected an image of up to {max_pixels / 1e6:.0f} megapixels; this one has many times that."
        ) from None
    with image:
        width, height = image.size
        check_pixels(width, height, max_pixels)
        if isinstance(image, TiffImageFile):
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
