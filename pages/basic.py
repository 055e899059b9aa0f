"""Dense autoencoders, trained live."""

import streamlit as st

from pages.lessons.basic import settings
from pages.shared import controls
from pages.shared.app import problems, startup
from pages.shared.training import keras_code, live_network, panel

PAGE = "basic"
CONTROLS_WIDTH, DRAWING_WIDTH = 470, 580  # pixels; side by side where there is room

startup.enter()
controls.restore(PAGE)

st.title("Train an autoencoder")
st.markdown(
    "The **encoder** squeezes an image of 28 × 28 = 784 pixels into a short list of numbers, the **code**. The "
    "**decoder** has to redraw the image from the code alone. Nobody tells the network what digits are: it only learns "
    "to make its output look like the image it was shown. Press **Train** and watch."
)
problems.show(PAGE)
with st.container(horizontal=True, gap="medium"):
    controls_place, drawing = st.container(width=CONTROLS_WIDTH), st.container(width=DRAWING_WIDTH)
model_spec, train_spec = settings.choose(PAGE, controls_place)
with drawing:
    live_network.show(PAGE, model_spec, train_spec.dataset)
panel.show(PAGE, model_spec, train_spec)

keras_code.show(PAGE, model_spec, train_spec, "autoencoder")

controls.sync_url(PAGE, model_spec, train_spec)
