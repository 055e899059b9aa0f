"""t-SNE of a toy data set at several perplexities at once, on the cluster."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from aecore.compute.computation import Computation
from aecore.compute.task_sequence import Task
from aecore.projection import tsne
from aecore.projection.affinities import Neighbourhoods
from aecore.projection.toy_datasets import toy_dataset
from aecore.projection.tsne import DescentState
from aecore.specs import ProjectionSpec

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

PERPLEXITIES = (2, 10, 30, 60)
ITERATIONS, ITERATIONS_PER_SLICE = 600, 30


class Experiment(Computation):
    """t-SNE of a toy data set at every perplexity of `PERPLEXITIES`, side by side, slice by slice."""

    def __init__(self, cluster: Cluster, name: str):
        self.name = name
        self._states: tuple[DescentState | None, ...] = (None,) * len(PERPLEXITIES)
        super().__init__(cluster, ITERATIONS // ITERATIONS_PER_SLICE, self._make_task, self._receive_slice)

    @property
    def maps(self) -> tuple[np.ndarray | None, ...]:
        """The map at each perplexity, (N, 2); None before the first slice."""
        return tuple(state and state.xy for state in self._states)

    def _make_task(self, step: int) -> Task:
        return Task(descend_all, (self.name, self._states))

    def _receive_slice(self, step: int, states: tuple[DescentState, ...]) -> None:
        self._states = states


@functools.cache
def _neighbourhoods(name: str, perplexity: float) -> Neighbourhoods:
    return Neighbourhoods(toy_dataset(name).points, perplexity)


def descend_all(name: str, states: tuple[DescentState | None, ...]) -> tuple[DescentState, ...]:
    """A slice of every perplexity's descent. A task for the worker."""
    after = []
    for perplexity, state in zip(PERPLEXITIES, states, strict=True):
        spec = ProjectionSpec(perplexity=perplexity, iterations=ITERATIONS)
        neighbourhoods = _neighbourhoods(name, perplexity)
        after.append(
            tsne.descend(neighbourhoods, spec, state or tsne.begin(neighbourhoods, spec), ITERATIONS_PER_SLICE)[0]
        )
    return tuple(after)
