"""The way back: a pooled picture made large again."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.imaging import convolution, kernels
from pages.lessons.convolution import link, parts
from pages.lessons.convolution import picture as convolution_picture
from pages.shared.app import problems
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Window


def show(page: str) -> None:
    """A pooled picture made large again, by upsampling or by stamps that are learned."""
    st.markdown(
        "A decoder has to make small pictures large. **Upsampling** makes a block of each number. A **transposed "
        "convolution** stamps its filter, times the number, onto the large picture; where stamps overlap, they add up. "
        "What pooling threw away does not come back: compare with the original."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=parts.CHOOSER):
            picture = convolution_picture.choose(page)
        with st.container(width=parts.SETTINGS):
            chosen, preset, factor, editable, words = _stamp(page)
            st.caption(words)
    small = convolution.pool(picture.x[None], factor)
    kernel = np.array(chosen.numbers, np.float32)[..., None, None]
    large = convolution.convolve_transposed(small, kernel, stride=factor)[0, ..., 0]
    labs.way_back_lab(
        small[0, ..., 0],
        picture.x[..., 0],
        chosen,
        preset,
        factor,
        editable,
        parts.place(page, "back", small.shape[1:3], convolution_picture.focus_of(small[0, ..., 0]), 1, Window()),
        key=f"{page}.back",
        on_move=lambda value: link.move(page, "back", value),
        on_filter=lambda value: link.edit_stamp(page, value),
    )
    st.caption(
        f"**What you see.** Left the picture after max pooling, right what the stamps make of its numbers. "
        f"{picture.x.size} numbers went in, {small.size} were left, {large.size} came back."
    )
    parts.downloads(page, large, "way-back")


def _stamp(page: str) -> tuple[EditableFilter, EditableFilter, int, bool, str]:
    """The controls for the way back: the stamp, what it goes back to, the factor, whether it is edited, and words."""

    def follow() -> None:
        problems.clear(page)
        link.put(page, at=link.get(page, "at") | {"back": None})
        name = link.get(page, "stamp")
        if name != link.OWN:
            link.put(page, stamp_numbers=kernels.stamps(link.get(page, "factor"))[name].numbers)

    with st.container(horizontal=True):
        way = parts.choice(page, "way", "Way", link.WAYS)
        factor = st.segmented_control(
            "Larger by", list(link.FACTORS), format_func=lambda each: f"{each} ×", key=link.key(page, "factor"),
            required=True, persist_state="session", on_change=follow,
            help="The picture was pooled by as much. It is also the stride: how far apart the stamps are.",
        )  # fmt: skip
    stamps = kernels.stamps(factor)
    block = EditableFilter(stamps["block"].numbers)
    if way == "upsampling":
        words = "Each number becomes a block of itself: the same as stamping a block of ones. Nothing is learned."
        return block, block, factor, False, words
    names = {name: each.title for name, each in stamps.items() if name != "block"} | {link.OWN: "Your own numbers"}
    name = st.selectbox(
        "Stamp", list(names), format_func=names.get, key=link.key(page, "stamp"), on_change=follow,
        persist_state="session", width=280,
    )  # fmt: skip
    if name == link.OWN:
        words = "Your own numbers. In a network they are learned."
        return (
            EditableFilter(link.get(page, "stamp_numbers")),
            EditableFilter(stamps["ones"].numbers),
            factor,
            True,
            words,
        )
    return (
        EditableFilter(stamps[name].numbers),
        EditableFilter(stamps[name].numbers),
        factor,
        True,
        stamps[name].description,
    )
