"""t-SNE by pure slices: codes → a map, a few iterations at a time; and new points placed into a map that is there.

The neighbours, the gradient (Barnes–Hut) and the descent are openTSNE's (Poličar, Stražar, Zupan 2024). A slice takes
the state of a descent and gives the next one, so it can be paused, watched and moved as training can. Every 50
iterations the points are put in the order of a space-filling curve: what is near on the map is then near in memory, and
the tree is walked in three fifths of the time.

openTSNE and scikit-learn take more than a second to import, so they are imported where they are needed: on the worker.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from aecore.compute import malloc
from aecore.projection import magnitudes, neighbourhood_quality
from aecore.specs import AUTO_RATE, ProjectionSpec, SpecError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

REORDER_EVERY = 50
MOMENTUM = 0.8
MAX_STEP = 5.0  # how far a point may move in one iteration
POINTS_A_SLICE = 125_000  # points times iterations: a quarter of a second or so
TWO_THREADS = 1_000  # points; for fewer, waiting for each other costs more than is saved
SLICE_RANGE = (5, 50)  # iterations
# Of a point placed into a map, as in openTSNE's `transform`.
PLACE_PERPLEXITY, PLACE_NEIGHBOURS, PLACE_EXAGGERATION = 5.0, 25, 1.5


_importing = threading.Lock()


def _opentsne() -> ModuleType:
    """openTSNE. Imported by one thread at a time, since its modules import each other in a circle."""
    with _importing:
        import openTSNE
        import openTSNE.affinity
        import openTSNE.initialization
        import openTSNE.tsne
    return openTSNE


def warm_up() -> bool:
    """Import what a descent needs, so that the first one begins at once."""
    return _opentsne() is not None


class ProjectionError(SpecError):
    """Codes of which no map can be made. Its text is one sentence for the visitor."""


@dataclass(frozen=True)
class Projection:
    """A map of codes at one moment.

    `xy`: float32 (N, dims); `labels`: (N,), the classes, and `indices`: (N,), which images, or None where nobody said.
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

    `xy`: where the points are; `update`: their last steps; `gains`: their own rates; float64 (N, dims) each. `order`:
    int32 (N,), the order in which they are computed.
    """

    iteration: int
    xy: np.ndarray
    update: np.ndarray
    gains: np.ndarray
    order: np.ndarray


class Neighbourhoods:
    """How much each code attends to the others at a perplexity: the affinities that the map has to reproduce.

    `codes`: (N, …), finite, of any magnitude; kept in units (`magnitudes`) in which distances can be squared.
    `affinities`: sparse (N, N), symmetric, their sum 1. Raises ProjectionError for codes without a spread, or too few
    for the perplexity.
    """

    def __init__(self, codes: np.ndarray, perplexity: float):
        self.codes = _checked(codes.reshape(len(codes), -1), perplexity)
        whole = np.ascontiguousarray(self.codes, np.float64)
        # Of what openTSNE has found only this is kept: its index and its distances would be several times as much.
        self.affinities: csr_matrix = (
            _opentsne()
            .affinity.PerplexityBasedNN(whole, perplexity, method="exact", knn_kwargs={"algorithm": "brute"})
            .P
        )
        self._ordered: tuple[bytes, csr_matrix] | None = None
        malloc.give_back()

    @property
    def nbytes(self) -> int:
        """Bytes that are kept, as soon as `ordered` was called."""
        matrix = self.affinities
        return 2 * (matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)

    def ordered(self, order: np.ndarray) -> csr_matrix:
        """The affinities with rows and columns in this order."""
        key = hashlib.sha256(order.tobytes()).digest()
        if self._ordered is None or self._ordered[0] != key:
            self._ordered = None
            matrix = self.affinities[order][:, order].tocsr()
            matrix.sort_indices()
            self._ordered = key, matrix
        return self._ordered[1]


def _checked(codes: np.ndarray, perplexity: float) -> np.ndarray:
    """The codes in units in which they can be compared, if a map can be made of them."""
    if not np.isfinite(codes).all():
        raise ProjectionError("Expected codes of finite numbers, but some are not: the training went astray.")
    if len(codes) <= 3 * perplexity:
        raise ProjectionError(
            f"A perplexity of {perplexity:g} needs more than {3 * perplexity:.0f} codes; got {len(codes):,}."
        )
    codes = magnitudes.units(codes)(codes)
    if np.ptp(codes, axis=0).max() < 1e-9:
        raise ProjectionError("Expected codes that differ, but all are the same: there is nothing to map.")
    return codes


def begin(neighbourhoods: Neighbourhoods, spec: ProjectionSpec) -> DescentState:
    """The descent before its first iteration: every point close to the middle."""
    initialization = _opentsne().initialization
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
        return _opentsne().initialization.spectral(neighbourhoods.affinities, spec.dims, random_state=spec.seed)
    except (ArpackError, np.linalg.LinAlgError, RuntimeError) as error:
        raise ProjectionError(
            "The neighbour graph of these codes has no spectral layout. Start from principal components instead."
        ) from error


def n_threads(n: int) -> int:
    """The threads on which `n` points are computed."""
    return min(2, os.cpu_count() or 1) if n >= TWO_THREADS else 1


def slice_iterations(n: int) -> int:
    """The iterations of a slice of `n` points that takes a quarter of a second or so."""
    low, high = SLICE_RANGE
    return min(max(POINTS_A_SLICE // n, low), high)


def descend(
    neighbourhoods: Neighbourhoods, spec: ProjectionSpec, state: DescentState, n_iterations: int
) -> tuple[DescentState, float]:
    """`n_iterations` further iterations; the state after them, and its KL divergence in nats.

    How the iterations are cut into calls changes nothing, but for the rounding of sums where there are two threads.
    """
    tsne = _opentsne().tsne
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
            p.copy() if exaggeration != 1 else p,  # multiplied and divided again in place, which rounds
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


def place(codes: np.ndarray, xy: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Where a new code `z` (code_dim,) belongs on the map `xy` (N, dims) of `codes` (N, code_dim): float32 (dims,).

    The map stays as it is. From the median of its neighbours the point goes to where its own KL divergence, which all
    points of the map have a part in, is least.
    """
    from scipy.optimize import minimize

    codes = codes.reshape(len(codes), -1)
    if not all(np.isfinite(numbers).all() for numbers in (codes, xy, z)):
        raise ProjectionError("Expected codes and a map of finite numbers, but some are not: there is no place for it.")
    as_compared = magnitudes.units(codes)
    nearest, distances = neighbourhood_quality.nearest_to(as_compared(codes), as_compared(z.ravel()), PLACE_NEIGHBOURS)
    distances = distances / magnitudes.scale(distances)
    attended = nearest[: round(3 * PLACE_PERPLEXITY)]
    p = (
        _opentsne()
        .affinity.joint_probabilities_nn(
            np.arange(len(attended))[None],
            distances[: len(attended)][None],
            [PLACE_PERPLEXITY],
            symmetrize=False,
            normalization="point-wise",
            n_reference_samples=len(attended),
        )
        .toarray()[0]
    )
    p *= PLACE_EXAGGERATION
    xy = xy.astype(np.float64)

    def divergence(point: np.ndarray) -> tuple[float, np.ndarray]:
        offsets = point - xy
        w = 1 / (1 + np.square(offsets).sum(axis=1))
        total = w.sum()
        value = np.log(total) - p @ np.log(w[attended])
        gradient = 2 * ((p * w[attended]) @ offsets[attended] - (np.square(w) / total) @ offsets)
        return value, gradient

    return minimize(divergence, np.median(xy[nearest], axis=0), jac=True).x.astype(np.float32)
