"""Images as files: for the browser to show and for the visitor to keep. NumPy and Pillow; PDF by PDFium."""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import threading
from collections.abc import Sequence

import numpy as np
from PIL import Image

SHOWN_QUALITY = 88  # of a degraded page, which no lossless file makes small
LOSSLESS_PIXELS = 4_000_000  # larger ones would take megabytes before anything is shown
PDF_QUALITY = 92

_PDFIUM = threading.Lock()  # PDFium works for one thread at a time, whatever the document


def png(image: np.ndarray) -> bytes:
    """uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4): grey, RGB or RGBA → a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image).save(file, "PNG")
    return file.getvalue()


def jpeg(image: np.ndarray, quality: int = PDF_QUALITY) -> bytes:
    """uint8 (H, W) → a JPEG file; `quality` from 1 to 95."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return file.getvalue()


def pdf(jpegs: Sequence[bytes], resolution: float) -> bytes:
    """Pages, as JPEG files that go in as they are, → a PDF file, with `resolution` pixels per inch."""
    import pypdfium2

    with _PDFIUM, contextlib.closing(pypdfium2.PdfDocument.new()) as document:
        for page in jpegs:
            image = pypdfium2.PdfImage.new(document)
            image.load_jpeg(io.BytesIO(page))
            # Slightly less, since viewers round the page's pixels up and numbers in a PDF are single precision.
            size = [(side - 0.01) * 72 / resolution for side in image.get_px_size()]
            image.set_matrix(pypdfium2.PdfMatrix().scale(*size))
            sheet = document.new_page(*size)
            sheet.insert_obj(image)
            sheet.gen_content()
        file = io.BytesIO()
        document.save(file)
    return file.getvalue()


def data_uri(file: bytes, kind: str) -> str:
    """A file as a data URI; `kind`: "png", "jpeg" and so on."""
    return f"data:image/{kind};base64,{base64.b64encode(file).decode()}"


def png_data_uri(image: np.ndarray) -> str:
    """uint8 as for `png` → a data URI. The last few thousand are kept: a page draws the same images again and again."""
    return _png_data_uri(np.ascontiguousarray(image).tobytes(), image.shape)


@functools.lru_cache(maxsize=4096)
def _png_data_uri(pixels: bytes, shape: tuple[int, ...]) -> str:
    return data_uri(png(np.frombuffer(pixels, np.uint8).reshape(shape)), "png")


def page_data_uri(page: np.ndarray, clean: bool) -> str:
    """A page, uint8 (H, W), to be shown: a clean one without loss unless it is large, any other as a good JPEG."""
    if clean and page.size <= LOSSLESS_PIXELS:
        return data_uri(png(page), "png")
    return data_uri(jpeg(page, SHOWN_QUALITY), "jpeg")
