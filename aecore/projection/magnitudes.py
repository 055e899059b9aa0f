"""Points of any magnitude, in units in which their distances can be squared and summed.

Neighbours, t-SNE and principal directions stay the same when all points are shifted and scaled together; but the square
of 1e20 is too large for a float32, and that of 1e-25 too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDINARY = (1e-6, 1e6)  # points whose largest magnitude lies in this range are left as they are


@dataclass(frozen=True)
class Units:
    """Points are divided by `largest`, shifted by `-centre` (D,), divided by `spread`; left alone by default."""

    largest: float = 1.0
    centre: np.ndarray | None = None
    spread: float = 1.0

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(…, D) → the same as float64 with magnitudes up to 1; `points` themselves where they are left alone."""
        if self.centre is None:
            return points
        return (points.astype(np.float64) / self.largest - self.centre) / self.spread


def units(points: np.ndarray) -> Units:
    """The units for finite points (N, D)."""
    largest = scale(points)
    if largest == 1.0:
        return Units()
    scaled = points.astype(np.float64) / largest
    centre = scaled.mean(axis=0)
    return Units(largest, centre, magnitude(scaled - centre) or 1.0)


def scale(numbers: np.ndarray) -> float:
    """The divisor that keeps the squares of numbers within range; 1 where they already are."""
    largest = magnitude(numbers)
    return 1.0 if largest == 0 or ORDINARY[0] <= largest <= ORDINARY[1] else largest


def magnitude(numbers: np.ndarray) -> float:
    """The largest absolute value."""
    return float(max(numbers.max(), -numbers.min()))
