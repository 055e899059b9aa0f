"""A convolutional autoencoder opened, layer by layer, in NumPy: its feature maps, and what excites a filter."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecore import checkpoints, datasets
from aecore.compute.questions import takes
from aecore.imaging import convolution
from aecore.networks.numpy_backend import ACTIVATIONS
from aecore.specs import ModelSpec

CONVOLUTION, POOLING, UPSAMPLING, TRANSPOSED, DENSE = "convolution", "pooling", "upsampling", "transposed", "dense"
IMAGE_SHAPE = (28, 28, 1)
BATCH_BYTES = 50_000_000  # of the values of one layer, with what they are computed from
OUTPUT = "logits"  # what Keras' layer in front of the last sigmoid is called; here the two are one

Weights = Sequence[np.ndarray]


@dataclass(frozen=True)
class Layer:
    """A layer, by its name in Keras, and what it needs to be computed.

    `in_shape`, `out_shape`: (height, width, maps) of its feature maps; of a code of a dense layer (1, 1, code_dim).
    `size`: of its filters or its window, a side; `stride`: of a transposed convolution, how many times as long its
    output is. `padding`: 'same' or 'valid'. `kernel`, `bias`: None where it has none, or none are given.
    """

    name: str
    kind: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    activation: str = "linear"
    size: int = 1
    stride: int = 1
    padding: str = "same"
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None

    @property
    def n_parameters(self) -> int:
        """How many numbers it learns."""
        (*_, n_in), (*_, n_out) = self.in_shape, self.out_shape
        if self.kind in (CONVOLUTION, TRANSPOSED):
            return self.size**2 * n_in * n_out + n_out
        return (math.prod(self.in_shape) + 1) * math.prod(self.out_shape) if self.kind == DENSE else 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, *in_shape) → (N, *out_shape), float32."""
        if self.kind == POOLING:
            return convolution.pool(x, self.size, self.stride)
        if self.kind == UPSAMPLING:
            return convolution.upsample(x, self.stride)
        if self.kind == DENSE:
            h = x.reshape(len(x), -1) @ self.kernel + self.bias
        elif self.kind == TRANSPOSED:
            odd = self.out_shape[0] != self.in_shape[0] * self.stride
            h = convolution.convolve_transposed(x, self.kernel, self.bias, self.stride, 0 if odd else None)
        else:
            h = convolution.convolve(x, self.kernel, self.bias, self.stride, self.padding)
        return ACTIVATIONS[self.activation](h).reshape(len(x), *self.out_shape)


def layers(spec: ModelSpec, weights: Weights = ()) -> tuple[Layer, ...]:
    """The layers of a 'conv' from the image to the image drawn again; with `weights` (Keras' order) to be called.

    Raises ValueError for a spec of another family.
    """
    if spec.family != "conv":
        raise ValueError(f"Expected a convolutional network, but one of the family {spec.family!r} came.")
    rest, made = iter(weights), []

    def add(name: str, kind: str, out_shape: tuple[int, int, int], **settings) -> None:
        in_shape = made[-1].out_shape if made else IMAGE_SHAPE
        learned = kind in (CONVOLUTION, TRANSPOSED, DENSE)
        kernel, bias = (next(rest, None), next(rest, None)) if learned else (None, None)
        made.append(Layer(name, kind, in_shape, out_shape, kernel=kernel, bias=bias, **settings))

    pooling = spec.downsampling == "max_pooling"
    for i, (filters, side, halved) in enumerate(zip(spec.widths, spec.sides, spec.sides[1:], strict=False), 1):
        last = i == len(spec.widths) and not spec.has_dense_code
        activation = spec.code_activation if last else spec.activation
        out = side if pooling else halved
        stride = 1 if pooling else 2
        add(f"encoder_{i}", CONVOLUTION, (out, out, filters), activation=activation, size=3, stride=stride)
        if pooling:
            add(f"pool_{i}", POOLING, (halved, halved, filters), size=2, stride=2)
    if spec.has_dense_code:
        add("code", DENSE, (1, 1, spec.code_dim), activation=spec.code_activation)
        add("maps", DENSE, spec.pooled_shape, activation=spec.activation)
    for i, (filters, side) in enumerate(zip(reversed(spec.widths), reversed(spec.sides[:-1]), strict=True), 1):
        here, activation = made[-1].out_shape[0], spec.activation
        if spec.upsampling == "transposed":
            add(f"decoder_{i}", TRANSPOSED, (side, side, filters), activation=activation, size=3, stride=2)
            continue
        padding = "valid" if here == 16 else "same"  # the lesson's one convolution without padding
        out = here - 2 if padding == "valid" else here
        add(f"decoder_{i}", CONVOLUTION, (out, out, filters), activation=activation, size=3, padding=padding)
        add(f"up_{i}", UPSAMPLING, (2 * out, 2 * out, filters), stride=2)
    add(OUTPUT, CONVOLUTION, IMAGE_SHAPE, activation="sigmoid", size=3)
    return tuple(made)


