"""The latent space of a variational autoencoder: drag, and images appear."""

import streamlit as st

from pages.lessons.latent import (
    gaussian,
    interpolation,
    link,
    manifold,
    maths,
    model,
    own_image,
    pad,
    samples,
    training,
)
from pages.shared import controls
from pages.shared.app import following, problems, startup
from pages.shared.controls import sections

PAGE = "latent"
SECTIONS = {
    "manifold": ("The manifold", manifold.show),
    "between": ("Between two images", interpolation.show),
    "new": ("New images", samples.show),
    "gaussian": ("The unit Gaussian", gaussian.show),
    "own": ("Your own image", own_image.show),
    "maths": ("The maths", maths.show),
    "train": ("Train one live", None),
}

startup.enter()
link.restore(PAGE, SECTIONS)
controls.restore(PAGE, training.DEFAULT)
model.follow_new_run(PAGE)

st.title("The latent space: drag, and digits appear")
st.markdown(
    "A **variational** autoencoder (VAE) is trained so that every point in the space of its codes means something. "
    "**Drag over the plane**: the decoder draws whatever lies under your finger, right here in your browser."
)
problems.show(PAGE)
st.segmented_control(
    "Network", list(model.CHOICES), format_func=model.CHOICES.__getitem__, key=f"{PAGE}.model", required=True,
    persist_state="session",
)  # fmt: skip
marks = following.resting(PAGE)
pad_place = st.container()
section, draw = sections.choose(PAGE, SECTIONS)
if section == "train":
    training.show(PAGE)
elif (shown := model.selected(PAGE)) is not None:
    draw(PAGE, shown)

with pad_place:  # drawn last, because the image chosen below is marked on it
    pad.show(PAGE)
if section != "train":  # there, the training panel follows the run
    following.follow(marks)
link.write(PAGE, section)
