"""What the sections on convolution share: controls, the window's place, and the downloads."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from aecore import export
from aecore.figures import image_colouring
from aecore.imaging import convolution, encoding
from aecore.specs import SpecError
from pages.lessons.convolution import model, settings
from pages.shared.app import problems, state
from pages.shared.components.labs import EditableFilter, Place, Window
from pages.shared.controls.one_of import one_of

CHOOSER_WIDTH, SETTINGS_WIDTH = 330, 740  # pixels; of the controls for the image, and of those beside them


def choice(page: str, name: str, label: str, options: Any, help_text: str | None = None) -> Any:
    """A row of buttons for a setting; `options` may map each option to its label."""
    return one_of(
        label,
        options,
        format_func=(lambda each: options[each]) if isinstance(options, dict) else str,
        key=state.key(page, name),
        persist_state="session",
        help=help_text,
        on_change=problems.clear,
        args=(page,),
    )


def filter_number(page: str, layer: str) -> int:
    """The control for a filter of the layer; returned from 0, shown from 1."""
    return st.selectbox(
        "Filter number",
        range(model.n_filters(state.get(page, "net"), layer)),
        format_func=lambda number: str(number + 1),
        key=state.key(page, "which"),
        persist_state="session",
        width=140,
        on_change=problems.clear,
        args=(page,),
    )


def network(page: str, name: str = "net", by_hand: str | None = None, **kwargs: Any) -> str:
    """The control for the network that the filter belongs to; `by_hand`: a label for layers designed by hand."""
    titles = {settings.HAND: by_hand} if by_hand else {}
    titles |= {net: model.title(net) for net in model.nets(page)}
    return st.selectbox(
        "Network",
        list(titles),
        format_func=titles.__getitem__,
        key=state.key(page, name),
        persist_state="session",
        width=280,
        **kwargs,
    )


def learned_filter(page: str) -> tuple[EditableFilter, str]:
    """The chosen filter of the chosen network's first layer, and a sentence about it."""
    net = state.get(page, "net")
    which = min(state.get(page, "which"), model.n_filters(net, model.FIRST) - 1)
    blank = np.zeros((28, 28, 1), np.uint8)  # the filters of the first layer are the same whatever the image
    found = model.trained(net, model.FIRST, which, blank)
    numbers = tuple(tuple(round(float(number), 5) for number in row) for row in found.kernel[..., 0])
    text = f"Learned, not designed: {found.text}. **{model.title(net)}**. Its grey values go from 0 to 1."
    return EditableFilter(numbers, round(found.bias, 5), relu=model.has_relu(net, model.FIRST)), text


def convolved(x: np.ndarray, kernel: np.ndarray, chosen: EditableFilter, window: Window) -> np.ndarray | None:
    """The feature map (H, W); None, with a sentence on the page, if the filter does not fit on the image."""
    try:
        out = convolution.convolve(x[None], kernel, np.array([chosen.bias]), **vars(window))[0, ..., 0]
    except SpecError as error:
        st.warning(str(error))
        return None
    return np.maximum(out, 0) if chosen.relu else out


def place(page: str, section: str, shape: tuple[int, ...], focus: Place, size: int, window: Window) -> Place:
    """The place, of `shape` places, of a window of `size`: where the visitor left it, or over the image's focus."""
    at = state.get(page, "at").get(section)
    if at is None:
        reach = convolution.reach(size, window.dilation)
        # Padding in front is at most half of the window, and the nearest place is good enough.
        before = (reach - 1) // 2 if window.padding == "same" else 0
        at = tuple(round((pixel + before - (reach - 1) / 2) / window.stride) for pixel in focus)
    row, column = (min(max(each, 0), side - 1) for each, side in zip(at, shape, strict=True))
    return row, column


def downloads(page: str, x: np.ndarray, name: str) -> None:
    """Offer a result (H, W) as numbers and as an image."""
    with st.container(horizontal=True):
        st.download_button(
            "Numbers (.csv)",
            lambda: export.numbers_csv(x),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            key=f"{page}.csv.{name}",
        )
        st.download_button(
            "Image (.png)",
            lambda: encoding.png(image_colouring.signed_image(x)),
            f"{name}.png",
            "image/png",
            on_click="ignore",
            icon=":material/download:",
            key=f"{page}.png.{name}",
        )
