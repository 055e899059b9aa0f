"""The image that the labs work on: the lesson's drawing, a digit, a photograph or the visitor's own."""

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
from pages.lessons.convolution import link, settings
from pages.shared.app import problems, state
from pages.shared.components.labs import Place
from pages.shared.controls.one_of import one_of
from pages.shared.pickers import digit_photo, digit_source

MOUSE_FOCUS = (
    kernels.CURVE_AT[0] + FILTERS["curve"].size // 2,
    kernels.CURVE_AT[1] + FILTERS["curve"].size // 2,
)


@dataclass(frozen=True)
class SourceImage:
    """An image float32 (H, W, 1) from 0 to `top`, its title, and the pixel (row, column) to look at first."""

    x: np.ndarray
    top: float
    title: str
    focus: Place

    @property
    def as_digit(self) -> np.ndarray:
        """The image as uint8, the way networks take it."""
        return np.rint(self.x * (255 / self.top)).astype(np.uint8)


def choose(page: str, only_digits: bool = False) -> SourceImage:
    """Draw the controls for choosing an image and return it. A bad file gets one sentence."""
    if only_digits:
        return _digit(page)
    source = one_of(
        "Image",
        settings.IMAGES,
        format_func=settings.IMAGES.__getitem__,
        key=state.key(page, "picture"),
        persist_state="session",
        on_change=_reset_place,
        args=(page,),
    )
    with st.container():
        chosen = None
        if source == "digit":
            chosen = _digit(page)
        elif source == "photo":
            chosen = _unit_range(filter_images.photo(), "A cup of coffee")
            st.caption("0 is black, 1 is white. Photograph: Rachel Michetti, CC0.")
        elif source == "upload":
            chosen = _uploaded(page)
    if chosen is None:
        chosen = SourceImage(kernels.mouse(), float(kernels.LESSON_TOP), "The lesson's drawing", MOUSE_FOCUS)
        if source == "mouse":
            st.caption("A mouse drawn in chalk: 0 is black, 50 is white.")
    return chosen


def _unit_range(x: np.ndarray, title: str) -> SourceImage:
    return SourceImage(x, 1.0, title, focus_of(x[..., 0]))


def focus_of(x: np.ndarray) -> Place:
    """The light pixel next to a dark one that is nearest to the centre of x (H, W); the centre if there is none."""
    half = (x.min() + x.max()) / 2
    darkest = -convolution.pool(-x[None, ..., None], 3, 1)[0, ..., 0]
    rows, columns = np.nonzero((x > half) & (darkest < half))
    if not len(rows):
        return x.shape[0] // 2, x.shape[1] // 2
    nearest = np.argmin((rows - x.shape[0] / 2) ** 2 + (columns - x.shape[1] / 2) ** 2)
    return int(rows[nearest]), int(columns[nearest])


def _reset_place(page: str) -> None:
    problems.clear(page)
    settings.put(page, at={})


def _digit(page: str) -> SourceImage:
    digit = digit_source.choose(page)
    link.remember(page)
    return _unit_range(to_float(digit.x), digit.name[0].upper() + digit.name[1:])


def _uploaded(page: str) -> SourceImage | None:
    file = st.file_uploader(
        "Your own image",
        max_upload_size=digit_photo.MAX_MB,
        key=f"{page}.picture_file",
        label_visibility="collapsed",
        help=f"A {opening.FORMATS} file of up to {digit_photo.MAX_MB} MB.",
    )
    # "picture_kept" is the last image that could be read, "picture_read" the last file's id and what is wrong with it.
    if file is not None and state.get(page, "picture_read", ("",))[0] != file.file_id:
        try:
            state.set(page, "picture_kept", _unit_range(filter_images.from_file(file.getvalue()), "Your image"))
            state.set(page, "picture_read", (file.file_id, ""))
        except ImageError as error:
            state.set(page, "picture_read", (file.file_id, str(error)))
    if file is not None and (problem := state.get(page, "picture_read")[1]):
        st.warning(problem)
    if not state.has(page, "picture_kept"):
        st.caption(
            "Nothing has been uploaded yet, so this is the lesson's drawing. Any image will do; it is scaled down and "
            "turned to grey."
        )
    return state.get(page, "picture_kept", None)
