"""PDFium in a process of its own: what a PDF asks for may take for ever, take all memory, or crash.

    python -m aecore.pdf            # what is started for each question, and ends with its answer

A page of a few hundred bytes can draw a form that draws ten forms that draw ten …; PDFium would follow it for years,
and nothing but the end of its process stops it. So each question is asked of a process that may take 8 s of the
processor and 220 MB, and with that all of its troubles end.
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from aecore import child
from aecore.limits import LIMITS

if TYPE_CHECKING:
    import numpy as np

MOST_CPU_S = 8
MOST_WALL_S = 60  # for a process that waits, or where no limit of the processor's time exists; a busy machine is slow
MOST_BYTES = 220_000_000  # besides what the process has before it reads the file
AT_ONCE = 2  # processes
MAX_EMBEDDED = LIMITS.embedded_pixels
MAX_COLOURED = 50_000_000  # pixels of one in colour, three bytes each

UNFINISHED = (
    f"Expected a PDF that is drawn within {MOST_CPU_S} s and {MOST_BYTES / 1e6:.0f} MB, but this one takes more, or is "
    "damaged."
)

_turns = threading.BoundedSemaphore(AT_ONCE)


class PdfError(ValueError):
    """A PDF that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


def sizes(raw: bytes, most_pages: int) -> list[tuple[float, float]]:
    """(width, height) of each page in points. Raises PdfError for a PDF without pages or with more than `most_pages`,
    with a password, or that cannot be read."""
    with _turns:
        return [tuple(size) for size in _ask({"most_pages": most_pages}, raw)[0]["sizes"]]


def render(raw: bytes, index: int, scale: float) -> np.ndarray:
    """The page with this number, from 0, at `scale` pixels a point → uint8 (H, W). Raises PdfError."""
    with _turns:
        answer, pixels = _ask({"index": index, "scale": scale}, raw)
    return pixels.reshape(answer["height"], answer["width"])


def _ask(question: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """The answer of a new process, and the bytes that come with it, uint8 (N,)."""
    import numpy as np

    process = subprocess.Popen(  # noqa: S603  (our own command)
        child.command("aecore.pdf"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    end = threading.Timer(MOST_WALL_S, process.kill)
    end.start()
    try:
        # It reads all before it answers, so neither waits for the other.
        with contextlib.suppress(BrokenPipeError), process.stdin as sink:
            sink.write(json.dumps(question).encode() + b"\n")
            sink.write(raw)
        answer = json.loads(process.stdout.readline() or "null")
        if answer is not None and "problem" not in answer:
            pixels = np.empty(answer["n_bytes"], np.uint8)
            if process.stdout.readinto(pixels) == answer["n_bytes"]:
                return answer, pixels
            answer = None
    finally:
        end.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    raise PdfError(answer["problem"] if answer else UNFINISHED)


# In the process.


def answer(source: BinaryIO, sink: BinaryIO) -> None:
    """Read a question and a file, and write the answer: a line of JSON, and a page's pixels row by row."""
    question, raw = json.loads(source.readline()), source.read()
    pixels = b""
    try:
        with _document(raw) as document:
            if "index" in question:
                found, pixels = _rendered(document, question["index"], question["scale"])
            else:
                found = {"sizes": _sizes(document, question["most_pages"])}
    except PdfError as error:
        found = {"problem": str(error)}
    except MemoryError:
        return
    except Exception:
        found = {"problem": "Expected a PDF that can be read, but this one is damaged or of a rare kind."}
    sink.write(json.dumps(found | {"n_bytes": len(pixels)}).encode() + b"\n")
    sink.write(pixels)
    sink.flush()


def limit() -> None:
    """Let this process take no more than its share. Windows has no such limits; there the wall's clock ends it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and does not keep it
        resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + MOST_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _data_bytes() -> int:
    """What the process has taken of the memory that RLIMIT_DATA counts."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 50_000_000)


@contextlib.contextmanager
def _document(raw: bytes) -> Iterator[Any]:
    import pypdfium2
    from pypdfium2 import raw as c

    # PdfDocument would not tell a document without pages from the error of an earlier one.
    pointer = c.FPDF_LoadMemDocument64(raw, len(raw), None)
    if not pointer:
        if c.FPDF_GetLastError() in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise PdfError("Expected a PDF without a password, but this one is encrypted.")
        raise ValueError("PDFium can't load this.")
    with contextlib.closing(pypdfium2.PdfDocument(pointer)) as document:
        yield document


def _sizes(document: Any, most_pages: int) -> list[tuple[float, float]]:
    n_pages = len(document)
    if not n_pages:
        raise PdfError("Expected a PDF with pages, but this one has none.")
    if n_pages > most_pages:
        raise PdfError(f"Expected up to {most_pages} pages, but this PDF has {n_pages:,}.")
    found = [document.get_page_size(index) for index in range(n_pages)]
    if not all(math.isfinite(side) and side > 0 for size in found for side in size):
        raise ValueError("A page has no size.")
    return found


def _rendered(document: Any, index: int, scale: float) -> tuple[dict[str, int], memoryview]:
    from pypdfium2 import raw as c

    document.init_forms()  # what was filled into a form is shown only then
    sheet = document[index]
    for picture in sheet.get_objects(filter=[c.FPDF_PAGEOBJ_IMAGE]):
        _check(picture)
    bitmap = sheet.render(scale=scale, grayscale=True, limit_image_cache=True)
    rows, width, height = memoryview(bitmap.buffer).cast("B"), bitmap.width, bitmap.height
    if bitmap.stride != width:  # rows are filled up to multiples of four bytes: closed up where they are
        for row in range(1, height):
            rows[row * width : (row + 1) * width] = rows[row * bitmap.stride : row * bitmap.stride + width]
    return {"width": width, "height": height}, rows[: width * height]


def _check(picture: Any) -> None:
    """PDFium leaves out pictures that do not fit into the memory: they are told of instead."""
    width, height = picture.get_px_size()
    most, words = MAX_EMBEDDED, ""
    if MAX_COLOURED < width * height <= MAX_EMBEDDED and picture.get_metadata().bits_per_pixel > 8:
        most, words = MAX_COLOURED, " in colour"
    if width * height > most:
        raise PdfError(
            f"Expected pictures of up to {most / 1e6:.0f} megapixels{words} in a PDF, "
            f"but one of {width:,} × {height:,} pixels came."
        )


if __name__ == "__main__":
    limit()
    answer(sys.stdin.buffer, sys.stdout.buffer)
