"""New points placed into a map that is there."""

from __future__ import annotations

import numpy as np

from aecore.projection import magnitudes, neighbourhood_quality, opentsne
from aecore.projection.affinities import ProjectionError

# As in openTSNE's `transform`.
PERPLEXITY, N_NEIGHBOURS, EXAGGERATION = 5.0, 25, 1.5


def place(codes: np.ndarray, xy: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Where a new code `z` (code_dim,) belongs on the map `xy` (N, dims) of `codes` (N, code_dim): float32 (dims,).

    The map stays as it is. From the median of its neighbours the point moves to where its own KL divergence, to which
    all points of the map contribute, is least. Raises ProjectionError for numbers that are not finite.
    """
    from scipy.optimize import minimize

    codes = codes.reshape(len(codes), -1)
    if not all(np.isfinite(numbers).all() for numbers in (codes, xy, z)):
        raise ProjectionError(
            "Expected codes and a map of finite numbers; some are not, so the image has no place there."
        )
    as_compared = magnitudes.units(codes)
    nearest, distances = neighbourhood_quality.nearest_to(as_compared(codes), as_compared(z.ravel()), N_NEIGHBOURS)
    distances = distances / magnitudes.scale(distances)
    attended = nearest[: round(3 * PERPLEXITY)]
    p = (
        opentsne.load()
        .affinity.joint_probabilities_nn(
            np.arange(len(attended))[None],
            distances[: len(attended)][None],
            [PERPLEXITY],
            symmetrize=False,
            normalization="point-wise",
            n_reference_samples=len(attended),
        )
        .toarray()[0]
    )
    p *= EXAGGERATION
    xy = xy.astype(np.float64)

    def divergence(point: np.ndarray) -> tuple[float, np.ndarray]:
        offsets = point - xy
        w = 1 / (1 + np.square(offsets).sum(axis=1))
        total = w.sum()
        value = np.log(total) - p @ np.log(w[attended])
        gradient = 2 * ((p * w[attended]) @ offsets[attended] - (np.square(w) / total) @ offsets)
        return value, gradient

    return minimize(divergence, np.median(xy[nearest], axis=0), jac=True).x.astype(np.float32)
