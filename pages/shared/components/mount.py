"""What brings a component into the page: its JavaScript and CSS, its data, and what it says back."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.app import state

HERE = Path(__file__).parent
FORCED_COLOURS = "forced_colours.css"
# What components have in front of their own code, as a browser gives each of them one file only.
_LAB = ("lab_numbers", "lab_paint", "lab_picture", "lab_player", "lab_filter", "lab_frame")
_IN_FRONT = {
    **dict.fromkeys(("convolution_lab", "pooling_lab", "way_back_lab"), _LAB),
    **dict.fromkeys(("code_editor", "latent_pad"), ("decoder",)),
    "decoder_weights": ("carried", "decoder"),
    "latent_points": ("carried",),
    "map_frames": ("carried",),
    "code_map": ("map_view", "map_dots", "map_marks", "map_export", "map_hand", "map_film", "map_panel"),
    "swipe": ("swipe_side", "swipe_view", "swipe_hand"),
}


def mount(
    name: str, data: Any = None, *, key: str, on: Mapping[str, Callable[[Any], object] | None] | None = None
) -> Any:
    """Draw the component `name` with this data; returns what the browser has sent from it so far.

    `on`: for each value that the browser may send, by name, what is called with it; None if it is only returned.
    Whatever comes from the browser is to be checked.
    """
    listeners = {f"on_{event}_change": _listener(key, event, hear) for event, hear in (on or {}).items()}
    return _component(name)(data=sendable(data), key=key, **listeners)


def carry(name: str, what: str, version: str, payload: bytes, key: str) -> None:
    """Bring bytes into the browser, where `what` stands for them from then on, by the component `name`.

    Another `version` of the same name takes the place of the one before.
    """
    label = f"{what}@{version}".encode()
    mount(name, bytes([len(label)]) + label + payload, key=key)


def sendable(data: Any) -> Any:
    """Data without NaN and infinities, which JSON cannot express: None stands for them."""
    if isinstance(data, bytes):
        return data
    try:
        json.dumps(data, allow_nan=False)
    except ValueError:
        return _without_nan(data)
    return data


def _listener(key: str, event: str, hear: Callable[[Any], object] | None) -> Callable[[], object]:
    return lambda: hear(state.sent(key)[event]) if hear else None


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


@functools.cache
def _component(name: str) -> Callable[..., Any]:
    """The component whose code and style are in `name`.js and, if there is one, `name`.css beside this file.

    The files in front of its own may have styles, too.
    """
    files = [*_IN_FRONT.get(name, ()), name]
    script = "\n".join((HERE / f"{file}.js").read_text(encoding="utf-8") for file in files)
    styles = [style.read_text(encoding="utf-8") for file in files if (style := HERE / f"{file}.css").exists()]
    shared = [(HERE / file).read_text(encoding="utf-8") for file in ("buttons.css", FORCED_COLOURS)]
    css = shared[0] + "".join(styles) + shared[1] if styles else None
    return st.components.v2.component(name, js=script, css=css)  # pyright: ignore[reportAttributeAccessIssue]
