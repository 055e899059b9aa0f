"""What is wrong with a picture's file."""

from __future__ import annotations

from aecore.specs.errors import VisitorError


class PictureError(VisitorError, ValueError):
    """A picture that cannot be taken."""


class CutOffError(ValueError):
    """The file ends before its pixels do."""


def check_pixels(width: int, height: int, most: int) -> None:
    """Raises PictureError for more pixels than `most`."""
    if width * height > most:
        raise PictureError(
            f"Expected a picture of up to {most / 1e6:.0f} megapixels; this one has {width:,} × {height:,} pixels."
        )
