"""A page's parts, of which one is shown at a time: name → (title, what draws it, or None where the page does)."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

Sections = dict[str, tuple[str, Callable[..., None] | None]]


def choose(page: str, sections: Sections) -> tuple[str, Callable[..., None] | None]:
    """The control for the part of the page, and its title; the name of the part that is chosen and what draws it."""
    name = st.segmented_control(
        "More to do",
        list(sections),
        format_func=lambda name: sections[name][0],
        key=f"{page}.section",
        required=True,
        persist_state="session",
    )
    title, draw = sections[name]
    st.header(title, divider="gray")
    return name, draw
