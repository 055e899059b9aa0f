"""Small sets of points whose truth is known, to see what t-SNE makes of it, at several perplexities at once."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aecore import projection
from aecore.compute.task_sequence import Chain, Task
from aecore.projection import DescentState, Neighbourhoods
from aecore.specs import ProjectionSpec

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

PERPLEXITIES = (2, 10, 30, 60)
ITERATIONS, SLICE = 600, 30
N = 240
SEED = 3


@dataclass(frozen=True)
class KnownSet:
    """Points whose truth is known.

    `points`: float64 (N, dims), of which the first two dimensions are shown as the truth, with `truth_words`; `labels`:
    (N,). `ratio`: given points in truth or on a map, (N, 2), the figure that a map ought to keep; `ratio_words`: what
    that says, with the place for it; `moral`: what a map can't tell.
    """

    points: np.ndarray
    labels: np.ndarray
    ratio: Callable[[np.ndarray], float]
    ratio_words: str
    moral: str
    truth_words: str = "the truth"

    @property
    def ratio_format(self) -> str:
        """How the figure alone is written."""
        return re.search(r"{.*?}", self.ratio_words)[0]


def _spreads() -> KnownSet:
    rng = np.random.default_rng(SEED)
    labels = np.repeat([0, 1], N // 2)
    points = rng.standard_normal((N, 2)) * np.where(labels, 10.0, 1.0)[:, None]
    points[labels == 1, 0] += 60

    def ratio(xy: np.ndarray) -> float:
        wide, narrow = (xy[labels == c] for c in (1, 0))
        return float(wide.std(axis=0).mean() / narrow.std(axis=0).mean())

    return KnownSet(
        points,
        labels,
        ratio,
        "the wide cloud is {:.1f} times as wide as the narrow one",
        "**The size of a cluster says nothing**: t-SNE stretches what is dense and shrinks what is thin.",
    )


def _distances() -> KnownSet:
    rng = np.random.default_rng(SEED)
    labels = np.repeat([0, 1, 2], N // 3)
    points = rng.standard_normal((N, 2)) + np.array([[0, 0], [10, 0], [60, 0]])[labels]

    def ratio(xy: np.ndarray) -> float:
        a, b, c = (xy[labels == k].mean(axis=0) for k in range(3))
        return float(np.linalg.norm(c - b) / np.linalg.norm(b - a))

    return KnownSet(
        points,
        labels,
        ratio,
        "the third cluster is {:.1f} times as far from the second as the second from the first",
        "**The distance between clusters says little**: neighbours are kept, far is far.",
    )


def _noise() -> KnownSet:
    points = np.random.default_rng(SEED).standard_normal((N, 50))

    def ratio(xy: np.ndarray) -> float:
        from scipy.spatial import cKDTree

        nearest = cKDTree(xy).query(xy, k=2)[0][:, 1]
        area = np.ptp(xy, axis=0).prod()
        return float(nearest.mean() / (0.5 * np.sqrt(area / len(xy))))

    return KnownSet(
        points,
        np.zeros(N, int),
        ratio,
        "a point's nearest neighbour is on average {:.2f} times as far away as if all were strewn by chance",
        "**Clumps need not be clusters**: at a low perplexity pure noise, here in 50 dimensions, forms clumps too.",
        "two of its 50 dimensions",
    )


def _line() -> KnownSet:
    t = np.linspace(0, 1, N)
    points = np.column_stack([100 * t, np.random.default_rng(SEED).normal(0, 0.003, N)])

    def ratio(xy: np.ndarray) -> float:
        steps = np.linalg.norm(np.diff(xy, axis=0), axis=1)
        return float(np.linalg.norm(xy[-1] - xy[0]) / steps.sum())

    return KnownSet(
        points,
        np.minimum((t * 5).astype(int), 4),
        ratio,
        "the two ends are {:.0%} of the line's length apart",
        "**Shapes need not be shapes**: a straight line comes out as a wave, or with knobs at its ends.",
    )


SETS: dict[str, tuple[str, Callable[[], KnownSet]]] = {
    "spreads": ("Two clouds, one ten times as wide", _spreads),
    "distances": ("Three clusters at different distances", _distances),
    "noise": ("Pure noise", _noise),
    "line": ("A line", _line),
}


@functools.cache
def known(name: str) -> KnownSet:
    """The set of this name."""
    return SETS[name][1]()


class Experiment(Chain):
    """t-SNE of a known set at every perplexity of `PERPLEXITIES`, side by side, slice by slice."""

    def __init__(self, cluster: Cluster, name: str):
        self.name = name
        self._states: tuple[DescentState | None, ...] = (None,) * len(PERPLEXITIES)
        super().__init__(cluster, ITERATIONS // SLICE, self._task, self._take)

    @property
    def maps(self) -> tuple[np.ndarray | None, ...]:
        """The map at each perplexity, (N, 2); None before the first slice."""
        return tuple(state and state.xy for state in self._states)

    def _task(self, step: int) -> Task:
        return descend_all, (self.name, self._states)

    def _take(self, step: int, states: tuple[DescentState, ...]) -> None:
        self._states = states


@functools.cache
def _neighbourhoods(name: str, perplexity: float) -> Neighbourhoods:
    return Neighbourhoods(known(name).points, perplexity)


def descend_all(name: str, states: tuple[DescentState | None, ...]) -> tuple[DescentState, ...]:
    """A slice of every perplexity's descent. A task for the worker."""
    after = []
    for perplexity, state in zip(PERPLEXITIES, states, strict=True):
        spec = ProjectionSpec(perplexity=perplexity, iterations=ITERATIONS)
        neighbourhoods = _neighbourhoods(name, perplexity)
        after.append(
            projection.descend(neighbourhoods, spec, state or projection.begin(neighbourhoods, spec), SLICE)[0]
        )
    return tuple(after)
