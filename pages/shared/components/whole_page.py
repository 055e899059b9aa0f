"""What serves the page as a whole: its cookie, its address, the visitor's colours and language."""

from __future__ import annotations

import streamlit as st

from pages.shared.components.mount import FORCED_COLOURS, HERE, mount


def cookie(name: str, value: str) -> None:
    """Set a cookie of this site in the visitor's browser, for a year."""
    mount("cookie", {"name": name, "value": value}, key=f"cookie_{name}")


def mend_address(page: str | None = None) -> None:
    """Take `amp;` out of the names of the address' parameters; `page`: the name that its last part is to have."""
    mount("address", {"page": page}, key="address")


def forced_colours() -> None:
    """Keep sliders, bars and what is chosen visible where the visitor's system sets the colours (high contrast)."""
    st.html(HERE / FORCED_COLOURS)


def bear_translation() -> None:
    """Let the page live on when the visitor's browser translates it: texts that change are the new ones, none fails."""
    mount("translation", key="translation")
