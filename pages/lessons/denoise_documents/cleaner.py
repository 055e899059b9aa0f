"""A page being cleaned: progress, before and after, the classical methods beside it, downloads."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from aecore.compute.computation import ComputationSnapshot
from aecore.documents import scan_files
from aecore.documents.jobs import NETWORK, FileCleaning, PageCleaning
from aecore.documents.tiles import PageError
from aecore.imaging import encoding, metrics
from aecore.imaging.arrays import to_float
from pages.lessons.denoise_documents.source import DirtyPage
from pages.shared import components
from pages.shared.app import server, state, worker

POLL_S = 0.4
AT_ONCE_S, FEW_TILES = 1.5, 4  # a small page is clean within that: nobody needs to see it coming
METHODS = {NETWORK: "The network", "median": "Median background", "sauvola": "Sauvola"}
ERROR_LABELS = {
    NETWORK: "Error, the network",
    "median": "Error, median background",
    "sauvola": "Error, Sauvola",
}
METHOD_WORDS = (
    "**Median background**: divide the page by its 21 × 21 median, which is mostly paper, then stretch the greys. "
    "**Sauvola**: white wherever a pixel is lighter than a threshold from its neighbourhood's mean and contrast."
)


@dataclass
class Work:
    """What this visitor has in hand: a page, its cleanings by method, and the pictures that were made of them."""

    key: tuple
    page: np.ndarray
    cleanings: dict[str, PageCleaning] = field(default_factory=dict)
    pictures: dict[tuple, str] = field(default_factory=dict)

    def picture(self, name: str, clean: bool) -> str:
        """A data URI of the dirty page, or of what a method made of it."""
        done = self.cleanings[name].snapshot().done if name in self.cleanings else 0
        if (name, done) not in self.pictures:
            for old in [key for key in self.pictures if key[0] == name]:
                del self.pictures[old]
            image = self.cleanings[name].cleaned if name in self.cleanings else self.page
            self.pictures[name, done] = encoding.page_data_uri(image, clean)
        return self.pictures[name, done]


def show(page: str, dirty: DirtyPage) -> None:
    """Clean the page and show it."""
    try:
        work = _work(page, dirty)
    except PageError as error:
        st.warning(str(error))
        return
    compare = st.toggle(
        "Beside the classical methods",
        key=f"{page}.compare",
        persist_state="session",
        help="The same page by two methods that nobody had to train. Choose above the picture which one you see.",
    )
    for method in METHODS if compare else ():
        if method not in work.cleanings:
            work.cleanings[method] = PageCleaning(server.runs().cluster, work.page, method)
    shown = {name: cleaning for name, cleaning in work.cleanings.items() if compare or name == NETWORK}
    _wait_a_blink(shown)
    active = any(cleaning.snapshot().active for cleaning in shown.values())
    st.fragment(_progress, run_every=worker.poll_s(POLL_S) if active else None)(page, shown, active)
    with st.container():
        _before_and_after(page, work, shown)
    with st.container():
        if dirty.truth is not None and not active:
            _figures(dirty, {name: c for name, c in shown.items() if c.snapshot().status == "finished"})
        if compare:
            st.caption(METHOD_WORDS)
    with st.container():
        if work.cleanings[NETWORK].snapshot().status == "finished":
            _downloads(page, work, dirty)


def _work(page: str, dirty: DirtyPage) -> Work:
    """The visitor's work on this page, begun if it is another page than before; what was under way is given up."""
    work = state.get(page, "work", None)
    if work is not None and work.key == dirty.key:
        return work
    cleaning = PageCleaning(server.runs().cluster, dirty.image)
    for old in work.cleanings.values() if work is not None else ():
        old.stop()
    state.set(page, "work", Work(dirty.key, dirty.image, {NETWORK: cleaning}))
    return state.get(page, "work")


def _wait_a_blink(shown: dict[str, PageCleaning]) -> None:
    if any(cleaning.snapshot().total > FEW_TILES for cleaning in shown.values()):
        return
    deadline = time.monotonic() + AT_ONCE_S
    while any(c.snapshot().active for c in shown.values()) and time.monotonic() < deadline:
        time.sleep(0.02)


def _progress(page: str, shown: dict[str, PageCleaning], polling: bool) -> None:
    """A line for each method that is at work or was stopped."""
    snapshots = {name: cleaning.snapshot() for name, cleaning in shown.items()}
    with st.container():
        for name, snapshot in snapshots.items():
            if snapshot.status != "finished":
                _line(page, METHODS[name], name, shown[name], snapshot)
    if polling != any(snapshot.active for snapshot in snapshots.values()):
        st.rerun()  # in full, so that the polling ends, or begins


