"""Digits moved by a few pixels, and how well networks that have never seen such digits reconstruct them."""

from __future__ import annotations

import numpy as np

from aecore import datasets
from aecore.compute.questions import takes
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.networks import convolutional, memory_estimate, numpy_backend
from aecore.networks.batches import in_batches
from aecore.specs import ModelSpec
from aecore.specs.errors import UnsoundError

MAX_SHIFT = 8  # pixels; MNIST leaves four of background around each digit, so larger shifts cut digits off
N_MEASURED = 250
DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # down, right


def shift(x: np.ndarray, down: int, right: int) -> np.ndarray:
    """Images (N, 28, 28, 1) moved by whole pixels; black comes in at one edge, what leaves at the other is lost."""
    height, width = x.shape[1:3]
    moved = np.zeros_like(x)
    to, of = (
        (slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))),
        (slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))),
    )
    moved[:, *to] = x[:, *of]
    return moved


def reconstruct(spec: ModelSpec, weights: tuple, x: np.ndarray) -> np.ndarray:
    """The reconstructions of a 'conv' or 'dense' network: uint8 (N, 28, 28, 1) twice."""
    if spec.family == "conv":
        x_hat = convolutional.feature_maps(convolutional.layers(spec, weights), x)[convolutional.OUTPUT]
        return numpy_backend.as_image(x_hat)
    network = numpy_backend.network(spec, weights)
    return network.draw(network.encode(x))


def _curve_bytes(spec: ModelSpec, *_: object) -> int:
    n_images = len(DIRECTIONS) * N_MEASURED
    return (
        memory_estimate.answer_bytes(spec, n_images) + 4 * memory_estimate.FLOAT32 * numpy_backend.N_PIXELS * n_images
    )


@takes(_curve_bytes)
def curve(spec: ModelSpec, dataset: str, version: str, *weights: np.ndarray) -> tuple[tuple[int, float], ...]:
    """(shift, mean squared error) for each shift in pixels: of the first test images, moved in four directions.

    A task for the worker, a second or two. `weights`: in Keras' order; `version` identifies them. Raises
    UnsoundError for a network whose reconstructions are not finite.
    """
    from aecore import models

    model = models.trained(spec, weights)
    x = datasets.load_test(dataset)[0][:N_MEASURED]
    found = []
    for pixels in range(MAX_SHIFT + 1):
        directions = DIRECTIONS if pixels else DIRECTIONS[:1]
        moved = np.concatenate([shift(x, pixels * down, pixels * right) for down, right in directions])
        x_hat = in_batches(model.reconstruct, to_float(moved), memory_estimate.images_at_once(spec)) * 255
        if not np.isfinite(x_hat).all():
            raise UnsoundError
        found.append((pixels, float(metrics.mse_per_image(moved, x_hat).mean())))
    return tuple(found)
