"""What weights training starts from: random ones, or those of a checkpoint."""

from __future__ import annotations

import dataclasses

import streamlit as st

from aecore import checkpoints
from aecore.specs import DATASETS, ModelSpec, format_value
from pages.shared.app import problems, state
from pages.shared.controls.fields import common, put, value


def names(families: tuple[str, ...]) -> tuple[str, ...]:
    """The checkpoints of these families that can be trained further."""
    every = (checkpoints.about(name) for name in checkpoints.names())
    return tuple(a.name for a in every if a.model_spec.family in families and a.train_spec is not None)


def in_query(query: dict[str, str], families: tuple[str, ...]) -> dict[str, str]:
    """What a link that names a checkpoint implies: the checkpoint's network and its data set."""
    if query.get("start") not in names(families):
        return {}
    about = checkpoints.about(query["start"])
    model = {f.name: format_value(getattr(about.model_spec, f.name)) for f in dataclasses.fields(ModelSpec)}
    return model | {"dataset": about.dataset}


def start_afresh(page: str) -> None:
    """Have the page start from random weights."""
    state.set(page, "start", "")


def start(page: str, model_spec: ModelSpec, families: tuple[str, ...] = ()) -> str:
    """A list of the weights to start from; choosing a checkpoint's sets the network's controls to that checkpoint.

    `families`: whose checkpoints are offered, by default those of the family of `model_spec`.

    If the checkpoint does not fit the network that is set, a sentence says so and "" is returned: random weights.
    """

    def use_network() -> None:
        problems.clear(page)
        if state.get(page, "start"):
            about = checkpoints.about(state.get(page, "start"))
            put(page, about.model_spec)
            state.set(page, "dataset", about.dataset)
            size = DATASETS[about.dataset]
            state.set(page, "n_train", min(value(page, "n_train"), size))

    chosen = st.selectbox(
        options=["", *names(families or (model_spec.family,))],
        format_func=lambda name: checkpoints.about(name).title if name else "Random weights",
        help="Train a shipped network further: the controls take its settings, and training starts from its weights.",
        **common(page, "start", None, on_change=use_network, args=()),
    )
    if chosen and not checkpoints.fits(chosen, model_spec):
        st.warning(
            f"{checkpoints.about(chosen).title} is not the network that is set here, so its weights do not fit: "
            "training starts from random weights. Choose it again to take its network."
        )
        return ""
    return chosen
