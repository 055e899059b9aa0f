"""Autoencoder Explorer: the table of contents. `streamlit run app.py` starts it."""

import streamlit as st

from pages.shared import components
from pages.shared.app import arrival, startup, streamlit_internals, visitor

streamlit_internals.keep_last_events()
st.set_page_config(page_title="Autoencoder Explorer", page_icon="🔎", layout="wide")

lessons = [
    st.Page("pages/home.py", title="What is an autoencoder?", default=True, url_path=arrival.RESERVED),
    st.Page("pages/basic.py", title="Train one"),
    st.Page("pages/convolution.py", title="Convolution"),
    st.Page("pages/convolutional.py", title="Convolutional"),
    st.Page("pages/denoise_digits.py", title="Denoise digits"),
    st.Page("pages/denoise_documents.py", title="Clean a scan"),
    st.Page("pages/codes.py", title="See the codes"),
    st.Page("pages/latent.py", title="The latent space"),
    *startup.operator_pages(),
]
page = st.navigation([*lessons, *arrival.detour(lessons)], position="top")
if page in lessons:
    arrival.mend_link()
visitor.remember_owner()
components.bear_translation()
components.forced_colours()
startup.check_configuration()
page.run()
# Last, so that the first page is on screen while the worker starts.
startup.start()
