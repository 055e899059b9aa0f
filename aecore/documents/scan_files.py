"""A file that a visitor brings → its pages in grey, uint8 (H, W), 255 white.

`open_scan` reads headers only and refuses what it can; `page` decodes one page at a time and keeps nothing. What a file
is, its content says and not its name.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from aecore.documents.tiles import MAX_PIXELS
from aecore.image_files import heif, pdf, reading, tiff
from aecore.image_files.errors import PictureError
from aecore.specs.limits import LIMITS

MAX_BYTES, MAX_PAGES = LIMITS.scan_bytes, LIMITS.scan_pages
MIN_SIDE = 8  # pixels
DPI, MIN_DPI, MAX_DPI = 150, 36, 600
BAND = 2_000_000  # pixels that are turned to grey at a time, which bounds the memory for it

_SUBFILE = 254  # a tag of TIFF


class ScanError(PictureError):
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
    """A file that was checked: its `kind` is 'image' or 'pdf', its `format` PDF or what `picture_files.kind` says."""

    kind: str
    n_pages: int
    raw: bytes = field(repr=False)
    format: str
    leaves: tuple[Leaf, ...] = field(repr=False)


def open_scan(raw: bytes) -> Scan:
    """A picture's file or a PDF of up to 50 MB and 50 pages, pictures of up to 40 megapixels → what is in it.

    Of a film it is the first picture. HEIC may have up to 25 megapixels, AVIF and WebP up to 20 and 17.

    Raises ScanError for anything else. No page is decoded for that, so one that is damaged inside may pass.
    """
    if not raw:
        raise ScanError("Expected a picture or a PDF; this file is empty.")
    if len(raw) > MAX_BYTES:
        raise ScanError(f"Expected a file of up to {MAX_BYTES / 1e6:.0f} MB; this one has {len(raw) / 1e6:.1f} MB.")
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
        with reading.in_a_sentence(name):
            yield
    except ScanError:
        raise
    except PictureError as error:
        raise ScanError(str(error)) from None


def _format(raw: bytes) -> str:
    if name := reading.kind(raw):
        return name
    if b"%PDF-" in raw[:1024]:  # some begin with the header of a mail or of a printer
        return "PDF"
    raise ScanError(f"Expected a picture ({reading.WORDS}) or a PDF; this file is none.")


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
    """Raises whatever `picture_files.opened` does, for a picture that its headers show to be cut off or too large."""
    if name in reading.HEIF:
        width, height = heif.size(raw)
        yield Leaf(height, width)
        return
    with reading.opened(raw, name, MAX_PIXELS) as picture:
        if name == "TIFF":
            yield from _tiff_leaves(picture, len(raw))
            return
        orientation = reading.orientation(picture)
        width, height = picture.size if orientation < 5 else picture.size[::-1]
        yield Leaf(height, width, orientation=orientation)


def _tiff_leaves(picture: TiffImageFile, n_bytes: int) -> Iterator[Leaf]:
    n_leaves = 0
    for frame in range(reading.MAX_DIRECTORIES):
        try:
            picture.seek(frame)
        except EOFError:
            return
        if frame and picture.tag_v2.get(_SUBFILE, 0) & 1:
            continue  # a smaller copy of another page
        n_leaves += 1
        if n_leaves > MAX_PAGES:
            break
        reading.check_tiff_page(picture, n_bytes, MAX_PIXELS)
        width, height = picture.tag_v2[tiff.WIDTH], picture.tag_v2[tiff.HEIGHT]
        if picture.tag_v2.get(tiff.ORIENTATION, 1) in (5, 6, 7, 8):
            width, height = height, width
        yield Leaf(height, width, frame)  # Pillow turns those of TIFF itself
    raise ScanError(f"Expected up to {MAX_PAGES} pages; this TIFF has more.")


def _decode(scan: Scan, leaf: Leaf) -> np.ndarray:
    if scan.format in reading.HEIF:
        return _grey(heif.read(scan.raw))
    with reading.opened(scan.raw, scan.format, MAX_PIXELS) as picture:
        if leaf.frame:
            picture.seek(leaf.frame)
        picture.draft("L", picture.size)  # lets a JPEG be read in grey
        picture.load()
        grey = _grey(picture)
    if leaf.orientation == 1:
        return grey
    del picture  # its pixels need not wait for the turn
    return np.array(reading.upright(Image.fromarray(grey), leaf.orientation))


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
    band = reading.flat(band)
    if band.mode == "L":
        return np.asarray(band)
    paper = Image.new("L", band.size, 255)
    return np.asarray(Image.composite(band.convert("L"), paper, band.getchannel("A")))


def _levels(picture: Image.Image) -> tuple[float, float] | None:
    """What is (black, white) in a picture of more than 8 bits; None for others."""
    tags: Any = getattr(picture, "tag_v2", {})
    if picture.mode.startswith("I;16"):
        low, high = 0.0, float(2 ** tags.get(tiff.BITS, (16,))[0] - 1)  # some TIFFs have 12 bits
    elif picture.mode in ("I", "F"):
        low, high = _range(picture)
        for full in (1.0, 255.0, 65_535.0):
            if low >= 0 and high <= full:
                low, high = 0.0, full
                break
    else:
        return None
    # Pillow inverts those TIFFs where 0 is white only up to 8 bits.
    return (high, low) if tags.get(tiff.PHOTOMETRIC) == tiff.WHITE_IS_ZERO else (low, high)


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
        raise ScanError("Expected a whole PDF, but this one is cut off.")
    return [Leaf(height, width, index) for index, (width, height) in enumerate(pdf.sizes(raw, MAX_PAGES))]
