"""What the link says of the latent page: the model, the position in its space, and the section that is open."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from pages.lessons.latent import model, position
from pages.shared.app import problems, state
from pages.shared.url import links

NAMES = ("z", "model", "section")
DEFAULT_MODEL, DEFAULT_SECTION = "vae-2", "manifold"


def restore(page: str, sections: Collection[str]) -> None:
    """Set model, position and section from the link when the page is first opened."""
    for name in NAMES:
        state.pop(page, f"link.{name}")  # the link is empty after a switch of pages
    if state.has(page, "model"):
        return
    state.set(page, "model", links.choice(page, "model", model.CHOICES, DEFAULT_MODEL))
    state.set(page, "section", links.choice(page, "section", sections, DEFAULT_SECTION))
    if "z" in st.query_params:
        z = position.parse(st.query_params["z"])
        if z is None or not position.go_to(page, z):
            problems.add(page, "The link's z must be a list of numbers separated by commas, such as 0.5,-1; it is not.")


def write(page: str, section: str) -> None:
    """Write the model and the section into the link; `write_position` adds the position."""
    chosen = state.get(page, "model")
    _put(page, "model", None if chosen == DEFAULT_MODEL else chosen)
    _put(page, "section", None if section == DEFAULT_SECTION else section)


def write_position(page: str, latent_model: model.LatentModel) -> None:
    """Write the visitor's position into the link."""
    _put(page, "z", position.format_for_link(position.current(page, latent_model)))


def _put(page: str, name: str, value: str | None) -> None:
    """Set one parameter, or remove it for None, unless it was written before: the pad polls."""
    if state.get(page, f"link.{name}", "") == value:
        return
    state.set(page, f"link.{name}", value)
    if value is not None:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
