"""The live part of every page that trains: what the network makes of ten images, and how its loss falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from aecore.records.run_snapshot import Frame, RunSnapshot
from aecore.records.training_state import Progress
from aecore.specs import ModelSpec, TrainSpec
from pages.shared.app import following, runs, server, worker
from pages.shared.training import baseline, downloads, loss_panel, reconstructions, run_controls

POLL_S = 0.5
NEWEST = "newest"
DIGITS_WIDTH, CHART_WIDTH = 640, 440  # pixels


def show(page: str, model_spec: ModelSpec, train_spec: TrainSpec, beside: Sequence[str] = ()) -> None:
    """Draw the panel for the page's run, or the invitation to start one with the controls' settings.

    `beside`: under which names the session keeps other runs that the page shows, to be followed while they rest.
    """
    run = runs.current(page)
    marks = following.resting(page, *beside)
    snapshot = server.runs().snapshot(run) if run else None
    poll_s = _poll_s(snapshot) if snapshot and _changing(snapshot) else None
    following.follow(marks)
    begun = snapshot is not None and snapshot.progress is not None
    st.fragment(_panel, run_every=poll_s)(page, model_spec, train_spec, poll_s, begun)
    # Not part of what is drawn twice a second: a download in that would be replaced under the visitor's finger.
    with st.container():
        if run is not None and begun:
            downloads.show(run)


def _poll_s(snapshot: RunSnapshot) -> float:
    """How often to look for something new; whoever has seen nothing yet is kept waiting half as long."""
    poll_s = worker.poll_s(POLL_S)
    return poll_s if snapshot.progress else max(poll_s / 2, POLL_S)


def _out_of_step(poll_s: float, snapshot: RunSnapshot) -> bool:
    """Whether so many runs have come or gone that the page should look more rarely, or much more often."""
    return not poll_s / 3 < _poll_s(snapshot) < 1.5 * poll_s


def _panel(page: str, model_spec: ModelSpec, train_spec: TrainSpec, poll_s: float | None, begun: bool) -> None:
    run = runs.current(page)
    snapshot = server.runs().snapshot(run) if run else None
    # Three places that are always there. Were a sentence to push a container along, a slow connection, on which
    # Streamlit merges the messages of successive runs by their place, could be sent a page that cannot be put together.
    buttons, state_line, body = st.container(), st.container(), st.container()
    with buttons:
        run_controls.buttons(page, run, snapshot, model_spec, train_spec)
    with state_line:
        if snapshot is None:
            weights = f"the weights of {train_spec.start}" if train_spec.start else "random weights"
            st.caption(f"Nothing is trained yet. Training starts only when you press **Train**, with {weights}.")
            return
        run_controls.state_line(page, snapshot, model_spec, train_spec)
    progress = snapshot.progress
    if progress is not None:
        # Side by side where there is room, one below the other on a tablet.
        with body, st.container(horizontal=True, gap="medium"):
            with st.container(width=DIGITS_WIDTH):
                frame = _choose_epoch(page, snapshot, progress)
                reconstructions.show(page, snapshot, progress, frame)
            with st.container(width=CHART_WIDTH):
                loss_panel.numbers(snapshot, progress, frame)
                loss_panel.curves(snapshot, progress, frame)
    first = progress is not None and not begun
    if poll_s and (first or not _changing(snapshot) or _out_of_step(poll_s, snapshot)):
        st.rerun()  # once more in full: there is something to download, the polling ends or goes on at another pace


def _changing(snapshot: RunSnapshot) -> bool:
    """Whether there will be something new to draw without anybody doing anything."""
    return snapshot.changing or baseline.is_pending(snapshot)


def _choose_epoch(page: str, snapshot: RunSnapshot, progress: Progress) -> Frame:
    """The frame to draw: the newest, or the one of the epoch that the visitor went back to.

    The slider's right end means "newest". So it never has to be moved by the program, which would get in the way of a
    hand that drags it while the run goes on.
    """
    newest = Frame(int(progress.epoch), progress.x_hat, progress.code_probe)
    epoch: Any = st.select_slider(
        "Epoch shown",
        [*range(snapshot.epochs), NEWEST],
        value=NEWEST,
        key=f"{page}.epoch.{snapshot.run_id}",
        help="Drag left to go back in time. Epoch 0 is the network before any training: random weights.",
    )
    if isinstance(epoch, str) or epoch == newest.epoch:
        return newest
    if epoch > newest.epoch:
        st.caption(f"Epoch {epoch} is still to come. This is epoch {newest.epoch}.")
        return newest
    return max(
        (frame for frame in snapshot.frames if frame.epoch <= epoch), key=lambda frame: frame.epoch, default=newest
    )
