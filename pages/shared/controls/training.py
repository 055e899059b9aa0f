"""Controls for what a network is trained on and how."""

from __future__ import annotations

import streamlit as st

from aecore.specs import DATASETS, NOISES, TrainSpec, default_rate
from pages.shared.app import problems, state
from pages.shared.controls.fields import choice, common, scale, value
from pages.shared.controls.labels import NOISE_LABELS

LEARNING_RATES = (0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SPARSITIES = (0.0, 1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
IMAGE_COUNTS = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000)


def dataset(page: str) -> str:
    """A list of the data sets; the number of training images is lowered if the chosen one has fewer."""

    def limit_images() -> None:
        problems.clear(page)
        size = DATASETS[value(page, "dataset")]
        state.set(page, "n_train", min(value(page, "n_train"), size))

    help_text = "What the network learns: handwritten digits, or clothes and shoes."
    return choice(page, "dataset", help=help_text, on_change=limit_images, args=())


def n_train(page: str) -> int:
    """A slider for the number of training images, up to what the chosen data set has."""
    size = DATASETS[value(page, "dataset")]
    marks = [count for count in IMAGE_COUNTS if count <= size]
    return scale(
        page, "n_train", marks, help="With fewer images, training is faster and the network generalises worse."
    )


def optimizer(page: str) -> str:
    """A list of the optimizers; choosing one sets the learning rate to its default for this network's loss."""

    def usual_rate() -> None:
        problems.clear(page)
        rate = default_rate(value(page, "optimizer"), value(page, "family"))
        state.set(page, "learning_rate", rate)

    return choice(page, "optimizer", on_change=usual_rate, args=())


def learning(page: str) -> tuple[str, str, float]:
    """Controls for loss, optimizer and learning rate."""
    loss = choice(page, "loss", help="How the distance between an image and its reconstruction is measured.")
    return loss, optimizer(page), scale(page, "learning_rate", LEARNING_RATES)


def noise(page: str) -> tuple[str, float]:
    """Controls for the noise that is trained against: its kind and amount."""

    def usual_amount() -> None:
        problems.clear(page)
        state.set(page, "noise_amount", TrainSpec.noise_amount)  # no more than any kind may have

    kind = st.selectbox(
        options=list(NOISES),
        format_func=lambda kind: NOISE_LABELS.get(kind, str(kind)),
        **common(page, "noise", "Noise to train against", on_change=usual_amount, args=()),
    )
    unit, maximum, _ = NOISES[kind]
    return kind, st.slider(
        min_value=0.0, max_value=maximum, step=0.01, **common(page, "noise_amount", f"Its amount: {unit}")
    )
