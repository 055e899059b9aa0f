"""Principal component analysis of points, summed in chunks, so that they are never all copied at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
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
    mean, covariance = _moments(chunks)
    variance = float(np.trace(covariance))
    values, axes = _largest_eigenvalues(covariance, n_components)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    explained = values / variance if variance > 0 else np.zeros(len(axes))
    return Pca(mean.astype(np.float32), (axes * signs[:, None]).astype(np.float32), explained)


def _moments(chunks: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The mean (D,) and the covariance (D, D) of the points, float64."""
    chunks = iter(chunks)
    first = next(chunks)
    shift = first.mean(axis=0)  # near the mean no digits are lost when the square of the mean is subtracted
    n, total, products = 0, np.zeros(len(shift)), np.zeros((len(shift), len(shift)))
    for chunk in itertools.chain([first], chunks):
        points = chunk - shift
        n += len(points)
        total += points.sum(axis=0, dtype=np.float64)
        products += points.T @ points
    mean = total / n
    products /= n
    products -= np.outer(mean, mean)
    return mean + shift, products


def _largest_eigenvalues(symmetric: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The `n` largest eigenvalues of a matrix (D, D), or all if there are fewer, and their vectors (n, D)."""
    from scipy import linalg

    eigh: Callable[..., tuple[np.ndarray, np.ndarray]] = linalg.eigh
    size = len(symmetric)
    # Single precision is enough for the eigenvectors and takes a quarter of the time.
    values, vectors = eigh(symmetric.astype(np.float32), subset_by_index=[max(size - n, 0), size - 1], overwrite_a=True)
    return np.maximum(values[::-1].astype(np.float64), 0), vectors.T[::-1]
