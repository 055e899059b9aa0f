"""Which test images activate the filters of a convolutional network most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecore import datasets
from aecore.compute.questions import takes
from aecore.imaging import convolution
from aecore.imaging.arrays import to_float
from aecore.networks import convolutional
from aecore.specs import ModelSpec

BATCH_BYTES = 50_000_000  # of the values of one layer, with what they are computed from


@dataclass(frozen=True)
class TopActivations:
    """The n test images that activate each of a layer's K filters most, the strongest first.

    `indices`: (K, n), which test images; `places`: (K, n, 2), the row and column of the strongest unit; `values`:
    (K, n), the activation of that unit.
    """

    indices: np.ndarray
    places: np.ndarray
    values: np.ndarray


def _image_bytes(network: Sequence[convolutional.Layer]) -> int:
    """Bytes that an image takes at the layer where it takes most: its input twice, its output three times."""
    return max(4 * (2 * math.prod(layer.in_shape) + 3 * math.prod(layer.out_shape)) for layer in network)


def _find_bytes(spec: ModelSpec, name: str, dataset: str, n: int, version: str, *weights: np.ndarray) -> int:
    network = convolutional.layers(spec)
    parts = BATCH_BYTES, 4 * convolution.CHUNK_FLOATS, 2 * datasets.load_test(dataset)[0].nbytes
    return sum(parts) + 2 * sum(4 * layer.n_parameters for layer in network)


@takes(_find_bytes)
def find(spec: ModelSpec, name: str, dataset: str, n: int, version: str, *weights: np.ndarray) -> TopActivations:
    """The test images with the strongest activations of each filter of layer `name`.

    A task for the worker, a second or so. `weights`: of the network of `spec`, in Keras' order; `version` identifies
    them.
    """
    network = convolutional.layers(spec, weights)
    depth = [layer.name for layer in network].index(name) + 1
    network = network[:depth]
    _, width, count = network[-1].out_shape
    x = datasets.load_test(dataset)[0]
    batch = max(1, BATCH_BYTES // _image_bytes(network))
    # The best so far, strongest first; of equals the one that comes first in the data set.
    values, units, indices = np.empty((count, 0), np.float32), np.empty((count, 0), int), np.empty((count, 0), int)
    for first in range(0, len(x), batch):
        h = to_float(x[first : first + batch])
        for layer in network:
            h = layer(h)
        flat = h.reshape(len(h), -1, count)  # (B, H·W, K)
        values = np.concatenate([values, flat.max(axis=1).T], axis=1)
        units = np.concatenate([units, flat.argmax(axis=1).T], axis=1)
        indices = np.concatenate([indices, np.tile(np.arange(first, first + len(h)), (count, 1))], axis=1)
        best = np.argsort(-values, axis=1, kind="stable")[:, :n]
        values, units, indices = (np.take_along_axis(of, best, axis=1) for of in (values, units, indices))
    return TopActivations(indices, np.stack([units // width, units % width], axis=-1), values)
