"""One filter on a picture: the first part of the page of convolution."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.imaging import kernels
from aecore.imaging.kernels import FILTERS
from pages.lessons.convolution import link, model, parts
from pages.lessons.convolution import picture as convolution_picture
from pages.shared.app import problems
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window

EXAMPLES = (("On the curve: 6600", kernels.CURVE_AT), ("On the nose: 0", kernels.ELSEWHERE_AT))


def show(page: str) -> None:
    """A filter of one channel on a picture, number by number."""
    st.markdown(
        "The piece is the **receptive field**. Each of its numbers times the filter's number that lies on it, and all "
        "of that added up, is **one pixel** of the feature map. **Drag the field**, or press **Play**."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER):
            picture = convolution_picture.choose(page)
        with st.container(width=parts.SETTINGS):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                chosen, preset, words = _filter(page)
                window = _window(page)
            st.caption(words)
    x = picture.x / picture.top if link.get(page, "filter") == link.NET else picture.x
    top = 1.0 if link.get(page, "filter") == link.NET else picture.top
    kernel = np.array(chosen.numbers, np.float32)[..., None, None]
    feature_map = parts.convolved(x, kernel, chosen, window)
    if feature_map is None:
        return
    shown = link.get(page, "picture")
    is_lesson = shown == "mouse" and link.get(page, "filter") == "curve" and window == Window()
    labs.convolution_lab(
        x,
        top,
        picture.words,
        chosen,
        preset,
        window,
        parts.place(page, "slide", feature_map.shape, picture.focus, len(chosen.numbers), window),
        key=f"{page}.slide",
        on_move=lambda value: link.move(page, "slide", value),
        on_filter=lambda value: link.edit(page, chosen, preset, value),
        places=EXAMPLES if is_lesson and chosen == preset else (),
    )
    st.caption(
        "**What you see.** Left the picture with the field in a frame, right the feature map with the pixel that the "
        "sum goes into. Orange is above 0, blue below, black is 0. Hatched pixels lie outside of the picture and count "
        "as 0. A large sum says: *here it looks like my filter.* Numbers are shown rounded, and computed in full."
    )
    parts.downloads(page, feature_map, "feature-map")


def _filter(page: str) -> tuple[EditableFilter, EditableFilter, str]:
    """The controls for the filter; it, what it goes back to, and words about it."""
    names = {name: each.title for name, each in FILTERS.items()}
    names |= {link.OWN: "Your own numbers", link.NET: "From a trained network"}

    def use_network() -> None:
        problems.clear(page)
        net = link.get(page, "net")
        link.put(page, padding="same", stride=model.stride(net, model.FIRST), layer=model.FIRST)
        link.put(page, relu=model.has_relu(net, model.FIRST))
        link.put(page, which=min(link.get(page, "which"), model.n_filters(net, model.FIRST) - 1))

    def take() -> None:
        problems.clear(page)
        name = link.get(page, "filter")
        if name in FILTERS:
            link.put(page, numbers=FILTERS[name].numbers, bias=0.0, relu=False, preset=name)
        elif name == link.NET:
            use_network()
            link.put(page, preset=name)
            if link.get(page, "picture") == "mouse":
                link.put(page, picture="digit")
        elif link.get(page, "preset") == link.NET:
            link.put(page, numbers=parts.of_network(page)[0].numbers)

    name = st.selectbox(
        "Filter", list(names), format_func=names.get, key=link.key(page, "filter"), on_change=take,
        persist_state="session", width=250,
    )  # fmt: skip
    if name == link.NET:
        if len(model.nets(page)) > 1:
            parts.network(page, on_change=use_network)
        parts.index(page, model.FIRST)
    relu = link.get(page, "relu")
    preset_name = link.get(page, "preset")
    if link.NET in (name, preset_name):
        preset, words = parts.of_network(page)
    else:
        preset = EditableFilter(FILTERS[preset_name].numbers)
        words = FILTERS[name].description if name in FILTERS else ""
    if name == link.NET:
        return EditableFilter(preset.numbers, preset.bias, relu), preset, words
    chosen = EditableFilter(link.get(page, "numbers"), link.get(page, "bias"), relu)
    if name == link.OWN:
        words = "Your own numbers. Type into the filter's cells; **Reset** goes back to where they came from."
    return chosen, preset, words


def _window(page: str) -> Window:
    """Stride, padding and dilation."""
    stride = parts.choice(page, "stride", "Stride", link.STRIDES, "How many pixels the field moves at a step.")
    words = "None: the field stays inside of the picture. Same: zeros around it, so that the map is as large."
    padding = parts.choice(page, "padding", "Padding", link.PADDINGS, words)
    words = "How far apart the pixels are that the filter's numbers lie on: 1 is side by side."
    dilation = parts.choice(page, "dilation", "Dilation", link.DILATIONS, words)
    return Window(stride, padding, dilation)
