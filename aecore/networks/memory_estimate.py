"""How large a run will be, on disk and on a worker, computed from its settings before it exists."""

from __future__ import annotations

import itertools
import math

from aecore.networks import convolutional
from aecore.specs import ModelSpec, TrainSpec

FLOAT32 = 4  # bytes
# Numbers that an optimizer keeps per weight.
SLOTS = {"adam": 2, "adadelta": 2, "rmsprop": 1, "sgd": 1}
# What a worker takes besides its memory at rest (measured): several copies of the state, and for a batch the values of
# each layer, of dense layers also their gradients. A 'unet' has nine layers at each scale.
COPIES = 4
DENSE_COPIES = 2
UNET_LAYERS = 9
# What the layers of a network may hold while it answers a question about many images, and in how many copies.
BATCH_BYTES = 60_000_000
ANSWER_COPIES = 2


def n_parameters(spec: ModelSpec) -> int:
    """The number of weights and biases of a network."""
    if spec.family == "conv":
        return sum(layer.n_parameters for layer in convolutional.layers(spec))
    if spec.family == "unet":
        return _of_unet(spec.widths)
    encoder = _of_dense([784, *spec.widths, spec.code_dim])
    decoder = _of_dense([spec.code_dim, *reversed(spec.widths), 784])
    spread = ([784, *spec.widths][-1] + 1) * spec.code_dim if spec.family == "vae" else 0  # z_log_var beside z_mean
    return encoder + decoder + spread


def state_bytes(model_spec: ModelSpec, train_spec: TrainSpec) -> int:
    """Bytes of the weights and of the optimizer's variables."""
    return FLOAT32 * n_parameters(model_spec) * (1 + SLOTS.get(train_spec.optimizer, max(SLOTS.values())))


def worker_bytes(model_spec: ModelSpec, train_spec: TrainSpec) -> int:
    """Bytes of a worker's memory that training takes, to within a third or so."""
    numbers = train_spec.batch_size * _numbers(model_spec)
    return COPIES * state_bytes(model_spec, train_spec) + FLOAT32 * numbers


def images_at_once(spec: ModelSpec) -> int:
    """The number of images that may go through a network together so that its layers hold at most `BATCH_BYTES`."""
    return max(1, BATCH_BYTES // (FLOAT32 * ANSWER_COPIES * _numbers(spec)))


def answer_bytes(spec: ModelSpec, n_images: int) -> int:
    """Bytes of a worker's memory for sending images through a network, `images_at_once`, weights included."""
    n_images = min(n_images, images_at_once(spec))
    return FLOAT32 * (n_images * ANSWER_COPIES * _numbers(spec) + 2 * n_parameters(spec))


def _numbers(spec: ModelSpec) -> int:
    """The number of values that the layers hold for one image."""
    if spec.family == "conv":
        return sum(math.prod(layer.out_shape) for layer in convolutional.layers(spec))
    if spec.family == "unet":
        return UNET_LAYERS * sum(width * (28 >> scale) ** 2 for scale, width in enumerate(spec.widths))
    return DENSE_COPIES * (784 + spec.code_dim + 2 * sum(spec.widths))


def _of_dense(units: list[int]) -> int:
    return sum((a + 1) * b for a, b in itertools.pairwise(units))


def _of_unet(widths: tuple[int, ...]) -> int:
    def convolution(n_in: int, n_out: int, side: int = 3) -> int:
        return side * side * n_in * n_out + n_out

    def block(n: int) -> int:
        return 2 * convolution(n, n)

    down = sum(convolution(a, b) + block(b) for a, b in itertools.pairwise((1, *widths)))
    up = sum(convolution(b, a, side=1) + block(a) for a, b in itertools.pairwise(widths))
    return down + 2 * block(widths[-1]) + up + convolution(widths[0], 1)
