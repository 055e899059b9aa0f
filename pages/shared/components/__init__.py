"""Small browser components: a Python function each, with its JavaScript in a file beside it."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


@functools.cache
def _mount(name: str):
    return st.components.v2.component(name, js=(_HERE / f"{name}.js").read_text(encoding="utf-8"))


def figure(markup: str, key: str) -> None:
    """Draw HTML or SVG of our own making (`aecore.figures`), which `st.html` would strip of its SVG.

    The markup is trusted: whatever came from a visitor must have been escaped in it. It is replaced in place, so a
    figure that is drawn anew twice a second does not flicker.
    """
    _mount("figure")(data={"markup": markup}, key=key)


def cookie(name: str, value: str) -> None:
    """Set a cookie of this site in the visitor's browser, for a year."""
    _mount("cookie")(data={"name": name, "value": value}, key=f"cookie_{name}")
