"""A file that a visitor brings → its pages in grey, uint8 (H, W), 255 white.

`open_scan` reads headers only and refuses what it can; `page` decodes one page at a time and keeps nothing. The content
of a file decides what it is, not its name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from aecore.documents import leaves
from aecore.documents.leaves import Leaf
from aecore.documents.tiles import MAX_PIXELS
from aecore.image_files import greyscale, heif, opening, pdf
from aecore.image_files.errors import ImageError
from aecore.specs.limits import LIMITS

MAX_BYTES, MAX_PAGES = LIMITS.scan_bytes, LIMITS.scan_pages
MIN_SIDE = 8  # pixels
DPI, MIN_DPI, MAX_DPI = 150, 36, 600


@dataclass(frozen=True)
class Scan:
    """A file that was checked: its `kind` is 'image' or 'pdf', its `format` PDF or what `opening.kind` says."""

    kind: str
    n_pages: int
    raw: bytes = field(repr=False)
    format: str
    leaves: tuple[Leaf, ...] = field(repr=False)


def open_scan(raw: bytes) -> Scan:
    """An image file or a PDF of up to 50 MB and 50 pages, images of up to 40 megapixels → what is in it.

    Of an animation the first image counts. HEIC may have up to 25 megapixels, AVIF and WebP up to 20 and 17.

    Raises ImageError for anything else. No page is decoded for that, so one that is damaged inside may pass.
    """
    if not raw:
        raise ImageError("Expected an image or a PDF; this file is empty.")
    if len(raw) > MAX_BYTES:
        raise ImageError(f"Expected a file of up to {MAX_BYTES / 1e6:.0f} MB; this one has {len(raw) / 1e6:.1f} MB.")
    name = _format(raw)
    with opening.decoding(name):
        found = tuple(leaves.of_pdf(raw) if name == "PDF" else leaves.of_image(raw, name))
    scan = Scan("pdf" if name == "PDF" else "image", len(found), raw, name, found)
    for index in range(scan.n_pages):
        shape(scan, index)
    return scan


def shape(scan: Scan, index: int, dpi: float = DPI) -> tuple[int, int]:
    """(H, W) of the page that `page` would give, without rendering it. Raises ImageError as `page` does."""
    return _size(_leaf(scan, index), scan.kind, dpi)[0]


def page(scan: Scan, index: int, dpi: float = DPI) -> np.ndarray:
    """The page with this number, from 0 → uint8 (H, W), 255 white.

    A page of a PDF is rendered at `dpi` (36 to 600), or at as many as give 40 megapixels; images come pixel by pixel,
    turned upright, and what is transparent is white. Raises ImageError for a page that is not there, is damaged or is
    less than 8 pixels wide or high.
    """
    leaf = _leaf(scan, index)
    size, scale = _size(leaf, scan.kind, dpi)
    with opening.decoding(scan.format):
        grey = pdf.render(scan.raw, leaf.frame, scale) if scan.kind == "pdf" else _decode(scan, leaf)
        if grey.shape != size:
            raise ValueError("The page has another size than its header says.")
        return grey


def _format(raw: bytes) -> str:
    if name := opening.kind(raw):
        return name
    if b"%PDF-" in raw[:1024]:  # some begin with the header of a mail or of a printer
        return "PDF"
    raise ImageError(f"Expected an image ({opening.FORMATS}) or a PDF; this file is of another kind.")


def _leaf(scan: Scan, index: int) -> Leaf:
    if not 0 <= index < scan.n_pages:
        raise ImageError(f"Expected a page from 1 to {scan.n_pages}; got {index + 1}.")
    return scan.leaves[index]


def _size(leaf: Leaf, kind: str, dpi: float) -> tuple[tuple[int, int], float]:
    """((H, W) in pixels, pixels per unit of the leaf)."""
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise ImageError(f"Expected a resolution of {MIN_DPI} to {MAX_DPI} dpi; got {dpi:g}.")
    scale = 1.0
    if kind == "pdf":
        # Sides are rounded up, so the solution s of (h·s + 1)·(w·s + 1) = MAX_PIXELS stays below the limit.
        area, sides = leaf.height * leaf.width, leaf.height + leaf.width
        most = (math.sqrt(sides**2 + 4 * area * (MAX_PIXELS - 1)) - sides) / (2 * area)
        scale = min(dpi / 72, most)
    height, width = math.ceil(leaf.height * scale), math.ceil(leaf.width * scale)
    if min(height, width) < MIN_SIDE:
        raise ImageError(
            f"Expected a page at least {MIN_SIDE} pixels wide and high; got one of {width:,} × {height:,} pixels."
        )
    return (height, width), scale


def _decode(scan: Scan, leaf: Leaf) -> np.ndarray:
    if scan.format in opening.HEIF:
        return greyscale.grey(heif.read(scan.raw))
    with opening.opened(scan.raw, scan.format, MAX_PIXELS) as image:
        if leaf.frame:
            image.seek(leaf.frame)
        image.draft("L", image.size)  # lets a JPEG be read in grey
        image.load()
        grey = greyscale.grey(image)
    if leaf.orientation == 1:
        return grey
    del image  # its pixels need not wait for the turn
    return np.array(opening.upright(Image.fromarray(grey), leaf.orientation))
