"""A page with nothing but the swipe, on what is in the working folder."""

import json

import streamlit as st

from pages.shared.components import swipe

with open("pictures.json") as file:
    uris = json.load(file)
if st.button("Again"):
    st.session_state.pressed = st.session_state.get("pressed", 0) + 1
after = uris["other" if st.button("Clean anew") else "after"]
media = st.runtime.get_instance().media_file_mgr.add("classical.png", "image/png", "classical")
listens = {} if "silent" in st.query_params else {"on_view": lambda view: st.session_state.update(seen=view)}
names = ("dirty page", "the network")
swipe(uris["before"], after, names, (900, 1200), [("a classical method", media)], key="swipe", **listens)
st.text(f"Seen: {json.dumps(st.session_state.get('seen'))}")
st.text(f"Pressed: {st.session_state.get('pressed', 0)}")
