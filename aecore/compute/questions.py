"""How much of a worker's memory the answer to a question takes, known before it is asked.

The estimate is declared beside the function that answers; a function without one takes next to nothing. Questions that
take more than `LIMITS.small_question_bytes` are asked one at a time, and none may take more than
`LIMITS.question_bytes`: functions go through images in batches as large as that allows
(`memory_estimate.images_at_once`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from aecore.specs.limits import LIMITS, LimitError

MEMORY_BYTES = "memory_bytes"  # the attribute with a function's estimate

Answer = TypeVar("Answer")


def takes(estimate: Callable[..., int]) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Declare that the function takes `estimate(*args)` bytes to answer. It raises LimitError if that is too much."""

    def declare(function: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(function)
        def checked(*args: Any) -> Answer:
            n_bytes = estimate(*args)
            if n_bytes > LIMITS.question_bytes:
                raise LimitError(
                    f"An answer may take {LIMITS.question_bytes / 1e6:.0f} MB of the worker's memory; this one would "
                    f"take about {n_bytes / 1e6:,.0f} MB. A smaller network or fewer images need less."
                )
            return function(*args)

        setattr(checked, MEMORY_BYTES, estimate)
        return checked

    return declare


def memory_bytes(function: Callable, args: tuple[Any, ...]) -> int:
    """The bytes that `function(*args)` is estimated to take; 0 if it declares nothing."""
    estimate = getattr(function, MEMORY_BYTES, None)
    return estimate(*args) if estimate else 0


def is_large(function: Callable, args: tuple[Any, ...]) -> bool:
    """Whether it takes so much that only one such question may be answered at a time."""
    return memory_bytes(function, args) > LIMITS.small_question_bytes