@functools.lru_cache(maxsize=4)
def load(name: str) -> tuple[Layer, ...]:
    """The layers of a checkpoint. Raises SpecError for an unknown name, ValueError for one of another family."""
    return layers(checkpoints.about(name).model_spec, checkpoints.weights(name))


def feature_maps(network: Sequence[Layer], x: np.ndarray) -> dict[str, np.ndarray]:
    """What each layer makes of images uint8 (N, 28, 28, 1): its name → float32 (N, *out_shape)."""
    h, found = x.astype(np.float32) / 255, {}
    for layer in network:
        h = found[layer.name] = layer(h)
    return found


def bottleneck(spec: ModelSpec) -> str:
    """The name of the layer whose output is the code."""
    if spec.has_dense_code:
        return "code"
    return f"{'pool' if spec.downsampling == 'max_pooling' else 'encoder'}_{len(spec.widths)}"


@dataclass(frozen=True)
class Exciting:
    """The test images that excite each of a layer's K filters most, the strongest first.

    `indices`: (K, n); `places`: (K, n, 2), the row and column of the strongest unit; `values`: (K, n), its activation.
    """

    indices: np.ndarray
    places: np.ndarray
    values: np.ndarray


def _image_bytes(network: Sequence[Layer]) -> int:
    """Bytes that one image takes at the layer where it takes most: what comes in twice, what comes out three times."""
    return max(4 * (2 * math.prod(layer.in_shape) + 3 * math.prod(layer.out_shape)) for layer in network)


def _exciting_bytes(spec: ModelSpec, name: str, dataset: str, n: int, version: str, *weights: np.ndarray) -> int:
    network = layers(spec)
    parts = BATCH_BYTES, 4 * convolution.CHUNK_FLOATS, 2 * datasets.load_test(dataset)[0].nbytes
    return sum(parts) + 2 * sum(4 * layer.n_parameters for layer in network)


@takes(_exciting_bytes)
def most_exciting(spec: ModelSpec, name: str, dataset: str, n: int, version: str, *weights: np.ndarray) -> Exciting:
    """What excites the filters of layer `name` most among all test images. A task for the worker: a second or so.

    `weights`: of the network of `spec`, in Keras' order; `version` tells them from others.
    """
    network = layers(spec, weights)
    depth = [layer.name for layer in network].index(name) + 1
    network = network[:depth]
    _, width, count = network[-1].out_shape
    x = datasets.load_test(dataset)[0]
    batch = max(1, BATCH_BYTES // _image_bytes(network))
    # The best so far, strongest first: where two are equal, the image that comes first in the data set.
    values, units, indices = np.empty((count, 0), np.float32), np.empty((count, 0), int), np.empty((count, 0), int)
    for first in range(0, len(x), batch):
        h = x[first : first + batch].astype(np.float32) / 255
        for layer in network:
            h = layer(h)
        flat = h.reshape(len(h), -1, count)  # (B, H·W, K)
        values = np.concatenate([values, flat.max(axis=1).T], axis=1)
        units = np.concatenate([units, flat.argmax(axis=1).T], axis=1)
        indices = np.concatenate([indices, np.tile(np.arange(first, first + len(h)), (count, 1))], axis=1)
        best = np.argsort(-values, axis=1, kind="stable")[:, :n]
        values, units, indices = (np.take_along_axis(of, best, axis=1) for of in (values, units, indices))
    return Exciting(indices, np.stack([units // width, units % width], axis=-1), values)


def initial_weights(spec: ModelSpec, seed: int) -> tuple[np.ndarray, ...]:
    """The weights that training begins with. A task for the worker."""
    from aecore import models

    return tuple(models.build(spec, seed).get_weights())
