"""A page being cleaned: progress, before and after, and the classical methods for comparison."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from aecore.documents.jobs import NETWORK, PageCleaning
from aecore.documents.tiles import PageError
from aecore.imaging import encoding, metrics
from aecore.imaging.arrays import to_float
from pages.lessons.denoise_documents import downloads, progress
from pages.lessons.denoise_documents.source import DirtyPage
from pages.shared import components
from pages.shared.app import server, state, worker

POLL_S = 0.4
MAX_WAIT_S, FEW_TILES = 1.5, 4  # a page of few tiles is clean within that: no need to show progress
METHODS = {NETWORK: "The network", "median": "Median background", "sauvola": "Sauvola"}
ERROR_LABELS = {
    NETWORK: "Error, the network",
    "median": "Error, median background",
    "sauvola": "Error, Sauvola",
}
METHODS_TEXT = (
    "**Median background**: divides the page by its 21 × 21 median, which is mostly paper, then stretches the grey "
    "levels. **Sauvola**: turns a pixel white if it is lighter than a threshold computed from the mean and the "
    "contrast of its neighbourhood."
)


@dataclass
class Work:
    """The visitor's page, its cleanings by method, and the data URIs of the images on screen."""

    key: tuple
    page: np.ndarray
    cleanings: dict[str, PageCleaning] = field(default_factory=dict)
    uris: dict[tuple, str] = field(default_factory=dict)

    def uri(self, name: str, clean: bool) -> str:
        """A data URI of what a method has made of the page so far, or of the page itself for any other `name`."""
        done = self.cleanings[name].snapshot().done if name in self.cleanings else 0
        if (name, done) not in self.uris:
            for old in [key for key in self.uris if key[0] == name]:
                del self.uris[old]
            image = self.cleanings[name].cleaned if name in self.cleanings else self.page
            self.uris[name, done] = encoding.page_data_uri(image, clean)
        return self.uris[name, done]


def show(page: str, dirty: DirtyPage) -> None:
    """Clean the page and show it."""
    try:
        work = _work(page, dirty)
    except PageError as error:
        st.warning(str(error))
        return
    compare = st.toggle(
        "Compare with classical methods",
        key=f"{page}.compare",
        persist_state="session",
        help="The same page cleaned by two methods that need no training. Choose which one to see above the image.",
    )
    for method in METHODS if compare else ():
        if method not in work.cleanings:
            work.cleanings[method] = PageCleaning(server.runs().cluster, work.page, method)
    shown = {name: cleaning for name, cleaning in work.cleanings.items() if compare or name == NETWORK}
    wait_for_small_page(shown)
    active = any(cleaning.snapshot().active for cleaning in shown.values())
    st.fragment(_progress, run_every=worker.poll_s(POLL_S) if active else None)(page, shown, active)
    with st.container():
        _before_and_after(page, work, shown)
    with st.container():
        if dirty.truth is not None and not active:
            _errors(dirty, {name: c for name, c in shown.items() if c.snapshot().status == "finished"})
        if compare:
            st.caption(METHODS_TEXT)
    with st.container():
        if work.cleanings[NETWORK].snapshot().status == "finished":
            downloads.show(page, dirty, work.cleanings[NETWORK])


def _work(page: str, dirty: DirtyPage) -> Work:
    """The visitor's work on this page; if it is another page than before, new work, and the old is stopped."""
    work = state.get(page, "work", None)
    if work is not None and work.key == dirty.key:
        return work
    cleaning = PageCleaning(server.runs().cluster, dirty.image)
    for old in work.cleanings.values() if work is not None else ():
        old.stop()
    state.set(page, "work", Work(dirty.key, dirty.image, {NETWORK: cleaning}))
    return state.get(page, "work")


def wait_for_small_page(cleanings: dict[str, PageCleaning]) -> None:
    """Wait up to MAX_WAIT_S for a page of at most FEW_TILES tiles to be clean."""
    if any(cleaning.snapshot().total > FEW_TILES for cleaning in cleanings.values()):
        return
    deadline = time.monotonic() + MAX_WAIT_S
    while any(c.snapshot().active for c in cleanings.values()) and time.monotonic() < deadline:
        time.sleep(0.02)


def _progress(page: str, shown: dict[str, PageCleaning], polling: bool) -> None:
    """A line for each method that is at work or was stopped."""
    snapshots = {name: cleaning.snapshot() for name, cleaning in shown.items()}
    with st.container():
        for name, snapshot in snapshots.items():
            if snapshot.status != "finished":
                progress.show(page, METHODS[name], name, shown[name], snapshot)
    if polling != any(snapshot.active for snapshot in snapshots.values()):
        st.rerun()  # in full, so that polling begins or ends


def _before_and_after(page: str, work: Work, shown: dict[str, PageCleaning]) -> None:
    begun = [name for name, cleaning in shown.items() if cleaning.snapshot().done]
    after, others = (begun[0], begun[1:]) if begun else (None, [])
    placeholder = "Cleaning …" if shown[NETWORK].snapshot().active else "Not cleaned yet"
    components.swipe(
        work.uri("dirty", clean=False),
        work.uri(after, clean=True) if after else work.uri("dirty", clean=False),
        ("Before", METHODS[after] if after else placeholder),
        work.page.shape,
        [(METHODS[name], work.uri(name, clean=True)) for name in others],
        # The view stays while the page is the same; a new page is shown from the start.
        key=f"{page}.swipe.{work.key[:2]}",
    )


def _errors(dirty: DirtyPage, shown: dict[str, PageCleaning]) -> None:
    """The error of each method against the clean original, which is known for the examples."""
    if dirty.truth is None:
        return
    truth = to_float(dirty.truth, np.float64)
    columns = st.columns(len(shown) + 1)
    before = metrics.mse(truth, to_float(dirty.image, np.float64)) ** 0.5
    help_text = "Root mean squared error against the clean page, on a scale from 0 (black) to 1 (white)."
    columns[0].metric("Error before", f"{before:.3f}", help=help_text)
    for column, (name, cleaning) in zip(columns[1:], shown.items(), strict=True):
        error = metrics.mse(truth, to_float(cleaning.cleaned, np.float64)) ** 0.5
        column.metric(
            ERROR_LABELS[name],
            f"{error:.3f}",
            delta=f"{error / before - 1:.0%}" if before else None,
            delta_color="inverse",
            help=help_text,
        )
