"""Convolution by hand: a filter moves over an image, and every product can be seen."""

import streamlit as st

from pages.lessons.convolution import channels, enlarging, link, pooling, receptive_field, slide
from pages.shared.app import problems, startup
from pages.shared.controls import sections

PAGE = "convolution"
SECTIONS = {
    "slide": ("One filter", slide.show),
    "channels": ("Several channels", channels.show),
    "pool": ("Pooling", pooling.show),
    "back": ("Back to full size", enlarging.show),
    "field": ("How far a unit sees", receptive_field.show),
}

startup.enter()
link.restore(PAGE, tuple(SECTIONS))

st.title("Convolution by hand")
st.markdown(
    "Lay a small **filter** on a part of the image, multiply, add up: that is all a convolution does. Here you do it "
    "yourself, pixel by pixel."
)
problems_place = st.container()
section, draw = sections.choose(PAGE, SECTIONS)
draw(PAGE)
with problems_place:  # shown last, because the link's digit is read where it is chosen
    problems.show(PAGE)
link.write(PAGE, section)
