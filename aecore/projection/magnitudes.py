"""Points of any magnitude in units in which their distances can be squared and summed.

Who is near whom, t-SNE and principal directions do not change when all points are moved and scaled together; but the
square of 1e20 is more than a float32 can hold, and that of 1e-25 less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDINARY = (1e-6, 1e6)  # largest magnitudes of points that are left as they are


@dataclass(frozen=True)
class Units:
    """Points are divided by `largest`, moved by `-centre` (D,), and divided by `spread`; or, by default, left alone."""

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
    """By what to divide numbers so that their squares are numbers: 1 where they are as they should be."""
    largest = magnitude(numbers)
    return 1.0 if largest == 0 or ORDINARY[0] <= largest <= ORDINARY[1] else largest


def magnitude(numbers: np.ndarray) -> float:
    """The largest absolute value."""
    return float(max(numbers.max(), -numbers.min()))
