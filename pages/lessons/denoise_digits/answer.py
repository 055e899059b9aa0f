"""The image, the noisy image, and the network's answer."""

from __future__ import annotations

import streamlit as st

from aecore.figures import image_colouring, image_grid, number_format
from aecore.specs import NOISES, NoiseSpec
from aecore.tasks import denoising
from pages.shared import components
from pages.shared.app import worker
from pages.shared.pickers.digit_source import Digit

WAIT_S = 0.8


def show(page: str, digit: Digit, noise: NoiseSpec, seed: int, is_digit: bool) -> None:
    """Draw them with the error; `is_digit`: whether the image is of the kind the network was trained on."""
    noisy = denoising.noisy(digit.x, noise, seed)
    question = (denoising.by_network, denoising.MODEL, noisy.tobytes())
    x_hat = worker.ask(*question, wait_s=WAIT_S)
    cells = [
        ("The original", digit.x, digit.name),
        ("What the network gets", noisy, number_format.quality(denoising.judged(digit.x, noisy))),
    ]
    if x_hat is not None:
        quality = number_format.quality(denoising.judged(digit.x, x_hat))
        cells.append(("What it makes of it", x_hat, f"<b>{quality}</b>"))
        difference = image_colouring.difference_image(digit.x, x_hat)
        cells.append(("Its error", difference, image_colouring.difference_key()))
    components.figure(image_grid.named_image_row(cells, 165), key=f"{page}.answer")
    with st.container():
        if x_hat is None:
            worker.wait_for(question)
    st.caption(_caption(noise, is_digit))


def _caption(noise: NoiseSpec, is_digit: bool) -> str:
    _, _, trained = NOISES[noise.kind]
    if not is_digit:
        return (
            ":material/warning: **This network has seen nothing but digits.** So it looks for a digit in a shoe: it "
            "knows only what it was trained on. Train one on clothes under **Train one live**."
        )
    if noise.amount > trained:
        return (
            f":material/warning: This is more than it was ever trained on ({trained:g}): from here on it has to guess."
        )
    return (
        "One network for every kind and amount of noise, and nobody tells it which noise this is. PSNR: 6 dB more "
        "means half the error; SSIM: 1 means identical."
    )
