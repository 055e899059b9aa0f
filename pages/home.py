"""What an autoencoder is, and the way to the lessons."""

import streamlit as st

from aecore import datasets, figures
from aecore.specs import ModelSpec
from pages.shared import components, session

EXAMPLE_CLASS = 3
PROPERTIES = {
    "Data-specific": "It compresses well only what looks like the images it has seen.",
    "Lossy": "What comes out is close to what went in, never the same.",
    "Learned automatically": "Examples are all it needs. Nobody writes rules for digits.",
}

session.enter()

st.title("What is an autoencoder?")
st.markdown(
    "A network in two halves. The **encoder** boils an image down to a few numbers, its **code**. The **decoder** "
    "draws the image again from those numbers alone. It is trained on nothing but the images themselves: the better "
    "the drawing, the better the code must have caught what matters."
)
if st.button("Train one now", type="primary", icon=":material/play_arrow:"):
    st.switch_page("pages/basic.py")
x = datasets.load_probe("mnist")[EXAMPLE_CLASS]
components.figure(figures.network_drawing(ModelSpec(), x, None), key="home.network")

for column, (name, words) in zip(st.columns(3), PROPERTIES.items(), strict=True):
    column.markdown(f"**{name}**  \n{words}")

st.subheader("Lessons")
with st.container(border=True):
    st.markdown(
        "**Train one.** Press one button and watch a network learn to redraw handwritten digits, within seconds. "
        "Change the size of its code, make it sparse or deep, go back in time, and take the Keras code with you."
    )
    st.page_link("pages/basic.py", label="Train an autoencoder", icon="▶️")
