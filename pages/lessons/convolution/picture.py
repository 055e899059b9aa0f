"""Where the picture comes from on the page of convolution: the lesson's, a digit, a photograph or a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.datasets import filter_images
from aecore.image_files import opening
from aecore.image_files.errors import ImageError
from aecore.imaging import convolution, kernels
from aecore.imaging.arrays import to_float
from aecore.imaging.kernels import FILTERS
from pages.lessons.convolution import link
from pages.shared.app import problems, state
from pages.shared.components.labs import Place
from pages.shared.pickers import digit_photo, digit_source

MOUSE_FOCUS = tuple(place + FILTERS["curve"].size // 2 for place in kernels.CURVE_AT)


@dataclass(frozen=True)
class Picture:
    """float32 (H, W, 1) from 0 to `top`, what to call it, and the pixel to look at first."""

    x: np.ndarray
    top: float
    words: str
    focus: Place

    @property
    def as_digit(self) -> np.ndarray:
        """uint8, as networks are shown it."""
        return np.rint(self.x * (255 / self.top)).astype(np.uint8)


def choose(page: str, only_digits: bool = False) -> Picture:
    """The controls for choosing a picture, and the picture that they come to. A bad file gets one sentence."""
    if only_digits:
        return _digit(page)
    source = st.segmented_control(
        "Picture",
        list(link.PICTURES),
        format_func=link.PICTURES.get,
        key=link.key(page, "picture"),
        required=True,
        persist_state="session",
        on_change=_forget_place,
        args=(page,),
    )
    with st.container():
        chosen = None
        if source == "digit":
            chosen = _digit(page)
        elif source == "photo":
            chosen = _of(filter_images.photo(), "A cup of coffee")
            st.caption("0 is black, 1 is white. Photograph: Rachel Michetti, CC0.")
        elif source == "upload":
            chosen = _uploaded(page)
    if chosen is None:
        chosen = Picture(kernels.mouse(), float(kernels.LESSON_TOP), "The lesson's drawing", MOUSE_FOCUS)
        if source == "mouse":
            st.caption("A mouse, in chalk: 0 is black, 50 is white.")
    return chosen


def _of(x: np.ndarray, words: str) -> Picture:
    return Picture(x, 1.0, words, focus_of(x[..., 0]))


def focus_of(x: np.ndarray) -> Place:
    """The light pixel beside a dark one that is nearest to the middle of x (H, W); the middle, where there is none."""
    half = (x.min() + x.max()) / 2
    darkest = -convolution.pool(-x[None, ..., None], 3, 1)[0, ..., 0]
    rows, columns = np.nonzero((x > half) & (darkest < half))
    if not len(rows):
        return x.shape[0] // 2, x.shape[1] // 2
    nearest = np.argmin((rows - x.shape[0] / 2) ** 2 + (columns - x.shape[1] / 2) ** 2)
    return int(rows[nearest]), int(columns[nearest])


def _forget_place(page: str) -> None:
    problems.clear(page)
    link.put(page, at={})


def _digit(page: str) -> Picture:
    digit = digit_source.choose(page)
    link.remember(page)
    return _of(to_float(digit.x), digit.words[0].upper() + digit.words[1:])


def _uploaded(page: str) -> Picture | None:
    file = st.file_uploader(
        "A picture of yours",
        max_upload_size=digit_photo.MAX_MB,
        key=f"{page}.picture_file",
        label_visibility="collapsed",
        help=f"A {opening.FORMATS} file of up to {digit_photo.MAX_MB} MB.",
    )
    # "picture_read": the file, and what is wrong with it
    if file is not None and state.get(page, "picture_read", ("",))[0] != file.file_id:
        try:
            state.set(page, "picture_kept", _of(filter_images.from_file(file.getvalue()), "Your picture"))
            state.set(page, "picture_read", (file.file_id, ""))
        except ImageError as error:
            state.set(page, "picture_read", (file.file_id, str(error)))
    if file is not None and (problem := state.get(page, "picture_read")[1]):
        st.warning(problem)
    if not state.has(page, "picture_kept"):
        st.caption(
            "Nothing is uploaded yet: this is the lesson's drawing. Any picture will do; it is made small and grey."
        )
    return state.get(page, "picture_kept", None)
