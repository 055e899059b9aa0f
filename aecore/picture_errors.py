"""What is wrong with a picture's file."""

from __future__ import annotations


class PictureError(ValueError):
    """A picture that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


class CutOffError(ValueError):
    """The file ends before its pixels do."""
