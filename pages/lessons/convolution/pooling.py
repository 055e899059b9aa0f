"""Pooling: what is kept of each window, and what is discarded."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.imaging import convolution
from aecore.imaging.convolution import Padding, Pooling
from aecore.specs import SpecError
from pages.lessons.convolution import edits, parts, settings, source_image
from pages.lessons.convolution.source_image import SourceImage
from pages.shared.app import state
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window
from pages.shared.controls.one_of import one_of


def show(page: str) -> None:
    """The controls, and the lab in which the window moves over the image or over its feature map."""
    st.markdown(
        "**Max pooling** keeps the largest number of each window and discards the others: the image gets smaller, what "
        "was found stays found, and *where exactly* is forgotten. **Average pooling** keeps the mean."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER_WIDTH):
            image = source_image.choose(page)
        with st.container(width=parts.SETTINGS_WIDTH), st.container(horizontal=True):
            kind, of, size, step, edges = _controls(page)
    x, top, title = _pooled_image(page, image, of)
    window = Window(step or size, edges)
    focus = image.focus if of == "picture" else source_image.focus_of(x)
    try:
        out = convolution.pool(x[None, ..., None], size, window.stride, edges, kind)[0, ..., 0]
    except SpecError as error:
        st.warning(str(error))
        return
    labs.pooling_lab(
        x,
        top,
        title,
        size,
        window,
        kind,
        parts.place(page, "pool", out.shape, focus, size, window),
        key=f"{page}.pool",
        on_move=lambda value: edits.move(page, "pool", value),
    )
    st.caption(
        "**What you see.** On the left, the image with the window in a frame; in the middle, the window's numbers, the "
        "largest framed and the others crossed out; on the right, what is left. Pooling has nothing to learn."
    )
    parts.downloads(page, out, "pooled")


def _controls(page: str) -> tuple[Pooling, str, int, int, Padding]:
    kind = parts.choice(page, "kind", "Keep", settings.KINDS)
    of = parts.choice(page, "of", "Of", settings.POOLED, "The feature map comes from the first section of this page.")
    size = parts.choice(page, "size", "Window", settings.SIZES, "Pixels per side.")
    step = one_of(
        "Stride",
        [0, 1, *settings.SIZES],
        format_func=lambda each: str(each) if each else "window",
        key=state.key(page, "step"),
        persist_state="session",
    )
    edges = parts.choice(page, "edges", "Padding", settings.PADDINGS, "Padded pixels never win and never count.")
    return kind, of, size, step, edges


def _pooled_image(page: str, image: SourceImage, of: str) -> tuple[np.ndarray, float | None, str]:
    """What is pooled, (H, W); its largest number, None if some are negative; and its title."""
    if of == "picture":
        return image.x[..., 0], image.top, image.title
    name, relu = state.get(page, "filter"), state.get(page, "relu")
    numbers, bias = state.get(page, "numbers"), state.get(page, "bias")
    x = image.x
    if name == settings.NET:
        learned, _ = parts.learned_filter(page)
        numbers, bias, x = learned.numbers, learned.bias, x / image.top
    kernel = np.array(numbers, np.float32)[..., None, None]
    window = Window(*(state.get(page, setting) for setting in ("stride", "padding", "dilation")))
    out = parts.convolved(x, kernel, EditableFilter(numbers, bias, relu), window)
    return (image.x[..., 0], image.top, image.title) if out is None else (out, None, "The feature map")
