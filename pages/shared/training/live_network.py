"""The drawing of a page's network, with what it makes of an image now."""

from __future__ import annotations

import streamlit as st

from aecore import datasets
from aecore.figures import network_drawing
from aecore.specs import ModelSpec
from pages.shared import components
from pages.shared.app import runs, worker

# More rarely than the panel, and out of step with it: if two fragments are asked for at once, Streamlit may lose what
# the first has to show.
POLL_S, OFF_BEAT = 1.0, 1.1
EXAMPLE_CLASS = 2  # the one of the ten images that is shown
DRAWINGS_KEPT = 100  # some 60 kB each


def show(page: str, model_spec: ModelSpec, dataset: str) -> None:
    """Draw the network of the controls, with what the page's run, if it has this network, makes of an image now.

    A fragment of its own: one that writes into a container outside of it can meet a page that is just being drawn
    anew, and Streamlit's front end does not survive that.
    """
    run = runs.current(page)
    changing = run is not None and run.snapshot().changing
    poll_s = OFF_BEAT * worker.poll_s(POLL_S) if changing else None
    st.fragment(_network, run_every=poll_s)(page, model_spec, dataset)


def _network(page: str, model_spec: ModelSpec, dataset: str) -> None:
    run = runs.current(page)
    x_hat, of_run = None, None
    if run is not None and (run.model_spec, run.train_spec.dataset) == (model_spec, dataset):
        progress = run.snapshot().progress
        if progress is not None:
            x_hat, of_run = progress.x_hat[EXAMPLE_CLASS], (run.run_id, progress.step)
    components.figure(_network_drawing(model_spec, dataset, of_run, x_hat), key=f"{page}.network")


@st.cache_resource(show_spinner=False, max_entries=DRAWINGS_KEPT)
def _network_drawing(model_spec: ModelSpec, dataset: str, of_run: tuple[str, int] | None, _x_hat) -> str:
    """The drawing, made once for each of a run's slices: there are more polls than slices when a class trains."""
    return network_drawing.network_drawing(model_spec, datasets.load_probe(dataset)[EXAMPLE_CLASS], _x_hat)
