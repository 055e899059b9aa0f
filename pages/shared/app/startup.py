"""What happens around a page: the frame that app.py draws, the server's settings, a head start in the background."""

from __future__ import annotations

import logging
import runpy
import threading
from pathlib import Path
from typing import Any

import streamlit as st

from aecore import datasets
from aecore.compute import address
from aecore.runs import server_status
from pages.shared.app import server, state, streamlit_internals

APP = Path(__file__).parents[3] / "app.py"

logger = logging.getLogger(__name__)


def enter() -> None:
    """Make sure that app.py frames the page. Every page calls this first.

    The first link to a fresh server that leads past the start page finds Streamlit still taking the folder `pages` for
    an app of the old kind, which runs the page without app.py. `st.navigation`, in app.py, ends that.
    """
    if streamlit_internals.runs_pages_by_themselves():
        runpy.run_path(str(APP))
        st.stop()
    state.begin_turn()


def operator_pages() -> list[Any]:
    """The page that shows how the server is doing, if whoever runs it has switched it on."""
    return [st.Page("pages/status.py", title="Status")] if server_status.enabled() else []


def check_configuration() -> None:
    """Show whoever runs the server what is wrong with its settings, and nothing else until that is mended."""
    try:
        address.scheduler()
    except address.AddressError as error:
        logger.error("%s", error)
        st.error(str(error))
        st.stop()


def start() -> None:
    """Start in the background what the first lesson will need: the cluster, its TensorFlow, the charts."""
    server.runs()
    _preload()


@st.cache_resource(show_spinner=False)
def _preload() -> None:
    def load() -> None:
        datasets.load_probe("mnist")
        import pandas  # noqa: F401

    threading.Thread(target=load, name="preload", daemon=True).start()
