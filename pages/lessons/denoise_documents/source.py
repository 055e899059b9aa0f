"""Where a dirty page comes from: the examples, dirt of the visitor's own making, or a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.documents import samples, scan_files
from aecore.documents.degradation import KINDS, DegradationSpec
from pages.lessons.denoise_documents import upload
from pages.shared.app import problems, state
from pages.shared.url import links

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


def restore(page: str) -> None:
    """Set the source, the page and the dirt from the link when the page is first opened."""
    if state.has(page, "source"):
        return
    query = st.query_params
    state.set(page, "source", links.choice(page, "source", SOURCES, "page"))
    state.set(page, "sheet", links.choice(page, "sheet", samples.PAGES, "coffee"))
    has_dirt = any(kind in query for kind in KINDS)
    for kind, label in KINDS.items():
        amount = 0.0 if has_dirt else DEFAULT_DIRT.get(kind, 0.0)
        if kind in query:
            try:
                amount = getattr(DegradationSpec(**{kind: float(query[kind])}), kind)
            except ValueError:
                problems.add(page, f"{label} in the link must be a number from 0 to 1; it is not.")
        state.set(page, f"dirt.{kind}", amount)
    state.set(page, "draw", links.whole_number(page, "draw", MAX_SEED))


def put_in_link(page: str) -> None:
    """Write what is on screen into the link; a file of the visitor's own stays out of it."""
    source, sheet = state.get(page, "source"), state.get(page, "sheet")
    query = {} if source == "page" else {"source": source}
    if source != "upload" and sheet != "coffee":
        query["sheet"] = sheet
    if source == "dirt":
        amounts = {kind: state.get(page, f"dirt.{kind}") for kind in KINDS}
        query |= {kind: f"{amount:g}" for kind, amount in amounts.items() if amount}
        if seed := state.get(page, "draw"):
            query["draw"] = str(seed)
    links.write(query)


def choose(page: str) -> DirtyPage | None:
    """Draw the controls for choosing a page and return it; None while there is no file."""
    source = st.segmented_control(
        "Source",
        list(SOURCES),
        format_func=SOURCES.get,
        key=f"{page}.source",
        required=True,
        persist_state="session",
        on_change=problems.clear,
        args=(page,),
    )
    with st.container():
        if source == "upload":
            return _uploaded(page)
        name = st.segmented_control(
            "Page",
            list(samples.PAGES),
            format_func=lambda name: getattr(samples.PAGES[name], "title" if source == "page" else "heading"),
            key=f"{page}.sheet",
            required=True,
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
