"""Convolution, by hand: a filter goes over a picture, and every product can be seen."""

import streamlit as st

from pages.shared import (
    convolution_back,
    convolution_channels,
    convolution_field,
    convolution_link,
    convolution_pool,
    convolution_slide,
    sections,
    session,
)

PAGE = "convolution"
SECTIONS = {
    "slide": ("One filter", convolution_slide.show),
    "channels": ("Several channels", convolution_channels.show),
    "pool": ("Pooling", convolution_pool.show),
    "back": ("The way back", convolution_back.show),
    "field": ("How far a unit sees", convolution_field.show),
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
