"""The clean page, and all pages of its file, to download."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore.documents import scan_files
from aecore.documents.jobs import FileCleaning, PageCleaning
from aecore.documents.scan_files import Scan
from aecore.imaging import encoding
from pages.lessons.denoise_documents import progress
from pages.lessons.denoise_documents.source import DirtyPage
from pages.shared.app import server, state, worker

POLL_S = 0.4
PNG, PDF = "image/png", "application/pdf"


def show(page: str, dirty: DirtyPage, cleaning: PageCleaning) -> None:
    """The clean page as PNG and PDF, and the dirty one unless the visitor brought it."""
    with st.container(horizontal=True):
        _button(page, "Clean page (PNG)", "clean.png", PNG, lambda: encoding.png(cleaning.cleaned))
        _button(
            page,
            "Clean page (PDF)",
            "clean.pdf",
            PDF,
            lambda: encoding.pdf([encoding.jpeg(cleaning.cleaned)], dirty.resolution),
        )
        if dirty.file is None:
            _button(page, "Dirty page (PNG)", "dirty.png", PNG, lambda: encoding.png(dirty.image))
    with st.container():
        if dirty.file is not None and dirty.file.n_pages > 1:
            _whole_file(page, dirty, dirty.file)


def _button(page: str, label: str, name: str, mime: str, make: Callable[[], bytes]) -> None:
    st.download_button(label, make, name, mime, icon=":material/download:", on_click="ignore", key=f"{page}.{label}")


def _whole_file(page: str, dirty: DirtyPage, scan: Scan) -> None:
    """A button that cleans all pages of the file; then their progress, and the result."""
    resolution = dirty.resolution
    key = (dirty.key[0], resolution)
    work = state.get(page, "whole", None)
    if work is None or work[0] != key:
        if work is not None:
            work[1].stop()
            state.pop(page, "whole")
        label = f"Clean all {scan.n_pages} pages"
        if st.button(label, icon=":material/auto_stories:", key=f"{page}.clean_all"):
            shapes = [scan_files.shape(scan, index, resolution) for index in range(scan.n_pages)]
            cluster = server.runs().cluster
            cleaning = FileCleaning(cluster, shapes, lambda index: scan_files.page(scan, index, resolution))
            state.set(page, "whole", (key, cleaning))
            st.rerun()
        return
    cleaning = work[1]
    active = cleaning.snapshot().active
    st.fragment(_progress, run_every=worker.poll_s(POLL_S) if active else None)(page, cleaning, active)
    if cleaning.snapshot().status == "finished":
        label = f"All {scan.n_pages} pages (PDF)"
        _button(page, label, "clean.pdf", PDF, lambda: encoding.pdf(cleaning.done, resolution))


def _progress(page: str, cleaning: FileCleaning, polling: bool) -> None:
    snapshot = cleaning.snapshot()
    with st.container():
        if snapshot.status != "finished":
            title = f"All pages, {len(cleaning.done)} of {cleaning.n_pages} done"
            progress.show(page, title, "all", cleaning, snapshot)
    if polling != snapshot.active:
        st.rerun()
