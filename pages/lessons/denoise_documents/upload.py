"""A scan or a photograph of a page that the visitor uploads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.documents import scan_files
from aecore.image_files import opening
from aecore.image_files.errors import ImageError
from pages.shared.app import state

RESOLUTIONS = (100, 150, 200, 300)  # dots per inch
DEFAULT_RESOLUTION = 150
MAX_MB = scan_files.MAX_BYTES // 1_000_000


@dataclass(frozen=True)
class UploadedPage:
    """A page of an uploaded file: uint8 (H, W), a key (file, page, resolution), the file, and dots per inch."""

    image: np.ndarray
    key: tuple
    scan: scan_files.Scan
    resolution: int


def choose(page: str) -> UploadedPage | None:
    """Draw the controls and return the page; None while there is no file, or, with a sentence, if it is unreadable."""
    file = st.file_uploader(
        "A scan or a photograph of a page",
        key=f"{page}.file",
        max_upload_size=MAX_MB,
        help=f"A PDF or a {opening.FORMATS} file of up to {MAX_MB} MB, with pages of up to 40 megapixels. It stays on "
        "this server only while this page is open.",
    )
    try:
        if file is not None and state.get(page, "uploaded", (None,))[0] != file.file_id:
            state.set(page, "uploaded", (file.file_id, scan_files.open_scan(file.getvalue())))
        if not state.has(page, "uploaded"):
            st.caption("Nothing has been uploaded yet. A photo taken with a phone will do.")
            return None
        file_id, scan = state.get(page, "uploaded")
        index, resolution = _choose_page(page, scan)
        key = (file_id, index, resolution)
        return UploadedPage(_rendered(page, key, scan), key, scan, resolution)
    except ImageError as error:
        st.warning(str(error))
        return None


def _choose_page(page: str, scan: scan_files.Scan) -> tuple[int, int]:
    """Which page of a file with several, from 0, and the resolution at which a PDF is rendered."""
    index, resolution = 0, DEFAULT_RESOLUTION
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if scan.n_pages > 1:
            index = st.number_input("Page", 1, scan.n_pages, key=f"{page}.index.{scan.n_pages}", width=140) - 1
        if scan.kind == "pdf":
            resolution = st.segmented_control(
                "Dots per inch", RESOLUTIONS, default=DEFAULT_RESOLUTION, required=True, key=f"{page}.resolution"
            )
    return index, resolution


def _rendered(page: str, key: tuple, scan: scan_files.Scan) -> np.ndarray:
    """The page's image, rendered once; only the page on screen is kept."""
    if state.get(page, "rendered", (None,))[0] != key:
        _, index, resolution = key
        with st.spinner("Reading the page …"):
            state.set(page, "rendered", (key, scan_files.page(scan, index, resolution)))
    return state.get(page, "rendered")[1]
