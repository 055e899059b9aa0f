"""New images: samples of the prior, decoded by the VAE and by a plain autoencoder."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.checkpoints import encodings
from aecore.figures import image_grid
from aecore.networks import latent_geometry
from pages.lessons.latent.model import LatentModel
from pages.shared import components
from pages.shared.app import state


def show(page: str, model: LatentModel) -> None:
    """The controls for sampling, and the two mosaics side by side."""
    st.markdown(
        "Draw random numbers, and decode them: because training kept the codes close to a standard Gaussian, random "
        "numbers from that Gaussian give images that nobody has ever made."
    )
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    count = left.slider("How many", 10, 200, 60, 10, key=f"{page}.count", persist_state="session")
    temperature = middle.slider(
        "Temperature",
        0.1,
        2.0,
        1.0,
        0.1,
        key=f"{page}.temperature",
        help="Below 1, the samples stay near the origin: cleaner, and more alike. Above 1, they stray.",
        persist_state="session",
    )
    state.setdefault(page, "seed_of_samples", 0)
    if right.button("Sample again", icon=":material/casino:", key=f"{page}.roll"):
        state.set(page, "seed_of_samples", state.get(page, "seed_of_samples") + 1)
    z = latent_geometry.prior_samples(count, model.code_dim, temperature, state.get(page, "seed_of_samples"))
    vae, plain = st.columns(2)
    with vae:
        st.markdown("**The VAE**")
        _mosaic(page, "vae", model.network.draw(z))
    with plain:
        _plain(page, model, z)


def _plain(page: str, model: LatentModel, z: np.ndarray) -> None:
    if model.plain is None:
        st.caption("There is no plain autoencoder of this code size and data set to compare with.")
        return
    st.markdown(f"**A plain autoencoder, also with {model.code_dim} numbers**")
    _mosaic(page, "plain", encodings.dense_network(model.plain).draw(z))
    st.caption(
        "Exactly the same random numbers. Nothing ever told this network where its codes should lie, so most of the "
        "space means nothing to it."
    )


def _mosaic(page: str, name: str, images: np.ndarray) -> None:
    image = latent_geometry.mosaic(images, 12)
    markup = image_grid.image_cells([image[..., None]], [f"{len(images)} images"])[0]
    style = '<img style="width:100%;max-width:560px;image-rendering:pixelated;border-radius:8px"'
    components.figure(markup.replace("<img", style), key=f"{page}.mosaic.{name}")
