"""A digit in a photo or a file of the visitor's own: what was read from it, to look at and to correct."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from aecore.digits import mnist_preprocessing
from aecore.digits.mnist_preprocessing import MAX_THICKNESS, Correction, Reading
from aecore.image_files import opening
from aecore.image_files import reading as image_reading
from aecore.image_files.errors import ImageError
from aecore.imaging import encoding
from aecore.imaging.arrays import to_float, to_uint8
from pages.shared import components
from pages.shared.app import state

FILE, CAMERA = "File", "Camera"
MAX_MB = image_reading.MAX_BYTES // 1_000_000
SHOWN_SIDE = 640  # pixels
SHOWN_QUALITY = 82


@dataclass(frozen=True)
class Photo:
    """A photo, the visitor's corrections, and what was read from it: a digit, or a sentence that says why none was."""

    id: str
    grey: np.ndarray = field(repr=False)  # uint8 (H, W)
    uri: str = field(repr=False)
    correction: Correction = field(default_factory=Correction)
    reading: Reading | None = None
    problem: str = ""
    seen: int = 0  # the number of the browser's last message


def choose(page: str, slot: str) -> np.ndarray | None:
    """Draw the controls for taking a photo, and return the digit read from it, uint8 (28, 28, 1), or None.

    The last photo is kept for the visit, for all pages that share the `slot`, until another takes its place.
    """
    is_refused = _take(page, slot)
    photo = state.get(slot, "photo", None)
    if photo is None:
        return None
    _show(page, slot, photo, with_problem=not is_refused)
    return photo.reading.x if photo.reading else None


def _take(page: str, slot: str) -> bool:
    """Draw the ways to bring a photo and keep what comes. Returns whether the last one was refused."""

    def put_away(widget: str) -> None:
        # A page that is left takes its widgets' values along; this is called only when the visitor empties one.
        if state.get(page, widget, None) is None:
            state.pop(slot, "photo")

    way = st.segmented_control(
        "From", [FILE, CAMERA], default=FILE, key=f"{page}.way", required=True, label_visibility="collapsed"
    )
    if way == CAMERA:
        file = None
        if components.camera_note(f"{page}.camera_note"):
            file = st.camera_input(
                "A photo of a digit",
                key=f"{page}.camera",
                label_visibility="collapsed",
                on_change=put_away,
                args=("camera",),
            )
    else:
        file = st.file_uploader(
            "An image of a digit",
            max_upload_size=MAX_MB,
            key=f"{page}.file",
            on_change=put_away,
            args=("file",),
            help=f"One digit on any background, dark on light or light on dark: a {opening.FORMATS} file of up to "
            f"{MAX_MB} MB. It stays on this server for as long as this page is open, and is kept nowhere.",
        )
    # "refused": the file, and why
    if file is None:
        state.pop(page, "refused")
        return False
    seen = {state.get(page, "refused", ("",))[0], getattr(state.get(slot, "photo", None), "id", "")}
    if file.file_id not in seen:
        state.pop(page, "refused")
        try:
            state.set(slot, "photo", _read(_photo(file.file_id, file.getvalue())))
        except ImageError as error:
            state.set(page, "refused", (file.file_id, str(error)))
    if state.has(page, "refused"):
        before = " The image below is the one from before." if state.has(slot, "photo") else ""
        st.warning(f"{state.get(page, 'refused')[1]}{before}")
    return state.has(page, "refused")


def _photo(file_id: str, raw: bytes) -> Photo:
    with st.spinner("Reading the image …"):
        grey = to_uint8(image_reading.grey(raw, mnist_preprocessing.WORKING_SIDE))
    small = Image.fromarray(grey)
    small.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return Photo(file_id, grey, encoding.data_uri(encoding.jpeg(np.asarray(small), SHOWN_QUALITY), "jpeg"))


def _read(photo: Photo) -> Photo:
    """The photo with what is read in it as its correction says."""
    try:
        reading, problem = mnist_preprocessing.read(to_float(photo.grey), photo.correction), ""
    except ImageError as error:
        reading, problem = None, str(error)
    return dataclasses.replace(photo, reading=reading, problem=problem)


def _show(page: str, slot: str, photo: Photo, with_problem: bool) -> None:
    """Draw the photo with the box, the digit, and the buttons that correct it."""
    correction, reading = photo.correction, photo.reading

    def correct(seen: int | None = None, **changes: Any) -> None:
        held = state.get(slot, "photo")  # two of the browser's messages may come together
        corrected = dataclasses.replace(held.correction, **changes)
        held = dataclasses.replace(held, correction=corrected, seen=held.seen if seen is None else seen)
        state.set(slot, "photo", _read(held))

    def move(sent: Any) -> None:
        box = parse_box(sent)
        if box is not None and sent.get("photo") == state.get(slot, "photo").id:
            number = sent.get("number")
            correct(number if type(number) is int and 0 <= number < 2**31 else 0, box=box)

    if photo.problem and with_problem:
        st.warning(f"{photo.problem} Drag the box to where your digit is.")
    digit = encoding.png_data_uri(reading.x) if reading else ""
    box = correction.box or (reading.box if reading else None)
    components.crop_box(photo.id, photo.uri, digit, box, photo.seen, move, key=f"{page}.crop")
    light = reading.light_ink if reading else bool(correction.light_ink)
    buttons = (
        # label, icon, help, what it changes, whether it can be pressed
        ("Invert", "invert_colors", "Swap ink and background, if the digit was read the wrong way round.",
         {"light_ink": not light}, True),
        ("Thinner", "remove", "Thinner strokes.", {"thickness": max(correction.thickness - 1, -MAX_THICKNESS)},
         correction.thickness > -MAX_THICKNESS),
        ("Thicker", "add", "Thicker strokes.", {"thickness": min(correction.thickness + 1, MAX_THICKNESS)},
         correction.thickness < MAX_THICKNESS),
        ("Automatic", "undo", "Undo all corrections.", {"box": None, "light_ink": None, "thickness": 0},
         correction != Correction()),
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for label, icon, help_text, changes, possible in buttons:
            st.button(
                label,
                icon=f":material/{icon}:",
                help=help_text,
                on_click=correct,
                kwargs=changes,
                disabled=not possible,
                key=f"{page}.{label.lower()}",
            )


def parse_box(sent: Any) -> tuple[float, float, float, float] | None:
    """The box that the browser sent, in shares of the photo; None unless it is one."""
    box = sent.get("box") if isinstance(sent, dict) else None
    if not (isinstance(box, list) and len(box) == 4):
        return None
    if not all(type(side) in (int, float) and 0 <= side <= 1 for side in box):
        return None
    left, top, right, bottom = map(float, box)
    return (left, top, right, bottom) if right - left >= 0.01 and bottom - top >= 0.01 else None
