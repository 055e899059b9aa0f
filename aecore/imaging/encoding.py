"""Pages as files: for the browser to show and for the visitor to keep."""

from __future__ import annotations

import base64
import contextlib
import io
import threading
from collections.abc import Sequence

import numpy as np
from PIL import Image

SHOWN_QUALITY = 88  # of a page with dirt, which no lossless file makes small
LOSSLESS_PIXELS = 4_000_000  # larger ones would be megabytes to send before anything is seen
PDF_QUALITY = 92

_PDFIUM = threading.Lock()  # PDFium works for one thread at a time, whatever the document


def png(page: np.ndarray) -> bytes:
    """A page, or any grey picture, uint8 (H, W), as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(page).save(file, "PNG")
    return file.getvalue()


def jpeg(page: np.ndarray, quality: int = PDF_QUALITY) -> bytes:
    """A page, uint8 (H, W), as a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(page).save(file, "JPEG", quality=quality)
    return file.getvalue()


def pdf(jpegs: Sequence[bytes], resolution: float) -> bytes:
    """Pages as a PDF file: JPEG files, which go into it as they are, with `resolution` pixels to the inch."""
    import pypdfium2

    with _PDFIUM, contextlib.closing(pypdfium2.PdfDocument.new()) as document:
        for page in jpegs:
            image = pypdfium2.PdfImage.new(document)
            image.load_jpeg(io.BytesIO(page))
            # A hair less, since whoever draws the page rounds its pixels up, and PDF's numbers are single precision.
            size = [(side - 0.01) * 72 / resolution for side in image.get_px_size()]
            image.set_matrix(pypdfium2.PdfMatrix().scale(*size))
            sheet = document.new_page(*size)
            sheet.insert_obj(image)
            sheet.gen_content()
        file = io.BytesIO()
        document.save(file)
    return file.getvalue()


def shown(page: np.ndarray, clean: bool) -> str:
    """A page as a data URI: a clean one that is not too large pixel by pixel, any other as a good JPEG."""
    lossless = clean and page.size <= LOSSLESS_PIXELS
    raw = png(page) if lossless else jpeg(page, SHOWN_QUALITY)
    return f"data:image/{'png' if lossless else 'jpeg'};base64,{base64.b64encode(raw).decode()}"
