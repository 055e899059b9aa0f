"""The sections of a page, one shown at a time: name → (title, the function that draws it, or None if the page does)."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

Sections = dict[str, tuple[str, Callable[..., None] | None]]


def choose(page: str, sections: Sections) -> tuple[str, Callable[..., None] | None]:
    """Draw the control for the section and its title; return the section's name and the function that draws it."""
    name = st.segmented_control(
        "Explore",
        list(sections),
        format_func=lambda name: sections[name][0],
        key=f"{page}.section",
        required=True,
        persist_state="session",
    )
    title, draw = sections[name]
    st.header(title, divider="gray")
    return name, draw
