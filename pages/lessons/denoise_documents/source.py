"""Where a dirty page comes from: the examples, dirt of the visitor's own making, or a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.documents import samples, scan_files
from aecore.documents.degradation import KINDS, DegradationSpec
from pages.lessons.denoise_documents import upload
from pages.shared.app import problems, state
from pages.shared.controls.one_of import one_of

SOURCES = {"page": "An example", "dirt": "Add your own dirt", "upload": "Upload a scan"}
DEFAULT_DIRT = {"coffee": 0.6, "grey": 0.5, "wrinkles": 0.3}
MAX_SEED = 9_999


@dataclass(frozen=True)
class DirtyPage:
    """A page to clean: uint8 (H, W), a key that identifies it, its clean original if that is known, and its file.

    `resolution`: of the page, in dots per inch.
    """

    image: np.ndarray
    key: tuple
    truth: np.ndarray | None = None
    file: scan_files.Scan | None = None
    resolution: int = upload.DEFAULT_RESOLUTION


def choose(page: str) -> DirtyPage | None:
    """Draw the controls for choosing a page and return it; None while there is no file."""
    source = one_of(
        "Source",
        SOURCES,
        format_func=SOURCES.__getitem__,
        key=f"{page}.source",
        persist_state="session",
        on_change=problems.clear,
        args=(page,),
    )
    with st.container():
        if source == "upload":
            return _uploaded(page)
        name = one_of(
            "Page",
            samples.PAGES,
            format_func=lambda name: getattr(samples.PAGES[name], "title" if source == "page" else "heading"),
            key=f"{page}.sheet",
            persist_state="session",
            label_visibility="collapsed",
        )
        truth = samples.clean_page(name)
        if source == "page":
            return DirtyPage(samples.degraded_page(name), ("shipped", name), truth)
        dirt, seed = _dirt(page)
        return DirtyPage(samples.degraded_page(name, dirt, seed), ("dirt", name, dirt, seed), truth)


def _uploaded(page: str) -> DirtyPage | None:
    found = upload.choose(page)
    if found is None:
        return None
    return DirtyPage(found.image, found.key, file=found.scan, resolution=found.resolution)


def _dirt(page: str) -> tuple[DegradationSpec, int]:
    """A slider for each kind of dirt; return their amounts, and the seed of the random draws."""
    columns = st.columns(4, gap="medium")
    amounts = {}
    for i, (kind, label) in enumerate(KINDS.items()):
        with columns[i % len(columns)]:
            amounts[kind] = st.slider(label, 0.0, 1.0, step=0.05, key=f"{page}.dirt.{kind}", persist_state="session")

    def draw_again() -> None:
        state.set(page, "draw", (state.get(page, "draw") + 1) % (MAX_SEED + 1))

    def clear() -> None:
        for kind in KINDS:
            state.set(page, f"dirt.{kind}", 0.0)

    with columns[len(KINDS) % len(columns)], st.container(horizontal=True):
        st.button(
            "New dirt",
            icon=":material/casino:",
            on_click=draw_again,
            key=f"{page}.another",
            help="The same amounts, drawn again.",
        )
        st.button("Clear", icon=":material/undo:", on_click=clear, key=f"{page}.wash", help="Set all sliders to 0.")
    return DegradationSpec(**amounts), state.get(page, "draw")
