"""How far a map of codes can be believed: whether neighbours on the map are neighbours in code space.

Distances are computed in chunks of rows, never all at once: 10,000 codes stay under 30 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aecore.projection import magnitudes
from aecore.specs import SpecError

K = 10  # neighbours by which trustworthiness and overlap are judged
K_VOTES = 5  # neighbours that vote on a class
CHUNK_CELLS = 1_000_000  # distances at a time, or numbers of the points
MAX_BYTES = 60 * CHUNK_CELLS  # that comparing takes, whatever the number of points


@dataclass(frozen=True)
class NeighbourhoodQuality:
    """How well a map keeps the neighbourhoods of its codes: for each point, and the means.

    `trust`: float32 (N,), trustworthiness (Venna & Kaski 2001): 1 where no stranger is among a point's ten neighbours
    on the map, less the farther the strangers come from. `overlap`: (N,), the share of its ten nearest codes that are
    among its ten neighbours on the map. `right_in_codes`, `right_on_map`: bool (N,), whether its five nearest others
    vote for its own class.
    """

    trust: np.ndarray
    overlap: np.ndarray
    right_in_codes: np.ndarray
    right_on_map: np.ndarray

    @property
    def trustworthiness(self) -> float:
        return float(self.trust.mean())

    @property
    def knn_accuracy_codes(self) -> float:
        return float(self.right_in_codes.mean())

    @property
    def knn_accuracy_map(self) -> float:
        return float(self.right_on_map.mean())


def measure(codes: np.ndarray, xy: np.ndarray, labels: np.ndarray) -> NeighbourhoodQuality:
    """Compare a map `xy` (N, dims) with its `codes` (N, code_dim); `labels`: (N,) classes. A second for 5,000.

    Raises SpecError where codes or positions are not all finite numbers: nothing is near anything then.
    """
    for points, what in ((codes, "codes"), (xy, "positions on the map")):
        if not np.isfinite(points).all():
            raise SpecError(f"Expected {what} that are finite numbers; some are not, so the map can't be judged.")
    n = len(codes)
    on_map = neighbours(xy, K)
    trust, overlap = np.empty(n, np.float32), np.empty(n, np.float32)
    nearest = np.empty((n, K), np.int32)
    worst = K * (2 * n - 3 * K - 1) / 2
    for rows, distances in _distances(codes):
        nearest[rows] = _smallest(distances, K)
        to_map_neighbours = np.take_along_axis(distances, on_map[rows], axis=1)
        closer = [np.count_nonzero(distances < column[:, None], axis=1) for column in to_map_neighbours.T]
        trust[rows] = 1 - np.maximum(np.array(closer) + 1 - K, 0).sum(axis=0) / worst
        overlap[rows] = (nearest[rows, :, None] == on_map[rows, None, :]).any(axis=2).mean(axis=1)
    return NeighbourhoodQuality(trust, overlap, _vote(nearest, labels), _vote(on_map, labels))


def neighbours(points: np.ndarray, k: int) -> np.ndarray:
    """The `k` nearest others of each point (N, …), nearest first: int32 (N, k)."""
    return np.concatenate([_smallest(distances, k) for _, distances in _distances(points)])


def nearest_to(points: np.ndarray, z: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` points (N, …) nearest to `z`, nearest first: their indices int64 (k,) and distances (k,)."""
    flat = points.reshape(len(points), -1)
    size = max(CHUNK_CELLS // flat.shape[1], 1)
    differences = (flat[i : i + size].astype(np.float64) - z.ravel() for i in range(0, len(flat), size))
    distances = np.concatenate([np.linalg.norm(part, axis=1) for part in differences])
    order = np.argsort(distances, kind="stable")[:k]
    return order, distances[order]


def _distances(points: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Squared distances of a chunk of the points to all of them; to itself a point is infinitely far."""
    flat = points.reshape(len(points), -1)
    flat = magnitudes.units(flat)(flat).astype(np.float32, copy=False)
    flat = flat - flat.mean(axis=0)  # keeps the cancellation below small
    wide = max(CHUNK_CELLS // flat.shape[1], 1)
    squares = np.concatenate([np.square(flat[i : i + wide]).sum(axis=1) for i in range(0, len(flat), wide)])
    size = max(CHUNK_CELLS // len(flat), 1)
    for start in range(0, len(flat), size):
        rows = slice(start, min(start + size, len(flat)))
        distances = squares[rows, None] + squares - 2 * (flat[rows] @ flat.T)
        distances[np.arange(rows.stop - start), np.arange(start, rows.stop)] = np.inf
        yield rows, distances


def _smallest(distances: np.ndarray, k: int) -> np.ndarray:
    found = np.argpartition(distances, k, axis=1)[:, :k]
    order = np.take_along_axis(distances, found, axis=1).argsort(axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1).astype(np.int32)


def _vote(nearest: np.ndarray, labels: np.ndarray) -> np.ndarray:
    votes = labels[nearest[:, :K_VOTES]]
    counts = (votes[:, :, None] == np.arange(int(labels.max()) + 1)).sum(axis=1)
    return counts.argmax(axis=1) == labels
