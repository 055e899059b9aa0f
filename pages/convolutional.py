"""The lesson's convolutional autoencoder: trained live, and opened up."""

import streamlit as st

from pages.lessons.convolutional import race, settings, shift
from pages.shared import controls
from pages.shared.app import problems, startup, state
from pages.shared.controls import sections
from pages.shared.inspector import feature_maps, opened_network, unit_selection
from pages.shared.pickers import digit_source
from pages.shared.training import keras_code, panel
from pages.shared.url import links

PAGE = "convolutional"
INSIDE, RACE, SHIFT = "inside", "race", "shift"
SECTIONS = {
    INSIDE: ("Look inside", None),
    RACE: ("Compared with dense networks", None),
    SHIFT: ("Move the digit", None),
}
LOOK_WIDTH, SOURCE_WIDTH = 400, 300  # pixels; side by side where there is room

startup.enter()
controls.restore(PAGE, settings.LESSONS, settings.DEFAULT)
unit_selection.restore(PAGE)
if not state.has(PAGE, "section"):
    state.set(PAGE, "section", links.choice(PAGE, "section", SECTIONS, INSIDE))

st.title("A convolutional autoencoder")
st.markdown(
    "Instead of looking at all pixels at once, this network slides small **filters** over the image. Each makes a "
    "**feature map** of where it has found what it looks for; pooling halves the maps until a small stack is left, "
    "the **code**. The decoder goes the same way in reverse. Nobody tells the network what to look for: press "
    "**Train** and watch the filters form."
)
problems_place = st.container()
model_spec, train_spec = settings.choose(PAGE)
panel.show(PAGE, model_spec, train_spec, beside=race.rival_pages(PAGE))

section, _ = sections.choose(PAGE, SECTIONS)
look = None
if section == RACE:
    race.show(PAGE, model_spec, train_spec)
else:
    with st.container(horizontal=True, gap="large"):
        with st.container(width=LOOK_WIDTH):
            look = opened_network.choose(PAGE, with_untrained=section == INSIDE)
        with st.container(width=SOURCE_WIDTH):
            dataset = opened_network.dataset(PAGE, look, train_spec.dataset)
            digit = digit_source.choose(f"{PAGE}.{dataset}", dataset)
    if section == INSIDE:
        feature_maps.inside(PAGE, digit, look, model_spec, train_spec)
    else:
        shift.show(PAGE, digit, look)
with problems_place:  # shown last, because only now is it known what the link asks for and this network does not have
    problems.show(PAGE)

keras_code.show(PAGE, model_spec, train_spec, "autoencoder")

controls.sync_url(PAGE, model_spec, train_spec, settings.LESSONS, settings.DEFAULT)
query = unit_selection.in_link(PAGE, look) | ({} if section == INSIDE else {"section": section})
query |= shift.in_link(PAGE) if section == SHIFT else {}
links.put(query, (*unit_selection.NAMES, *shift.NAMES, "net", "at"))
