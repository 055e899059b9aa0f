"""Convolution, by hand: a filter goes over a picture, and every product can be seen."""

import streamlit as st

from pages.lessons.convolution import channels, link, pooling, receptive_field, slide, way_back
from pages.shared.app import problems, startup
from pages.shared.controls import sections

PAGE = "convolution"
SECTIONS = {
    "slide": ("One filter", slide.show),
    "channels": ("Several channels", channels.show),
    "pool": ("Pooling", pooling.show),
    "back": ("The way back", way_back.show),
    "field": ("How far a unit sees", receptive_field.show),
}


startup.enter()
link.restore(PAGE, tuple(SECTIONS))

st.title("Convolution, by hand")
st.markdown(
    "Lay a small **filter** on a piece of the picture, multiply, add up: that is all a convolution does. "
    "Here you do it yourself, pixel by pixel."
)
place = st.container()
section, draw = sections.choose(PAGE, SECTIONS)
draw(PAGE)
# Behind the rest, because the link's digit is read where it is chosen.
with place:
    problems.show(PAGE)
link.write(PAGE, section)
