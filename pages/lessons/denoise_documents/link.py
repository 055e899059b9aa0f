"""What the link says of the page on cleaning scans: the source, the example and its dirt."""

from __future__ import annotations

import streamlit as st

from aecore.documents import samples
from aecore.documents.degradation import KINDS, DegradationSpec
from pages.lessons.denoise_documents import source
from pages.shared.app import problems, state
from pages.shared.url import links


def restore(page: str) -> None:
    """Set the source, the page and the dirt from the link when the page is first opened."""
    if state.has(page, "source"):
        return
    query = st.query_params
    state.set(page, "source", links.choice(page, "source", source.SOURCES, "page"))
    state.set(page, "sheet", links.choice(page, "sheet", samples.PAGES, "coffee"))
    has_dirt = any(kind in query for kind in KINDS)
    for kind, label in KINDS.items():
        amount = 0.0 if has_dirt else source.DEFAULT_DIRT.get(kind, 0.0)
        if kind in query:
            try:
                amount = getattr(DegradationSpec(**{kind: float(query[kind])}), kind)
            except ValueError:
                problems.add(page, f"{label} in the link must be a number from 0 to 1; it is not.")
        state.set(page, f"dirt.{kind}", amount)
    state.set(page, "draw", links.whole_number(page, "draw", source.MAX_SEED))


def write(page: str) -> None:
    """Write what is on screen into the link; a file of the visitor's own stays out of it."""
    chosen, sheet = state.get(page, "source"), state.get(page, "sheet")
    query = {} if chosen == "page" else {"source": chosen}
    if chosen != "upload" and sheet != "coffee":
        query["sheet"] = sheet
    if chosen == "dirt":
        amounts = {kind: state.get(page, f"dirt.{kind}") for kind in KINDS}
        query |= {kind: f"{amount:g}" for kind, amount in amounts.items() if amount}
        if seed := state.get(page, "draw"):
            query["draw"] = str(seed)
    links.write(query)
