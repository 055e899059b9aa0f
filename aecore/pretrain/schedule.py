"""The learning rate over the training of a checkpoint."""

from __future__ import annotations

import math

WARM_UP = 0.02  # of the training


def rate_share(done: float) -> float:
    """The fraction of its full size that the learning rate has when the fraction `done` of the training is over.

    It rises during the warm-up, and falls to 0 along a cosine.
    """
    return min(1.0, done / WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))
