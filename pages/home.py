"""What an autoencoder is: a digit goes in, becomes a few numbers, and comes out again."""

import streamlit as st

from aecore import checkpoints
from aecore.checkpoints import encodings
from pages.lessons.home import properties
from pages.shared import components
from pages.shared.app import problems, startup
from pages.shared.pickers import digit_source

PAGE = "home"
MODEL = "best-32"
SOURCE_WIDTH, EDITOR_WIDTH = 290, 760  # pixels; side by side where there is room

startup.enter()

st.title("What is an autoencoder?")
st.markdown(
    "A network in two halves. The **encoder** boils an image down to a few numbers, its **code**. The **decoder** "
    "draws the image again from those numbers alone. It is trained on nothing but the images themselves: the better "
    "the drawing, the better the code must have caught what matters. "
    "**Choose a digit or draw one, then drag the bars.**"
)
problems_place = st.container()
with st.container(horizontal=True, gap="medium"):
    with st.container(width=SOURCE_WIDTH):
        digit = digit_source.choose(PAGE)
    with problems_place:
        problems.show(PAGE)
    with st.container(width=EDITOR_WIDTH):
        model = encodings.dense_network(MODEL)
        components.decoder_weights(MODEL, encodings.packed_decoder(MODEL))
        code = model.encode(digit.x[None])[0]
        components.code_editor(digit.x, code, encodings.code_range(MODEL), MODEL, key=f"{PAGE}.editor")
        about = checkpoints.about(MODEL)
        st.caption(
            f"{digit.words.capitalize()}. The network, {MODEL}, makes {len(code)} numbers of 784 and has never seen a "
            f"test image: its mean squared error on all 10,000 of them is {about.metrics['mse']:.4f}."
        )

with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Train one now", type="primary", icon=":material/play_arrow:"):
        st.switch_page("pages/basic.py")
    st.markdown("Watch a network of your own learn this, within seconds. Or read on: three things to know about it.")

st.header("1 · Data-specific: it knows only what it has seen", divider="gray")
properties.data_specific(PAGE, MODEL, digit)

st.header("2 · Lossy: close, never the same", divider="gray")
properties.lossy(PAGE, MODEL, digit)

st.header("3 · Learned automatically: nobody told it what a digit is", divider="gray")
properties.learned(PAGE, MODEL)

st.header("Published and ours", divider="gray")
properties.published_and_ours()
