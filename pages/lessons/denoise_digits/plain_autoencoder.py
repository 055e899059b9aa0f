"""What an autoencoder that never saw noise makes of a noisy image."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures import image_grid, number_format
from aecore.specs import NoiseSpec
from aecore.tasks import denoising
from pages.shared import components
from pages.shared.app import state, worker
from pages.shared.pickers.digit_source import Digit

PIXELWISE = ("gaussian", "speckle", "salt_and_pepper")  # noise that hits single pixels, as opposed to regions


def show(page: str, digit: Digit, noise: NoiseSpec, seed: int) -> None:
    """Ask first; at the press of a button, show its answer beside the denoiser's."""
    st.markdown(
        f"**{denoising.PLAIN}**, the lesson's convolutional autoencoder, has only ever copied clean digits. Nobody "
        "told it that noise is not part of the image. What will it do?"
    )
    if st.button("Run the noisy image through it", type="primary", icon=":material/play_arrow:", key=f"{page}.plain"):
        state.set(page, "plain_shown", True)
    if not state.get(page, "plain_shown", None):
        return
    noisy = denoising.noisy(digit.x, noise, seed)

    def draw(plain: np.ndarray, denoised: np.ndarray) -> None:
        by_plain, by_denoiser = denoising.judged(digit.x, plain), denoising.judged(digit.x, denoised)
        cells = [
            ("The input", noisy, "digit with noise"),
            ("The plain autoencoder", plain, number_format.quality(by_plain)),
            ("The denoiser", denoised, number_format.quality(by_denoiser)),
            ("The original", digit.x, digit.name),
        ]
        components.figure(image_grid.named_image_row(cells, 165), key=f"{page}.plain_pictures")
        if (noisy == digit.x).all():
            st.markdown("There is no noise in this image: turn the amount up.")
        else:
            verdict = _verdict(noise.kind, digit.x, noisy, plain, denoised)
            st.markdown(verdict + _gain(by_denoiser.psnr - by_plain.psnr))

    worker.answered(
        draw,
        (denoising.by_network, denoising.PLAIN, noisy.tobytes()),
        (denoising.by_network, denoising.MODEL, noisy.tobytes()),
    )


def _verdict(kind: str, x: np.ndarray, noisy: np.ndarray, plain: np.ndarray, denoised: np.ndarray) -> str:
    if kind not in PIXELWISE:
        return (
            "It **reconstructs the damage**: to it, whatever it is shown is the image, and it draws just that. The "
            "denoiser was shown, again and again, what such images had looked like before. "
        )
    kept, kept_by_denoiser = (max(denoising.noise_kept(x, noisy, x_hat), 0) for x_hat in (plain, denoised))
    verdict = (
        f"It **reconstructs the noise**: {kept:.0%} of it is still there, and the extra strokes are its attempts to "
        "explain the specks. "
    )
    if kept_by_denoiser < kept:
        verdict += f"The denoiser, which was shown what to leave out, keeps {kept_by_denoiser:.0%}. "
    return verdict


def _gain(psnr: float) -> str:
    if not np.isfinite(psnr):
        return ""
    return f"On this image the denoiser is {abs(psnr):.1f} dB {'better' if psnr > 0 else 'worse'}."
