"""A filter over several channels: a slice of it for each feature map."""

from __future__ import annotations

import streamlit as st

from aecore.imaging import kernels
from aecore.imaging.kernels import FILTERS
from pages.lessons.convolution import edits, model, parts, settings, source_image
from pages.lessons.convolution.model import LayerFilter
from pages.lessons.convolution.source_image import SourceImage
from pages.shared.app import problems, state
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window


def show(page: str) -> None:
    """The controls for a filter of a deeper layer, and the lab in which it moves over all maps at once."""
    st.markdown(
        "A second layer does not see the image but **all feature maps** of the first layer at once. So its filter has "
        "a **slice for each of them**: every slice lies on its own map at the same place, and all the products are "
        "added up to one number. **Choose a slice** below to see its products."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER_WIDTH):
            image = source_image.choose(page, only_digits=True)
        with st.container(width=parts.SETTINGS_WIDTH):
            found, relu, window = _layer_filter(page, image)
            st.caption(found.text)
    maps, kernel = found.maps, found.kernel
    chosen = EditableFilter(((0.0,) * 3,) * 3, round(found.bias, 5), relu)
    feature_map = parts.convolved(maps, kernel[..., None], chosen, window)
    if feature_map is None:
        return
    labs.convolution_lab(
        maps,
        float(maps.max()) or 1.0,
        "The maps under the filter",
        chosen,
        chosen,
        window,
        parts.place(page, "channels", feature_map.shape, source_image.focus_of(maps.mean(axis=-1)), 3, window),
        key=f"{page}.channels",
        on_move=lambda value: edits.move(page, "channels", value),
        on_filter=lambda value: None,
        kernel=kernel,
    )
    st.caption(
        f"**What you see.** {maps.shape[2]} maps and {maps.shape[2]} slices of {kernel.shape[0]} × {kernel.shape[1]} "
        f"numbers give {kernel.size} products, all added up, for each pixel of this one feature map. The field moves "
        "in all maps together."
    )
    parts.downloads(page, feature_map, "feature-map-2")


def _layer_filter(page: str, image: SourceImage) -> tuple[LayerFilter, bool, Window]:
    """Draw the controls for the filter; return it, whether ReLU follows, and how it moves."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        net = parts.network(page, "deep", "By hand: three filters, then one", on_change=_change, args=(page,))
        if net == settings.HAND:
            return _by_hand(image), True, Window(padding="same")
        _limit(page)
        layer = st.selectbox(
            "Layer",
            model.layers(net)[1:],
            format_func=lambda name: model.layer_title(net, name),
            key=state.key(page, "layer"),
            on_change=_change,
            args=(page,),
            persist_state="session",
            width=230,
        )
        index = parts.filter_number(page, layer)
    found = model.trained(net, layer, index, image.as_digit)
    text = f"**{model.title(net)}**: {found.text}, with its learned bias."
    window = Window(model.stride(net, layer), model.padding(net, layer))
    return LayerFilter(found.maps, found.kernel, found.bias, text), model.has_relu(net, layer), window


def _by_hand(image: SourceImage) -> LayerFilter:
    found = model.by_hand(image.x)
    first = ", ".join(FILTERS[name].title.lower() for name in kernels.FIRST_LAYER)
    text = (
        f"The filters of the first layer: {first}; then ReLU and max pooling. The filter of the second layer was "
        f"designed to be large {found.text}."
    )
    return LayerFilter(found.maps, found.kernel, found.bias, text)


def _change(page: str) -> None:
    problems.clear(page)
    _limit(page)


def _limit(page: str) -> None:
    """Keep the layer and the filter's number within the chosen network."""
    net = state.get(page, "deep")
    if net == settings.HAND:
        return
    deeper = model.layers(net)[1:]
    layer = state.get(page, "layer") if state.get(page, "layer") in deeper else deeper[0]
    last = model.n_filters(net, layer) - 1
    settings.put(page, net=net, layer=layer, which=min(state.get(page, "which"), last))
