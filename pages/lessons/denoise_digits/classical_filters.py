"""The same noisy image cleaned by classical filters, beside the network."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures import image_grid, number_format
from aecore.imaging import classical_denoising
from aecore.specs import NoiseSpec
from aecore.tasks import denoising
from pages.shared import components
from pages.shared.app import worker
from pages.shared.pickers.digit_source import Digit

CLIPPED = ("gaussian", "speckle")  # noise that is added to every pixel, and clipped at black and white
RAW, MAPPED = "as filtered", "with the best grey levels"


def show(page: str, digit: Digit, noise: NoiseSpec, seed: int) -> None:
    """A column per filter and one for the network; a row without and one with adjusted grey levels."""
    text = (
        "Nobody had to train these filters: each looks at a pixel's neighbourhood and smooths it in its own way. Each "
        "has the best setting for this kind and amount of noise, tuned on other images."
    )
    if noise.kind in CLIPPED:
        text += (
            " Such noise is clipped at black and white, which brightens the black background on average; so the lower "
            "row gives each filter the grey levels that are best on average, as a network learns to."
        )
    st.markdown(text)
    if noise.amount == 0:
        st.info("There is no noise in this image, so a filter can only do harm. Turn the amount up.")
        return
    noisy = denoising.noisy(digit.x, noise, seed)

    def draw(found: dict, x_hat: np.ndarray) -> None:
        network = denoising.judged(digit.x, x_hat, "learned")
        rows = []
        for i, label in enumerate((RAW, MAPPED)):
            cells = [_cell(found[name][i]) for name in classical_denoising.FILTERS]
            rows.append((label.capitalize(), "", [*cells, _cell(network) if i == 0 else ""]))
        columns = [*(each.title for each in classical_denoising.FILTERS.values()), "The network"]
        components.figure(image_grid.labelled_grid(columns, rows, 112), key=f"{page}.filters")
        _verdict(found, network)

    worker.answered(
        draw,
        (denoising.by_filters, digit.image, noise.kind, noise.amount, seed),
        (denoising.by_network, denoising.MODEL, noisy.tobytes()),
    )


def _cell(found: denoising.Cleaned) -> str:
    quality = number_format.quality(found)
    cell = image_grid.image_cells([found.x_hat], [quality])[0]
    return image_grid.captioned(cell, "<br>".join(filter(None, [quality, found.setting])))


def _verdict(found: dict, network: denoising.Cleaned) -> None:
    name, i = max(((name, i) for name in found for i in (0, 1)), key=lambda at: found[at[0]][at[1]].psnr)
    gain = network.psnr - found[name][i].psnr
    if np.isfinite(gain):
        st.caption(
            f"On this image the network is {abs(gain):.1f} dB {'better' if gain > 0 else 'worse'} than the best of "
            f"them: {classical_denoising.FILTERS[name].title}, {(RAW, MAPPED)[i]}."
        )
