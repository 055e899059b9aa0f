"""The codes, seen: t-SNE that one can watch, question and drop a digit into."""

import io

import numpy as np
import streamlit as st

from aecore import codes
from pages.shared import (
    codes_experiments,
    codes_map,
    codes_model,
    codes_sections,
    digit_source,
    links,
    sections,
    session,
)

PAGE = "codes"
SECTIONS = {
    "point": ("One digit", codes_sections.point),
    "group": ("A group", codes_sections.group),
    "own": ("Your own digit", None),
    "believe": ("How far to believe it", codes_sections.overall),
    "read": ("How not to read it", codes_experiments.show),
}


def coordinates(shown: codes_model.Shown) -> str:
    """The maps as CSV: a line for each image."""
    _, labels = shown.subject.source.images
    columns = [("test_image", np.arange(len(labels))), ("label", labels)]
    if shown.xy is not None:
        columns += [(f"tsne_{axis}", shown.xy[:, i]) for i, axis in enumerate("xyz"[: shown.xy.shape[1]])]
    if shown.pca is not None:
        columns += [(f"pca_{i + 1}", shown.pca.xyz[:, i]) for i in range(3)]
    file = io.StringIO()
    formats = ["%d", "%d"] + ["%.6g"] * (len(columns) - 2)
    header = ",".join(name for name, _ in columns)
    np.savetxt(file, np.column_stack([column for _, column in columns]), formats, ",", header=header, comments="")
    return file.getvalue()


session.enter()
codes_model.restore(PAGE)
if f"{PAGE}.section" not in st.session_state:
    st.session_state[f"{PAGE}.section"] = links.choice(PAGE, "section", SECTIONS, "point")

st.title("The codes, seen")
st.markdown(
    "An encoder turns every image into a few numbers, its **code**. Here each code is a point: **t-SNE** puts those "
    "that are close in code space close on a map. It never sees a label; the colours are put on afterwards. "
    "**Hover a point**, click it, or draw around a group."
)
session.show_problems(PAGE)
subject = codes_model.choose(PAGE)
with st.expander("Settings of t-SNE", icon=":material/tune:"):
    spec = codes_model.settings(PAGE)
session.ask(codes.warm_up)  # so that the first map begins at once
place = st.container()

section, draw = sections.choose(PAGE, SECTIONS)
shown = codes_model.shown(PAGE, subject)
digit = None
if section == "own":
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=290):
            chosen = digit_source.choose(PAGE, subject.spec.dataset)
        with st.container(width=codes_sections.WIDE):
            codes_sections.own(PAGE, shown, chosen)
    digit = (chosen.image, chosen.words)
else:
    draw(PAGE, shown)
with st.container(horizontal=True):
    st.download_button(
        "Coordinates (.csv)",
        lambda: coordinates(shown),
        "codes.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        help="A line for each image: its number, its label, where it is on each map.",
    )

# Behind the rest, because the digit that is chosen there is placed here.
with place:
    codes_map.show(PAGE, subject, spec, digit)
point = st.session_state[f"{PAGE}.point"]
codes_model.put_in_link(
    PAGE,
    subject,
    spec,
    section=None if section == "point" else section,
    point=None if point is None else str(point),
)
