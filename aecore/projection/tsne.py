"""t-SNE by pure slices: codes → a map, a few iterations at a time.

The neighbours, the gradient (Barnes–Hut) and the descent are openTSNE's (Poličar, Stražar, Zupan 2024). A slice takes
the state of a descent and gives the next one, so a descent can be paused, watched and moved as training can. Every 50
iterations the points are put in the order of a space-filling curve: what is near on the map is then near in memory, and
walking the tree takes three fifths of the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aecore.projection import opentsne
from aecore.projection.affinities import Neighbourhoods, ProjectionError
from aecore.specs import AUTO_RATE, ProjectionSpec

REORDER_EVERY = 50
MOMENTUM = 0.8
MAX_STEP = 5.0  # how far a point may move in one iteration
POINTS_PER_SLICE = 125_000  # points times iterations: a quarter of a second or so
TWO_THREADS = 1_000  # points; with fewer, waiting for each other costs more than is saved
SLICE_RANGE = (5, 50)  # iterations


@dataclass(frozen=True)
class Projection:
    """A map of codes at one moment.

    `xy`: float32 (N, dims); `labels`: (N,), the classes; `indices`: (N,), which images; None where unknown.
    `kl_divergence`: of the map's neighbourhoods from those of the codes, in nats; `iteration`: from 0; `spec`: how it
    was made.
    """

    xy: np.ndarray
    labels: np.ndarray | None
    indices: np.ndarray | None
    kl_divergence: float
    iteration: int
    spec: ProjectionSpec


@dataclass(frozen=True)
class DescentState:
    """A descent after `iteration` iterations.

    `xy`: where the points are; `update`: their last steps; `gains`: the rates of each; float64 (N, dims) each. `order`:
    int32 (N,), the order in which they are computed.
    """

    iteration: int
    xy: np.ndarray
    update: np.ndarray
    gains: np.ndarray
    order: np.ndarray


def begin(neighbourhoods: Neighbourhoods, spec: ProjectionSpec) -> DescentState:
    """The descent before its first iteration: every point close to the centre."""
    initialization = opentsne.load().initialization
    codes = neighbourhoods.codes.astype(np.float64)
    if spec.initialisation == "spectral":
        xy = _spectral(neighbourhoods, spec)
    elif spec.initialisation == "pca" and codes.shape[1] >= spec.dims:
        xy = initialization.pca(codes, spec.dims, random_state=spec.seed)
    else:  # a code of two numbers has no third component
        xy = initialization.random(codes, spec.dims, random_state=spec.seed)
    xy = np.ascontiguousarray(xy, np.float64)
    return DescentState(0, xy, np.zeros_like(xy), np.ones_like(xy), curve_order(xy))


def _spectral(neighbourhoods: Neighbourhoods, spec: ProjectionSpec) -> np.ndarray:
    from scipy.sparse.linalg import ArpackError

    try:
        return opentsne.load().initialization.spectral(neighbourhoods.affinities, spec.dims, random_state=spec.seed)
    except (ArpackError, np.linalg.LinAlgError, RuntimeError) as error:
        raise ProjectionError(
            "The neighbour graph of these codes has no spectral layout. Start from principal components instead."
        ) from error


def n_threads(n: int) -> int:
    """The number of threads that compute `n` points."""
    return min(2, os.cpu_count() or 1) if n >= TWO_THREADS else 1


def slice_iterations(n: int) -> int:
    """The number of iterations in a slice of `n` points, so that it takes a quarter of a second or so."""
    low, high = SLICE_RANGE
    return min(max(POINTS_PER_SLICE // n, low), high)


def descend(
    neighbourhoods: Neighbourhoods, spec: ProjectionSpec, state: DescentState, n_iterations: int
) -> tuple[DescentState, float]:
    """`n_iterations` further iterations; the state after them, and its KL divergence in nats.

    How the iterations are cut into calls changes nothing but the rounding of sums where there are two threads.
    """
    tsne = opentsne.load().tsne
    end, kl = state.iteration + n_iterations, float("nan")
    while state.iteration < end:
        order = curve_order(state.xy) if state.iteration % REORDER_EVERY == 0 else state.order
        early = state.iteration < spec.early_iterations
        until = min(end, (state.iteration // REORDER_EVERY + 1) * REORDER_EVERY)
        until = min(until, spec.early_iterations) if early else until
        exaggeration = spec.early_exaggeration if early else 1.0
        rate = len(state.xy) / exaggeration if spec.learning_rate == AUTO_RATE else spec.learning_rate
        descent = tsne.gradient_descent()
        descent.update, descent.gains = state.update[order], state.gains[order]
        p = neighbourhoods.ordered(order)
        kl, xy = descent(
            state.xy[order],
            p.copy() if exaggeration != 1 else p,  # openTSNE multiplies and divides it in place, which rounds
            until - state.iteration,
            tsne.kl_divergence_bh,
            learning_rate=rate,
            momentum=MOMENTUM,
            exaggeration=exaggeration,
            max_step_norm=MAX_STEP,
            n_jobs=n_threads(len(order)),
        )
        if not np.isfinite(xy).all():
            raise ProjectionError("The points of this map left every bound. A smaller learning rate keeps them in.")
        back = np.argsort(order)
        state = DescentState(until, xy[back], descent.update[back], descent.gains[back], order.astype(np.int32))
    return state, float(kl)


def curve_order(xy: np.ndarray) -> np.ndarray:
    """The order (N,) of points (N, dims) along a Z-shaped space-filling curve (Morton 1966)."""
    bits = 30 // xy.shape[1]
    cells = (xy - xy.min(axis=0)) / max(float(np.ptp(xy, axis=0).max()), 1e-300) * (2**bits - 1)
    cells = cells.astype(np.int64)
    key = np.zeros(len(xy), np.int64)
    for bit in range(bits):
        for axis in range(xy.shape[1]):
            key |= ((cells[:, axis] >> bit) & 1) << (bit * xy.shape[1] + axis)
    return np.argsort(key, kind="stable")


def steps(codes: np.ndarray, spec: ProjectionSpec, n_iterations: int = 50) -> Iterator[Projection]:
    """t-SNE of codes (N, …): the map after every `n_iterations` iterations, to the last one."""
    neighbourhoods = Neighbourhoods(codes, spec.perplexity)
    state = begin(neighbourhoods, spec)
    while state.iteration < spec.iterations:
        state, kl = descend(neighbourhoods, spec, state, min(n_iterations, spec.iterations - state.iteration))
        yield Projection(state.xy.astype(np.float32), None, None, kl, state.iteration, spec)


def project(codes: np.ndarray, spec: ProjectionSpec | None = None) -> Projection:
    """t-SNE of codes (N, …) to the end. Raises ProjectionError for codes of which no map can be made."""
    *_, last = steps(codes, spec or ProjectionSpec())
    return last
