"""The sections of a page, one shown at a time: name → (title, the function that draws it, or None if the page does)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.shared.controls.one_of import one_of

Draw = Callable[..., None]
Sections = Mapping[str, tuple[str, Draw | None]]


def _nothing(*_: object) -> None:
    """Draws a section that the page draws itself."""


def choose(page: str, sections: Sections) -> tuple[str, Draw]:
    """Draw the control for the section and its title; return the section's name and the function that draws it."""
    name = one_of(
        "Explore",
        sections,
        format_func=lambda name: sections[name][0],
        key=f"{page}.section",
        persist_state="session",
    )
    title, draw = sections[name]
    st.header(title, divider="gray")
    return name, draw or _nothing
