"""What all errors have in common whose text is meant for a visitor."""

from __future__ import annotations


class VisitorError(Exception):
    """Something that cannot be done. Its text is a sentence for the visitor: what was expected, what came."""


UNSOUND = (
    "This network's training diverged: its numbers grew beyond all bounds, so there is nothing to show of it. Train it "
    "again with a smaller learning rate."
)


class UnsoundError(VisitorError):
    """Asked of a network whose weights, or what it makes of images, are not finite numbers."""

    def __init__(self, sentence: str = UNSOUND):
        super().__init__(sentence)
