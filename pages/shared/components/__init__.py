"""Small browser components: a Python function each, with its JavaScript and CSS in files beside it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

_HERE = Path(__file__).parent
# Components that decode in the browser have the decoder's code in front of their own.
_DECODING = ("decoder_weights", "code_editor")


@functools.cache
def _mount(name: str) -> Callable[..., Any]:
    script = (_HERE / f"{name}.js").read_text(encoding="utf-8")
    if name in _DECODING:
        script = (_HERE / "decoder.js").read_text(encoding="utf-8") + script
    style = _HERE / f"{name}.css"
    css = style.read_text(encoding="utf-8") if style.exists() else None
    return st.components.v2.component(name, js=script, css=css)


def figure(markup: str, key: str) -> None:
    """Draw HTML or SVG of our own making (`aecore.figures`), which `st.html` would strip of its SVG.

    The markup is trusted: whatever came from a visitor must have been escaped in it. It is replaced in place, so a
    figure that is drawn anew twice a second does not flicker.
    """
    _mount("figure")(data={"markup": markup}, key=key)


def cookie(name: str, value: str) -> None:
    """Set a cookie of this site in the visitor's browser, for a year."""
    _mount("cookie")(data={"name": name, "value": value}, key=f"cookie_{name}")


def decoder_weights(name: str, packed: bytes) -> None:
    """Bring a decoder (`aecore.inference.pack_decoder`) into the browser, where `name` stands for it from then on."""
    label = name.encode()
    _mount("decoder_weights")(data=bytes([len(label)]) + label + packed, key=f"decoder.{name}")


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
    _mount("code_editor")(data=data, key=key)


def draw_pad(key: str, drawing: dict[str, Any] | None) -> dict[str, Any] | None:
    """A pad to draw on with mouse, finger, pen or keyboard; what was drawn last, once the pen was lifted.

    A drawing is {"strokes": [[[x, y], …], …], "width": …} on a square of side 1, as the browser sent it: to be checked
    by `aecore.digits.from_strokes`. `drawing`: what to begin with.
    """
    result = _mount("draw_pad")(data=drawing, key=key, on_drawing_change=lambda: None)
    return result.drawing


def flipbook(name: str, frames: list[str], labels: list[str], start: int, key: str) -> None:
    """Frames of HTML (trusted, as for `figure`) to drag or play through, in the browser alone, from frame `start`."""
    _mount("flipbook")(data={"name": name, "frames": frames, "labels": labels, "start": start}, key=key)
