"""The colours of every figure: Okabe and Ito's, which readers with any colour vision tell apart."""

from __future__ import annotations

import numpy as np

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE = "#56B4E9", "#CC79A7"
GREY = "#808080"  # in the middle between a light and a dark page
# Ten classes: those, and what is still apart from them for most eyes; the legend names every one.
CLASS_COLOURS = (
    "#D55E00", "#56B4E9", "#009E73", "#E69F00", "#0072B2", "#CC79A7", "#999999", "#B8A800", "#882255", "#5F9EA0",
)  # fmt: skip


def rgb(colour: str) -> np.ndarray:
    """'#D55E00' → red, green and blue, integers (3,) from 0 to 255."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
