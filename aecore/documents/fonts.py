"""The fonts with Latin letters that this machine has."""

from __future__ import annotations

import functools
from pathlib import Path

from PIL import ImageFont

SHIPPED_FONT = Path(__file__).parents[1] / "datasets" / "data" / "fonts" / "lmroman10-regular.otf"
# Where Debian's packages put fonts, and what the families without readable letters are called.
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts/opentype"))
NO_TEXT = (
    "symbol", "math", "dingbat", "emoji", "icon", "d050000l", "initials", "glyph", "keyboard", "drawing", "noto",
)  # fmt: skip
PROOF = "The quick Brown Fox 0123"


@functools.cache
def text_fonts() -> tuple[Path, ...]:
    """The fonts with Latin letters that this machine has, the shipped one first."""
    found = {}
    for folder in FONT_FOLDERS:
        for path in sorted(folder.rglob("*.[to]tf")) if folder.exists() else []:
            name = path.stem.lower().replace("-", "").replace(" ", "")
            if not any(word in name for word in NO_TEXT) and path.name not in found and _has_letters(path):
                found[path.name] = path
    found.pop(SHIPPED_FONT.name, None)
    return (SHIPPED_FONT, *found.values())


def _has_letters(path: Path) -> bool:
    try:
        candidate = ImageFont.truetype(str(path), 20)
    except OSError:
        return False
    return all(candidate.getmask(letter).getbbox() for letter in PROOF if letter != " ")


@functools.lru_cache(maxsize=64)
def font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """The font at this path, `size` pixels high."""
    return ImageFont.truetype(path, size)
