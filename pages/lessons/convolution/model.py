"""Filters of trained networks and of layers designed by hand, with the feature maps that they go over."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from aecore.checkpoints import encodings
from aecore.imaging import convolution, kernels
from aecore.imaging.arrays import to_float
from aecore.networks import convolutional
from aecore.networks.convolutional import CONVOLUTION, Layer
from pages.shared.app import runs, server, state
from pages.shared.inspector import layer_texts, opened_network

SHIPPED = opened_network.SHIPPED
FIRST = "encoder_1"  # the layer whose filters go over the image itself
TRAINED_ON = "convolutional"  # the page on which visitors train such networks


@dataclass(frozen=True, eq=False)
class LayerFilter:
    """A filter of a layer: the maps it goes over (H, W, C), its kernel (3, 3, C), its bias, and a description."""

    maps: np.ndarray
    kernel: np.ndarray
    bias: float
    text: str


def nets(page: str) -> list[str]:
    """The networks to choose from: the shipped one, and the runs at hand by their ids."""
    current = runs.current(TRAINED_ON)
    run_ids = [
        run for run in (current.run_id if current else None, state.get(page, "net", None)) if run and run != SHIPPED
    ]
    return [SHIPPED, *(run for run in dict.fromkeys(run_ids) if is_known(run))]


def is_known(net: str) -> bool:
    """Whether this is the shipped network, or a convolutional run that is kept and has weights."""
    if net == SHIPPED:
        return True
    run = server.runs().get(net)
    return run is not None and run.model_spec.family == "conv" and run.weights is not None


def title(net: str) -> str:
    """A network's name on the page."""
    if net == SHIPPED:
        return f"Trained: {net}"
    run = server.runs().get(net)
    return "Your run" if run is not None and runs.is_mine(run) else "The run from the link"


def layers(net: str) -> list[str]:
    """The names of a network's convolutions, from the image on; `FIRST` is the first of them."""
    return [layer.name for layer in _network(net) if layer.kind == CONVOLUTION]


def layer_title(net: str, name: str) -> str:
    """A layer's name on the page."""
    layer = _layer(net, name)
    half = "" if name == convolutional.OUTPUT else "Encoder: " if name.startswith("encoder") else "Decoder: "
    return half + layer_texts.title(layer)


def trained(net: str, name: str, index: int, digit: np.ndarray) -> LayerFilter:
    """A filter of a trained network, with the maps of a digit uint8 (28, 28, 1) that it goes over.

    `name` is one of `layers(net)`, `index` is below `n_filters(net, name)`.
    """
    maps = to_float(digit[np.newaxis])
    for layer in itertools.takewhile(lambda layer: layer.name != name, _network(net)):
        maps = layer(maps)
    layer = _layer(net, name)
    if layer.kernel is None or layer.bias is None:
        raise ValueError(f"Expected a layer with weights; got {name}.")
    text = f"filter {index + 1} of {layer.out_shape[2]} of {layer_title(net, name)}"
    maps = np.nan_to_num(maps)  # of a run whose numbers overflow
    return LayerFilter(maps[0], layer.kernel[..., index], float(layer.bias[index]), text)


def by_hand(x: np.ndarray) -> LayerFilter:
    """As `trained`, of two layers designed by hand, for an image float32 (H, W, 1) in [0, 1].

    The first layer has the filters of `kernels.FIRST_LAYER`, ReLU and max pooling; the second has a single filter.
    """
    kernel = np.concatenate([kernels.FILTERS[name].kernel for name in kernels.FIRST_LAYER], axis=-1)  # (3, 3, 1, 3)
    maps = convolution.pool(np.maximum(convolution.convolve(x[None], kernel), 0))
    corner, bias, text = kernels.corner()
    return LayerFilter(maps[0], corner, bias, text)


def n_filters(net: str, name: str) -> int:
    """How many filters a layer has."""
    return _layer(net, name).out_shape[2]


def padding(net: str, name: str) -> str:
    """The padding of a layer's convolution, 'same' or 'valid'."""
    return _layer(net, name).padding


def stride(net: str, name: str) -> int:
    """The stride of a layer's convolution."""
    return _layer(net, name).stride


def has_relu(net: str, name: str) -> bool:
    """Whether ReLU follows the layer's convolution."""
    return _layer(net, name).activation == "relu"


def _network(net: str) -> tuple[Layer, ...]:
    if net == SHIPPED:
        return encodings.convolutional_layers(net)
    run = server.runs().get(net)
    if run is None or run.weights is None:
        raise LookupError(f"Expected a run that is kept and has weights; got {net}.")
    return convolutional.layers(run.model_spec, run.weights)


def _layer(net: str, name: str) -> Layer:
    return next(layer for layer in _network(net) if layer.name == name)
