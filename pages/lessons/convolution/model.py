"""The filters of trained networks, and what each of them is laid on."""

from __future__ import annotations

import numpy as np

from aecore.checkpoints import encodings
from aecore.imaging import convolution, kernels
from aecore.imaging.arrays import to_float
from aecore.networks import convolutional
from aecore.networks.convolutional import CONVOLUTION, Layer
from pages.shared.app import runs, server, state
from pages.shared.inspector import opened_network

SHIPPED = opened_network.SHIPPED
FIRST = "encoder_1"  # the layer that is laid on the picture itself
TRAINED_ON = "convolutional"  # the page on which visitors train such networks


def nets(page: str) -> list[str]:
    """The networks that a visitor can choose from: the shipped one, and the runs, by their ids, that are at hand."""
    shown = runs.current(TRAINED_ON)
    run_ids = [run for run in (shown.run_id if shown else None, state.get(page, "net", None)) if run and run != SHIPPED]
    return [SHIPPED, *(run for run in dict.fromkeys(run_ids) if is_known(run))]


def is_known(net: str) -> bool:
    """Whether this is the shipped network, or a convolutional run that is kept and has learned something."""
    if net == SHIPPED:
        return True
    run = server.runs().get(net)
    return run is not None and run.model_spec.family == "conv" and run.weights is not None


def title(net: str) -> str:
    """What a network is called on the page."""
    if net == SHIPPED:
        return f"Trained: {net}"
    return "Your run" if runs.is_mine(server.runs().get(net)) else "The run of the link"


def layers(net: str) -> list[str]:
    """The names of a network's convolutions, from the image on; `FIRST` is the first of them."""
    return [layer.name for layer in _network(net) if layer.kind == CONVOLUTION]


def layer_title(net: str, name: str) -> str:
    """What a layer is called on the page."""
    layer = _layer(net, name)
    half = "" if name == convolutional.OUTPUT else "Encoder: " if name.startswith("encoder") else "Decoder: "
    return half + opened_network.title(layer)


def trained(net: str, name: str, index: int, digit: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, str]:
    """A filter of a trained network and the maps that it is laid on, for a digit uint8 (28, 28, 1).

    Gives (maps_in float32 (H, W, C), kernel (3, 3, C), bias, words). `name` is one of `layers(net)`, `index` is below
    `n_filters(net, name)`.
    """
    maps = to_float(digit[np.newaxis])
    for layer in _network(net):
        if layer.name == name:
            break
        maps = layer(maps)
    words = f"filter {index + 1} of {layer.out_shape[2]} of {layer_title(net, name)}"
    maps = np.nan_to_num(maps)  # of a run whose numbers overflow
    return maps[0], layer.kernel[..., index], float(layer.bias[index]), words


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


def by_hand(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, str]:
    """As `trained`, of two layers thought out by hand, for a picture float32 (H, W, 1) in [0, 1].

    The first has the filters of `filters.FIRST_LAYER`, ReLU and max pooling; of the second there is one filter.
    """
    kernel = np.concatenate([kernels.FILTERS[name].kernel for name in kernels.FIRST_LAYER], axis=-1)  # (3, 3, 1, 3)
    maps = convolution.pool(np.maximum(convolution.convolve(picture[None], kernel), 0))
    corner, bias, words = kernels.corner()
    return maps[0], corner, bias, words


def _network(net: str) -> tuple[Layer, ...]:
    if net == SHIPPED:
        return encodings.convolutional_layers(net)
    run = server.runs().get(net)
    return convolutional.layers(run.model_spec, run.weights)


def _layer(net: str, name: str) -> Layer:
    return next(layer for layer in _network(net) if layer.name == name)
