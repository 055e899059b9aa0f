"""A file that a visitor brings → its pages in grey, uint8 (H, W), 255 white.

`open_scan` reads headers only and refuses what it can; `page` decodes one page at a time and keeps nothing. What a file
is, its content says and not its name.
"""

from __future__ import annotations

import contextlib
import io
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from aecore import jpeg, pdf, picture_files, webp
from aecore.cleaning import MAX_PIXELS
from aecore.limits import LIMITS

MAX_BYTES, MAX_PAGES, MAX_MEMORY = LIMITS.scan_bytes, LIMITS.scan_pages, LIMITS.scan_memory_bytes
MIN_SIDE = 8  # pixels
DPI, MIN_DPI, MAX_DPI = 150, 36, 600
BAND = 2_000_000  # pixels that are turned to grey at a time, which bounds the memory for it

# Called directly: Image.open has a limit of its own, with a warning below it, and takes a JPEG of several pictures for
# something else.
_READERS = {"PNG": PngImageFile, "JPEG": JpegImageFile, "TIFF": TiffImageFile, "WebP": WebPImageFile}
_PNG_START = b"\x89PNG\r\n\x1a\n"
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SUBFILE, _BITS, _PHOTOMETRIC, _ORIENTATION = 254, 258, 262, 274  # tags of TIFF
_SAMPLES, _ROWS_A_STRIP, _TILE_WIDTH, _TILE_HEIGHT, _YCBCR = 277, 278, 322, 323, 6
_WIDTH, _HEIGHT, _STRIPS, _TILES = 256, 257, (273, 279), (324, 325)  # the latter: where they are, how long they are


