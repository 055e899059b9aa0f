"""Which images, and with which noise, each step of training sees: a function of the seed and the step alone."""

from __future__ import annotations

import functools

import numpy as np

from aecore import corruption, datasets
from aecore.imaging.arrays import to_uint8
from aecore.specs import NoiseSpec, TrainSpec


def batches(spec: TrainSpec, epoch: int, first: int, n_steps: int) -> np.ndarray:
    """Indices (n_steps, batch_size) of the training images from step `first` of `epoch` on; -1 fills the last batch."""
    order = np.random.default_rng((spec.seed, epoch)).permutation(spec.n_train)
    padded = np.full(spec.steps_per_epoch * spec.batch_size, -1)
    padded[: spec.n_train] = order
    return padded.reshape(-1, spec.batch_size)[first : first + n_steps]


def noisy_batches(spec: TrainSpec, batches: np.ndarray, step: int) -> np.ndarray | None:
    """The noisy input of each batch: uint8 (n_steps, batch_size, 784); None for a plain autoencoder."""
    noise = spec.noise_spec
    if noise is None:
        return None
    x_train = datasets.load(spec.dataset).x_train
    noisy = np.empty((*batches.shape, *x_train.shape[1:]), np.uint8)
    for i, batch in enumerate(batches):
        rng = np.random.default_rng((spec.seed, step + i))
        noisy[i] = to_uint8(corruption.corrupt(x_train[np.maximum(batch, 0)], noise, rng))
    return noisy.reshape(*batches.shape, -1)


@functools.lru_cache(maxsize=2)
def noisy_test_images(dataset: str, noise: NoiseSpec) -> np.ndarray:
    """The test images with noise, always the same: uint8 (N, 784)."""
    x = datasets.load(dataset).x_test
    return corruption.fixed(x, noise).reshape(len(x), -1)
