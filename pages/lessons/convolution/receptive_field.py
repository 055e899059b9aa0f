"""How far a unit sees: the pixels that can change a unit of any layer of the lesson's network."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.networks import convolutional, receptive_field
from aecore.networks.convolutional import TRANSPOSED, UPSAMPLING, Layer
from pages.shared.app import problems, state
from pages.shared.inspector import feature_maps, layer_texts, opened_network, unit_selection
from pages.shared.pickers import digit_source

SOURCE_WIDTH, PART_WIDTH, TABLE_WIDTH = 300, 300, 420  # pixels; side by side where there is room


def show(page: str) -> None:
    """Choose a layer and press a unit; its field appears on the digit, by formula and as measured by the gradient."""
    st.markdown(
        "A filter sees 3 × 3 numbers. But each number of a deeper layer comes from several numbers of the layer "
        "before, and each of those from several pixels. **Choose a layer and press a unit**: the frame on the digit "
        "contains every pixel that can change it, its *receptive field*. Each pooling doubles how fast it grows."
    )
    opened = opened_network.shipped()
    network = opened.network
    with st.container(horizontal=True, gap="large"):
        with st.container(width=SOURCE_WIDTH):
            digit = digit_source.choose(page)
        with st.container(width=SOURCE_WIDTH):
            layer = _layer(page, network)
    maps = convolutional.feature_maps(network, digit.x[None])
    if state.get(page, "picked")[0] != layer.name:
        strongest = int(np.abs(maps[layer.name][0]).max(axis=(0, 1)).argmax())
        state.set(page, "picked", (layer.name, strongest))
        state.set(page, "unit", None)
    picked = unit_selection.picked(page, network, maps)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=PART_WIDTH):
            feature_maps.enlarged(page, layer, maps[layer.name][0, :, :, picked.index], picked)
        with st.container(width=PART_WIDTH):
            feature_maps.field(page, opened, digit, picked, changing=False)
        with st.container(width=TABLE_WIDTH):
            _table(network[: picked.depth + 1])


def _layer(page: str, network: tuple[Layer, ...]) -> Layer:
    names = [layer.name for layer in network]
    code = names.index(convolutional.bottleneck(opened_network.shipped().spec))
    if not state.has(page, "field_layer"):
        name = state.get(page, "picked")[0]
        state.set(page, "field_layer", name if name in names else names[0])

    def title(name: str) -> str:
        half = "Encoder" if names.index(name) <= code else "Decoder"
        return f"{half}: {layer_texts.title(network[names.index(name)])}"

    chosen = st.selectbox(
        "Layer",
        names,
        format_func=title,
        key=f"{page}.field_layer",
        persist_state="session",
        on_change=problems.clear,
        args=(page,),
        help="A layer of conv-128, the lesson's network. The map shown is the layer's strongest for this digit.",
    )
    return network[names.index(chosen)]


def _table(network: tuple[Layer, ...]) -> None:
    st.markdown("**The formula**, layer by layer")
    rows = []
    for layer, reach in zip(network, receptive_field.reaches(network), strict=True):
        widens = layer.kind not in (UPSAMPLING, TRANSPOSED)
        rows.append(
            {
                "Layer": layer_texts.title(layer).partition(":")[0],
                "Window": f"{layer.size} × {layer.size}" if widens else "1 × 1",
                "Step": f"{layer.stride}" if widens else f"1/{layer.stride}",
                "Jump": f"{reach.jump:g}",
                "Sees": f"{reach.size} × {reach.size}",
            }
        )
    st.dataframe(rows, hide_index=True, alt="Receptive field and jump of each layer up to the chosen one")
    st.caption(
        "**Sees** grows by (window − 1) × the previous jump. The **jump**, the distance in pixels between the fields "
        "of two neighbouring units, is multiplied by the step. The image's edge then cuts off whatever lies beyond it."
    )
