"""PCA of a data set's images: the linear baseline that every autoencoder has to beat."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aecore import datasets
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.networks import pca
from aecore.networks.numpy_backend import as_image

MAX_COMPONENTS = 128
_CHUNK = 1_000  # images; bounds each float copy to 3 MB


@dataclass(frozen=True)
class PcaBaseline:
    """How well PCA with codes of `n_components` numbers reconstructs the test images, clipped to [0, 1].

    `x_hat`: uint8 (10, 28, 28, 1), of the ten fixed test images. `mse`, `binary_crossentropy`: means per pixel over the
    whole test set.
    """

    n_components: int
    x_hat: np.ndarray
    mse: float
    binary_crossentropy: float


@dataclass(frozen=True)
class LinearAutoencoder:
    """PCA as an autoencoder of images."""

    pca: pca.Pca

    def encode(self, x: np.ndarray) -> np.ndarray:
        """uint8 (N, 28, 28, 1) → z float32 (N, n_components)."""
        return self.pca.project(_pixels(x))

    def decode(self, z: np.ndarray) -> np.ndarray:
        """z (N, n_components) → x_hat float32 (N, 28, 28, 1), clipped to [0, 1]."""
        return np.clip(self.pca.restore(z), 0, 1).reshape(-1, 28, 28, 1)


def linear_autoencoder(dataset: str, n_train: int, n_components: int) -> LinearAutoencoder:
    """PCA with codes of `n_components` numbers, at most 128, fitted on the first `n_train` training images."""
    return LinearAutoencoder(fit_images(dataset, n_train).first(n_components))


@functools.lru_cache(maxsize=8)
def fit_images(dataset: str, n_train: int) -> pca.Pca:
    """The first 128 principal components of the first `n_train` training images, their pixels in [0, 1]."""
    return pca.fit(map(_pixels, _chunks(datasets.load(dataset).x_train[:n_train])), MAX_COMPONENTS)


def measure(dataset: str, n_train: int, n_components: int) -> PcaBaseline:
    """PCA fitted on the first `n_train` training images and measured on the test images. A task for the worker."""
    linear = linear_autoencoder(dataset, n_train, n_components)
    errors = []
    for part in _chunks(datasets.load(dataset).x_test):
        x, x_hat = _pixels(part), linear.decode(linear.encode(part)).reshape(len(part), -1)
        errors.append((len(part), metrics.mse(x, x_hat), metrics.bce(x, x_hat)))
    counts, mse, bce = np.array(errors).T
    x_hat = as_image(linear.decode(linear.encode(datasets.load_probe(dataset))))
    return PcaBaseline(
        n_components, x_hat, float(np.average(mse, weights=counts)), float(np.average(bce, weights=counts))
    )


def _chunks(x: np.ndarray) -> Iterator[np.ndarray]:
    return (x[start : start + _CHUNK] for start in range(0, len(x), _CHUNK))


def _pixels(x: np.ndarray) -> np.ndarray:
    """uint8 (N, 28, 28, 1) → float32 (N, 784) in [0, 1]."""
    return to_float(x.reshape(len(x), -1))
