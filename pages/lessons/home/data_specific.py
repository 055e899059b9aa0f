"""Data-specific: an autoencoder reconstructs well only what resembles its training images."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.figures import distribution_charts
from aecore.imaging import metrics
from pages.lessons.home import comparison
from pages.shared.app import worker
from pages.shared.pickers.digit_source import Digit

OWN = "The image above"
INPUTS = (OWN, "Upside down", "Sideways", "A shirt", "A shoe", "Noise")
FASHION_CLASSES = {"A shirt": 0, "A shoe": 9}
ANOMALY = 0.99  # the share of digits with a smaller error above which an image counts as an anomaly
CHART_WIDTH = 640  # pixels


def show(page: str, model: str, digit: Digit) -> None:
    """Let the network reconstruct other images, and place their error among those of digits and of clothes."""
    st.markdown(
        "Show the network something that is not a digit. It redraws it with the only strokes it knows and makes a "
        "larger error. Used the other way round, this is **anomaly detection**: an image that is reconstructed badly "
        "is not of the kind the network was trained on."
    )
    choice = st.segmented_control(
        "Input", INPUTS, default="A shirt", key=f"{page}.subject", required=True, persist_state="session"
    )
    x = input_image(choice, digit.x)
    x_hat = encodings.reconstruct(model, x[None])[0]
    error = float(metrics.mse_per_image(x[None], x_hat[None])[0])
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=comparison.WIDTH):
            comparison.show(f"{page}.specific", x, x_hat)
            verdict = st.container()
        with st.container(width=CHART_WIDTH):

            def draw(on_digits: np.ndarray, on_clothes: np.ndarray) -> None:
                groups = [("10,000 test digits", on_digits), ("2,000 clothes and shoes", on_clothes)]
                axis = "squared error per pixel, logarithmic"
                chart = distribution_charts.histogram(groups, (choice.lower(), error), axis)
                st.vega_lite_chart(spec=chart, width="stretch", alt="Errors on digits and on clothes")
                with verdict:
                    _verdict(error, on_digits, on_clothes)

            worker.answered(draw, *((encodings.test_errors, model, name) for name in ("mnist", "fashion_mnist")))


def input_image(choice: str, x: np.ndarray) -> np.ndarray:
    """The image for one of INPUTS, uint8 (28, 28, 1): the digit `x`, turned, or something else."""
    if choice in FASHION_CLASSES:
        return datasets.load_probe("fashion_mnist")[FASHION_CLASSES[choice]]
    if choice == "Noise":
        return np.random.default_rng(0).integers(0, 256, x.shape, dtype=np.uint8)
    quarter_turns = {"Upside down": 2, "Sideways": 1}.get(choice, 0)
    return np.ascontiguousarray(np.rot90(x, quarter_turns))


def _verdict(error: float, on_digits: np.ndarray, on_clothes: np.ndarray) -> None:
    larger_than = float(np.mean(on_digits < error))
    conclusion = "**An anomaly.**" if larger_than > ANOMALY else "Nothing unusual for a digit."
    st.markdown(
        f"Squared error **{error:.4f}**: larger than on {_share(larger_than)} of the 10,000 test digits. {conclusion}"
    )
    st.caption(
        f"The error alone tells a piece of clothing from a digit in {auc(on_digits, on_clothes):.2%} of pairs (the "
        "area under the ROC curve)."
    )


def _share(share: float) -> str:
    """A share as a percentage that never rounds 'almost all' to 'all'."""
    return "every one" if share == 1 else f"{min(share, 0.9999):.2%}"


def auc(low: np.ndarray, high: np.ndarray) -> float:
    """The probability that a number of `high` is larger than one of `low`: the area under the ROC curve."""
    return float(np.searchsorted(np.sort(low), high).mean() / len(low))
