"""What all sessions of this server share: its runs and, through them, its cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from aecore import malloc

if TYPE_CHECKING:
    from aecore.runs.registry import Runs


@st.cache_resource(show_spinner=False)
def runs() -> Runs:
    """All runs of this server, on the cluster that is started, or looked up, at the first call. Returns at once."""
    malloc.share_arenas()
    # Imported here: Dask takes half a second, which the first page need not wait for.
    from aecore.runs import registry

    return registry.start()
