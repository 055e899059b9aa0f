"""Reads what the tests of hostile uploads hand it, in a process of its own, and tells what came of it and what it took.

    python -m tests.hostile.reader

Each case: a line of JSON, {"entry": name, "n_bytes": n}, and n bytes. Each answer: a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from aecore.datasets import filter_images
from aecore.digits import mnist_preprocessing
from aecore.documents import scan_files
from aecore.image_files import pdf
from aecore.image_files.errors import ImageError

GUARD_BYTES = 1_500_000_000  # that spares the machine where a case takes far more than it may
RESET, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
LOOKED_AT = 3  # pages of a file


def digit(raw: bytes) -> None:
    x = mnist_preprocessing.from_file(raw)
    assert (x.shape, x.dtype) == ((28, 28, 1), np.uint8)


def scan(raw: bytes) -> None:
    found = scan_files.open_scan(raw)
    assert 1 <= found.n_pages <= scan_files.MAX_PAGES
    for index in range(min(found.n_pages, LOOKED_AT)):
        page = scan_files.page(found, index, 72)
        assert (page.shape, page.dtype) == (scan_files.shape(found, index, 72), np.uint8)
        assert page.size <= scan_files.MAX_PIXELS


def picture(raw: bytes) -> None:
    x = filter_images.from_file(raw)
    assert (x.shape[2], x.dtype) == (1, np.float32)
    assert filter_images.MIN_SIDE <= min(x.shape[:2]) <= max(x.shape[:2]) <= filter_images.MAX_SIDE


def strokes(raw: bytes) -> None:
    drawing = json.loads(raw)
    x = mnist_preprocessing.from_strokes(drawing["strokes"], drawing.get("width", 0.09))
    assert (x.shape, x.dtype) == ((28, 28, 1), np.uint8)


ENTRIES = {"digit": digit, "scan": scan, "picture": picture, "strokes": strokes}


def peak_bytes() -> int:
    """The most that this process has taken since it was last reset; where that is not told, what it takes now."""
    if not STATUS.exists():
        return psutil.Process().memory_info().rss
    return next(int(line.split()[1]) * 1024 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))


def judged(entry: str, raw: bytes) -> dict:
    """What came of a case: "fine", "refused" with its words, or "raised" with the error; and its share of all."""
    import resource

    if RESET.exists():
        RESET.write_text("5")
    before, began = psutil.Process().memory_info().rss, time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    came, words = "fine", ""
    try:
        ENTRIES[entry](raw)
    except ImageError as error:
        came, words = "refused", str(error)
    except BaseException as error:
        came, words = "raised", f"{type(error).__name__}: {error}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    grown = max(peak_bytes() - before, 0)
    if asked > 0.001:  # PDFium's process; the largest of all there were, which is at least this one's
        grown += after.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"came": came, "words": words, "seconds": time.process_time() - began + asked, "n_bytes": grown}


def main() -> None:
    import resource

    assert pdf.MAX_CPU_S < 10
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (GUARD_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    while line := sys.stdin.buffer.readline():
        case = json.loads(line)
        raw = sys.stdin.buffer.read(case["n_bytes"])
        sys.stdout.write(json.dumps(judged(case["entry"], raw)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
