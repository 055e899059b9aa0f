"""An app of pages of one component each, with nothing else to wait for."""

import streamlit as st


def start() -> None:
    st.text("Each page has an address of its own.")


st.set_page_config(layout="wide")
st.navigation([st.Page(start, default=True), st.Page("swipe.py"), st.Page("code_map.py")], position="hidden").run()
