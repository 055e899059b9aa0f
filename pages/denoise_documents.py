"""Denoising scanned pages: your own scan comes back clean."""

import streamlit as st

from pages.lessons.denoise_documents import cleaner, source
from pages.shared.app import problems, startup

PAGE = "denoise_documents"

startup.enter()
source.restore(PAGE)

st.title("Denoising: a scanned page made clean")
st.markdown(
    "Coffee, folds, footprints, bad light: a network that has seen thousands of dirty pages beside their clean "
    "originals gives back **black ink on white paper**. Take a page or **upload your own scan**, then drag the divider."
)
problems.show(PAGE)
page = source.choose(PAGE)
if page is not None:
    cleaner.show(PAGE, page)
source.put_in_link(PAGE)

st.header("Why a network trained on small tiles works on a whole page", divider="gray")
left, right = st.columns(2, gap="large")
left.markdown(
    "**Fully convolutional.** Every layer of this network is a set of small filters that slide over the picture: an "
    "encoder that looks ever wider while its pictures get smaller (1, ½, ¼, ⅛ of the page's size), a bottleneck, and a "
    "decoder that draws at full size again, helped by connections that skip the bottleneck. There is no layer that has "
    "a weight for *the* pixel in row 17: so nothing in it depends on how large the page is."
)
right.markdown(
    "**Tiles.** What comes out at a pixel depends on the pixels some 60 to the left and right, above and below, and on "
    "nothing else. So it could learn from tiles of 192 × 192 pixels, and it cleans a page of any size in tiles, too, "
    "each with its surroundings, so that no seam shows. **It learned from pages that never existed**: text in hundreds "
    "of fonts, and dirt made by formulas. No scan of yours, or of anybody, was needed."
)
