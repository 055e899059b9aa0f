"""Linear projections of images: PCA, the baseline that every autoencoder has to beat."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from aecore import datasets
from aecore.imaging import metrics

MAX_COMPONENTS = 128
_CHUNK = 1_000  # images; bounds each float copy to 3 MB


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


@dataclass(frozen=True)
class Pca:
    """PCA as an autoencoder: `mean` (784,), `axes` (n_components, 784)."""

    mean: np.ndarray
    axes: np.ndarray

    def encode(self, x: np.ndarray) -> np.ndarray:
        """uint8 (N, 28, 28, 1) → z float32 (N, n_components)."""
        return (_pixels(x) - self.mean) @ self.axes.T

    def decode(self, z: np.ndarray) -> np.ndarray:
        """z (N, n_components) → x_hat float32 (N, 28, 28, 1), clipped to [0, 1]."""
        return np.clip(z @ self.axes + self.mean, 0, 1).reshape(-1, 28, 28, 1)


def pca(dataset: str, n_train: int, n_components: int) -> Pca:
    """PCA with `n_components` numbers a code, fitted on the first `n_train` training images."""
    mean, axes = fit_pca(dataset, n_train)
    return Pca(mean, axes[:n_components])


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
    linear = pca(dataset, n_train, n_components)
    x_test = datasets.load(dataset).x_test
    errors = []
    for start in range(0, len(x_test), _CHUNK):
        part = x_test[start : start + _CHUNK]
        x, x_hat = _pixels(part), linear.decode(linear.encode(part)).reshape(len(part), -1)
        errors.append((len(part), metrics.mse(x, x_hat), metrics.bce(x, x_hat)))
    counts, mse, bce = np.array(errors).T
    x_hat = np.rint(linear.decode(linear.encode(datasets.load_probe(dataset))) * 255).astype(np.uint8)
    return PcaBaseline(
        n_components, x_hat, float(np.average(mse, weights=counts)), float(np.average(bce, weights=counts))
    )
