"""The controls of the page: the network, the data and the training."""

from __future__ import annotations

import streamlit as st

from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec
from aecore.specs.presets import CONVOLUTIONAL, DENOISER, LIVE_CONVOLUTIONAL
from pages.shared import controls
from pages.shared.controls import presets
from pages.shared.inspector import layer_texts

LESSONS, DEFAULT = CONVOLUTIONAL, LIVE_CONVOLUTIONAL
PRESETS = {
    "The lesson's": LESSONS,
    "Strides, transposed convolutions": ModelSpec("conv", 128, downsampling="strides", upsampling="transposed"),
    "A code of 32 numbers": ModelSpec("conv", 32),
    "Two layers, 32 filters": DENOISER,
}
CODE_WIDTH, TRAINING_WIDTH = 430, 330  # pixels; side by side where there is room


def choose(page: str) -> tuple[ModelSpec, TrainSpec]:
    """Draw the controls and return what they are set to."""
    presets_place = st.container()
    with st.container(horizontal=True, gap="large"):
        with st.container(width=CODE_WIDTH):
            filters = controls.filters(page, "Filters")
            code_dim = controls.convolutional_code(page, filters)
        with st.container(width=TRAINING_WIDTH):
            epochs = controls.slider(page, "epochs")
            start_place = st.container()
    with st.expander("More settings"):
        network, data, learning = st.columns(3, gap="large")
        with network:
            model_spec = _network(page, filters, code_dim)
        with data:
            dataset = controls.dataset(page)
            n_train = controls.n_train(page)
            batch_size = controls.scale(page, "batch_size", BATCH_SIZES)
            seed = controls.number(page, "seed", help="Fixes the initial weights and the order of the images.")
        with learning:
            loss, optimizer, learning_rate = controls.learning(page)
    with start_place:  # known only now whether a checkpoint fits the network
        start = controls.start(page, model_spec)
    with presets_place:
        presets.choose(page, PRESETS, model_spec)
        st.caption(layer_texts.in_a_line(model_spec))
    train_spec = TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, loss, seed, start)
    return model_spec, train_spec


def _network(page: str, filters: tuple[int, ...], code_dim: int) -> ModelSpec:
    help_text = "How the encoder shrinks its maps: by the largest of each four numbers, or by steps of two pixels."
    downsampling = controls.choice(page, "downsampling", help=help_text)
    help_text = "How the decoder enlarges its maps: by repeating each number, or by stamping filters apart."
    upsampling = controls.choice(page, "upsampling", help=help_text)
    activation = controls.choice(page, "activation")
    help_text = "ReLU keeps the numbers of the code at 0 or above; linear ones may take any value."
    code_activation = controls.choice(page, "code_activation", help=help_text)
    activity_l1 = controls.scale(
        page,
        "activity_l1",
        controls.SPARSITIES,
        "Sparsity (L1 on the code)",
    )
    return ModelSpec(
        "conv",
        code_dim,
        filters,
        activity_l1,
        activation,
        code_activation,
        downsampling=downsampling,
        upsampling=upsampling,
    )
