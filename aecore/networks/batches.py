"""Many images through a network, a few at a time, so that the memory of its layers is bounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def in_batches(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, size: int) -> np.ndarray:
    """`function(x)` for an array x (N, …), N at least 1, computed from at most `size` rows at a time."""
    first = np.asarray(function(x[:size]))
    out = np.empty((len(x), *first.shape[1:]), first.dtype)
    out[:size] = first
    for start in range(size, len(x), size):
        out[start : start + size] = function(x[start : start + size])
    return out
