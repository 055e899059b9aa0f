"""The receptive field of a unit on the image: its size by the formula, and the pixels of each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecore.imaging import convolution
from aecore.networks.convolutional import CONVOLUTION, DENSE, POOLING, TRANSPOSED, UPSAMPLING, Layer


@dataclass(frozen=True)
class Field:
    """A rectangle of pixels, from `top` and `left` up to but not including `bottom` and `right`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    def mask(self, shape: tuple[int, int] = (28, 28)) -> np.ndarray:
        """The pixels of the field in an image of this shape, bool."""
        found = np.zeros(shape, bool)
        found[self.top : self.bottom, self.left : self.right] = True
        return found


@dataclass(frozen=True)
class Reach:
    """The fields of a layer's units by the formula: `size` pixels a side, those of neighbours `jump` pixels apart.

    Both are 0 after a dense layer, where each unit sees the whole image.
    """

    size: int
    jump: float


def reaches(network: Sequence[Layer]) -> list[Reach]:
    """For each layer in turn, by the formula: r = r + (size - 1) · jump, jump = jump · stride, from r = jump = 1.

    An upsampling widens nothing and halves the jump; a transposed convolution sees up to size / stride units, rounded
    up. After those the size is a mean: some units see a little more and some a little less (`field` gives each). The
    formula ignores that the edge of the image cuts fields off.
    """
    size, jump = 1, 1.0
    found: list[Reach] = []
    for layer in network:
        if layer.kind == DENSE or size == 0:
            size, jump = 0, 0.0
        elif layer.kind in (CONVOLUTION, POOLING):
            size += round((layer.size - 1) * jump)
            jump *= layer.stride
        else:
            seen = -(-layer.size // layer.stride) if layer.kind == TRANSPOSED else 1
            size += round((seen - 1) * jump)
            jump /= layer.stride
        found.append(Reach(size, jump))
    return found


def field(network: Sequence[Layer], row: int, column: int) -> Field:
    """The pixels that can change the unit at (row, column) of the last of these layers' feature maps."""
    (top, bottom), (left, right) = (_span(network, at, axis) for axis, at in enumerate((row, column)))
    return Field(top, left, bottom, right)


def _span(network: Sequence[Layer], at: int, axis: int) -> tuple[int, int]:
    """The first pixel along an axis, and the one after the last."""
    first = last = at
    for layer in reversed(network):
        side, out = layer.in_shape[axis], layer.out_shape[axis]
        if layer.kind == DENSE:
            first, last = 0, side - 1
            continue
        if layer.kind == UPSAMPLING:
            first, last = first // layer.stride, last // layer.stride
        elif layer.kind == TRANSPOSED:
            # The padding of the convolution that it transposes, from `out` pixels to `side`.
            before, _ = convolution.same_padding(out, layer.size, layer.stride, 1)
            first, last = -(-(first + before - layer.size + 1) // layer.stride), (last + before) // layer.stride
        else:
            same = layer.padding == "same"
            before = convolution.same_padding(side, layer.size, layer.stride, 1)[0] if same else 0
            first, last = first * layer.stride - before, last * layer.stride - before + layer.size - 1
        first, last = max(first, 0), min(last, side - 1)
    return first, last + 1
