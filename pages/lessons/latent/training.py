"""The section that trains a VAE: its controls, the training itself, and the Keras code."""

from __future__ import annotations

import streamlit as st

from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec
from aecore.specs.presets import VARIATIONAL
from pages.shared import controls
from pages.shared.training import keras_code, panel

DEFAULT = VARIATIONAL


def show(page: str) -> None:
    """The controls, the panel that follows the run, and the code."""
    st.markdown(
        "The loss is **reconstruction_loss + β · kl_loss**. With β = 0 this is almost a plain autoencoder; a large β "
        "pushes all codes towards the same standard Gaussian until they say nothing. Press **Train**, and the plane "
        "above follows the training."
    )
    network, data, learning = st.columns(3, gap="large")
    with network:
        beta = controls.slider(page, "beta", "β, the weight of the KL", step=0.1)
        code_dim = controls.slider(page, "code_dim", "Latent numbers")
        widths = controls.widths(page, "Hidden layers")
        activation = controls.choice(page, "activation")
    model_spec = ModelSpec("vae", code_dim, widths, 0.0, activation, beta=beta)
    with data:
        dataset = controls.dataset(page)
        n_train = controls.n_train(page)
        batch_size = controls.scale(page, "batch_size", BATCH_SIZES)
        seed = controls.number(
            page, "seed", help="Fixes the initial weights, the order of the images, and the random samples."
        )
    with learning:
        start = controls.start(page, model_spec)
        epochs = controls.slider(page, "epochs")
        optimizer = controls.optimizer(page)
        learning_rate = controls.scale(page, "learning_rate", controls.LEARNING_RATES)
    train_spec = TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, seed=seed, start=start)
    panel.show(page, model_spec, train_spec)
    keras_code.show(page, model_spec, train_spec, "vae")
    controls.sync_url(page, model_spec, train_spec, DEFAULT)
