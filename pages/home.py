"""What an autoencoder is: an image goes in, becomes a few numbers, and comes out again."""

import streamlit as st

from aecore import checkpoints
from aecore.checkpoints import encodings
from pages.lessons.home import data_specific, lossy, published, training_history
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
    "redraws the image from those numbers alone. Training uses nothing but the images themselves: the closer the "
    "redrawn image, the better the code must have captured what matters. "
    "**Choose a digit or draw one, then drag the bars.**"
)
problems_place = st.container()
with st.container(horizontal=True, gap="medium"):
    with st.container(width=SOURCE_WIDTH):
        digit = digit_source.choose(PAGE)
    with problems_place:
        problems.show(PAGE)
    with st.container(width=EDITOR_WIDTH):
        network = encodings.dense_network(MODEL)
        components.decoder_weights(MODEL, encodings.packed_decoder(MODEL))
        code = network.encode(digit.x[None])[0]
        components.code_editor(digit.x, code, encodings.code_range(MODEL), MODEL, key=f"{PAGE}.editor")
        st.caption(
            f"{digit.name.capitalize()}. The network, {MODEL}, turns 784 numbers into {len(code)} and has never seen "
            "a test image: on all 10,000 of them its mean squared error is "
            f"{checkpoints.about(MODEL).metrics['mse']:.4f}."
        )

with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Train one now", type="primary", icon=":material/play_arrow:"):
        st.switch_page("pages/basic.py")
    st.markdown("Watch your own network learn this within seconds. Or read on: three things to know about it.")

st.header("1 · Data-specific: it knows only what it has seen", divider="gray")
data_specific.show(PAGE, MODEL, digit)

st.header("2 · Lossy: close, but never the same", divider="gray")
lossy.show(PAGE, MODEL, digit)

st.header("3 · Learned automatically: nobody told it what a digit is", divider="gray")
training_history.show(PAGE, MODEL)

st.header("Published results and ours", divider="gray")
published.show()
