"""Denoising: turn the noise up, and see how long a network still recognises the digit."""

import streamlit as st

from pages.lessons.denoise_digits import (
    answer,
    classical_filters,
    inputs,
    link,
    noise_curves,
    plain_autoencoder,
    training,
)
from pages.shared.app import following, problems, runs, startup
from pages.shared.controls import sections
from pages.shared.pickers import digit_source

PAGE = "denoise_digits"
SOURCE_WIDTH, IMAGES_WIDTH = 290, 700  # pixels; side by side where there is room
SECTIONS = {
    "filters": ("Compared with classical filters", classical_filters.show),
    "curve": ("From little noise to a lot", noise_curves.show),
    "plain": ("A plain autoencoder", plain_autoencoder.show),
    "train": ("Train one live", None),
}

startup.enter()
link.restore(PAGE, SECTIONS)
training.restore(PAGE)

st.title("Denoising: turn the noise up")
st.markdown(
    "Below is an image, the same image with noise, and what a network makes of that **noisy image alone**. It has "
    "learned what digits look like, so it can tell the digit from the noise. **Drag the amount** until it fails."
)
problems_place = st.container()
with st.container(horizontal=True, gap="medium"):
    with st.container(width=SOURCE_WIDTH):
        dataset = inputs.choose_dataset(PAGE)
        digit = digit_source.choose(f"{PAGE}.{dataset}", dataset, slot=inputs.SLOTS[dataset])
    with problems_place:
        problems.show(PAGE)
    with st.container(width=IMAGES_WIDTH):
        noise, seed = inputs.choose_noise(PAGE)
        answer.show(PAGE, digit, noise, seed, is_digit=dataset == inputs.DATASET)

section, draw = sections.choose(PAGE, SECTIONS)
if section == "train":
    training.show(PAGE)
else:
    marks = following.marks_of(run and run.run_id for run in (runs.current(PAGE), runs.previous(PAGE)))
    draw(PAGE, digit, noise, seed)
    following.follow(marks)
link.write(PAGE, noise, seed, dataset, section)
