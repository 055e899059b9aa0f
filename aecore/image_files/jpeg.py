"""A JPEG by its markers: how many scans it has, and whether all of its pixels are there."""

from __future__ import annotations

import hashlib
import io
import re

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile

from aecore.image_files.errors import CutOffError

MAX_SCANS = 100  # as libtiff allows; cameras and programs make ten or so
TOO_MANY = f"Expected a JPEG with up to {MAX_SCANS} scans; this one has more."
END = b"\xff\xd9"
_SCAN = 0xDA
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # coded data have no such bytes
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_BAND = 1_000_000  # pixels that are compared at a time


class TooManyScansError(ValueError):
    """Each scan is a few bytes that send the decoder once more over the whole image."""


def memory(image: JpegImageFile) -> int:
    """The bytes that decoding takes at most: an image in several scans is held as coefficients of two bytes, and no
    header tells for sure which comes so."""
    width, height = image.size
    shares = [across * down for _, across, down, _ in image.layer]
    coefficients = 2 * sum(shares) / max(shares)
    return round(width * height * (coefficients + (4 if image.mode == "CMYK" else 1)))


def repaired(raw: bytes, image: JpegImageFile, scan_data: int) -> bytes:
    """The file with an end marker.

    `image`: the same file, opened and not decoded; `scan_data`: where the data of its first scan begin.

    Raises CutOffError if there is no such marker and pixels are missing, too: if their grey depends on what would
    follow, or if some scans have not begun. Raises TooManyScansError for more than 100 scans.
    """
    scans, has_end = _scans(raw, scan_data)
    if has_end:
        return raw
    raw = raw.removesuffix(b"\xff")  # half a marker
    if not _all_begun(raw, scans, image) or not _is_whole(raw):
        raise CutOffError
    return raw + END


def _scans(raw: bytes, at: int) -> tuple[list[int], bool]:
    """(where the header of each scan begins, whether there is an end marker). `at`: behind the header of the first."""
    scans = [raw.rindex(bytes([0xFF, _SCAN]), 0, at)]
    for _ in range(10 * MAX_SCANS):  # between scans there may be tables, and whatever else
        found = _MARKER.search(raw, at)
        if not found or found.group() == END:
            return scans, bool(found)
        if raw[found.start() + 1] == _SCAN:
            scans.append(found.start())
        if len(scans) > MAX_SCANS:
            raise TooManyScansError
        at = found.end() + int.from_bytes(raw[found.end() : found.end() + 2], "big")
    raise TooManyScansError


def _all_begun(raw: bytes, scans: list[int], image: JpegImageFile) -> bool:
    """Whether the scans hold every coefficient of every component in full, the last scan perhaps not to its end."""
    bits_left = {component: [16] * 64 for component, *_ in image.layer}
    for start in scans:
        n_components = raw[start + 4]
        ids = raw[start + 5 : start + 5 + 2 * n_components : 2]
        first, last, bits = raw[start + 5 + 2 * n_components :][:3]
        if "progressive" not in image.info:
            first, last, bits = 0, 63, 0
        for component in ids:
            bits_left[component][first : last + 1] = [bits & 15] * (last + 1 - first)
    return not any(left for coefficients in bits_left.values() for left in coefficients)


def _is_whole(raw: bytes) -> bool:
    """Whether the image is the same whatever follows. The decoder does not tell that it has run out of bytes: it
    makes pixels of what comes, and grey ones of nothing."""
    noise = np.random.default_rng(0).integers(1, 255, 10_000, np.uint8)  # neither it nor its opposite has a marker
    restarts = _RESTART.findall(raw)
    restart = bytes([0xFF, 0xD0 + ((restarts[-1][1] + 1) % 8 if restarts else 0)])  # at which a decoder may wait
    return len({_digest(raw + each + restart + each + END) for each in (noise.tobytes(), (255 - noise).tobytes())}) == 1


def _digest(raw: bytes) -> bytes:
    """A digest of the image's grey values, band by band to save memory."""
    digest = hashlib.blake2b()
    with JpegImageFile(io.BytesIO(raw)) as image:
        image.draft("L", image.size)
        image.load()
        width, height = image.size
        rows = max(1, _BAND // width)
        for top in range(0, height, rows):
            digest.update(image.crop((0, top, width, min(top + rows, height))).tobytes())
    return digest.digest()
