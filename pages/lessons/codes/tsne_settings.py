"""The settings of t-SNE: their controls, and a one-line description."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from aecore.specs import AUTO_RATE, ProjectionSpec
from pages.shared.app import state
from pages.shared.glossary import help_for

INITIALISATIONS = {"pca": "Principal components", "random": "Random", "spectral": "Spectral"}
PERPLEXITIES = (2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0)
EXAGGERATIONS = (1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 50.0)
RATES = (AUTO_RATE, 10.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0)
ITERATIONS = (100, 250, 500, 750, 1_000, 1_500, 2_000)
LABELS = {field.name: field.metadata["label"] for field in dataclasses.fields(ProjectionSpec)}


def put(page: str, spec: ProjectionSpec) -> None:
    """Set the controls to these settings."""
    for field in dataclasses.fields(spec):
        state.set(page, f"tsne.{field.name}", getattr(spec, field.name))


def request(page: str, spec: ProjectionSpec) -> None:
    """Set the controls to these settings at the next full run of the page.

    For callbacks inside a fragment: the browser's own values would overwrite what they set directly.
    """
    state.set(page, "wanted", spec)
    state.set(page, "moved", True)


def apply_requested(page: str) -> None:
    """Set the controls to what was last requested, if anything was."""
    if (requested := state.pop(page, "wanted")) is not None:
        put(page, requested)


def choose(page: str) -> ProjectionSpec:
    """Draw the controls and return the settings."""
    left, middle, right = st.columns(3, gap="large")
    with left:
        perplexity = _scale(
            page,
            "perplexity",
            PERPLEXITIES,
            format_func=lambda value: f"{value:g}",
            help=f"{help_for('perplexity')} Small: little clumps. Large: the broad picture.",
        )
        iterations = _scale(
            page,
            "iterations",
            ITERATIONS,
            format_func=lambda n: f"{n:,}",
            help="How many steps every point takes.",
        )
        dims = st.segmented_control(
            options=[2, 3], format_func="{}-D".format, required=True, **_label_and_key(page, "dims")
        )
    with middle:
        exaggeration = _scale(
            page,
            "early_exaggeration",
            EXAGGERATIONS,
            format_func=lambda value: f"{value:g}×",
            help="How much more strongly neighbours attract each other at first, so that clusters can move past each "
            "other.",
        )
        rate = _scale(
            page,
            "learning_rate",
            RATES,
            format_func=lambda value: "automatic" if value == AUTO_RATE else f"{value:g}",
            help="How far a point moves per step. Automatic: the number of points divided by the exaggeration.",
        )
    with right:
        initialisation = st.selectbox(
            options=list(INITIALISATIONS),
            format_func=INITIALISATIONS.__getitem__,
            help="Where the points start. Random: another seed gives another map.",
            **_label_and_key(page, "initialisation"),
        )
        seed = st.number_input(
            min_value=0, max_value=999_999, step=1, help="Fixes everything random.", **_label_and_key(page, "seed")
        )
    return ProjectionSpec(dims, perplexity, exaggeration, rate, iterations, initialisation, seed)


def _label_and_key(page: str, name: str) -> dict[str, Any]:
    return {"label": LABELS[name], "key": f"{page}.tsne.{name}", "persist_state": "session"}


def _scale(page: str, name: str, marks: tuple, **kwargs):
    """A slider over marks; a value from a link that lies between two of them gets its own mark."""
    options = sorted({*marks, state.get(page, f"tsne.{name}")})
    return st.select_slider(options=options, **_label_and_key(page, name), **kwargs)


def describe(spec: ProjectionSpec) -> str:
    """Settings of t-SNE in one line."""
    rate = "automatic" if spec.learning_rate == AUTO_RATE else f"{spec.learning_rate:g}"
    return (
        f"perplexity {spec.perplexity:g}, {spec.iterations:,} iterations, exaggeration {spec.early_exaggeration:g}×, "
        f"learning rate {rate}, from {INITIALISATIONS[spec.initialisation].lower()}, seed {spec.seed}"
    )
