"""The filters of trained networks, and what each of them is laid on."""

from __future__ import annotations

import functools

import numpy as np

from aecore import checkpoints, convolution, filters

NETS = ("conv-128",)
LAYERS = ("encoder_1", "encoder_2", "encoder_3", "decoder_1", "decoder_2", "decoder_3", "logits")
FIRST, SECOND = LAYERS[:2]
UNPADDED = "decoder_3"  # 4 → 8 → 16 → 14 → 28 pixels
LAYER_WORDS = {
    "encoder_1": "Encoder, 1st layer",
    "encoder_2": "Encoder, 2nd layer",
    "encoder_3": "Encoder, 3rd layer",
    "decoder_1": "Decoder, 1st layer",
    "decoder_2": "Decoder, 2nd layer",
    "decoder_3": "Decoder, 3rd layer",
    "logits": "Decoder, last layer",
}


def trained(net: str, layer: str, index: int, digit: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, str]:
    """A filter of a trained network and the maps that it is laid on, for a digit uint8 (28, 28, 1).

    Gives (maps_in float32 (H, W, C), kernel (3, 3, C), bias, words). `layer` is one of LAYERS, `index` is below
    `n_filters(net, layer)`. The convolution goes in steps of 1 and with padding 'same', but for that of `padding`.
    """
    kernel, bias = _weights(net)[LAYERS.index(layer)]
    maps = digit[np.newaxis].astype(np.float32) / 255
    for name in LAYERS[: LAYERS.index(layer)]:
        maps = convolution.convolve(maps, *_weights(net)[LAYERS.index(name)], padding=padding(name))
        maps = np.maximum(maps, 0)
        maps = convolution.pool(maps) if name.startswith("encoder") else convolution.upsample(maps)
    words = f"filter {index} of {kernel.shape[-1]} of {layer}"
    return maps[0], kernel[..., index], float(bias[index]), words


def n_filters(net: str, layer: str) -> int:
    """How many filters a layer has."""
    return len(_weights(net)[LAYERS.index(layer)][1])


def padding(layer: str) -> str:
    """The padding of a layer's convolution, 'same' or 'valid'."""
    return "valid" if layer == UNPADDED else "same"


def has_relu(layer: str) -> bool:
    """Whether ReLU follows the layer's convolution."""
    return layer != LAYERS[-1]


def by_hand(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, str]:
    """As `trained`, of two layers thought out by hand, for a picture float32 (H, W, 1) in [0, 1].

    The first has the filters of `filters.FIRST_LAYER`, ReLU and max pooling; of the second there is one filter.
    """
    kernel = np.concatenate([filters.FILTERS[name].kernel for name in filters.FIRST_LAYER], axis=-1)  # (3, 3, 1, 3)
    maps = convolution.pool(np.maximum(convolution.convolve(picture[None], kernel), 0))
    corner, bias, words = filters.corner()
    return maps[0], corner, bias, words


@functools.cache
def _weights(net: str) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """(kernel (3, 3, C, F), bias (F,)) of every convolution, in the order of LAYERS."""
    weights = checkpoints.weights(net)
    return tuple(zip(weights[::2], weights[1::2], strict=True))
