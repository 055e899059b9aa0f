"""Small browser components: a Python function each, with its JavaScript and CSS in files beside it."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.shared.app import state

_HERE = Path(__file__).parent
_FORCED_COLOURS = "forced_colours.css"
# What components have in front of their own code, as a browser gives each of them one file only.
_LAB = ("lab_numbers", "lab_paint", "lab_picture", "lab_player", "lab_filter", "lab_frame")
_IN_FRONT = {
    **dict.fromkeys(("convolution_lab", "pooling_lab", "way_back_lab"), _LAB),
    **dict.fromkeys(("decoder_weights", "code_editor", "latent_pad"), ("decoder",)),
    "code_map": ("map_view", "map_dots", "map_marks", "map_export", "map_hand", "map_film", "map_panel"),
}


@functools.cache
def mount(name: str) -> Callable[..., Any]:
    """The component whose code and style stand in `name`.js and, if there is one, `name`.css beside this file.

    So may the style of what it has in front.
    """
    files = [*_IN_FRONT.get(name, ()), name]
    script = "\n".join((_HERE / f"{file}.js").read_text(encoding="utf-8") for file in files)
    styles = [style.read_text(encoding="utf-8") for file in files if (style := _HERE / f"{file}.css").exists()]
    shared = [(_HERE / file).read_text(encoding="utf-8") for file in ("buttons.css", _FORCED_COLOURS)]
    css = shared[0] + "".join(styles) + shared[1] if styles else None
    component = st.components.v2.component(name, js=script, css=css)
    return lambda data=None, **kwargs: component(data=sendable(data), **kwargs)


def sendable(data: Any) -> Any:
    """Data of a component without NaN and infinities, for which JSON has no words: None stands for them."""
    if isinstance(data, bytes):
        return data
    try:
        json.dumps(data, allow_nan=False)
    except ValueError:
        return _without_nan(data)
    return data


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def figure(markup: str, key: str) -> None:
    """Draw HTML or SVG of our own making (`aecore.figures`), which `st.html` would strip of its SVG.

    The markup is trusted: whatever came from a visitor must have been escaped in it. It is replaced in place, so a
    figure that is drawn anew twice a second does not flicker.
    """
    mount("figure")(data={"markup": markup}, key=key)


def cookie(name: str, value: str) -> None:
    """Set a cookie of this site in the visitor's browser, for a year."""
    mount("cookie")(data={"name": name, "value": value}, key=f"cookie_{name}")


def mend_address(page: str | None = None) -> None:
    """Take `amp;` out of the names of the address' parameters; `page`: the name that its last part is to have."""
    mount("address")(data={"page": page}, key="address")


def forced_colours() -> None:
    """Keep sliders, bars and what is chosen visible where the visitor's system sets the colours (high contrast)."""
    st.html(_HERE / _FORCED_COLOURS)


def bear_translation() -> None:
    """Let the page live on when the visitor's browser translates it: texts that change are the new ones, none fails."""
    mount("translation")(key="translation")


def decoder_weights(name: str, packed: bytes, version: str = "1") -> None:
    """Bring a decoder (`pack_decoder`) into the browser, where `name` stands for it from then on.

    Another `version` of the same name takes the place of the one before.
    """
    mount("decoder_weights")(data=named(name, version) + packed, key=f"decoder.{name}")


def latent_points(name: str, xy: np.ndarray, labels: np.ndarray, version: str = "1") -> None:
    """Bring points of a latent plane into the browser, (N, 2) with their classes (N,), for `latent_pad` to show."""
    packed = xy.astype("<f4").tobytes() + labels.astype(np.uint8).tobytes()
    mount("latent_points")(data=named(name, version) + packed, key=f"points.{name}")


def named(name: str, version: str) -> bytes:
    """What the bytes that a carrier brings into the browser begin with: what they are, and in which version."""
    label = f"{name}@{version}".encode()
    return bytes([len(label)]) + label


@dataclass(frozen=True)
class Plane:
    """What a `latent_pad` shows besides the digit.

    `decoder`, `points`: names given to `decoder_weights` and `latent_points`. `axes`: the two latent numbers that the
    plane shows, `order` all of them as the sliders stand, `tips` a text for each slider. `reach`: how far the plane
    goes from 0. `classes`, `colours`: for the legend. `marks`: (name, (x, y)) of points to mark. `nearest`: the image
    nearest to where the visitor stands, as a data URI, and words about it; None as long as it is not known.
    """

    decoder: str
    points: str
    axes: tuple[int, int]
    order: tuple[int, ...]
    tips: tuple[str, ...]
    reach: float
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    marks: tuple[tuple[str, tuple[float, float]], ...] = ()
    nearest: tuple[str, str] | None = None


