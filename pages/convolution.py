"""Convolution, by hand: a filter goes over a picture, and every product can be seen."""

import streamlit as st

from pages.shared import convolution_link, convolution_sections, sections, session

PAGE = "convolution"
SECTIONS = {
    "slide": ("One filter", convolution_sections.slide),
    "channels": ("Several channels", convolution_sections.channels),
    "pool": ("Pooling", convolution_sections.pool),
    "back": ("The way back", convolution_sections.back),
}


session.enter()
convolution_link.restore(PAGE, tuple(SECTIONS))

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
    session.show_problems(PAGE)
convolution_link.write(PAGE, section)
