"""Which convolutional network is looked into: a run, the shipped one, or one before any training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import checkpoints
from aecore.networks import convolutional
from aecore.networks.convolutional import Layer
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from aecore.tasks.initial_weights import initial_weights
from pages.shared.app import runs, state, worker
from pages.shared.controls.one_of import one_of

SHIPPED = "conv-128"
RUN, UNTRAINED = "run", "untrained"
CHOICES = {RUN: "Your run", SHIPPED: "conv-128, trained", UNTRAINED: "Before any training"}


@dataclass(frozen=True, eq=False)
class Opened:
    """A network that is looked into: `version` tells its weights from others."""

    spec: ModelSpec
    weights: tuple[np.ndarray, ...]
    version: str
    dataset: str
    name: str

    @property
    def network(self) -> tuple[Layer, ...]:
        """Its layers, to be called."""
        return convolutional.layers(self.spec, self.weights)


def shipped() -> Opened:
    """The trained network of the lesson that comes with the app."""
    about = checkpoints.about(SHIPPED)
    epochs = about.train_spec.epochs if about.train_spec else 0
    name = f"{SHIPPED}, trained for {epochs} epochs"
    return Opened(about.model_spec, checkpoints.weights(SHIPPED), SHIPPED, about.dataset, name)


def of_run(run: Run) -> Opened | None:
    """The network of a run as it is now; None before its first slice, and if it has diverged."""
    progress, weights = run.snapshot().progress, run.weights
    if progress is None or weights is None:
        return None
    name = f"your run, in epoch {progress.epoch:.1f}" if progress.epoch % 1 else f"your run, epoch {progress.epoch:g}"
    return Opened(run.model_spec, weights, f"{run.run_id}@{progress.step}", run.train_spec.dataset, name)


def choose(page: str, with_untrained: bool) -> str:
    """A control for the network that is looked into; a run becomes the choice when it starts."""
    run, key = runs.current(page), state.key(page, "look")
    now = run.run_id if run else None
    first = not state.has(page, "look_run")
    if now and now != state.get(page, "look_run", None) and not (first and "look" in st.query_params):
        state.set(page, "look", RUN)
    state.set(page, "look_run", now)
    hidden = {RUN: run is None, UNTRAINED: not with_untrained}
    options = [name for name in CHOICES if not hidden.get(name)]
    if state.get(page, "look", None) not in options:
        state.set(page, "look", options[0])
    return one_of("Look into", options, format_func=CHOICES.__getitem__, key=key, persist_state="session")


def opened(page: str, look: str, model_spec: ModelSpec, train_spec: TrainSpec) -> Opened | None:
    """The network that is looked into; None until the worker has made it. The specs are those of the controls."""
    if look == SHIPPED:
        return shipped()
    if look == RUN:
        run = runs.current(page)
        return None if run is None else of_run(run)
    weights = untrained(model_spec, train_spec).answer()
    name = "the network set above, with random weights"
    return weights and Opened(model_spec, weights, f"{UNTRAINED} {train_spec.seed}", train_spec.dataset, name)


def dataset(page: str, look: str, of_controls: str) -> str:
    """The data set of the network that is looked into."""
    if look == SHIPPED:
        return checkpoints.about(SHIPPED).dataset
    run = runs.current(page) if look == RUN else None
    return of_controls if run is None else run.train_spec.dataset


def untrained(model_spec: ModelSpec, train_spec: TrainSpec) -> worker.Question:
    """The question for the initial weights of the network that the controls describe."""
    return worker.Question(initial_weights, (model_spec, train_spec.seed))
