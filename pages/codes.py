"""The codes, seen: t-SNE that one can watch, question and drop a digit into."""

import streamlit as st

from aecore import export
from aecore.projection import opentsne
from pages.lessons.codes import experiments, map_panel, model
from pages.lessons.codes import sections as codes_sections
from pages.shared.app import following, problems, startup, state, worker
from pages.shared.controls import sections
from pages.shared.pickers import digit_source
from pages.shared.url import links

PAGE = "codes"
OWN = {"mnist": 9_013, "fashion_mnist": 0}  # the image that "your own" begins with: of the digits, one off the map
SECTIONS = {
    "point": ("One image", codes_sections.point),
    "group": ("A group", codes_sections.group),
    "own": ("Your own digit", None),
    "believe": ("How far to believe it", codes_sections.overall),
    "read": ("How not to read it", experiments.show),
}


startup.enter()
model.restore(PAGE)
if not state.has(PAGE, "section"):
    state.set(PAGE, "section", links.choice(PAGE, "section", SECTIONS, "point"))

st.title("The codes, seen")
st.markdown(
    "An encoder turns every image into a few numbers, its **code**. Here each code is a point: **t-SNE** puts those "
    "that are close in code space close on a map. It never sees a label; the colours are put on afterwards. "
    "**Hover a point**, click it, or draw around a group."
)
problems.show(PAGE)
subject = model.choose(PAGE)
marks = following.marks_of([subject.run.run_id] if subject.run else [])
with st.expander("Settings of t-SNE", icon=":material/tune:"):
    spec = model.settings(PAGE)
worker.prepare(opentsne.warm_up)
place = st.container()
shown = model.shown(PAGE, subject)
st.download_button(
    "Coordinates (.csv)",
    lambda: export.coordinates_csv(subject.source.images[1], shown.xy, shown.pca and shown.pca.xyz),
    f"codes-{subject.spec.codes}.csv",
    "text/csv",
    on_click="ignore",
    icon=":material/download:",
    help="A line for each image: its number, its label, where it is on each map.",
)

section, draw = sections.choose(PAGE, SECTIONS)
digit = None
if section == "own":
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=290):
            chosen = digit_source.choose(PAGE, subject.spec.dataset, OWN[subject.spec.dataset])
        with st.container(width=codes_sections.WIDE):
            codes_sections.own(PAGE, shown, chosen)
    digit = (chosen.image, chosen.words)
else:
    draw(PAGE, shown)
# Behind the rest, because the digit that is chosen there is placed here.
with place:
    map_panel.show(PAGE, subject, spec, digit)
following.follow(marks)
point = state.get(PAGE, "point")
model.put_in_link(
    PAGE,
    subject,
    spec,
    section=None if section == "point" else section,
    point=None if point is None else str(point),
)
