"""The labs of convolution: a window that moves over an image in the browser alone, and what comes of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.shared.components.mount import mount

Place = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """How a window moves over the image: `stride`, `padding` ('same' or 'valid'), `dilation`."""

    stride: int = 1
    padding: str = "valid"
    dilation: int = 1


@dataclass(frozen=True)
class EditableFilter:
    """The numbers of a filter for one channel, row by row; the bias; whether ReLU follows."""

    numbers: tuple[tuple[float, ...], ...]
    bias: float = 0.0
    relu: bool = False

    def sent(self) -> dict[str, Any]:
        """As the browser is told, and tells."""
        return {"numbers": [list(row) for row in self.numbers], "bias": self.bias, "relu": self.relu}


def convolution_lab(
    maps: np.ndarray,
    top: float,
    title: str,
    chosen: EditableFilter,
    preset: EditableFilter,
    window: Window,
    at: Place,
    key: str,
    on_move: Callable[[Any], None],
    on_filter: Callable[[Any], None],
    kernel: np.ndarray | None = None,
    places: Sequence[tuple[str, Place]] = (),
) -> None:
    """A filter on an image `maps` (H, W, C), whose largest number is `top` and whose name is `title`.

    For one channel the numbers of `chosen` can be edited, and go back to those of `preset`. A `kernel` (k, k, C) takes
    the place of the numbers and is not edited. `at`: the place of the field, as (row, column) of the feature map.
    `places`: (label, place) of buttons that lead there. `on_move`, `on_filter` are given what the browser sends, to be
    checked: a place where the visitor came to rest, and an EditableFilter as it is `sent`.
    """
    data = {
        "maps": packed(maps),
        "top": float(top),
        "title": title,
        "filter": chosen.sent(),
        "preset": preset.sent(),
        "kernel": None if kernel is None else packed(kernel),
        "editable": kernel is None,
        "stride": window.stride,
        "padding": window.padding,
        "dilation": window.dilation,
        "at": list(at),
        "places": [{"label": label, "at": list(place)} for label, place in places],
    }
    mount("convolution_lab", data, key=key, on={"at": on_move, "filter": on_filter})


def pooling_lab(
    x: np.ndarray,
    top: float | None,
    title: str,
    size: int,
    window: Window,
    kind: str,
    at: Place,
    key: str,
    on_move: Callable[[Any], None],
) -> None:
    """A pooling window of `size` on an image x (H, W), 'max' or 'average'. No `top`: x has numbers below 0, too."""
    data = {
        "maps": packed(x[..., None]),
        "top": top,
        "title": title,
        "size": size,
        "kind": kind,
        "stride": window.stride,
        "padding": window.padding,
        "at": list(at),
    }
    mount("pooling_lab", data, key=key, on={"at": on_move})


def way_back_lab(
    x: np.ndarray,
    original: np.ndarray,
    chosen: EditableFilter,
    preset: EditableFilter,
    stride: int,
    editable: bool,
    at: Place,
    key: str,
    on_move: Callable[[Any], None],
    on_filter: Callable[[Any], None],
) -> None:
    """A small image x (H, W) made large: each number stamps the filter, times itself, onto the result.

    `original` (H', W') is shown for comparison. The rest is as in `convolution_lab`.
    """
    data = {
        "maps": packed(x[..., None]),
        "original": packed(original[..., None]),
        "filter": chosen.sent(),
        "preset": preset.sent(),
        "stride": stride,
        "editable": editable,
        "at": list(at),
    }
    mount("way_back_lab", data, key=key, on={"at": on_move, "filter": on_filter})


def packed(maps: np.ndarray) -> dict[str, Any]:
    """Numbers (H, W, C) as `unpackMaps` of lab_numbers.js takes them."""
    raw = np.ascontiguousarray(maps, "<f4").tobytes()
    return {"shape": list(maps.shape), "bytes": base64.b64encode(raw).decode()}