def _line(
    page: str, title: str, name: str, cleaning: PageCleaning | FileCleaning, snapshot: ComputationSnapshot
) -> None:
    if snapshot.error:
        st.error(f"{title}: {snapshot.error}")
        return
    words = f"{title}: {snapshot.done} of {snapshot.total} tiles"
    if snapshot.active and snapshot.eta_s is not None:
        words += f" · {snapshot.eta_s:.0f} s left"
    elif snapshot.active and worker.starting_message():
        words += f" · {worker.starting_message()}"
    elif not snapshot.active:
        words += " · stopped"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(snapshot.done / snapshot.total, text=words, width=520)
        if snapshot.active:
            st.button("Stop", icon=":material/stop:", key=f"{page}.stop.{name}", on_click=cleaning.stop)
        else:
            st.button("Go on", icon=":material/resume:", key=f"{page}.go_on.{name}", on_click=cleaning.start)


def _before_and_after(page: str, work: Work, shown: dict[str, PageCleaning]) -> None:
    begun = [name for name, cleaning in shown.items() if cleaning.snapshot().done]
    after, others = (begun[0], begun[1:]) if begun else (None, [])
    not_yet = "Being cleaned …" if shown[NETWORK].snapshot().active else "Not cleaned yet"
    components.swipe(
        work.picture("dirty", clean=False),
        work.picture(after, clean=True) if after else work.picture("dirty", clean=False),
        ("As it was", METHODS[after] if after else not_yet),
        work.page.shape,
        [(METHODS[name], work.picture(name, clean=True)) for name in others],
        # Of the same page the view stays; another one is looked at from the start.
        key=f"{page}.swipe.{work.key[:2]}",
    )


def _figures(dirty: DirtyPage, shown: dict[str, PageCleaning]) -> None:
    """How far each is from the clean original, which is known for the shipped pages."""
    truth = to_float(dirty.truth, np.float64)
    columns = st.columns(len(shown) + 1)
    before = metrics.mse(truth, to_float(dirty.image, np.float64)) ** 0.5
    words = "Root of the mean squared error against the clean page, on a scale from black, 0, to white, 1."
    columns[0].metric("Error before", f"{before:.3f}", help=words)
    for column, (name, cleaning) in zip(columns[1:], shown.items(), strict=True):
        error = metrics.mse(truth, to_float(cleaning.cleaned, np.float64)) ** 0.5
        column.metric(
            ERROR_LABELS[name],
            f"{error:.3f}",
            delta=f"{error / before - 1:.0%}" if before else None,
            delta_color="inverse",
            help=words,
        )


def _downloads(page: str, work: Work, dirty: DirtyPage) -> None:
    cleaned = work.cleanings[NETWORK]
    with st.container(horizontal=True):
        for label, name, mime, make in (
            ("Clean page (PNG)", "clean.png", "image/png", lambda: encoding.png(cleaned.cleaned)),
            (
                "Clean page (PDF)",
                "clean.pdf",
                "application/pdf",
                lambda: encoding.pdf([encoding.jpeg(cleaned.cleaned)], dirty.resolution),
            ),
        ):
            st.download_button(
                label, make, name, mime, icon=":material/download:", on_click="ignore", key=f"{page}.{name}"
            )
        if dirty.file is None:
            st.download_button(
                "Dirty page (PNG)",
                lambda: encoding.png(work.page),
                "dirty.png",
                "image/png",
                icon=":material/download:",
                on_click="ignore",
                key=f"{page}.dirty.png",
            )
    with st.container():
        if dirty.file is not None and dirty.file.n_pages > 1:
            _whole_file(page, dirty)


def _whole_file(page: str, dirty: DirtyPage) -> None:
    """All pages of a file, one after the other."""
    scan, resolution = dirty.file, dirty.resolution
    key = (dirty.key[0], resolution)
    work = state.get(page, "whole", None)
    if work is None or work[0] != key:
        if work is not None:
            work[1].stop()
            state.pop(page, "whole")
        words = f"Clean all {scan.n_pages} pages"
        if st.button(words, icon=":material/auto_stories:", key=f"{page}.clean_all"):
            shapes = [scan_files.shape(scan, index, resolution) for index in range(scan.n_pages)]
            cluster = server.runs().cluster
            cleaning = FileCleaning(cluster, shapes, lambda index: scan_files.page(scan, index, resolution))
            state.set(page, "whole", (key, cleaning))
            st.rerun()
        return
    cleaning = work[1]
    active = cleaning.snapshot().active
    st.fragment(_whole_progress, run_every=worker.poll_s(POLL_S) if active else None)(page, cleaning, active)
    if cleaning.snapshot().status == "finished":
        st.download_button(
            f"All {scan.n_pages} pages (PDF)",
            lambda: encoding.pdf(cleaning.done, resolution),
            "clean.pdf",
            "application/pdf",
            icon=":material/download:",
            on_click="ignore",
            key=f"{page}.all.pdf",
        )


def _whole_progress(page: str, cleaning: FileCleaning, polling: bool) -> None:
    snapshot = cleaning.snapshot()
    with st.container():
        if snapshot.status != "finished":
            _line(page, f"All pages, {len(cleaning.done)} of {cleaning.n_pages} done", "all", cleaning, snapshot)
    if polling != snapshot.active:
        st.rerun()
