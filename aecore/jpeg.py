"""In how many scans a JPEG comes: each is a few bytes that send the decoder once more over the whole picture."""

from __future__ import annotations

import re

MOST_SCANS = 100  # as libtiff allows; cameras and programs make ten or so
TOO_MANY = f"Expected a JPEG that comes in up to {MOST_SCANS} scans, but this one has more."
_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # what is coded has no such bytes


def has_too_many_scans(raw: bytes, at: int) -> bool:
    """Whether there are more than `MOST_SCANS`. `at`: where the coded bytes of the first one begin."""
    n_scans = 1
    for _ in range(10 * MOST_SCANS):  # between scans there may be tables, and whatever else
        found = _MARKER.search(raw, at)
        kind = raw[found.start() + 1] if found else _END
        if kind == _END:
            return False
        n_scans += kind == _SCAN
        if n_scans > MOST_SCANS:
            return True
        at = found.end() + int.from_bytes(raw[found.end() : found.end() + 2], "big")
    return True
