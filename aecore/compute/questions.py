"""What answering a question takes of a worker's memory, known before it is asked.

The estimate stands beside the function that answers; a function without one takes next to nothing. What takes more than
`LIMITS.small_question_bytes` is asked one at a time, and nothing may take more than `LIMITS.question_bytes`:
functions go through images in batches as large as that allows (`sizes.images_at_once`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from aecore.specs.limits import LIMITS, LimitError

LARGE = "large-"  # what the keys of large questions' tasks begin with

Function = TypeVar("Function", bound=Callable)


def takes(estimate: Callable[..., int]) -> Callable[[Function], Function]:
    """Declare that the function takes `estimate(*args)` bytes to answer. More than may be raises LimitError."""

    def declare(function: Function) -> Function:
        @functools.wraps(function)
        def checked(*args: Any) -> Any:
            n_bytes = estimate(*args)
            if n_bytes > LIMITS.question_bytes:
                raise LimitError(
                    f"An answer may take {LIMITS.question_bytes / 1e6:.0f} MB of the worker's memory; this one would "
                    f"take about {n_bytes / 1e6:,.0f} MB. A smaller network or fewer images need less."
                )
            return function(*args)

        checked.memory_bytes = estimate
        return checked

    return declare


def memory_bytes(function: Callable, args: tuple[Any, ...]) -> int:
    """Bytes that `function(*args)` is estimated to take; 0 for one that declares nothing."""
    estimate = getattr(function, "memory_bytes", None)
    return estimate(*args) if estimate else 0


def is_large(function: Callable, args: tuple[Any, ...]) -> bool:
    """Whether it takes so much that it must not be asked while another such is being answered."""
    return memory_bytes(function, args) > LIMITS.small_question_bytes
