"""What an autoencoder is, and the way to the lessons."""

import streamlit as st

from pages.shared import session

session.enter()
st.title("What is an autoencoder?")
st.markdown(
    "A network in two halves. The first half, the **encoder**, boils an image down to a few numbers; the second, the "
    "**decoder**, draws the image again from those numbers. It is trained on nothing but the images themselves: the "
    "better the drawing, the better the numbers must have captured what matters."
)

st.markdown(
    "- **Data-specific**: it compresses well only what looks like the images it has seen.\n"
    "- **Lossy**: what comes out is close to what went in, never the same.\n"
    "- **Learned automatically**: examples are all it needs; nobody writes rules for digits."
)

with st.container(border=True):
    st.subheader("Train one")
    st.markdown(
        "Press one button and watch a network learn to redraw handwritten digits, within seconds. Change the size of "
        "its code, make it sparse or deep, go back in time, and take the Keras code with you."
    )
    st.page_link("pages/basic.py", label="Train an autoencoder", icon="▶️")
