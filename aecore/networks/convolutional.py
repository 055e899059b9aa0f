"""A convolutional autoencoder layer by layer, in NumPy, with the feature maps of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.imaging import convolution
from aecore.imaging.arrays import to_float
from aecore.imaging.convolution import Padding
from aecore.networks.numpy_backend import ACTIVATIONS
from aecore.specs import ModelSpec

CONVOLUTION, POOLING, UPSAMPLING, TRANSPOSED, DENSE = "convolution", "pooling", "upsampling", "transposed", "dense"
IMAGE_SHAPE = (28, 28, 1)
OUTPUT = "logits"  # the name of the last layer, after Keras' layer before the sigmoid; here the two are one

Weights = Sequence[np.ndarray]


@dataclass(frozen=True)
class Layer:
    """A layer by its name in Keras, and what it takes to compute it.

    `in_shape`, `out_shape`: (height, width, maps) of the feature maps; the code of a dense layer is (1, 1, code_dim).
    `size`: the side of the filters or of the window, in pixels. `stride`: of a transposed convolution or an upsampling,
    the factor by which it enlarges. `padding`: 'same' or 'valid'. `kernel`, `bias`: None where the layer has none, or
    where none were given.
    """

    name: str
    kind: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    activation: str = "linear"
    size: int = 1
    stride: int = 1
    padding: Padding = "same"
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases."""
        (*_, n_in), (*_, n_out) = self.in_shape, self.out_shape
        if self.kind in (CONVOLUTION, TRANSPOSED):
            return self.size**2 * n_in * n_out + n_out
        return (math.prod(self.in_shape) + 1) * math.prod(self.out_shape) if self.kind == DENSE else 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, *in_shape) → (N, *out_shape), float32. Raises ValueError for a layer that misses its weights."""
        if self.kind == POOLING:
            return convolution.pool(x, self.size, self.stride)
        if self.kind == UPSAMPLING:
            return convolution.upsample(x, self.stride)
        if self.kernel is None or self.bias is None:
            raise ValueError(f"Expected weights for the layer {self.name}; got none.")
        if self.kind == DENSE:
            h = x.reshape(len(x), -1) @ self.kernel + self.bias
        elif self.kind == TRANSPOSED:
            odd = self.out_shape[0] != self.in_shape[0] * self.stride
            h = convolution.convolve_transposed(x, self.kernel, self.bias, self.stride, 0 if odd else None)
        else:
            h = convolution.convolve(x, self.kernel, self.bias, self.stride, self.padding)
        return ACTIVATIONS[self.activation](h).reshape(len(x), *self.out_shape)


def layers(spec: ModelSpec, weights: Weights = ()) -> tuple[Layer, ...]:
    """The layers of a 'conv' from the image to its reconstruction.

    `weights`: in Keras' order; without them the layers have shapes but cannot be called. Raises ValueError for a spec
    of another family.
    """
    if spec.family != "conv":
        raise ValueError(f"Expected a convolutional network; got one of the family {spec.family!r}.")
    rest = iter(weights)
    made: list[Layer] = []

    def add(name: str, kind: str, out_shape: tuple[int, int, int], **settings: Any) -> None:
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
        padding: Padding = "valid" if here == 16 else "same"  # the lesson's one convolution without padding
        out = here - 2 if padding == "valid" else here
        add(f"decoder_{i}", CONVOLUTION, (out, out, filters), activation=activation, size=3, padding=padding)
        add(f"up_{i}", UPSAMPLING, (2 * out, 2 * out, filters), stride=2)
    add(OUTPUT, CONVOLUTION, IMAGE_SHAPE, activation="sigmoid", size=3)
    return tuple(made)


def feature_maps(network: Sequence[Layer], x: np.ndarray) -> dict[str, np.ndarray]:
    """The output of every layer for images uint8 (N, 28, 28, 1): the layer's name → float32 (N, *out_shape)."""
    h = to_float(x)
    found: dict[str, np.ndarray] = {}
    for layer in network:
        h = found[layer.name] = layer(h)
    return found


def bottleneck(spec: ModelSpec) -> str:
    """The name of the layer whose output is the code."""
    if spec.has_dense_code:
        return "code"
    return f"{'pool' if spec.downsampling == 'max_pooling' else 'encoder'}_{len(spec.widths)}"
