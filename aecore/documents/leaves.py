"""The pages of a file by its headers, before any of them is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL.TiffImagePlugin import TiffImageFile

from aecore.documents.tiles import MAX_PIXELS
from aecore.image_files import heif, opening, pdf, tiff
from aecore.image_files.errors import ImageError
from aecore.specs.limits import LIMITS

MAX_PAGES = LIMITS.scan_pages

_SUBFILE = 254  # a tag of TIFF


@dataclass(frozen=True)
class Leaf:
    """A page before it is decoded: `height` and `width` upright, in pixels or, in a PDF, in points (1/72 inch)."""

    height: float
    width: float
    frame: int = 0  # its number in the file, from 0
    orientation: int = 1  # as in EXIF; 1 where nothing is left to turn


def of_image(raw: bytes, name: str) -> Iterator[Leaf]:
    """The pages of an image file of the format `name`. Raises whatever `opening.opened` raises for its headers."""
    if name in opening.HEIF:
        width, height = heif.size(raw)
        yield Leaf(height, width)
        return
    with opening.opened(raw, name, MAX_PIXELS) as image:
        if isinstance(image, TiffImageFile):
            yield from _tiff_leaves(image, len(raw))
            return
        orientation = opening.orientation(image)
        width, height = image.size if orientation < 5 else image.size[::-1]
        yield Leaf(height, width, orientation=orientation)


def _tiff_leaves(image: TiffImageFile, n_bytes: int) -> Iterator[Leaf]:
    n_leaves = 0
    for frame in range(opening.MAX_DIRECTORIES):
        try:
            image.seek(frame)
        except EOFError:
            return
        if frame and image.tag_v2.get(_SUBFILE, 0) & 1:
            continue  # a smaller copy of another page
        n_leaves += 1
        if n_leaves > MAX_PAGES:
            break
        opening.check_tiff_page(image, n_bytes, MAX_PIXELS)
        width, height = image.tag_v2[tiff.WIDTH], image.tag_v2[tiff.HEIGHT]
        if image.tag_v2.get(tiff.ORIENTATION, 1) in (5, 6, 7, 8):
            width, height = height, width
        yield Leaf(height, width, frame)  # Pillow turns those of TIFF itself
    raise ImageError(f"Expected up to {MAX_PAGES} pages; this TIFF has more.")


def of_pdf(raw: bytes) -> list[Leaf]:
    """The pages of a PDF. Raises ImageError for one that is cut off, has too many pages or cannot be read."""
    # PDFium repairs a file that is cut off and shows the pages that are left, so we have to notice.
    if b"%%EOF" not in raw[-65_536:].rstrip(b"\0\t\n\f\r ")[-1024:]:
        raise ImageError("Expected a whole PDF; this one is cut off.")
    return [Leaf(height, width, index) for index, (width, height) in enumerate(pdf.sizes(raw, MAX_PAGES))]
