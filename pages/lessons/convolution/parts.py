"""What the parts of the page of convolution share: controls, where the window stands, what to take home."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from aecore import export
from aecore.figures import image_colouring
from aecore.imaging import convolution, encoding
from aecore.specs import SpecError
from pages.lessons.convolution import link, model
from pages.shared.app import problems
from pages.shared.components.labs import EditableFilter, Place, Window

CHOOSER, SETTINGS = 330, 740  # pixels; of the controls for the picture, and of those beside them


def choice(page: str, name: str, label: str, options: Any, words: str | None = None) -> Any:
    """A row of buttons for one of the page's settings; `options` may have a text for each."""
    return st.segmented_control(
        label,
        list(options),
        format_func=options.get if isinstance(options, dict) else str,
        key=link.key(page, name),
        required=True,
        persist_state="session",
        help=words,
        on_change=problems.clear,
        args=(page,),
    )


def index(page: str, layer: str) -> int:
    """Which filter of the layer, from 0; visitors count from 1."""
    return st.selectbox(
        "Filter number",
        range(model.n_filters(link.get(page, "net"), layer)),
        format_func=lambda number: str(number + 1),
        key=link.key(page, "which"),
        persist_state="session",
        width=140,
        on_change=problems.clear,
        args=(page,),
    )


def network(page: str, key_name: str = "net", hand: str | None = None, **kwargs: Any) -> str:
    """Which network the filter is of; `hand`: words for one that was thought out by hand, where there is one."""
    names = {link.HAND: hand} if hand else {}
    names |= {net: model.title(net) for net in model.nets(page)}
    return st.selectbox(
        "Network", list(names), format_func=names.get, key=link.key(page, key_name), persist_state="session", width=280,
        **kwargs,
    )  # fmt: skip


def of_network(page: str) -> tuple[EditableFilter, str]:
    """The filter of the first layer that is chosen, and words about it."""
    net = link.get(page, "net")
    which = min(link.get(page, "which"), model.n_filters(net, model.FIRST) - 1)
    digit = np.zeros((28, 28, 1), np.uint8)  # the first layer's filters lie on the picture itself, whichever it is
    _, kernel, bias, words = model.trained(net, model.FIRST, which, digit)
    numbers = tuple(tuple(round(float(number), 5) for number in row) for row in kernel[..., 0])
    learned = f"Learned, not thought out: {words}. **{model.title(net)}**. Its grey values go from 0 to 1."
    return EditableFilter(numbers, round(bias, 5), relu=model.has_relu(net, model.FIRST)), learned


def convolved(x: np.ndarray, kernel: np.ndarray, chosen: EditableFilter, window: Window) -> np.ndarray | None:
    """The feature map (H, W); None, with one sentence on the page, where there can be none."""
    try:
        out = convolution.convolve(x[None], kernel, np.array([chosen.bias]), **vars(window))[0, ..., 0]
    except SpecError as error:
        st.warning(str(error))
        return None
    return np.maximum(out, 0) if chosen.relu else out


def place(page: str, section: str, shape: tuple[int, ...], focus: Place, size: int, window: Window) -> Place:
    """Where the window of `size` stands, of `shape` places: where the visitor left it, or over the picture's focus."""
    at = link.get(page, "at").get(section)
    if at is None:
        reach = convolution.reach(size, window.dilation)
        # Padding in front is at most half of the window, and the place is the nearest one anyway.
        before = (reach - 1) // 2 if window.padding == "same" else 0
        at = tuple(round((pixel + before - (reach - 1) / 2) / window.stride) for pixel in focus)
    row, column = (min(max(each, 0), side - 1) for each, side in zip(at, shape, strict=True))
    return row, column


def downloads(page: str, x: np.ndarray, name: str) -> None:
    """What came out, (H, W), as numbers and as a picture."""
    with st.container(horizontal=True):
        st.download_button(
            "Numbers (.csv)", export.numbers_csv(x), f"{name}.csv", "text/csv",
            on_click="ignore", icon=":material/download:", key=f"{page}.csv.{name}",
        )  # fmt: skip
        picture = encoding.png(image_colouring.signed_image(x))
        st.download_button(
            "Picture (.png)", picture, f"{name}.png", "image/png",
            on_click="ignore", icon=":material/download:", key=f"{page}.png.{name}",
        )  # fmt: skip
