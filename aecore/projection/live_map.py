"""A map in the making: t-SNE on the cluster, slice by slice, with the frames so far."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aecore.compute.computation import Computation
from aecore.compute.task_sequence import Task
from aecore.projection import code_questions, tsne
from aecore.projection.code_sources import Source, Weights
from aecore.projection.tsne import DescentState
from aecore.specs import ProjectionSpec

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

FIRST_SLICE = 5  # iterations, so that there is something to see at once
MAX_FRAMES = 40  # with more, every second one is dropped


@dataclass(frozen=True)
class Frame:
    """A map after `iteration` iterations: `xy` float32 (N, dims), `kl_divergence` in nats."""

    iteration: int
    kl_divergence: float
    xy: np.ndarray


class LiveMap(Computation):
    """t-SNE of the source's codes by the settings of `spec`, slice by slice.

    `map_id` identifies it among all maps; `weights`: of a run.
    """

    def __init__(self, cluster: Cluster, source: Source, spec: ProjectionSpec, weights: Weights = None):
        self.source, self.spec, self.weights = source, spec, weights
        self.map_id = secrets.token_hex(8)
        self._ends = _ends(spec.iterations, tsne.slice_iterations(source.spec.n_codes))
        self._state: DescentState | None = None
        self._frames: list[Frame] = []
        super().__init__(cluster, len(self._ends), self._make_task, self._receive_slice)

    def step(self) -> None:
        """Compute one slice, then pause."""
        self.start(steps=1)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames so far, the newest last."""
        with self.lock:
            return tuple(self._frames)

    def _make_task(self, step: int) -> Task:
        done = self._state.iteration if self._state else 0
        return Task(
            code_questions.descend, (self.source, self.spec, self._state, self._ends[step] - done, self.weights)
        )

    def _receive_slice(self, step: int, result: tuple[DescentState, float]) -> None:
        self._state, kl = result
        frame = Frame(self._state.iteration, kl, self._state.xy.astype(np.float32))
        self._frames = thinned([*self._frames, frame])


def thinned(frames: list[Frame]) -> list[Frame]:
    """The frames, if there are not too many of them; otherwise every second one, with the newest."""
    return frames if len(frames) <= MAX_FRAMES else [*frames[:-1:2], frames[-1]]


def _ends(iterations: int, length: int) -> list[int]:
    """The iterations at which slices end: a short one first."""
    return [*range(FIRST_SLICE, iterations, length), iterations]
