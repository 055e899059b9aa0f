"""Learned automatically: the recorded training of a network, to leaf through."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import checkpoints, datasets
from aecore.figures import image_grid
from pages.shared import components

CHOICES = ("best-32", "basic-32", "deep-32", "conv-128", "vae-2", "fashion-32")
WIDTH = 860  # pixels


def show(page: str, model: str) -> None:
    """The control for the network, and its reconstructions of ten test images from epoch to epoch."""
    st.markdown(
        "Before training, the weights are random, and so is the output. Then the network is shown one image after "
        "another, and each time its weights are nudged so that this image would have come out a little better. **Play "
        "it from the start**: these are snapshots of the real training, on ten test images."
    )
    names = [name for name in CHOICES if name in checkpoints.names()]
    name = st.selectbox(
        "Network",
        names,
        index=names.index(model),
        format_func=lambda name: checkpoints.about(name).title,
        key=f"{page}.learned",
        persist_state="session",
    )
    about, history = checkpoints.about(name), checkpoints.history(name)
    dataset = about.dataset
    frames = [_frame(dataset, epoch, x_hat) for epoch, x_hat in zip(history.epochs, history.x_hat, strict=True)]
    unit = " nats" if about.model_spec.family == "vae" else ""
    labels = [f"epoch {e}, test loss {loss:.4g}{unit}" for e, loss in zip(history.epochs, history.losses, strict=True)]
    with st.container(width=WIDTH):
        components.flipbook("Epoch shown", frames, labels, len(frames) - 1, key=f"{page}.flipbook")
    st.caption(
        f"Trained for {history.epochs[-1]} epochs in {about.seconds / 60:.0f} min on two cores; "
        f"{sum(about.n_parameters):,} weights, {about.n_bytes / 1e6:.1f} MB."
    )
    if about.model_spec.family == "dense":
        label = f"Train {about.title} further"
        st.page_link("pages/basic.py", label=label, icon="▶️", query_params={"start": name})


def _frame(dataset: str, epoch: int, x_hat: np.ndarray) -> str:
    classes = datasets.CLASS_NAMES[dataset]
    images = image_grid.image_cells(datasets.load_probe(dataset), [f"{name}: the image" for name in classes])
    reconstructions = image_grid.image_cells(x_hat, [f"{name}, reconstruction at epoch {epoch}" for name in classes])
    return image_grid.rows_of_ten([("image", "x", images), ("reconstruction", f"x̂, epoch {epoch}", reconstructions)])
