"""The progress line of a cleaning, with its button."""

from __future__ import annotations

import streamlit as st

from aecore.compute.computation import ComputationSnapshot
from aecore.documents.jobs import FileCleaning, PageCleaning
from pages.shared.app import worker


def show(
    page: str, title: str, name: str, cleaning: PageCleaning | FileCleaning, snapshot: ComputationSnapshot
) -> None:
    """Draw the line; `name` tells its button from others."""
    if snapshot.error:
        st.error(f"{title}: {snapshot.error}")
        return
    text = f"{title}: {snapshot.done} of {snapshot.total} tiles"
    if snapshot.active and snapshot.eta_s is not None:
        text += f" · {snapshot.eta_s:.0f} s left"
    elif snapshot.active and worker.starting_message():
        text += f" · {worker.starting_message()}"
    elif not snapshot.active:
        text += " · stopped"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(snapshot.done / snapshot.total, text=text, width=520)
        if snapshot.active:
            st.button("Stop", icon=":material/stop:", key=f"{page}.stop.{name}", on_click=cleaning.stop)
        else:
            st.button("Continue", icon=":material/resume:", key=f"{page}.go_on.{name}", on_click=cleaning.start)
