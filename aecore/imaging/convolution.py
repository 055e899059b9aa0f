"""The arithmetic of convolution and pooling, and of their counterparts in a decoder, as Keras' layers compute it.

Images are (N, H, W, C). "Convolution" is what it is in neural networks: the filter is laid on the image as it stands,
not flipped. Padding 'same' is TensorFlow's, which puts an odd row or column behind the image, not in front.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from aecore.specs import SpecError, quote

Padding = Literal["same", "valid"]
Pooling = Literal["max", "average"]
CHUNK_FLOATS = 2_000_000  # of the unfolded image in memory at a time; with more it is slower, too


def convolve(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int = 1,
    padding: Padding = "same",
    dilation: int = 1,
) -> np.ndarray:
    """What Conv2D makes of x (N, H, W, C): (N, H', W', F), with kernel (kh, kw, C, F) and bias (F,).

    float64 stays float64, all else is computed as float32. Unlike Keras it takes a stride and a dilation together.
    Raises SpecError for a filter whose channels differ from those of x, or that is larger than x without padding.
    """
    x, kernel = _floats(x, 4, "The image"), np.asarray(kernel)
    kh, kw, channels, filters = _shape(kernel, 4, "The filter")
    if channels != x.shape[3]:
        raise SpecError(f"A filter for {channels} channels cannot be laid on an image that has {x.shape[3]}.")
    kernel = kernel.astype(x.dtype, copy=False)
    rows = output_side(x.shape[1], kh, stride, padding, dilation)
    columns = output_side(x.shape[2], kw, stride, padding, dilation)
    if padding == "same":
        x = np.pad(x, ((0, 0), *_both(x, (kh, kw), stride, dilation), (0, 0)))
    flat = kernel.reshape(-1, filters)  # (kh·kw·C, F)
    out = np.empty((len(x), rows, columns, filters), x.dtype)
    step = max(1, CHUNK_FLOATS // (rows * columns * len(flat)))
    for first in range(0, len(x), step):
        part = x[first : first + step]
        taps = [
            _tap(part, r * dilation, c * dilation, rows, columns, stride)  # (n, H', W', C)
            for r in range(kh)
            for c in range(kw)
        ]
        out[first : first + step] = np.concatenate(taps, axis=-1) @ flat
    return out if bias is None else out + np.asarray(bias, x.dtype)


def pool(
    x: np.ndarray,
    size: int = 2,
    stride: int | None = None,
    padding: Padding = "same",
    kind: Pooling = "max",
) -> np.ndarray:
    """What MaxPooling2D or AveragePooling2D makes of x (N, H, W, C): (N, H', W', C). `stride` is by default `size`.

    Padding never wins a maximum and does not count in an average. Raises SpecError for a window that is larger than x
    without padding.
    """
    if kind not in ("max", "average"):
        raise SpecError(f"Pooling must be max or average; got {quote(kind)}.")
    x = _floats(x, 4, "The image")
    stride = size if stride is None else stride
    rows, columns = (output_side(side, size, stride, padding) for side in x.shape[1:3])
    before = ((0, 0), *_both(x, (size, size), stride, 1), (0, 0)) if padding == "same" else ((0, 0),) * 4
    padded = np.pad(x, before, constant_values=-np.inf if kind == "max" else 0)
    taps = (_tap(padded, r, c, rows, columns, stride) for r in range(size) for c in range(size))
    if kind == "max":
        out = next(taps).copy()
        for tap in taps:
            np.maximum(out, tap, out=out)
        return out
    there = np.pad(np.ones((1, *x.shape[1:3], 1), x.dtype), before)
    counts = sum(_tap(there, r, c, rows, columns, stride) for r in range(size) for c in range(size))
    return sum(taps, start=np.zeros((), x.dtype)) / counts


def upsample(x: np.ndarray, factor: int = 2) -> np.ndarray:
    """What UpSampling2D makes of x (N, H, W, C): (N, H·factor, W·factor, C), every number a block of itself."""
    _whole(factor, "The factor")
    return np.asarray(x).repeat(factor, axis=1).repeat(factor, axis=2)


def convolve_transposed(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int = 2,
    output_padding: int | None = None,
) -> np.ndarray:
    """What Conv2DTranspose with padding 'same' makes of x (N, H, W, C): (N, H', W', F), kernel (kh, kw, F, C).

    Each number of x stamps the filter, times itself, onto the output, `stride` apart; where stamps overlap, they add
    up. H' is H·stride or, with an `output_padding` p from 0 to stride - 1, (H - 1)·stride + kh % 2 + p.
    """
    x, kernel = _floats(x, 4, "The image"), np.asarray(kernel)
    kh, kw, filters, channels = _shape(kernel, 4, "The filter")
    if channels != x.shape[3]:
        raise SpecError(f"A filter for {channels} channels cannot be stamped by an image that has {x.shape[3]}.")
    kernel = kernel.astype(x.dtype, copy=False)
    n, height, width, _ = x.shape
    sides = [transposed_side(side, k, stride, output_padding) for side, k in ((height, kh), (width, kw))]
    (top, _), (left, _) = (same_padding(side, k, stride, 1) for side, k in zip(sides, (kh, kw), strict=True))
    # The canvas holds every stamp whole; what lies beyond the output is cut off at the end.
    high, wide = (
        max((side - 1) * stride + k, before + out)
        for side, k, before, out in zip((height, width), (kh, kw), (top, left), sides, strict=True)
    )
    canvas = np.zeros((n, high, wide, filters), x.dtype)
    for r in range(kh):
        for c in range(kw):
            _tap(canvas, r, c, height, width, stride)[...] += x @ kernel[r, c].T
    out = canvas[:, top : top + sides[0], left : left + sides[1]]
    return out.copy() if bias is None else out + np.asarray(bias, x.dtype)


def transposed_side(side: int, size: int, stride: int, output_padding: int | None = None) -> int:
    """The side of the output of a transposed convolution with padding 'same'."""
    _whole(stride, "The stride")
    if output_padding is None:
        return side * stride
    if not 0 <= output_padding < stride:
        raise SpecError(f"The output padding must be less than the stride, {stride}; got {output_padding}.")
    out = (side - 1) * stride + size % 2 + output_padding
    if -(-out // stride) != side:
        raise SpecError(f"An output padding of {output_padding} is too small for a filter of an even size, {size}.")
    return out


def same_padding(side: int, size: int, stride: int, dilation: int) -> tuple[int, int]:
    """How many zeros padding 'same' puts in front of a side and behind it."""
    out = -(-side // stride)
    total = max((out - 1) * stride + reach(size, dilation) - side, 0)
    return total // 2, total - total // 2


def reach(size: int, dilation: int) -> int:
    """How many pixels a filter with `size` numbers per side covers, its numbers `dilation` apart."""
    return (size - 1) * dilation + 1


def output_side(side: int, size: int, stride: int, padding: Padding, dilation: int = 1) -> int:
    """How many positions a filter has along a side. Raises SpecError where there is none."""
    for number, name in ((size, "The filter's size"), (stride, "The stride"), (dilation, "The dilation")):
        _whole(number, name)
    if padding == "same":
        return -(-side // stride)
    if padding != "valid":
        raise SpecError(f"Padding must be same or valid; got {quote(padding)}.")
    covered = reach(size, dilation)
    if covered > side:
        raise SpecError(
            f"The filter covers {covered} × {covered} pixels, but the image is only {side} wide or high: "
            "pad it, or choose a smaller filter or dilation."
        )
    return (side - covered) // stride + 1


def _tap(x: np.ndarray, row: int, column: int, rows: int, columns: int, stride: int) -> np.ndarray:
    """What one number of the filter meets at all positions: (N, rows, columns, C), from (row, column) on."""
    return x[:, row : row + (rows - 1) * stride + 1 : stride, column : column + (columns - 1) * stride + 1 : stride]


def _both(x: np.ndarray, sizes: tuple[int, int], stride: int, dilation: int) -> list[tuple[int, int]]:
    return [same_padding(side, size, stride, dilation) for side, size in zip(x.shape[1:3], sizes, strict=True)]


def _floats(x: np.ndarray, ndim: int, name: str) -> np.ndarray:
    x = np.asarray(x)
    _shape(x, ndim, name)
    return x if x.dtype == np.float64 else x.astype(np.float32, copy=False)


def _shape(array: np.ndarray, ndim: int, name: str) -> tuple[int, ...]:
    if array.ndim != ndim or 0 in array.shape[1 - ndim :]:
        raise SpecError(f"{name} must have {ndim} dimensions, none of them empty; its shape is {array.shape}.")
    return array.shape


def _whole(number: int, name: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
        raise SpecError(f"{name} must be a whole number from 1; got {quote(number)}.")
