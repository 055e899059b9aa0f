"""One filter on an image, number by number."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.imaging import kernels
from aecore.imaging.kernels import FILTERS
from pages.lessons.convolution import edits, model, parts, settings, source_image
from pages.lessons.convolution.settings import NET, OWN
from pages.shared.app import problems, state
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window

EXAMPLES = (("On the curve: 6600", kernels.CURVE_AT), ("On the nose: 0", kernels.ELSEWHERE_AT))


def show(page: str) -> None:
    """The controls, and the lab in which the filter moves over the image."""
    st.markdown(
        "The part of the image under the filter is the **receptive field**. Multiply each of its numbers by the number "
        "of the filter on top of it, add up the products, and you have **one pixel** of the feature map. **Drag the "
        "field**, or press **Play**."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER_WIDTH):
            image = source_image.choose(page)
        with st.container(width=parts.SETTINGS_WIDTH):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                chosen, preset, text = _filter(page)
                window = _window(page)
            st.caption(text)
    is_net = state.get(page, "filter") == NET
    x, top = (image.x / image.top, 1.0) if is_net else (image.x, image.top)
    kernel = np.array(chosen.numbers, np.float32)[..., None, None]
    feature_map = parts.convolved(x, kernel, chosen, window)
    if feature_map is None:
        return
    is_lesson = state.get(page, "picture") == "mouse" and state.get(page, "filter") == "curve" and window == Window()
    labs.convolution_lab(
        x,
        top,
        image.title,
        chosen,
        preset,
        window,
        parts.place(page, "slide", feature_map.shape, image.focus, len(chosen.numbers), window),
        key=f"{page}.slide",
        on_move=lambda value: edits.move(page, "slide", value),
        on_filter=lambda value: edits.edit_filter(page, chosen, preset, value),
        places=EXAMPLES if is_lesson and chosen == preset else (),
    )
    st.caption(
        "**What you see.** On the left, the image with the field in a frame; on the right, the feature map with the "
        "pixel that receives the sum. Orange is above 0, blue below, black is 0. Hatched pixels lie outside the image "
        "and count as 0. A large sum means: *this part looks like my filter.* Numbers are rounded for display only."
    )
    parts.downloads(page, feature_map, "feature-map")


def _filter(page: str) -> tuple[EditableFilter, EditableFilter, str]:
    """Draw the controls for the filter; return it, the one that Reset goes back to, and a sentence about it."""
    titles = {name: each.title for name, each in FILTERS.items()}
    titles |= {OWN: "Your own numbers", NET: "From a trained network"}
    name = st.selectbox(
        "Filter",
        list(titles),
        format_func=titles.__getitem__,
        key=state.key(page, "filter"),
        on_change=_change_filter,
        args=(page,),
        persist_state="session",
        width=250,
    )
    if name == NET:
        if len(model.nets(page)) > 1:
            parts.network(page, on_change=_change_network, args=(page,))
        parts.filter_number(page, model.FIRST)
    preset_name = state.get(page, "preset")
    if NET in (name, preset_name):
        preset, text = parts.learned_filter(page)
    else:
        preset = EditableFilter(FILTERS[preset_name].numbers)
        text = FILTERS[name].description if name in FILTERS else ""
    relu = state.get(page, "relu")
    if name == NET:
        return EditableFilter(preset.numbers, preset.bias, relu), preset, text
    chosen = EditableFilter(state.get(page, "numbers"), state.get(page, "bias"), relu)
    if name == OWN:
        text = "Your own numbers. Type into the cells of the filter; **Reset** restores the filter you started from."
    return chosen, preset, text


def _change_filter(page: str) -> None:
    problems.clear(page)
    name = state.get(page, "filter")
    if name in FILTERS:
        settings.put(page, numbers=FILTERS[name].numbers, bias=0.0, relu=False, preset=name)
    elif name == NET:
        _change_network(page)
        settings.put(page, preset=name)
        if state.get(page, "picture") == "mouse":
            settings.put(page, picture="digit")
    elif state.get(page, "preset") == NET:
        settings.put(page, numbers=parts.learned_filter(page)[0].numbers)


def _change_network(page: str) -> None:
    """Let the filter move as it does in the chosen network."""
    problems.clear(page)
    net = state.get(page, "net")
    settings.put(
        page,
        padding="same",
        stride=model.stride(net, model.FIRST),
        relu=model.has_relu(net, model.FIRST),
        layer=model.FIRST,
        which=min(state.get(page, "which"), model.n_filters(net, model.FIRST) - 1),
    )


def _window(page: str) -> Window:
    """Stride, padding and dilation."""
    stride = parts.choice(page, "stride", "Stride", settings.STRIDES, "How many pixels the field moves per step.")
    help_text = "None: the field stays inside the image. Same: zeros around the image keep the map as large as it."
    padding = parts.choice(page, "padding", "Padding", settings.PADDINGS, help_text)
    help_text = "How far apart the pixels under the filter are: 1 means side by side."
    dilation = parts.choice(page, "dilation", "Dilation", settings.DILATIONS, help_text)
    return Window(stride, padding, dilation)
