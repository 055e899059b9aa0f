"""Linear projections of images: PCA, the baseline that every autoencoder has to beat."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from aecore import datasets, metrics

MAX_COMPONENTS = 128
_CHUNK = 5_000  # images; bounds the float copies to 16 MB


@dataclass(frozen=True)
class PcaBaseline:
    """What PCA makes of the test images with `n_components` numbers a code, its reconstructions clipped to [0, 1].

    `x_hat`: uint8 (10, 28, 28, 1), of the ten fixed test images. `mse`, `binary_crossentropy`: means a pixel over the
    whole test set.
    """

    n_components: int
    x_hat: np.ndarray
    mse: float
    binary_crossentropy: float


def _pixels(x: np.ndarray) -> np.ndarray:
    """uint8 (N, 28, 28, 1) → float32 (N, 784) in [0, 1]."""
    return x.reshape(len(x), -1).astype(np.float32) / 255


@functools.lru_cache(maxsize=8)
def fit_pca(dataset: str, n_train: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean (784,) and the first 128 principal axes (128, 784) of the first `n_train` training images.

    Computed from the covariance, which is summed in chunks: the images are never held as floats all at once.
    """
    x_train = datasets.load(dataset).x_train[:n_train]
    total = np.zeros(x_train[0].size)
    products = np.zeros((total.size, total.size))
    for start in range(0, n_train, _CHUNK):
        x = _pixels(x_train[start : start + _CHUNK])
        total += x.sum(axis=0)
        products += x.T @ x
    mean = total / n_train
    covariance = products / n_train - np.outer(mean, mean)
    _, axes = np.linalg.eigh(covariance)  # columns, smallest eigenvalue first
    return mean.astype(np.float32), axes[:, ::-1][:, :MAX_COMPONENTS].T.astype(np.float32)


def pca_baseline(dataset: str, n_train: int, n_components: int) -> PcaBaseline:
    """PCA with as many numbers a code, fitted on the same training images and measured on the test images."""
    mean, axes = fit_pca(dataset, n_train)
    axes = axes[:n_components]
    data = datasets.load(dataset)

    def reconstruct(x: np.ndarray) -> np.ndarray:
        return np.clip((x - mean) @ axes.T @ axes + mean, 0, 1)

    errors = []
    for start in range(0, len(data.x_test), _CHUNK):
        x = _pixels(data.x_test[start : start + _CHUNK])
        x_hat = reconstruct(x)
        errors.append((len(x), metrics.mse(x, x_hat), metrics.bce(x, x_hat)))
    counts, mse, bce = np.array(errors).T
    x_probe = datasets.load_probe(dataset)
    x_hat = np.rint(reconstruct(_pixels(x_probe)) * 255).astype(np.uint8).reshape(x_probe.shape)
    return PcaBaseline(
        n_components, x_hat, float(np.average(mse, weights=counts)), float(np.average(bce, weights=counts))
    )
