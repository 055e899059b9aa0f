"""A page follows the runs that it shows while they rest: their owner may continue them in another tab."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from pages.shared.app import server, state

REST_POLL_S = 5.3  # how often to look at a run that rests; out of step with whatever polls twice a second
TRAINING = ("training",)
Marks = dict[str, tuple]  # run id → what tells whether the run has changed


def resting(*pages: str) -> Marks:
    """The marks of the runs that these pages show and that rest; to be taken before the pages are drawn."""
    marks = marks_of(state.get(page, "run", None) for page in pages)
    return {run_id: mark for run_id, mark in marks.items() if mark != TRAINING}


def marks_of(run_ids: Iterable[str | None]) -> Marks:
    """The marks of those runs that are in memory; TRAINING for one that trains, however far it is."""
    return {run_id: mark for run_id in run_ids if run_id and (mark := _mark(run_id)) is not None}


def _mark(run_id: str) -> tuple | None:
    mark = server.runs().mark(run_id)
    return TRAINING if mark is not None and mark[0] == "training" else mark


def follow(marks: Marks) -> None:
    """Look now and then whether any of these runs has gone on or has come to rest; only then redraw the page.

    Their owner may continue them in another tab, or in front of a class that watches by their link. Whatever shows a
    run that trains looks more often by itself.
    """
    with st.container():  # always there, so that nothing below it moves to another place in Streamlit's tree
        if marks:
            st.fragment(rerun_at_news, run_every=REST_POLL_S)(marks)


def rerun_at_news(marks: Marks) -> None:
    """Redraw the page if there is news of these runs; otherwise draw nothing, so that the focus stays where it is."""
    if is_news(marks):
        st.rerun()


def is_news(marks: Marks) -> bool:
    """Whether any of these runs has changed. One that has left memory since counts as unchanged."""
    return any(_mark(run_id) not in (None, mark) for run_id, mark in marks.items())
