"""The section that trains a denoiser: its controls, the training itself, and the Keras code."""

from __future__ import annotations

import streamlit as st

from aecore import checkpoints
from aecore.export import denoiser
from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec
from aecore.specs.presets import DENOISER, LIVE_DENOISER
from aecore.tasks import denoising
from pages.shared import controls
from pages.shared.controls import presets
from pages.shared.training import keras_code, panel

LESSONS, DEFAULT = DENOISER, LIVE_DENOISER
PRESETS = {
    "The lesson's, 32 filters": LESSONS,
    "Dense layers": ModelSpec("dense", 64, (512, 256)),
    "U-Net, like the shipped one": checkpoints.about(denoising.MODEL).model_spec,
}
FAMILIES = ("conv", "dense", "unet")


def restore(page: str) -> None:
    """Set the controls and the run from the link."""
    controls.restore(page, LESSONS, DEFAULT, FAMILIES)


def show(page: str) -> None:
    """The controls, the panel that follows the run, and the code."""
    st.markdown(
        "A denoiser is trained like any autoencoder, with one difference: the **input** is the image with noise, the "
        "**target** is the image without. It never sees the same noise twice, so it cannot memorise the noise; it has "
        "to learn what digits look like. Press **Train**."
    )
    model_spec = controls.model(page)
    presets.choose(page, PRESETS, model_spec)
    train_spec = _choose_training(page, model_spec)
    panel.show(page, model_spec, train_spec)
    keras_code.show(page, model_spec, train_spec, "denoiser", denoiser.denoiser_script)
    controls.sync_url(page, model_spec, train_spec, LESSONS, DEFAULT)


def _choose_training(page: str, model_spec: ModelSpec) -> TrainSpec:
    network, data, learning = st.columns(3, gap="large")
    with network:
        kind, amount = controls.noise(page)
        start = controls.start(page, model_spec, FAMILIES)
    with data:
        dataset = controls.dataset(page)
        n_train = controls.n_train(page)
        epochs = controls.slider(page, "epochs")
    with learning:
        optimizer = controls.optimizer(page)
        learning_rate = controls.scale(page, "learning_rate", controls.LEARNING_RATES)
        with st.popover("More"):
            batch_size = controls.scale(page, "batch_size", BATCH_SIZES)
            loss = controls.choice(page, "loss", help="How the distance to the clean image is measured.")
            seed = controls.number(
                page, "seed", help="Fixes the initial weights, the order of the images, and the noise."
            )
    return TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, loss, seed, start, kind, amount)
