"""Small sets of points whose true shape is known, to see what t-SNE makes of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

N = 240  # points
SEED = 3


@dataclass(frozen=True)
class ToyDataset:
    """Points whose true shape is known.

    `points`: float64 (N, dims), the first two dimensions of which are shown as the truth, labelled `truth_text`;
    `labels`: (N,). `ratio`: a number that a map ought to keep, of points (N, 2) in truth or on a map; `ratio_text`: a
    format string that says what it means; `moral`: what a map can't tell.
    """

    points: np.ndarray
    labels: np.ndarray
    ratio: Callable[[np.ndarray], float]
    ratio_text: str
    moral: str
    truth_text: str = "the truth"

    @property
    def ratio_format(self) -> str:
        """The format of the ratio alone."""
        return re.findall(r"{.*?}", self.ratio_text)[0]


def _spreads() -> ToyDataset:
    rng = np.random.default_rng(SEED)
    labels = np.repeat([0, 1], N // 2)
    points = rng.standard_normal((N, 2)) * np.where(labels, 10.0, 1.0)[:, None]
    points[labels == 1, 0] += 60

    def ratio(xy: np.ndarray) -> float:
        wide, narrow = (xy[labels == c] for c in (1, 0))
        return float(wide.std(axis=0).mean() / narrow.std(axis=0).mean())

    return ToyDataset(
        points,
        labels,
        ratio,
        "the wide cloud is {:.1f} times as wide as the narrow one",
        "**The size of a cluster says nothing**: t-SNE stretches what is dense and shrinks what is thin.",
    )


def _distances() -> ToyDataset:
    rng = np.random.default_rng(SEED)
    labels = np.repeat([0, 1, 2], N // 3)
    points = rng.standard_normal((N, 2)) + np.array([[0, 0], [10, 0], [60, 0]])[labels]

    def ratio(xy: np.ndarray) -> float:
        a, b, c = (xy[labels == k].mean(axis=0) for k in range(3))
        return float(np.linalg.norm(c - b) / np.linalg.norm(b - a))

    return ToyDataset(
        points,
        labels,
        ratio,
        "the third cluster is {:.1f} times as far from the second as the second from the first",
        "**The distance between clusters says little**: neighbours are kept, far is far.",
    )


def _noise() -> ToyDataset:
    points = np.random.default_rng(SEED).standard_normal((N, 50))

    def ratio(xy: np.ndarray) -> float:
        from scipy.spatial import cKDTree

        nearest = np.asarray(cKDTree(xy).query(xy, k=2)[0])[:, 1]
        area = np.ptp(xy, axis=0).prod()
        return float(nearest.mean() / (0.5 * np.sqrt(area / len(xy))))

    return ToyDataset(
        points,
        np.zeros(N, int),
        ratio,
        "a point's nearest neighbour is on average {:.2f} times as far away as if all were scattered at random",
        "**Clumps need not be clusters**: at a low perplexity pure noise, here in 50 dimensions, forms clumps too.",
        "two of its 50 dimensions",
    )


def _line() -> ToyDataset:
    t = np.linspace(0, 1, N)
    points = np.column_stack([100 * t, np.random.default_rng(SEED).normal(0, 0.003, N)])

    def ratio(xy: np.ndarray) -> float:
        steps = np.linalg.norm(np.diff(xy, axis=0), axis=1)
        return float(np.linalg.norm(xy[-1] - xy[0]) / steps.sum())

    return ToyDataset(
        points,
        np.minimum((t * 5).astype(int), 4),
        ratio,
        "the two ends are {:.0%} of the line's length apart",
        "**Shapes need not be shapes**: a straight line comes out as a wave, or with knobs at its ends.",
    )


TOY_DATASETS: dict[str, tuple[str, Callable[[], ToyDataset]]] = {
    "spreads": ("Two clouds, one ten times as wide", _spreads),
    "distances": ("Three clusters at different distances", _distances),
    "noise": ("Pure noise", _noise),
    "line": ("A line", _line),
}


@functools.cache
def toy_dataset(name: str) -> ToyDataset:
    """The toy data set of this name."""
    return TOY_DATASETS[name][1]()
