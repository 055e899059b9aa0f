"""Checkpoints by name, without Keras: their layers in NumPy, and the codes and errors of a data set's images.

Quick enough for a page, except where a docstring says that it is a task for the worker.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from aecore import datasets
from aecore.checkpoints.manifest import about
from aecore.checkpoints.store import weights
from aecore.imaging.metrics import mse_per_image
from aecore.networks import convolutional, js_weights, latent_geometry, numpy_backend

BATCH = 1_000  # images


@functools.lru_cache(maxsize=8)
def dense_network(name: str) -> numpy_backend.Network:
    """A checkpoint of dense layers. Raises SpecError for an unknown name, ValueError for another kind of network."""
    return numpy_backend.network(about(name).model_spec, weights(name))


@functools.lru_cache(maxsize=4)
def convolutional_layers(name: str) -> tuple[convolutional.Layer, ...]:
    """The layers of a 'conv' checkpoint. Raises SpecError for an unknown name, ValueError for another family."""
    return convolutional.layers(about(name).model_spec, weights(name))


@functools.lru_cache(maxsize=4)
def packed_decoder(name: str) -> bytes:
    """The decoder of a dense checkpoint for the browser, as `js_weights.pack_decoder` writes it."""
    return js_weights.pack_decoder(dense_network(name).decoder)


def reconstruct(name: str, x: np.ndarray) -> np.ndarray:
    """The reconstructions of a dense checkpoint: images uint8 (N, 28, 28, 1) → uint8 (N, 28, 28, 1)."""
    network = dense_network(name)
    return network.draw(network.encode(x))


@functools.lru_cache(maxsize=4)
def test_codes(name: str, n: int) -> np.ndarray:
    """Codes float32 (n, code_dim) of the first `n` test images."""
    return _in_batches(lambda part: (dense_network(name).encode(part),), _test_images(name, n))[0]


def test_distribution(name: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """z_mean and z_log_var, float32 (n, code_dim) each, of the first `n` test images by a VAE's checkpoint."""
    z_mean, z_log_var = _in_batches(dense_network(name).encode_distribution, _test_images(name, n))
    return z_mean, z_log_var


@functools.lru_cache(maxsize=8)
def code_range(name: str, n: int = 1_000) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value of each number of the codes of `n` test images: (code_dim,) twice."""
    z = dense_network(name).encode(_test_images(name, n))
    return z.min(axis=0), z.max(axis=0)


@functools.lru_cache(maxsize=4)
def training_codes(name: str) -> np.ndarray:
    """Codes float32 (N, code_dim) of all training images. A task for the worker, a second or two; it keeps them."""
    x = datasets.load(about(name).dataset).x_train
    return _in_batches(lambda part: (dense_network(name).encode(part),), x)[0]


def nearest_training_image(name: str, z: tuple[float, ...]) -> tuple[np.ndarray, int, float]:
    """The training image whose code is nearest to `z`: uint8 (28, 28, 1), its label, the distance of the codes.

    A task for the worker.
    """
    index, distance = latent_geometry.nearest(training_codes(name), np.array(z, np.float32))
    data = datasets.load(about(name).dataset)
    return data.x_train[index], int(data.y_train[index]), distance


def test_errors(name: str, dataset: str) -> np.ndarray:
    """The mean squared error of each test image of a data set, float64 (N,). A task for the worker, a second or so."""
    x = datasets.load_test(dataset)[0]
    return _in_batches(lambda part: (mse_per_image(part, reconstruct(name, part)),), x)[0]


def _test_images(name: str, n: int) -> np.ndarray:
    return datasets.load_test(about(name).dataset)[0][:n]


def _in_batches(function: Callable, x: np.ndarray) -> tuple[np.ndarray, ...]:
    parts = [function(x[i : i + BATCH]) for i in range(0, len(x), BATCH)]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
