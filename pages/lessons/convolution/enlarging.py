"""Back to full size: a pooled image made large again, by upsampling or by a transposed convolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.imaging import convolution, kernels
from pages.lessons.convolution import edits, parts, settings, source_image
from pages.shared.app import problems, state
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window
from pages.shared.controls.one_of import one_of


@dataclass(frozen=True)
class Stamp:
    """The filter that is stamped, the one that Reset goes back to, whether it can be edited, and a sentence on it."""

    chosen: EditableFilter
    preset: EditableFilter
    editable: bool
    text: str


def show(page: str) -> None:
    """The controls, and the lab in which each number of the small image stamps the filter."""
    st.markdown(
        "A decoder has to make small images large. **Upsampling** turns each number into a block. A **transposed "
        "convolution** stamps its filter, times the number, onto the large image; where stamps overlap, they add up. "
        "What pooling discarded does not come back: compare with the original."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER_WIDTH):
            image = source_image.choose(page)
        with st.container(width=parts.SETTINGS_WIDTH):
            factor, stamp = _controls(page)
            st.caption(stamp.text)
    small = convolution.pool(image.x[None], factor)
    kernel = np.array(stamp.chosen.numbers, np.float32)[..., None, None]
    large = convolution.convolve_transposed(small, kernel, stride=factor)[0, ..., 0]
    focus = source_image.focus_of(small[0, ..., 0])
    labs.way_back_lab(
        small[0, ..., 0],
        image.x[..., 0],
        stamp.chosen,
        stamp.preset,
        factor,
        stamp.editable,
        parts.place(page, "back", small.shape[1:3], focus, 1, Window()),
        key=f"{page}.back",
        on_move=lambda value: edits.move(page, "back", value),
        on_filter=lambda value: edits.edit_stamp(page, value),
    )
    st.caption(
        f"**What you see.** On the left, the image after max pooling; on the right, what the stamps make of its "
        f"numbers. {image.x.size} numbers went in, {small.size} were left, {large.size} come out."
    )
    parts.downloads(page, large, "way-back")


def _controls(page: str) -> tuple[int, Stamp]:
    """Draw the controls; return the factor and the stamp."""
    with st.container(horizontal=True):
        way = parts.choice(page, "way", "Method", settings.WAYS)
        factor = one_of(
            "Enlarge by",
            settings.FACTORS,
            format_func=lambda each: f"{each} ×",
            key=state.key(page, "factor"),
            persist_state="session",
            on_change=_follow,
            args=(page,),
            help="The image was pooled by this factor. It is also the stride: how far apart the stamps are.",
        )
    if way == "upsampling":
        block = EditableFilter(kernels.stamps(factor)["block"].numbers)
        text = "Each number becomes a block of itself, as if a block of ones were stamped. Nothing is learned."
        return factor, Stamp(block, block, False, text)
    return factor, _choose_stamp(page, kernels.stamps(factor))


def _choose_stamp(page: str, stamps: dict[str, kernels.Filter]) -> Stamp:
    titles = {name: each.title for name, each in stamps.items() if name != "block"}
    titles[settings.OWN] = "Your own numbers"
    name = st.selectbox(
        "Stamp",
        list(titles),
        format_func=titles.__getitem__,
        key=state.key(page, "stamp"),
        on_change=_follow,
        args=(page,),
        persist_state="session",
        width=280,
    )
    if name == settings.OWN:
        own, ones = EditableFilter(state.get(page, "stamp_numbers")), EditableFilter(stamps["ones"].numbers)
        return Stamp(own, ones, True, "Your own numbers. In a network, they are learned.")
    chosen = EditableFilter(stamps[name].numbers)
    return Stamp(chosen, chosen, True, stamps[name].description)


def _follow(page: str) -> None:
    """Let the window and the stamp's own numbers follow the chosen factor and stamp."""
    problems.clear(page)
    settings.put(page, at=state.get(page, "at") | {"back": None})
    name = state.get(page, "stamp")
    if name != settings.OWN:
        settings.put(page, stamp_numbers=kernels.stamps(state.get(page, "factor"))[name].numbers)
