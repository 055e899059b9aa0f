"""Where the image of a lesson comes from: the test images, the visitor's own hand, or a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.digits import mnist_preprocessing
from aecore.image_files.errors import ImageError
from aecore.specs.grammar import with_article
from pages.shared import components
from pages.shared.app import problems, state
from pages.shared.pickers import digit_photo

TEST, DRAW, PHOTO = "Test image", "Draw", "Photo or file"
FIRST_INDEX = 0
CLASSES_WIDTH = 222  # pixels; two rows of five digits
SHARED = "digit"  # where a visitor's drawing is kept: the same on whichever page


@dataclass(frozen=True)
class Digit:
    """An image uint8 (28, 28, 1) and what it is called."""

    x: np.ndarray
    name: str

    @property
    def image(self) -> bytes:
        """Its 784 bytes, for a task on the worker."""
        return self.x.tobytes()


def choose(page: str, dataset: str = "mnist", first: int = FIRST_INDEX, slot: str | None = None) -> Digit:
    """Draw the controls for choosing an image, and return the image that is chosen.

    The link keeps which test image it is; that image stays until something is drawn or read from a photo. If a page
    needs several images, each has its own `slot`, by which the link names it, and its own `first` test image.
    """
    slot, page = slot or SHARED, f"{page}.{slot}" if slot else page
    _restore(page, dataset, first, slot)
    source = st.segmented_control(
        "Image", [TEST, DRAW, PHOTO], default=TEST, key=f"{page}.source", required=True, persist_state="session"
    )
    place = st.container()
    chosen = None
    with place:
        if source == DRAW:
            chosen = _drawn(slot)
        elif source == PHOTO and (x := digit_photo.choose(page, slot)) is not None:
            chosen = Digit(x, "your image")
        if chosen is None:
            chosen = _test_image(page, dataset, slot, first, with_controls=source == TEST)
    return chosen


def _restore(page: str, dataset: str, first: int, slot: str) -> None:
    count = len(datasets.load_test(dataset)[0])
    if state.get(page, "index", count) < count:
        return
    state.set(page, "index", first)
    text = st.query_params.get(slot)
    if text is None:
        return
    if text.isascii() and text.isdigit() and len(text) < 7 and int(text) < count:
        state.set(page, "index", int(text))
    else:
        problems.add(
            page.partition(".")[0],
            f"The link's {slot} must be the number of a test image, from 0 to {count - 1:,}. "
            "Another image is shown instead.",
        )


def _test_image(page: str, dataset: str, slot: str, first: int, with_controls: bool) -> Digit:
    x_test, y_test = datasets.load_test(dataset)
    names = datasets.CLASS_NAMES[dataset]

    def another() -> None:
        problems.clear(page.partition(".")[0])
        _go_to(next_of_class(y_test, int(y_test[state.get(page, "index")]), state.get(page, "index")))

    def choose_class() -> None:
        problems.clear(page.partition(".")[0])
        wanted = state.get(page, "class")
        if wanted is not None:
            _go_to(next_of_class(y_test, names.index(wanted), -1))

    def _go_to(index: int) -> None:
        state.set(page, "index", index)

    index = state.get(page, "index")
    label = names[int(y_test[index])]
    if with_controls:
        state.set(page, "class", label)
        st.segmented_control(
            "Class",
            names,
            key=state.key(page, "class"),
            on_change=choose_class,
            label_visibility="collapsed",
            required=True,
            width=CLASSES_WIDTH if dataset == "mnist" else "content",
        )
        st.button(
            "Another one",
            on_click=another,
            icon=":material/refresh:",
            key=f"{page}.another",
            help="Another test image of the same class. The network has never been trained on test images.",
        )
        if st.query_params.get(slot, str(first)) != str(index):
            st.query_params[slot] = str(index)
    return Digit(x_test[index], f"test image {index:,}, {with_article(label)}")


def next_of_class(labels: np.ndarray, wanted: int, after: int) -> int:
    """The index of the first image of class `wanted` behind index `after`, from the start again at the end."""
    indices = np.flatnonzero(labels == wanted)
    later = indices[indices > after]
    return int(later[0] if len(later) else indices[0])


def _drawn(slot: str) -> Digit | None:
    drawing = components.draw_pad(f"{slot}.drawing", state.get(slot, "kept", None)) or state.get(slot, "kept", None)
    state.set(slot, "kept", drawing)
    if not isinstance(drawing, dict) or not drawing.get("strokes"):
        st.caption("Draw with mouse, finger or pen, or press **Example**.")
        return None
    try:
        return Digit(mnist_preprocessing.from_strokes(drawing["strokes"], drawing.get("width", 0.09)), "your drawing")
    except ImageError as error:
        st.warning(str(error))
        return None