class ScanError(ValueError):
    """A file or page that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


@dataclass(frozen=True)
class Leaf:
    """A page before it is decoded: `height` and `width` upright, in pixels or, in a PDF, in points (1/72 inch)."""

    height: float
    width: float
    frame: int = 0  # its number in the file, from 0
    orientation: int = 1  # as in EXIF; 1 where nothing is left to turn


@dataclass(frozen=True)
class Scan:
    """A file that was checked: its `kind` is 'image' or 'pdf', its `format` PNG, JPEG, TIFF, WebP or PDF."""

    kind: str
    n_pages: int
    raw: bytes = field(repr=False)
    format: str
    leaves: tuple[Leaf, ...] = field(repr=False)


def open_scan(raw: bytes) -> Scan:
    """A PNG, JPEG, TIFF, WebP or PDF of up to 50 MB and 50 pages, pictures of up to 40 megapixels → what is in it.

    Raises ScanError for anything else. No page is decoded for that, so one that is damaged inside may pass.
    """
    if not raw:
        raise ScanError("Expected a picture or a PDF, but the file is empty.")
    if len(raw) > MAX_BYTES:
        raise ScanError(f"Expected a file of up to {MAX_BYTES / 1e6:.0f} MB, but this one has {len(raw) / 1e6:.1f} MB.")
    name = _format(raw)
    with _in_a_sentence(name):
        leaves = tuple(_pdf_leaves(raw) if name == "PDF" else _picture_leaves(raw, name))
    scan = Scan("pdf" if name == "PDF" else "image", len(leaves), raw, name, leaves)
    for index in range(scan.n_pages):
        shape(scan, index)
    return scan


def shape(scan: Scan, index: int, dpi: float = DPI) -> tuple[int, int]:
    """(H, W) of the page that `page` would give, without rendering it. Raises ScanError as `page` does."""
    return _size(_leaf(scan, index), scan.kind, dpi)[0]


def page(scan: Scan, index: int, dpi: float = DPI) -> np.ndarray:
    """The page with this number, from 0 → uint8 (H, W), 255 white.

    A page of a PDF is rendered at `dpi` (36 to 600), or at as many as give 40 megapixels; pictures come pixel by pixel,
    turned upright, and what is transparent is white. Raises ScanError for a page that is not there, is damaged or is
    less than 8 pixels wide or high.
    """
    leaf = _leaf(scan, index)
    size, scale = _size(leaf, scan.kind, dpi)
    with _in_a_sentence(scan.format):
        grey = pdf.render(scan.raw, leaf.frame, scale) if scan.kind == "pdf" else _decode(scan, leaf)
        if grey.shape != size:
            raise ValueError("The page has another size than its header says.")
        return grey


@contextlib.contextmanager
def _in_a_sentence(name: str) -> Iterator[None]:
    """Whatever a decoder raises for a file of this format becomes a ScanError."""
    try:
        yield
    except ScanError:
        raise
    except (pdf.PdfError, picture_files.PictureError) as error:
        raise ScanError(str(error)) from None
    except MemoryError:
        raise ScanError(f"Expected a {name} that fits into the memory, but this one needs more than is left.") from None
    except Exception:  # decoders raise nearly everything: struct.error, SyntaxError, KeyError, EOFError …
        raise ScanError(f"Expected a {name} that can be read, but this one is damaged or of a rare kind.") from None


def _cut_off(name: str) -> ScanError:
    return ScanError(f"Expected a whole {name}, but this one is cut off.")


def _format(raw: bytes) -> str:
    if raw.startswith(_PNG_START):
        return "PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(_TIFF_STARTS):
        return "TIFF"
    if webp.is_one(raw):
        return "WebP"
    if b"%PDF-" in raw[:1024]:  # some begin with the header of a mail or of a printer
        return "PDF"
    raise ScanError("Expected a PNG, JPEG, TIFF or WebP picture or a PDF, but this file is none.")


def _leaf(scan: Scan, index: int) -> Leaf:
    if not 0 <= index < scan.n_pages:
        raise ScanError(f"Expected a page from 1 to {scan.n_pages}, but {index + 1} came.")
    return scan.leaves[index]


def _size(leaf: Leaf, kind: str, dpi: float) -> tuple[tuple[int, int], float]:
    """((H, W) in pixels, pixels for each unit of the leaf)."""
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise ScanError(f"Expected a resolution of {MIN_DPI} to {MAX_DPI} dpi, but {dpi:g} came.")
    scale = 1.0
    if kind == "pdf":
        # Sides are rounded up, so of (h·s + 1)·(w·s + 1) = MAX_PIXELS the solution s is what keeps below.
        area, sides = leaf.height * leaf.width, leaf.height + leaf.width
        most = (math.sqrt(sides**2 + 4 * area * (MAX_PIXELS - 1)) - sides) / (2 * area)
        scale = min(dpi / 72, most)
    height, width = math.ceil(leaf.height * scale), math.ceil(leaf.width * scale)
    if min(height, width) < MIN_SIDE:
        raise ScanError(
            f"Expected a page of at least {MIN_SIDE} pixels a side, but one of {width:,} × {height:,} pixels came."
        )
    return (height, width), scale


# Pictures


def _picture_leaves(raw: bytes, name: str) -> Iterator[Leaf]:
    """Raises ScanError, or whatever Pillow raises, for a picture that its headers show to be cut off or too large."""
    exif = _check_png(raw) if name == "PNG" else None
    if name == "TIFF":
        _check_tiff(raw)
    if name == "WebP":
        if 8 + int.from_bytes(raw[4:8], "little") > len(raw):
            raise _cut_off(name)
        width, height = webp.size(raw)  # the decoder takes memory for all of it as soon as it is made
        _check_pixels(width, height)
        _check_memory(name, width * height * webp.BYTES_A_PIXEL)
    with _READERS[name](io.BytesIO(raw)) as picture:
        if name == "TIFF":
            yield from _tiff_leaves(picture, len(raw))
            return
        _check_pixels(*picture.size)
        if (frames := getattr(picture, "n_frames", 1)) > 1:
            raise ScanError(f"Expected a still picture, but this {name} is an animation of {frames} frames.")
        if name == "JPEG":
            _check_memory(name, jpeg.memory(picture))
            with picture_files.in_a_sentence(name):
                jpeg.mended(raw, picture)
        if exif:
            picture.info["exif"] = exif
        orientation = _orientation(picture)
        width, height = picture.size if orientation < 5 else picture.size[::-1]
        yield Leaf(height, width, orientation=orientation)


def _tiff_leaves(picture: TiffImageFile, n_bytes: int) -> Iterator[Leaf]:
    n_leaves = 0
    for frame in range(2 * MAX_PAGES + 1):
        try:
            picture.seek(frame)
        except EOFError:
            return
        tags = picture.tag_v2
        if frame and tags.get(_SUBFILE, 0) & 1:
            continue  # a smaller copy of another page
        n_leaves += 1
        if n_leaves > MAX_PAGES:
            break
        width, height = tags[_WIDTH], tags[_HEIGHT]
        _check_pixels(width, height)
        for starts, lengths in (_STRIPS, _TILES):
            ends = zip(tags.get(starts, ()), tags.get(lengths, ()), strict=False)
            if any(start + length > n_bytes for start, length in ends):
                raise _cut_off("TIFF")
        _check_memory("TIFF", _tiff_bytes(picture))
        if _orientation(picture) >= 5:
            width, height = height, width
        yield Leaf(height, width, frame)  # Pillow turns those of TIFF itself
    raise ScanError(f"Expected up to {MAX_PAGES} pages, but this TIFF has more.")


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ScanError(
            f"Expected a picture of up to {MAX_PIXELS / 1e6:.0f} megapixels, "
            f"but this one has {width:,} × {height:,} pixels."
        )


def _check_memory(name: str, n_bytes: int) -> None:
    if n_bytes > MAX_MEMORY:
        raise ScanError(
            f"Expected a picture that takes up to {MAX_MEMORY / 1e6:.0f} MB to be read, "
            f"but this {name} would take {n_bytes / 1e6:,.0f} MB."
        )


def _tiff_bytes(picture: TiffImageFile) -> int:
    """What reading a page of a TIFF takes: its pixels, twice if Pillow turns them, and a strip or tile of the file."""
    tags = picture.tag_v2
    width, height = tags[_WIDTH], tags[_HEIGHT]
    each = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}.get(picture.mode, 4)
    bits = tags.get(_BITS, (1,))
    stored = sum(bits if len(bits) > 1 else bits * tags.get(_SAMPLES, 1)) / 8
    if tags.get(_PHOTOMETRIC) == _YCBCR:
        stored = max(stored, 4)  # which libtiff turns to RGBA as it reads
    tile = tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_HEIGHT, 0)
    piece = tile or width * min(height, tags.get(_ROWS_A_STRIP, height))
    return round(width * height * each * (1 if _orientation(picture) == 1 else 2) + piece * stored)


def _check_png(raw: bytes) -> bytes | None:
    """Walks its chunks and their checksums; → its EXIF data, which may stand behind the pixels."""
    view, at, exif = memoryview(raw), len(_PNG_START), None
    while True:
        length = int.from_bytes(view[at : at + 4], "big")
        end = at + 12 + length
        if end > len(raw):
            raise _cut_off("PNG")
        kind = bytes(view[at + 4 : at + 8])
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise ValueError("A checksum is wrong.")
        if kind == b"eXIf":
            exif = bytes(view[at + 8 : end - 4])
        if kind == b"IEND":
            return exif
        at = end


def _check_tiff(raw: bytes) -> None:
    """Walks its directories: Pillow takes one that is cut off as it is, without the tags that are missing."""
    order = "little" if raw.startswith(b"II") else "big"
    start, count, entry, pointer = (8, 8, 20, 8) if 43 in raw[2:4] else (4, 2, 12, 4)  # bytes; the first are BigTIFF's
    at, seen = int.from_bytes(raw[start : start + pointer], order), set()
    while at and at not in seen and len(seen) <= 2 * MAX_PAGES:
        seen.add(at)
        end = at + count + entry * int.from_bytes(raw[at : at + count], order)
        if end + pointer > len(raw):
            raise _cut_off("TIFF")
        at = int.from_bytes(raw[end : end + pointer], order)


def _orientation(picture: Image.Image) -> int:
    """1 to 8 as in EXIF; 1 where there is none or none that can be read, for the pixels are as good without."""
    try:
        value = Image.Image.getexif(picture).get(_ORIENTATION)  # PngImageFile's own would decode the picture
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _decode(scan: Scan, leaf: Leaf) -> np.ndarray:
    with _READERS[scan.format](io.BytesIO(scan.raw)) as picture:
        if leaf.frame:
            picture.seek(leaf.frame)
        picture.draft("L", picture.size)  # lets a JPEG be read in grey
        picture.load()
        grey = _grey(picture)
    if leaf.orientation == 1:
        return grey
    del picture  # its pixels need not wait for the turn
    upright = Image.fromarray(grey)
    upright.getexif()[_ORIENTATION] = leaf.orientation
    return np.array(ImageOps.exif_transpose(upright))


def _grey(picture: Image.Image) -> np.ndarray:
    """A decoded picture of any mode → uint8 (H, W), band by band."""
    width, height = picture.size
    levels = _levels(picture)
    grey = np.empty((height, width), np.uint8)
    for rows, band in _bands(picture):
        grey[rows] = _flat_grey(band) if levels is None else _deep_grey(band, *levels)
    return grey


def _bands(picture: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    width, height = picture.size
    step = max(1, BAND // width)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield slice(top, bottom), picture.crop((0, top, width, bottom))


def _flat_grey(band: Image.Image) -> np.ndarray:
    """8 bits or fewer for each channel → uint8, what is transparent on white paper."""
    if band.mode == "LAB":  # Pillow converts it by a colour profile only; its first channel is the lightness
        return np.asarray(band.getchannel("L"))
    if band.mode == "La":  # premultiplied
        band = band.convert("LA")
    if not (band.has_transparency_data or "a" in band.mode):
        return np.asarray(band.convert("L"))
    band = band.convert("RGBA")
    paper = Image.new("L", band.size, 255)
    return np.asarray(Image.composite(band.convert("L"), paper, band.getchannel("A")))


def _levels(picture: Image.Image) -> tuple[float, float] | None:
    """What is (black, white) in a picture of more than 8 bits; None for others."""
    tags: Any = getattr(picture, "tag_v2", {})
    if picture.mode.startswith("I;16"):
        low, high = 0.0, float(2 ** tags.get(_BITS, (16,))[0] - 1)  # some TIFFs have 12 bits
    elif picture.mode in ("I", "F"):
        low, high = _range(picture)
        for full in (1.0, 255.0, 65_535.0):
            if low >= 0 and high <= full:
                low, high = 0.0, full
                break
    else:
        return None
    # Pillow inverts those TIFFs where 0 is white only up to 8 bits.
    return (high, low) if tags.get(_PHOTOMETRIC) == 0 else (low, high)


def _range(picture: Image.Image) -> tuple[float, float]:
    """The least and the greatest number in a picture of mode I or F; (0, 0) if there is none."""
    low, high = math.inf, -math.inf
    for _, band in _bands(picture):
        values = np.asarray(band)
        values = values[np.isfinite(values)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def _deep_grey(band: Image.Image, black: float, white: float) -> np.ndarray:
    """More than 8 bits → uint8: black to 0, white to 255, no number to white."""
    values = np.asarray(band).astype(np.float64)
    key = band.info.get("transparency")
    if isinstance(key, int):
        values[values == key] = white
    if black == white:
        return np.full(values.shape, 255, np.uint8)
    shades = (values - black) * (255 / (white - black))
    return np.rint(np.clip(np.nan_to_num(shades, nan=255), 0, 255)).astype(np.uint8)


# PDF


def _pdf_leaves(raw: bytes) -> list[Leaf]:
    # PDFium repairs a file that is cut off and shows the pages that are left, so it is for us to see.
    if b"%%EOF" not in raw[-65_536:].rstrip(b"\0\t\n\f\r ")[-1024:]:
        raise _cut_off("PDF")
    return [Leaf(height, width, index) for index, (width, height) in enumerate(pdf.sizes(raw, MAX_PAGES))]
