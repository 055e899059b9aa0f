"""Lossy: what a code costs in accuracy, compared with PCA number for number, and with JPEG and WebP byte for byte."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.checkpoints import encodings
from aecore.figures import image_grid, method_charts
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.tasks import compression
from pages.lessons.home import comparison
from pages.shared import components
from pages.shared.app import worker
from pages.shared.glossary import help_for
from pages.shared.pickers.digit_source import Digit

METRICS_WIDTH, TABLE_WIDTH, CHART_WIDTH = 640, 570, 500  # pixels
MIN_ERROR = 0.0003  # squared error per pixel: 35 dB, beyond which nobody sees a difference
ERROR_TICKS = (MIN_ERROR, 0.001, 0.003, 0.01, 0.03, 0.1)
BYTES_TICKS = (2, 8, 16, 32, 64, 150, 300, 600)
METHODS = (
    ("Autoencoder", "one byte per number"),
    ("PCA", "one byte per number"),
    ("JPEG", "without the header"),
    ("WebP", "without the header"),
)


def show(page: str, model: str, digit: Digit) -> None:
    """The difference image, code sizes compared with PCA, and sizes in bytes compared with JPEG and WebP."""
    x = digit.x
    x_hat = encodings.reconstruct(model, x[None])[0]
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=comparison.WIDTH):
            comparison.show(f"{page}.loss", x, x_hat)
        with st.container(width=METRICS_WIDTH):
            _metrics(x, x_hat)
    by_numbers, by_bytes = st.tabs(["How many numbers does it need?", "Against JPEG and WebP, byte for byte"])
    with by_numbers:
        worker.answered(lambda pairs: _by_code_size(page, x, pairs), (compression.by_code_size, digit.image))
    with by_bytes:
        worker.answered(
            lambda rows, points: _by_bytes(page, x, rows, points),
            (compression.at_bytes, digit.image),
            (compression.curves,),
        )


def _metrics(x: np.ndarray, x_hat: np.ndarray) -> None:
    a, b = (to_float(image[None]) for image in (x, x_hat))
    left, right = st.columns(2)
    left.metric(
        "PSNR",
        f"{metrics.psnr(a, b)[0]:.1f} dB",
        help=help_for("PSNR"),
    )
    right.metric(
        "SSIM",
        f"{metrics.ssim(a, b)[0]:.3f}",
        help="Structural similarity, at most 1: closer to how similar the images look.",
    )
    st.markdown(
        "The image has 784 numbers, the code only 32, so something is lost: usually the quirks of this one hand. How "
        "much is lost depends on the size of the code."
    )


def _cell(version: compression.Version | None) -> str:
    if version is None:
        return image_grid.captioned("<span>–</span>", "does not fit")
    title = f"{version.method}, squared error {version.mse:.4f}"
    return image_grid.captioned(image_grid.image_cells([version.x_hat], [title])[0], f"{version.mse:.4f}")


def _by_code_size(page: str, x: np.ndarray, pairs: tuple) -> None:
    columns = ["image", *(f"{size} numbers" for size in compression.CODE_SIZES)]
    original = image_grid.image_cells([x], ["the image"])[0]
    rows = [
        ("Autoencoder", "784-128-64-…", [original, *(_cell(deep) for deep, _ in pairs)]),
        ("PCA", "straight lines only", ["", *(_cell(pca) for _, pca in pairs)]),
    ]
    components.figure(image_grid.labelled_grid(columns, rows), key=f"{page}.by_size")
    wins = sum(deep.mse < pca.mse for deep, pca in pairs)
    st.caption(
        "The squared error is given below each image. With the same number of numbers, the autoencoder comes closer to "
        f"this digit for {wins} of {len(pairs)} code sizes. PCA is the best that straight lines can do; a network may "
        "bend them."
    )


def _by_bytes(page: str, x: np.ndarray, rows: tuple, points: tuple) -> None:
    columns = ["image", *(f"{size} bytes" for size in compression.CODE_SIZES)]
    original = image_grid.image_cells([x], ["the image"])[0]
    grid = [
        (label, note, [original if label == "Autoencoder" else "", *map(_cell, versions)])
        for (label, note), versions in zip(METHODS, zip(*rows, strict=True), strict=True)
    ]
    lines = [{"series": p.method, "x": p.n_bytes, "y": p.mse, "note": p.setting} for p in points if p.mse >= MIN_ERROR]
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=TABLE_WIDTH):
            components.figure(image_grid.labelled_grid(columns, grid, 70), key=f"{page}.by_bytes")
        with st.container(width=CHART_WIDTH):
            chart = method_charts.series_chart(
                lines, "bytes per image", "squared error per pixel", BYTES_TICKS, ERROR_TICKS
            )
            st.vega_lite_chart(spec=chart, width="stretch", alt="Bytes against error for each method")
    st.caption(
        f"The chart averages over {compression.N_CURVE} test images. For JPEG and WebP, only the bytes of the image "
        "itself count in the table, not the header that every such file has. The autoencoder wins where an image may "
        "take only a few dozen bytes, because it can draw nothing but digits; beyond about a hundred bytes JPEG and "
        "WebP win, and they work for any image. (The weights of the networks are not counted: both sides hold them.)"
    )
