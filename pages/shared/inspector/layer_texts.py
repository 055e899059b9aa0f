"""What the layers of a convolutional network are called on the page, and what is said about each."""

from __future__ import annotations

import numpy as np

from aecore.networks import convolutional
from aecore.networks.convolutional import CONVOLUTION, DENSE, POOLING, TRANSPOSED, UPSAMPLING, Layer
from aecore.specs import ModelSpec
from pages.shared.components.layers import LayerRow
from pages.shared.inspector.opened_network import Opened

KINDS = {
    CONVOLUTION: "Convolution",
    POOLING: "Max pooling",
    UPSAMPLING: "Upsampling",
    TRANSPOSED: "Transposed convolution",
    DENSE: "Dense layer",
}


def title(layer: Layer) -> str:
    """What a layer is called on the page."""
    if layer.name == convolutional.OUTPUT:
        return "Output: convolution and sigmoid"
    if layer.name == "code":
        return "Dense layer: the code"
    number = layer.name.partition("_")[2]
    return f"{KINDS[layer.kind]} {number}".strip()


def in_a_line(spec: ModelSpec) -> str:
    """The shapes of a network from image to code and back, and its number of parameters, in one line."""
    network = convolutional.layers(spec)
    code = [layer.name for layer in network].index(convolutional.bottleneck(spec))
    shapes: list[str] = ["28 × 28 × 1"]
    for i, layer in enumerate(network):
        height, width, count = layer.out_shape
        if layer.stride > 1 or i in (code, len(network) - 1):
            shape = f"{count} numbers" if height == 1 and layer.kind == DENSE else f"{height} × {width} × {count}"
            shapes.append(f"**{shape}**" if i == code else shape)
    learned = sum(layer.n_parameters for layer in network)
    return f"{' → '.join(shapes)}. In bold the code, {spec.code_dim} numbers. {learned:,} parameters."


def unit_name(layer: Layer) -> str:
    """What one of a layer's maps is called."""
    return (
        "number" if layer.kind == DENSE and layer.out_shape[0] == 1 else "filter" if layer.kernel is not None else "map"
    )


def halves(opened: Opened, maps: dict[str, np.ndarray], x: np.ndarray) -> list[tuple[str, list[LayerRow]]]:
    """The rows of the encoder and of the decoder. `x`: the image, uint8 (28, 28, 1)."""
    encoder = [LayerRow("x", "The image", "28 × 28 × 1", "", x.astype(np.float32), "channel", False)]
    decoder: list[LayerRow] = []
    code, rows = convolutional.bottleneck(opened.spec), encoder
    for layer in opened.network:
        rows.append(_row(layer, maps[layer.name][0], layer.name == code, opened))
        if layer.name == code:
            rows = decoder
    return [("Encoder", encoder), ("Decoder", decoder)]


def _row(layer: Layer, maps: np.ndarray, code: bool, opened: Opened) -> LayerRow:
    height, width, count = layer.out_shape
    shape = f"{count} numbers" if height == 1 and layer.kind == DENSE else f"{height} × {width} × {count}"
    learned = f"{layer.n_parameters:,} parameters" if layer.n_parameters else "nothing to learn"
    note = ""
    if code:
        note = f"This is the code: {opened.spec.code_dim} numbers. The decoder gets nothing else."
    elif layer.padding == "valid":
        note = (
            "The lesson's one convolution without padding. Doubling 4 pixels three times makes 32, but the image has "
            "28. Without padding the filter cannot stand on the edge, so 16 pixels become 14, and 2 × 14 = 28."
        )
    elif layer.kind == TRANSPOSED and layer.out_shape[0] != 2 * layer.in_shape[0]:
        note = f"Doubling would make {2 * layer.in_shape[0]}; a transposed convolution can be told to leave out one."
    return LayerRow(layer.name, title(layer), f"{shape} · {learned}", note, maps, unit_name(layer), code)
