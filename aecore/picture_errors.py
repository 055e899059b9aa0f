"""What is wrong with a picture's file."""

from __future__ import annotations


class PictureError(ValueError):
    """A picture that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


class CutOffError(ValueError):
    """The file ends before its pixels do."""


def check_pixels(width: int, height: int, most: int) -> None:
    """Raises PictureError for more pixels than `most`."""
    if width * height > most:
        raise PictureError(
            f"Expected a picture of up to {most / 1e6:.0f} megapixels; this one has {width:,} × {height:,} pixels."
        )
