"""A TIFF by its directories, before a decoder takes memory for a page."""

from __future__ import annotations

from PIL.TiffImagePlugin import TiffImageFile

from aecore.image_files.errors import CutOffError

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION = 256, 257, 258, 262, 274  # tags
WHITE_IS_ZERO = 0
_SAMPLES, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT, _YCBCR = 277, 278, 322, 323, 6
_STRIPS, _TILES = (273, 279), (324, 325)  # where they are, how long they are


def check_directories(raw: bytes, max_directories: int) -> None:
    """Checks the first `max_directories`: Pillow takes one that is cut off as it is, without the tags that are missing.

    Raises CutOffError.
    """
    order = "little" if raw.startswith(b"II") else "big"
    start, count, entry, pointer = (8, 8, 20, 8) if 43 in raw[2:4] else (4, 2, 12, 4)  # bytes; the first are BigTIFF's
    at, seen = int.from_bytes(raw[start : start + pointer], order), set()
    while at and at not in seen and len(seen) < max_directories:
        seen.add(at)
        end = at + count + entry * int.from_bytes(raw[at : at + count], order)
        if end + pointer > len(raw):
            raise CutOffError
        at = int.from_bytes(raw[end : end + pointer], order)


def check_page(image: TiffImageFile, n_bytes: int) -> None:
    """Raises CutOffError if the pixels of the current page reach beyond the end of the file, at `n_bytes`."""
    for starts, lengths in (_STRIPS, _TILES):
        ends = zip(image.tag_v2.get(starts, ()), image.tag_v2.get(lengths, ()), strict=False)
        if any(start + length > n_bytes for start, length in ends):
            raise CutOffError


def memory(image: TiffImageFile) -> int:
    """The bytes that decoding the current page takes: its pixels, twice if Pillow turns them, and a strip or tile."""
    tags = image.tag_v2
    width, height = tags[WIDTH], tags[HEIGHT]
    each = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}.get(image.mode, 4)
    bits = tags.get(BITS, (1,))
    stored = sum(bits if len(bits) > 1 else bits * tags.get(_SAMPLES, 1)) / 8
    if tags.get(PHOTOMETRIC) == _YCBCR:
        stored = max(stored, 4)  # which libtiff turns to RGBA as it reads
    tile = tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_HEIGHT, 0)
    piece = tile or width * min(height, tags.get(_ROWS_PER_STRIP, height))
    is_turned = tags.get(ORIENTATION, 1) in range(2, 9)
    return round(width * height * each * (1 + is_turned) + piece * stored)
