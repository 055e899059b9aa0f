"""Principal component analysis of points, summed in chunks, so that they are never all copied at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pca:
    """The principal components of points (N, D).

    `mean`: float32 (D,). `axes`: float32 (K, D), orthonormal, the one with the most variance first; the sign of each is
    such that its entry of largest magnitude is positive. `explained`: float64 (K,), the share of the variance along
    each axis; 0 for points that are all the same.
    """

    mean: np.ndarray
    axes: np.ndarray
    explained: np.ndarray

    def first(self, n: int) -> Pca:
        """The same with the first `n` components alone."""
        return Pca(self.mean, self.axes[:n], self.explained[:n])

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, D) → (N, K)."""
        return (points - self.mean) @ self.axes.T

    def restore(self, projected: np.ndarray) -> np.ndarray:
        """(N, K) → (N, D): the points of the plane nearest to those that were projected."""
        return projected @ self.axes + self.mean


def fit(chunks: Iterable[np.ndarray], n_components: int) -> Pca:
    """The first `n_components` components, or all if there are fewer, of the points in `chunks`, (N, D) float each."""
    from scipy.linalg import eigh

    n, total, products = 0, np.zeros(()), np.zeros(())
    shift: np.ndarray = np.zeros(())
    for points in chunks:
        if n == 0:
            shift = points.mean(axis=0)  # what is near the mean loses no digits when its square is subtracted
        points = points - shift
        n += len(points)
        total = total + points.sum(axis=0, dtype=np.float64)
        products = products + points.T @ points
    mean = total / n
    covariance = np.asarray(products, np.float64) / n
    covariance -= np.outer(mean, mean)
    mean += shift
    variance = np.trace(covariance)
    size = len(mean)
    # Single precision is enough for the eigenvectors and takes a quarter of the time.
    covariance = covariance.astype(np.float32)
    values, vectors = eigh(covariance, subset_by_index=[max(size - n_components, 0), size - 1], overwrite_a=True)
    axes, values = vectors.T[::-1], np.maximum(values[::-1].astype(np.float64), 0)  # the largest first
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    explained = values / variance if variance > 0 else np.zeros(len(axes))
    return Pca(mean.astype(np.float32), (axes * signs[:, None]).astype(np.float32), explained)