def latent_pad(plane: Plane, z: Sequence[float], on_move: Callable[[Any], None], key: str) -> None:
    """The latent plane to drag over, a slider for each latent number, and what the decoder draws, in the browser alone.

    `z`: where to stand. `on_move` is given where the visitor let go, as the browser sent it: to be checked.
    """
    data = dataclasses.asdict(plane) | {
        "z": list(z),
        "plane": True,
        "marks": [{"name": name, "z": list(at)} for name, at in plane.marks],
        "nearest": {"uri": plane.nearest[0], "words": plane.nearest[1]} if plane.nearest else None,
    }
    mount("latent_pad")(data=data, key=key, on_z_change=lambda: on_move(state.sent(key).z))


def clickable_image(
    uri: str,
    words: str,
    columns: int,
    rows: int,
    on_click: Callable[[Any], None],
    key: str,
    at: tuple[int, int] | None = None,
) -> None:
    """A picture of `columns` × `rows` cells; `on_click` is given (column, row), from 0, as the browser sent it.

    `at`: the cell that stands out, from which the arrow keys go on.
    """
    data = {"uri": uri, "words": words, "columns": columns, "rows": rows, "at": at}
    mount("clickable_image")(data=data, key=key, on_cell_change=lambda: on_click(state.sent(key).cell))


def code_editor(
    x: np.ndarray, code: np.ndarray, code_range: tuple[np.ndarray, np.ndarray], decoder: str, key: str
) -> None:
    """An image, its code as bars that can be dragged, and what the decoder makes of them, at the screen's rate.

    `x`: uint8 (28, 28, 1); `code`: (code_dim,); `code_range`: the lowest and the highest values (code_dim,) that codes
    have; `decoder`: a name given to `decoder_weights`, on the same page.
    """
    low, high = code_range
    data = {
        "x": x.reshape(-1).tolist(),
        "code": [round(float(value), 4) for value in code],
        "low": [round(float(value), 4) for value in low],
        "high": [round(float(value), 4) for value in high],
        "decoder": decoder,
        "hint": "Drag a bar: the picture follows.",
    }
    mount("code_editor")(data=data, key=key)


def draw_pad(key: str, drawing: dict[str, Any] | None) -> dict[str, Any] | None:
    """A pad to draw on with mouse, finger, pen or keyboard; what was drawn last, once the pen was lifted.

    A drawing is {"strokes": [[[x, y], …], …], "width": …} on a square of side 1, as the browser sent it: to be checked
    by `aecore.digits.mnist_preprocessing.from_strokes`. `drawing`: what to begin with.
    """
    result = mount("draw_pad")(data=drawing, key=key, on_drawing_change=lambda: None)
    return result.drawing


def crop_box(
    photo: str, uri: str, digit: str, box: tuple[float, ...] | None, seen: int, on_box: Callable[[Any], None], key: str
) -> None:
    """A picture with a box on it to drag and resize, and beside it what was made of it.

    `uri`, `digit`: data URIs of the picture and of the result, "" where there is none. `photo` tells one picture from
    another. `box`: (left, top, right, bottom) in shares of the picture; None lets the visitor begin with nearly all of
    it. `on_box` is given {"box", "photo", "number"} where the visitor let go, as the browser sent it: to be checked;
    `seen` is the number of the last that was heeded, so that an older answer does not move the box back.
    """
    words = "Your picture in grey, with a box around what is taken of it"
    data = {"photo": photo, "uri": uri, "digit": digit, "box": box, "seen": seen, "words": words}
    mount("crop_box")(data=data, key=key, on_box_change=lambda: on_box(state.sent(key).box))


def camera_note(key: str) -> bool:
    """One sentence where the browser gives no camera: on a page without https, in a frame, blocked, or without one.

    False once the browser has said so.
    """
    return not mount("camera_note")(data=None, key=key, on_problem_change=lambda: None).problem


def flipbook(name: str, frames: list[str], labels: list[str], start: int, key: str) -> None:
    """Frames of HTML (trusted, as for `figure`) to drag or play through, in the browser alone, from frame `start`."""
    mount("flipbook")(data={"name": name, "frames": frames, "labels": labels, "start": start}, key=key)


def swipe(
    before: str,
    after: str,
    words: tuple[str, str],
    shape: tuple[int, int],
    crops: Sequence[tuple[str, str]],
    key: str,
    on_view: Callable[[Any], None] | None = None,
) -> None:
    """Two pictures of a page with a divider between them to drag, and a zoom down to their pixels.

    `before`, `after`: addresses (data URIs or /media/…) of pictures of `shape` (H, W), of up to 40 megapixels; `words`
    their names. `crops`: (name, address) of further pictures of that shape that can take the place of `after`.
    `on_view` is given where the visitor stopped, as the browser sent it: {"x", "y", "zoom", "divider"}, the centre in
    shares of the page, the zoom in multiples of the whole page's, the divider in shares of the width. Without it
    nothing is sent. What the visitor sees stays where it is over reruns and new pictures, until `shape` changes.
    """
    data = {
        "before": before,
        "after": after,
        "words": list(words),
        "shape": list(shape),
        "crops": [list(crop) for crop in crops],
        "sends": on_view is not None,
    }
    moved = {} if on_view is None else {"on_view_change": lambda: on_view(state.sent(key).view)}
    mount("swipe")(data=data, key=key, **moved)
