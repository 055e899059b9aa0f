"""Where a dirty page comes from: the shipped ones, dirt of the visitor's own making, or a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.documents import samples, scan_files
from aecore.documents.degradation import KINDS, DegradationSpec
from aecore.image_files import opening
from aecore.image_files.errors import ImageError
from pages.shared.app import problems, state
from pages.shared.url import links

SOURCES = {"page": "A dirty page", "dirt": "Make your own dirt", "upload": "Upload a scan"}
DEFAULT_DIRT = {"coffee": 0.6, "grey": 0.5, "wrinkles": 0.3}
RESOLUTIONS = (100, 150, 200, 300)  # dots an inch
DEFAULT_RESOLUTION = 150
MAX_DRAW = 9_999
MAX_MB = scan_files.MAX_BYTES // 1_000_000


@dataclass(frozen=True)
class DirtyPage:
    """A page to clean: uint8 (H, W), what identifies it, and its clean original if that is known."""

    image: np.ndarray
    key: tuple
    truth: np.ndarray | None = None
    file: scan_files.Scan | None = None
    resolution: int = DEFAULT_RESOLUTION


def restore(page: str) -> None:
    """Set the source, the page and the dirt from the link."""
    if state.has(page, "source"):
        return
    query = st.query_params
    state.set(page, "source", links.choice(page, "source", SOURCES, "page"))
    state.set(page, "sheet", links.choice(page, "sheet", samples.PAGES, "coffee"))
    given = any(kind in query for kind in KINDS)
    for kind, words in KINDS.items():
        amount = 0.0 if given else DEFAULT_DIRT.get(kind, 0.0)
        if kind in query:
            try:
                amount = getattr(DegradationSpec(**{kind: float(query[kind])}), kind)
            except ValueError:
                problems.add(page, f"{words} of the link must be a number from 0 to 1; it is none.")
        state.set(page, f"dirt.{kind}", amount)
    state.set(page, "draw", links.whole_number(page, "draw", MAX_DRAW))


def put_in_link(page: str) -> None:
    """Let the link say what is shown; a file of the visitor's own stays theirs."""
    source, sheet = state.get(page, "source"), state.get(page, "sheet")
    query = {} if source == "page" else {"source": source}
    if source != "upload" and sheet != "coffee":
        query["sheet"] = sheet
    if source == "dirt":
        amounts = {kind: state.get(page, f"dirt.{kind}") for kind in KINDS}
        query |= {kind: f"{amount:g}" for kind, amount in amounts.items() if amount}
        query |= {"draw": str(state.get(page, "draw"))} if state.get(page, "draw") else {}
    links.write(query)


def choose(page: str) -> DirtyPage | None:
    """The controls for choosing a page, and the page that they come to; None as long as there is no file."""
    source = st.segmented_control(
        "Take",
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
        dirt, draw = _dirt(page)
        return DirtyPage(samples.degraded_page(name, dirt, draw), ("dirt", name, dirt, draw), truth)


def _dirt(page: str) -> tuple[DegradationSpec, int]:
    """A slider for each kind of dirt, and which of all such dirts it is."""
    kinds, columns = list(KINDS.items()), st.columns(4, gap="medium")
    amounts = {}
    for i, (kind, words) in enumerate(kinds):
        with columns[i % len(columns)]:
            amounts[kind] = st.slider(words, 0.0, 1.0, step=0.05, key=f"{page}.dirt.{kind}", persist_state="session")

    def another() -> None:
        state.set(page, "draw", (state.get(page, "draw") + 1) % (MAX_DRAW + 1))

    def wash() -> None:
        for kind in KINDS:
            state.set(page, f"dirt.{kind}", 0.0)

    with columns[len(kinds) % len(columns)], st.container(horizontal=True):
        words = "The same amounts, thrown anew."
        st.button("Other dirt", icon=":material/casino:", on_click=another, key=f"{page}.another", help=words)
        st.button("None", icon=":material/undo:", on_click=wash, key=f"{page}.wash", help="All sliders to 0.")
    return DegradationSpec(**amounts), state.get(page, "draw")


def _uploaded(page: str) -> DirtyPage | None:
    file = st.file_uploader(
        "A scan or a photograph of a page",
        key=f"{page}.file",
        max_upload_size=MAX_MB,
        help=f"A PDF or a {opening.FORMATS} file of up to {MAX_MB} MB, a page of up to 40 megapixels. It stays on "
        "this server for as long as this page is open, and is kept nowhere.",
    )
    try:
        if file is not None and state.get(page, "uploaded", (None,))[0] != file.file_id:
            state.set(page, "uploaded", (file.file_id, scan_files.open_scan(file.getvalue())))
        if not state.has(page, "uploaded"):
            st.caption("Nothing is uploaded yet. A phone's photograph of a page will do.")
            return None
        file_id, scan = state.get(page, "uploaded")
        index, resolution = _page_of(page, scan)
        image = _rendered(page, (file_id, index, resolution), scan)
    except ImageError as error:
        st.warning(str(error))
        return None
    return DirtyPage(image, (file_id, index, resolution), file=scan, resolution=resolution)


def _page_of(page: str, scan: scan_files.Scan) -> tuple[int, int]:
    """Which page of a file with several, and how finely a PDF is drawn."""
    index, resolution = 0, DEFAULT_RESOLUTION
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if scan.n_pages > 1:
            index = st.number_input("Page", 1, scan.n_pages, key=f"{page}.index.{scan.n_pages}", width=140) - 1
        if scan.kind == "pdf":
            resolution = st.segmented_control(
                "Dots an inch", RESOLUTIONS, default=DEFAULT_RESOLUTION, required=True, key=f"{page}.resolution"
            )
    return index, resolution


def _rendered(page: str, key: tuple, scan: scan_files.Scan) -> np.ndarray:
    """The page's image, drawn once; of the pages of a file only the one in hand is kept."""
    if state.get(page, "rendered", (None,))[0] != key:
        _, index, resolution = key
        with st.spinner("Reading the page …"):
            state.set(page, "rendered", (key, scan_files.page(scan, index, resolution)))
    return state.get(page, "rendered")[1]
