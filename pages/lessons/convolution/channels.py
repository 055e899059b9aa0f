"""A filter over several channels: a slice of it for each feature map."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.imaging import kernels
from aecore.imaging.kernels import FILTERS
from pages.lessons.convolution import link, model, parts, picture
from pages.lessons.convolution.picture import Picture
from pages.shared.app import problems
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window


def show(page: str) -> None:
    """A filter of a second layer: a slice of it for each feature map of the first."""
    st.markdown(
        "A second layer does not see the picture, but **all feature maps** of the first at once. So its filter has a "
        "**slice for each of them**: every slice is laid on its own map at the same place, and all the products "
        "together make one number. **Choose a slice** below to see its products."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER):
            digit = picture.choose(page, only_digits=True)
        with st.container(width=parts.SETTINGS):
            maps, kernel, bias, relu, window, words = _deep(page, digit)
            st.caption(words)
    chosen = EditableFilter(((0.0,) * 3,) * 3, round(bias, 5), relu)
    feature_map = parts.convolved(maps, kernel[..., None], chosen, window)
    labs.convolution_lab(
        maps,
        float(maps.max()) or 1.0,
        "What the slice lies on",
        chosen,
        chosen,
        window,
        parts.place(page, "channels", feature_map.shape, picture.focus_of(maps.mean(axis=-1)), 3, window),
        key=f"{page}.channels",
        on_move=lambda value: link.move(page, "channels", value),
        on_filter=lambda value: None,
        kernel=kernel,
    )
    st.caption(
        f"**What you see.** {maps.shape[2]} maps, {maps.shape[2]} slices of {kernel.shape[0]} × {kernel.shape[1]} "
        f"numbers: {kernel.size} products, all added up, for each pixel of this one feature map. The field moves in "
        "all maps together."
    )
    parts.downloads(page, feature_map, "feature-map-2")


def _deep(page: str, digit: Picture) -> tuple[np.ndarray, np.ndarray, float, bool, Window, str]:
    """Maps (H, W, C), a filter (3, 3, C), its bias, whether ReLU follows, how it moves, and words about it."""

    def change() -> None:
        problems.clear(page)
        limit()

    def limit() -> None:
        net = link.get(page, "deep")
        if net == link.HAND:
            return
        deeper = model.layers(net)[1:]
        layer = link.get(page, "layer") if link.get(page, "layer") in deeper else deeper[0]
        most = model.n_filters(net, layer) - 1
        link.put(page, net=net, layer=layer, which=min(link.get(page, "which"), most))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        net = parts.network(page, "deep", "By hand: three filters, then one", on_change=change)
        if net == link.HAND:
            maps, kernel, bias, words = model.by_hand(digit.x)
            first = ", ".join(FILTERS[name].title.lower() for name in kernels.FIRST_LAYER)
            words = (
                f"The first layer's filters: {first}; then ReLU and max pooling. The second layer's filter was thought "
                f"out to be large {words}."
            )
            return maps, kernel, bias, True, Window(padding="same"), words
        limit()
        layer = st.selectbox(
            "Layer",
            model.layers(net)[1:],
            format_func=lambda name: model.layer_title(net, name),
            key=link.key(page, "layer"),
            on_change=change,
            persist_state="session",
            width=230,
        )
        index = parts.index(page, layer)
    maps, kernel, bias, words = model.trained(net, layer, index, digit.as_digit)
    words = f"**{model.title(net)}**: {words}, with the bias that it has learned."
    window = Window(model.stride(net, layer), model.padding(net, layer))
    return maps, kernel, bias, model.has_relu(net, layer), window, words
