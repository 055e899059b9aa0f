"""A page with nothing but maps of codes, of the points in the working folder."""

import json

import numpy as np
import streamlit as st

from pages.shared.components import maps

saved = np.load("points.npz")
query, state = st.query_params, st.session_state
if st.button("Again"):
    state.pressed = state.get("pressed", 0) + 1
if st.button("Next frame"):
    state.newest = state.get("newest", 0) + 1
frames = [maps.MapFrame(100 * (i + 1), 3 - i / 2, xy) for i, xy in enumerate(saved["frames"])]
if "live" in query:
    newest = frames[min(state.get("newest", 0), 2)]
    maps.map_frames("tsne", [newest], "run", whole=False)
elif "empty" not in query:
    maps.map_frames("tsne", frames, "1", whole=True)
other = saved["cloud" if "cloud" in query else "plane"]
maps.map_frames("pca", [maps.MapFrame(0, None, other)], "1", whole=True)
media = st.runtime.get_instance().media_file_mgr.add("atlas.png", "image/png", "atlas")
maps.code_map(
    maps.CodeMaps(
        panels=(
            maps.MapPanel("tsne", "t-SNE <1>", "Neighbours."),
            maps.MapPanel("pca", "PCA", "Variance.", ("a", "b")),
        ),
        labels=saved["labels"],
        classes=tuple("012345"),
        colours=tuple(saved["colours"].tolist()),
        atlas=media,
        atlas_columns=int(saved["columns"]),
        indices=saved["indices"],
        picked=state.get("picked"),
        lassoed=tuple(state.get("lassoed") or ()),
        marks=(maps.MapMark(0, (0.0, 0.0), media, "your own digit"),) if "own" in query else (),
        live="live" in query,
        file_stem="codes",
    ),
    key="maps",
    on_pick=lambda value: state.update(picked=value),
    on_lasso=lambda value: state.update(lassoed=value),
)
st.text(f"Seen: {json.dumps([state.get('picked'), state.get('lassoed')])}")
st.text(f"Pressed: {state.get('pressed', 0)}")
