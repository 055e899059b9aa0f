"""Where the picture comes from on the page of convolution: the lesson's, a digit, a photograph or a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import digits, filters, pictures
from pages.shared import convolution_link as link
from pages.shared import digit_source, session


@dataclass(frozen=True)
class Picture:
    """float32 (H, W, 1) from 0 to `top`, and what to call it."""

    x: np.ndarray
    top: float
    words: str

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
            chosen = Picture(pictures.photo(), 1.0, "A cup of coffee")
            st.caption("96 × 96 pixels. Grey values go from 0, black, to 1, white. Photograph: Rachel Michetti, CC0.")
        elif source == "upload":
            chosen = _uploaded(page)
    if chosen is None:
        chosen = Picture(filters.mouse(), float(filters.LESSON_TOP), "The lesson's drawing")
        if source == "mouse":
            st.caption("A mouse, in chalk. Grey values go from 0, black, to 50, white, as in the lesson.")
    return chosen


def _forget_place(page: str) -> None:
    session.clear_problems(page)
    link.put(page, at={})


def _digit(page: str) -> Picture:
    digit = digit_source.choose(page)
    link.remember(page)
    return Picture(digit.x.astype(np.float32) / 255, 1.0, digit.words[0].upper() + digit.words[1:])


def _uploaded(page: str) -> Picture | None:
    file = st.file_uploader(
        "A picture of yours",
        type=["png", "jpg", "jpeg", "webp"],
        max_upload_size=digit_source.MAX_MB,
        key=f"{page}.picture_file",
        label_visibility="collapsed",
        help=f"PNG, JPEG or WebP, up to {digit_source.MAX_MB} MB and 20 megapixels.",
    )
    kept = f"{page}.picture_kept"
    if file is not None:
        try:
            st.session_state[kept] = Picture(pictures.from_file(file.getvalue()), 1.0, "Your picture")
        except digits.DigitError as error:
            st.warning(str(error))
    if kept not in st.session_state:
        st.caption(
            "Nothing is uploaded yet: this is the lesson's drawing. Any picture will do; it is made small and grey."
        )
    return st.session_state.get(kept)
