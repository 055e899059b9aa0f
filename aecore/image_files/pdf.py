"""PDFium in a process of its own: drawing a PDF may take for ever, take all memory, or crash.

    python -m aecore.image_files.pdf            # what is started for each question, and ends with its answer

A page of a few hundred bytes can draw a form that draws ten forms that draw ten …; PDFium would follow it for years,
and nothing but the end of its process stops it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aecore.image_files import sandbox
from aecore.image_files.errors import ImageError
from aecore.image_files.sandbox import MAX_BYTES, MAX_CPU_S
from aecore.specs.limits import LIMITS

if TYPE_CHECKING:
    import numpy as np

MAX_EMBEDDED = LIMITS.embedded_pixels
MAX_COLOURED = 50_000_000  # pixels of one in colour, three bytes each

UNFINISHED = (
    f"Expected a PDF that can be drawn within {MAX_CPU_S} s and {MAX_BYTES / 1e6:.0f} MB; this one takes more, or is "
    "damaged."
)


def sizes(raw: bytes, max_pages: int) -> list[tuple[float, float]]:
    """(width, height) of each page in points.

    Raises ImageError for a PDF without pages, with more than `max_pages` or with a password, or that cannot be read.
    """
    return [tuple(size) for size in _ask({"max_pages": max_pages}, raw)[0]["sizes"]]


def render(raw: bytes, index: int, scale: float) -> np.ndarray:
    """The page with this number, from 0, at `scale` pixels per point → uint8 (H, W). Raises ImageError."""
    answer, pixels = _ask({"index": index, "scale": scale}, raw)
    return pixels.reshape(answer["height"], answer["width"])


def _ask(question: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], np.ndarray]:
    try:
        return sandbox.ask(__name__, question, raw)
    except sandbox.UnfinishedError:
        raise ImageError(UNFINISHED) from None


# In the process.


def answer(question: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], bytes | memoryview]:
    """Sizes or, where an `index` is asked for, a page's pixels row by row."""
    with _document(raw) as document:
        if "index" in question:
            return _rendered(document, question["index"], question["scale"])
        return {"sizes": _sizes(document, question["max_pages"])}, b""


@contextlib.contextmanager
def _document(raw: bytes) -> Iterator[Any]:
    import pypdfium2
    from pypdfium2 import raw as c

    # PdfDocument would not tell a document without pages from the error of an earlier one.
    pointer = c.FPDF_LoadMemDocument64(raw, len(raw), None)
    if not pointer:
        if c.FPDF_GetLastError() in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise ImageError("Expected a PDF without a password; this one is encrypted.")
        raise ValueError("PDFium can't load this.")
    with contextlib.closing(pypdfium2.PdfDocument(pointer)) as document:
        yield document


def _sizes(document: Any, max_pages: int) -> list[tuple[float, float]]:
    n_pages = len(document)
    if not n_pages:
        raise ImageError("Expected a PDF with pages; this one has none.")
    if n_pages > max_pages:
        raise ImageError(f"Expected up to {max_pages} pages; this PDF has {n_pages:,}.")
    found = [document.get_page_size(index) for index in range(n_pages)]
    if not all(math.isfinite(side) and side > 0 for size in found for side in size):
        raise ValueError("A page has no size.")
    return found


def _rendered(document: Any, index: int, scale: float) -> tuple[dict[str, int], memoryview]:
    from pypdfium2 import raw as c

    document.init_forms()  # what was filled into a form is shown only then
    sheet = document[index]
    for image in sheet.get_objects(filter=[c.FPDF_PAGEOBJ_IMAGE]):
        _check(image)
    bitmap = sheet.render(scale=scale, grayscale=True, limit_image_cache=True)
    rows, width, height = memoryview(bitmap.buffer).cast("B"), bitmap.width, bitmap.height
    if bitmap.stride != width:  # rows are filled up to multiples of four bytes: closed up where they are
        for row in range(1, height):
            rows[row * width : (row + 1) * width] = rows[row * bitmap.stride : row * bitmap.stride + width]
    return {"width": width, "height": height}, rows[: width * height]


def _check(image: Any) -> None:
    """PDFium leaves out images that do not fit into the memory: here the visitor is told."""
    width, height = image.get_px_size()
    limit, kind = MAX_EMBEDDED, ""
    if MAX_COLOURED < width * height <= MAX_EMBEDDED and image.get_metadata().bits_per_pixel > 8:
        limit, kind = MAX_COLOURED, " in colour"
    if width * height > limit:
        raise ImageError(
            f"Expected images of up to {limit / 1e6:.0f} megapixels{kind} in a PDF; "
            f"got one of {width:,} × {height:,} pixels."
        )


if __name__ == "__main__":
    sandbox.run(answer, "PDF")
