"""Cleaning scanned pages: your own scan comes back clean."""

import streamlit as st

from pages.lessons.denoise_documents import link, page_cleaning, source
from pages.shared.app import problems, startup

PAGE = "denoise_documents"

startup.enter()
link.restore(PAGE)

st.title("Denoising: clean a scanned page")
st.markdown(
    "Coffee, folds, footprints, bad light: a network that has seen thousands of dirty pages together with their clean "
    "originals returns **black ink on white paper**. Choose a page or **upload your own scan**, then drag the divider."
)
problems.show(PAGE)
page = source.choose(PAGE)
if page is not None:
    page_cleaning.show(PAGE, page)
link.write(PAGE)

st.header("Why a network trained on small tiles works on a whole page", divider="gray")
left, right = st.columns(2, gap="large")
left.markdown(
    "**Fully convolutional.** Every layer of this network is a set of small filters that slide over the image: an "
    "encoder that sees more and more of the page while its feature maps get smaller (1, ½, ¼, ⅛ of the page's size), "
    "a bottleneck, and a decoder that works its way back to full size, helped by connections that skip the "
    "bottleneck. No layer has a weight for *the* pixel in row 17, so nothing depends on how large the page is."
)
right.markdown(
    "**Tiles.** What comes out at a pixel depends on the pixels up to about 60 to the left and right, above and below, "
    "and on nothing else. So the network could learn from tiles of 192 × 192 pixels, and it cleans a page of any size "
    "in tiles too, each with its surroundings, so that no seams show. **It learned from pages that never existed**: "
    "text in hundreds of fonts, and dirt made by formulas. It needed no real scans, neither yours nor anybody else's."
)
