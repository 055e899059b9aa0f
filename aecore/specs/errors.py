"""Errors whose text is a sentence for the visitor, and how such a sentence quotes a value."""

from __future__ import annotations

import re
from typing import Any

MAX_QUOTE = 40  # characters


class VisitorError(Exception):
    """Something that cannot be done. Its text is a sentence for the visitor: "Expected …; got …."."""


def sentence_of(error: Exception, otherwise: str) -> str:
    """The error's own sentence if it is one for the visitor; if not, `otherwise`, with the error's name."""
    return str(error) if isinstance(error, VisitorError) else f"{otherwise} ({type(error).__name__})."


class SpecError(VisitorError, ValueError):
    """A setting out of its range, or one that cannot be met."""


UNSOUND = (
    "This network's training diverged: its numbers grew beyond all bounds, so there is nothing to show of it. Train it "
    "again with a smaller learning rate."
)


class UnsoundError(VisitorError):
    """Raised where the weights of a network, or what it makes of images, are not finite numbers."""

    def __init__(self, sentence: str = UNSOUND):
        super().__init__(sentence)


def quote(value: Any) -> str:
    """A value as a sentence quotes it: no longer than anybody wants to read, whatever it is.

    Sentences are shown as Markdown. Whatever is not a plain number becomes a code span, in which Markdown knows no
    links, images, formulas, icons or HTML: a link to a page must not make the page fetch or show what it likes.
    """
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print numbers of thousands of digits
        return "a number far too long"
    text = text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE]}…"
    if isinstance(value, int | float):
        return text
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}"
