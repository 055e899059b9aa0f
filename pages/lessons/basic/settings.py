"""The controls of the page: the network, the data and the training."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import checkpoints
from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec
from aecore.specs.presets import BASIC, DEEP, SPARSE
from pages.shared import controls
from pages.shared.controls import presets

PRESETS = {
    "Basic": BASIC,
    "Sparse": SPARSE,
    "Deep": DEEP,
}
PRESET_TEXTS = {
    "Basic": "One layer in, one layer out: the smallest autoencoder there is.",
    "Sparse": "Like Basic, but activity in the code has a small cost: only a few numbers are large.",
    "Deep": "Two more layers on each side: the code can stand for whole shapes.",
    None: "A network of your own.",
}


def choose(page: str, place: DeltaGenerator) -> tuple[ModelSpec, TrainSpec]:
    """Draw the main controls in `place` and all others below it; return what they are set to."""
    with place:
        presets_place = st.container()
        code_column, training_column = st.columns(2)
        start_place = st.container()
    with code_column:
        code_dim = controls.slider(page, "code_dim")
    with training_column:
        epochs = controls.slider(page, "epochs")
    with st.expander("More settings"):
        network, data, learning = st.columns(3, gap="large")
        with network:
            model_spec = _network(page, code_dim)
            seed = controls.number(page, "seed", help="Fixes the initial weights and the order of the images.")
        with data:
            dataset = controls.dataset(page)
            n_train = controls.n_train(page)
            batch_size = controls.scale(page, "batch_size", BATCH_SIZES)
        with learning:
            loss, optimizer, learning_rate = controls.learning(page)
    with start_place:  # known only now whether a checkpoint fits the network
        start = controls.start(page, model_spec)
    with presets_place:
        preset = presets.choose(page, PRESETS, model_spec)
        st.caption(_started_from(start) if start else PRESET_TEXTS[preset])
    train_spec = TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, loss, seed, start)
    return model_spec, train_spec


def _network(page: str, code_dim: int) -> ModelSpec:
    widths = controls.widths(page, "Hidden layers")
    activity_l1 = controls.scale(
        page,
        "activity_l1",
        controls.SPARSITIES,
        "Sparsity (L1 on the code)",
    )
    activation = controls.choice(page, "activation")
    help_text = "ReLU keeps the numbers of the code at 0 or above; linear ones may take any value."
    code_activation = controls.choice(page, "code_activation", help=help_text)
    return ModelSpec("dense", code_dim, widths, activity_l1, activation, code_activation)


def _started_from(checkpoint: str) -> str:
    return f"{checkpoints.about(checkpoint).title}: a shipped network, trained further."
