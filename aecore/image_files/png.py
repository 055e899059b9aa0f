"""A PNG by its chunks: what its pixels do not need may be damaged or missing."""

from __future__ import annotations

import zlib

from aecore.image_files.errors import CutOffError

START = b"\x89PNG\r\n\x1a\n"
_END = b"\0\0\0\0IEND" + zlib.crc32(b"IEND").to_bytes(4, "big")
_ANCILLARY = 0x20  # the bit of a chunk's first letter that says it may be left out


def repaired(raw: bytes) -> tuple[bytes, bytes | None]:
    """→ (the file, its EXIF data, which may stand behind the pixels).

    Chunks that may be left out are, if their checksum is wrong; an end that is missing is put there. A file that ends
    within its pixels stays so: its decoder sees whether there are enough of them. Raises CutOffError for one without
    any pixels, ValueError for a wrong checksum of what is needed.
    """
    view, at, exif = memoryview(raw), len(START), None
    kept: list[memoryview | bytes] = [view[:at]]
    whole, has_pixels = True, False
    while True:
        length = int.from_bytes(view[at : at + 4], "big")
        end, kind = at + 12 + length, bytes(view[at + 4 : at + 8])
        if end > len(raw):
            if kind == b"IDAT":
                kept.append(_chunk(kind, view[at + 8 : at + 8 + length]))
                has_pixels = True
            elif not (has_pixels and (len(kind) < 4 or kind == b"IEND" or kind[0] & _ANCILLARY)):
                raise CutOffError
            break
        if kind == b"IEND":
            if whole:
                return raw, exif
            break
        if zlib.crc32(view[at + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big"):
            kept.append(view[at:end])
            has_pixels |= kind == b"IDAT"
            if kind == b"eXIf":
                exif = bytes(view[at + 8 : end - 4])
        elif kind[0] & _ANCILLARY:
            whole = False
        else:
            raise ValueError("A checksum is wrong.")
        at = end
    return b"".join([*kept, _END]), exif


def _chunk(kind: bytes, data: memoryview) -> bytes:
    return b"".join([len(data).to_bytes(4, "big"), kind, data, zlib.crc32(data, zlib.crc32(kind)).to_bytes(4, "big")])
