"""Pooling: what is kept of each window, and what is thrown away."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.imaging import convolution
from aecore.specs import SpecError
from pages.lessons.convolution import link, parts
from pages.lessons.convolution import picture as convolution_picture
from pages.lessons.convolution.picture import Picture
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window


def show(page: str) -> None:
    """A pooling window on the picture, or on the feature map of the filter that is chosen."""
    st.markdown(
        "**Max pooling** keeps the largest number of each window and throws the others away: the picture gets smaller, "
        "what was found stays found, and *where exactly* is forgotten. **Average pooling** keeps their mean."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER):
            picture = convolution_picture.choose(page)
        with st.container(width=parts.SETTINGS), st.container(horizontal=True):
            kind = parts.choice(page, "kind", "Keep", link.KINDS)
            of = parts.choice(page, "of", "Of", link.POOLED, "The feature map is that of the first part of this page.")
            size = parts.choice(page, "size", "Window", link.SIZES, "Pixels a side.")
            step = st.segmented_control(
                "Stride", [0, 1, *link.SIZES], format_func=lambda each: str(each) if each else "window",
                key=link.key(page, "step"), required=True, persist_state="session",
            )  # fmt: skip
            edges = parts.choice(page, "edges", "Padding", link.PADDINGS, "What is padded never wins and never counts.")
    x, top, title = _pooled_picture(page, picture, of)
    window = Window(step or size, edges)
    focus = picture.focus if of == "picture" else convolution_picture.focus_of(x)
    try:
        out = convolution.pool(x[None, ..., None], size, window.stride, edges, kind)[0, ..., 0]
    except SpecError as error:
        st.warning(str(error))
        return
    labs.pooling_lab(
        x, top, title, size, window, kind, parts.place(page, "pool", out.shape, focus, size, window),
        key=f"{page}.pool", on_move=lambda value: link.move(page, "pool", value),
    )  # fmt: skip
    st.caption(
        "**What you see.** Left the picture with the window in a frame; in the middle its numbers, the largest in a "
        "frame and the others crossed out; right what is left. Pooling has no numbers that are learned."
    )
    parts.downloads(page, out, "pooled")


def _pooled_picture(page: str, picture: Picture, of: str) -> tuple[np.ndarray, float | None, str]:
    """What is pooled, (H, W), its largest number unless some are below 0, and what to call it."""
    if of == "picture":
        return picture.x[..., 0], picture.top, picture.words
    name, relu = link.get(page, "filter"), link.get(page, "relu")
    numbers, bias = link.get(page, "numbers"), link.get(page, "bias")
    x = picture.x
    if name == link.NET:
        learned, _ = parts.of_network(page)
        numbers, bias, x = learned.numbers, learned.bias, x / picture.top
    kernel = np.array(numbers, np.float32)[..., None, None]
    window = Window(*(link.get(page, setting) for setting in ("stride", "padding", "dilation")))
    out = parts.convolved(x, kernel, EditableFilter(numbers, bias, relu), window)
    return (picture.x[..., 0], picture.top, picture.words) if out is None else (out, None, "The feature map")
