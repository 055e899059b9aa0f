"""What can be wrong with an image or its file."""

from __future__ import annotations

from aecore.specs.errors import VisitorError


class ImageError(VisitorError, ValueError):
    """An image, or a file of one, that cannot be used. Its text is a sentence for the visitor."""


class CutOffError(ValueError):
    """The file ends before its pixels do."""


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raises ImageError for more than `max_pixels`."""
    if width * height > max_pixels:
        raise ImageError(
            f"Expected an image of up to {max_pixels / 1e6:.0f} megapixels; this one has {width:,} × {height:,} pixels."
        )
