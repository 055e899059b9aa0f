"""The size of a WebP by its header, before a decoder takes memory for all of it."""

from __future__ import annotations

BYTES_PER_PIXEL = 16  # that its decoder takes: two canvases, the frame, and what Pillow makes of it


def size(raw: bytes) -> tuple[int, int]:
    """(width, height) as the header of a WebP has them. Raises ValueError for one of another kind."""
    kind = raw[12:16]
    if kind == b"VP8X":
        return int.from_bytes(raw[24:27], "little") + 1, int.from_bytes(raw[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(raw[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(raw[26:28], "little") & 0x3FFF, int.from_bytes(raw[28:30], "little") & 0x3FFF
    raise ValueError("This kind of WebP is unknown.")


def is_webp(raw: bytes) -> bool:
    """Whether a file begins as a WebP does."""
    return raw.startswith(b"RIFF") and raw[8:12] == b"WEBP"
