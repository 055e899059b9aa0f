"""t-SNE maps of codes: watch one take shape, question it, and place an image of your own on it."""

import streamlit as st

from aecore import export
from aecore.projection import opentsne
from pages.lessons.codes import (
    code_set,
    experiments,
    faithfulness,
    group,
    link,
    map_panel,
    one_image,
    tsne_settings,
    visitor_maps,
)
from pages.shared.app import following, problems, startup, state, worker
from pages.shared.controls import sections
from pages.shared.pickers import digit_source
from pages.shared.url import links

PAGE = "codes"
FIRST_OWN = {"mnist": 9_013, "fashion_mnist": 0}  # which image "Your own image" starts with: an atypical digit
SECTIONS = {
    "point": ("One image", one_image.show_picked),
    "group": ("A group", group.show),
    "own": ("Your own image", None),
    "believe": ("How far to trust it", faithfulness.show),
    "read": ("How not to read it", experiments.show),
}

startup.enter()
link.restore(PAGE)
if not state.has(PAGE, "section"):
    state.set(PAGE, "section", links.choice(PAGE, "section", SECTIONS, "point"))

st.title("A map of the codes")
st.markdown(
    "An encoder turns every image into a few numbers, its **code**. Here each code is a point: **t-SNE** places codes "
    "that are close to each other close together on a map. It never sees a label; the colours are added afterwards. "
    "**Hover over a point**, click it, or draw around a group."
)
problems.show(PAGE)
chosen_codes = code_set.choose(PAGE)
marks = following.marks_of([chosen_codes.run.run_id] if chosen_codes.run else [])
with st.expander("t-SNE settings", icon=":material/tune:"):
    spec = tsne_settings.choose(PAGE)
worker.prepare(opentsne.warm_up)
map_place = st.container()
maps = visitor_maps.current(PAGE, chosen_codes)
st.download_button(
    "Coordinates (.csv)",
    lambda: export.coordinates_csv(chosen_codes.source.images[1], maps.xy, maps.pca and maps.pca.xyz),
    f"codes-{chosen_codes.spec.codes}.csv",
    "text/csv",
    on_click="ignore",
    icon=":material/download:",
    help="One row per image: its number, its label, and its position on each map.",
)

section, draw = sections.choose(PAGE, SECTIONS)
digit = None
if section == "own":
    dataset = chosen_codes.spec.dataset
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=290):
            digit = digit_source.choose(PAGE, dataset, FIRST_OWN[dataset])
        with st.container(width=one_image.WIDTH):
            one_image.show_own(PAGE, maps, digit)
else:
    draw(PAGE, maps)
with map_place:  # drawn last, because the digit chosen below is placed on the map
    map_panel.show(PAGE, chosen_codes, spec, digit)
following.follow(marks)
point = state.get(PAGE, "point")
link.write(
    PAGE,
    chosen_codes,
    spec,
    section=None if section == "point" else section,
    point=None if point is None else str(point),
)
